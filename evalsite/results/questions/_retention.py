"""What the kept clips still carry: retention of each quality, and the target against its foils."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evalsite.analysis.presence import contrast_presence, estimate_presence
from evalsite.analysis.retention import Retention, RetentionFigures, describe_retention
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.items import describe_scale
from evalsite.results.figures.model_outputs import read_gaps, read_outputs
from evalsite.studies.protocol import CONTROLS

FIGURES = ("kept", "control", "retention")


def find_retention(analysed: AnalysedBlock) -> dict[str, Any]:
    """Undefined, with the reason, where the block lacks one of the three conditions."""
    conditions = analysed.block.conditions
    control = next((name for name in CONTROLS if name in conditions), None)
    if control is None or not {"original", "kept"} <= set(conditions):
        return {"reason": "conditions_missing", "qualities": []}
    columns = ["listener", "recording", "condition", "quality", "value"]
    scale = describe_scale(analysed)
    judgments = analysed.rows[columns].assign(value=analysed.rows["value"] - scale["lowest"] + 1)
    outputs = read_outputs(analysed)
    described = {
        one.quality: one
        for one in describe_retention(
            judgments, control=control, outputs=outputs, points=scale["points"]
        )
    }
    gaps = read_gaps(analysed, "kept")
    return {
        "reason": None if described else "no_data",
        "control": control,
        "listening_gap": {"n": len(gaps), "mean": float(np.mean(gaps)) if gaps else None},
        "qualities": [
            {"name": quality.name, "label": quality.label, **_tell(described[quality.name])}
            for quality in analysed.trial_type.qualities
            if quality.name in described
        ],
    }


def find_presence(analysed: AnalysedBlock, *, points: int, lowest: int) -> dict[str, Any]:
    """Target against foils, where a trial tells them apart; else nothing."""
    if "is_target" not in {column.name for column in analysed.trial_type.columns()}:
        return {}
    columns = ["listener", "recording", "condition", "value", "is_target"]
    judgments: pd.DataFrame = analysed.rows[columns]
    found: dict[str, Any] = {
        "conditions": [
            {
                "condition": name,
                "difference": estimate_presence(
                    judgments, condition=name, points=points, lowest=lowest
                ),
            }
            for name in analysed.block.conditions
        ]
    }
    if analysed.contrast:
        condition, baseline = analysed.contrast
        found["compared"] = analysed.contrast
        found["contrast"] = contrast_presence(
            judgments, condition=condition, baseline=baseline, points=points, lowest=lowest
        )
    return {"presence": found}


def _tell(described: Retention) -> dict[str, Any]:
    return {
        "listeners": _tell_figures(described.listeners),
        "model": None if described.model is None else _tell_figures(described.model),
        "listeners_minus_model": described.listeners_minus_model,
        "cant_tell": dict(described.cant_tell),
    }


def _tell_figures(figures: RetentionFigures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in FIGURES}
