"""Level 1 as data: effects, and what the model's reference excerpts say about them.

The reference excerpts give each effect its box (is it large for this model?), and each feature
its correlations (does it come alone, or with others?). Weights are the model's own, so a linear
head explains its emotions exactly and the figures are about the features alone.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from explain_engine.correlations import CorrelationReport, describe_correlations
from explain_engine.effects import Box, Effects, summarise_effects
from explain_engine.models.base import LinearHead

# The model's weights do not move when excerpts are drawn anew, so few draws tell enough.
N_RESAMPLES = 200


def describe_level1(effects: Effects) -> dict[str, Any]:
    """Return effects, and their reference where there is one, as JSON-ready data.

    Parameters
    ----------
    effects : Effects
        Of one excerpt.

    Returns
    -------
    dict
        ``features``, ``emotions``, ``values``, ``weights``, ``intercepts``, ``centred``,
        ``reference``; ``docs/manifest.schema.json`` describes them.
    """
    return {
        "features": list(effects.features),
        "emotions": list(effects.emotions),
        "values": effects.values.tolist(),
        "weights": effects.weights.tolist(),
        "intercepts": effects.intercepts.tolist(),
        "centred": None if effects.centred is None else effects.centred.tolist(),
        "reference": _describe_reference(effects),
    }


def box_effects(effects: Effects, *, is_centred: bool = False) -> list[Box]:
    """Boxes of all effects over the reference excerpts, this excerpt marked.

    Parameters
    ----------
    effects : Effects
        Of one excerpt.
    is_centred : bool
        Take weight × (value − mean).

    Returns
    -------
    list of Box
        Empty when the model has no reference excerpts.
    """
    if effects.reference is None:
        return []
    return summarise_effects(
        effects.reference, _head_of(effects), marked=effects.values, is_centred=is_centred
    )


def report_reference(effects: Effects) -> list[CorrelationReport]:
    """How the features go together in the reference excerpts, one report an emotion.

    Parameters
    ----------
    effects : Effects
        Of one excerpt.

    Returns
    -------
    list of CorrelationReport
        In the order of the emotions; empty without reference excerpts, or where a feature or an
        emotion never varies in them.
    """
    reference = effects.reference
    if reference is None or len(reference) < 3 or (reference.std(axis=0) == 0).any():
        return []
    X = reference.astype(float)
    targets = X @ effects.weights
    if (targets.std(axis=0) == 0).any():
        return []
    return [
        describe_correlations(
            X,
            targets[:, column],
            rng=np.random.default_rng(0),
            names=effects.features,
            target_name=emotion,
            weights=effects.weights[:, column],
            n_resamples=N_RESAMPLES,
        )
        for column, emotion in enumerate(effects.emotions)
    ]


def _describe_reference(effects: Effects) -> dict[str, Any] | None:
    if effects.reference is None:
        return None
    reports = report_reference(effects)
    return {
        "n": len(effects.reference),
        "means": effects.reference.mean(axis=0, dtype=float).tolist(),
        "boxes": [dataclasses.asdict(box) for box in box_effects(effects)],
        "among_features": reports[0].among_features.tolist() if reports else None,
        "correlations": {report.target: _describe_rows(report) for report in reports},
    }


def _describe_rows(report: CorrelationReport) -> list[dict[str, Any]]:
    return [
        {
            "feature": row.name,
            "r": _finite(row.r.estimate),
            "share": _finite(row.lmg.estimate),
            "vif": _finite(row.vif),
            "twins": list(row.twins),
            "warnings": list(row.warnings),
        }
        for row in report.rows
    ]


def _head_of(effects: Effects) -> LinearHead:
    return LinearHead(effects.features, effects.emotions, effects.weights, effects.intercepts)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
