"""Are the rated qualities entangled in the ear as they are in the model? Both sides together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evalsite.analysis.entanglement import (
    TargetSide,
    average_ratings,
    compare_qualities,
    describe_inflation,
    describe_target,
)
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.model_outputs import list_explained, read_head, read_outputs
from evalsite.studies.qualities import EMOTIONS

SIDES = ("listeners", "model")
SEED = 0
EMOTION_LABELS = {quality.name: quality.label for quality in EMOTIONS}


def find_entanglement(analysed: AnalysedBlock) -> dict[str, Any]:
    """Of one condition, the originals if there are any; emotions are targets, not features."""
    labels = {quality.name: quality.label for quality in analysed.trial_type.qualities}
    features = [name for name in labels if name not in EMOTION_LABELS]
    if len(features) < 2:
        return {}
    conditions = analysed.block.conditions
    condition = "original" if "original" in conditions else conditions[0]
    ratings = analysed.rows.loc[
        (analysed.rows["condition"] == condition).to_numpy(),
        ["listener", "recording", "quality", "value"],
    ]
    targets = [name for name in EMOTION_LABELS if name in {*labels, *list_explained(analysed)}]
    means = average_ratings(ratings, list(labels))
    outputs = _tabulate_outputs(analysed, condition, [*features, *targets])
    pairs = compare_qualities(
        ratings, {name: outputs[name].dropna().to_dict() for name in features}, features
    )
    return {
        "entanglement": {
            "condition": condition,
            "labels": {name: labels[name] for name in features},
            "pairs": [vars(pair) for pair in pairs],
            "inflation": {
                side: _inflate(table[features])
                for side, table in zip(SIDES, (means, outputs), strict=True)
            },
            "targets": [
                {
                    "name": name,
                    "label": labels.get(name, EMOTION_LABELS[name]),
                    "listeners": _share(means, features, name),
                    "model": _share(outputs, features, name, weights=read_head(analysed, name)),
                }
                for name in targets
            ],
        }
    }


def _tabulate_outputs(analysed: AnalysedBlock, condition: str, names: list[str]) -> pd.DataFrame:
    """The model's outputs: a row a recording, a column a quality; NaN where it has none."""
    outputs = read_outputs(analysed)
    own = outputs[outputs["condition"] == condition]
    table = own.pivot_table("value", "recording", "quality")
    return table.reindex(columns=names).astype(float)


def _inflate(table: pd.DataFrame) -> dict[str, Any]:
    """Variance inflation of each quality over the recordings that have all."""
    complete = table.dropna()
    factors, sentence = describe_inflation(complete)
    return {"n": len(complete), "sentence": sentence, "factors": factors}


def _share(
    table: pd.DataFrame, features: list[str], target: str, *, weights: pd.Series | None = None
) -> dict[str, Any]:
    """What each quality has to do with the target, over the recordings that have all."""
    if target not in table:
        return {"n": 0, "sentence": "It was not rated.", "rows": [], "groups": []}
    complete = table[[*features, target]].dropna()
    own = None if weights is None or set(features) != set(weights.index) else weights
    side = describe_target(complete, target=target, rng=np.random.default_rng(SEED), weights=own)
    if side.report is None:
        return {"n": len(complete), "sentence": side.reason, "rows": [], "groups": []}
    return {**_tell_side(side), "has_own_weights": own is not None}


def _tell_side(side: TargetSide) -> dict[str, Any]:
    """Effects are told by their mean size over the recordings."""
    report = side.report
    sizes = {
        name: np.abs(effects).mean(axis=0) if len(effects) else np.full(effects.shape[1], np.nan)
        for name, effects in (("marginal", side.marginal), ("conditional", side.conditional))
    }
    return {
        "n": report.n,
        "sentence": side.reason or "",
        "r2": report.r2,
        "rows": [
            {
                "name": row.name,
                **{name: _tell(getattr(row, name)) for name in ("r", "beta", "lmg", "owen")},
                **{name: size[j] for name, size in sizes.items()},
                "weight": row.weight,
                "johnson": row.johnson,
                "vif": row.vif,
                "sign_stability": row.sign_stability,
                "warnings": list(row.warnings),
                "twins": list(row.twins),
            }
            for j, row in enumerate(report.rows)
        ],
        "groups": [
            {"names": list(group.names), "share": _tell(group.share)} for group in report.groups
        ],
    }


def _tell(estimate: Any) -> dict[str, float]:
    return {name: getattr(estimate, name) for name in ("estimate", "low", "high")}
