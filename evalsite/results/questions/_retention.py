"""What the kept clips still carry: retention of each quality, and the target against its foils."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evalsite.analysis.presence import contrast_presence, estimate_presence
from evalsite.analysis.retention import Retention, RetentionFigures, describe_retention
from evalsite.results.analysed import AnalysedBlock
from evalsite.results.page import list_reasons
from evalsite.results.questions._items import describe_scale
from evalsite.results.questions._model_outputs import read_gaps, read_outputs
from evalsite.results.wording import (
    explain,
    format_interval,
    format_number,
    format_percent,
    format_share,
    has_interval,
    name_clips,
    name_condition,
)
from evalsite.studies.protocol import CONTROLS

Found = Mapping[str, Any]
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


def find_presence(analysed: AnalysedBlock, *, points: int) -> dict[str, Any]:
    """Target against foils, where a trial tells them apart; else nothing."""
    if "is_target" not in {column.name for column in analysed.trial_type.columns()}:
        return {}
    columns = ["listener", "recording", "condition", "value", "is_target"]
    judgments: pd.DataFrame = analysed.rows[columns]
    found: dict[str, Any] = {
        "conditions": [
            {
                "condition": name,
                "difference": estimate_presence(judgments, condition=name, points=points),
            }
            for name in analysed.block.conditions
        ]
    }
    if analysed.contrast:
        condition, baseline = analysed.contrast
        found["compared"] = analysed.contrast
        found["contrast"] = contrast_presence(
            judgments, condition=condition, baseline=baseline, points=points
        )
    return {"presence": found}


def show_retention(models: Found) -> dict[str, Any] | None:
    """Nothing until a worker has computed it."""
    if "retention" not in models:
        return None
    retention = models["retention"]
    rows, figures = [], []
    for quality in retention["qualities"]:
        sides = [("listeners", quality["listeners"]), ("model", quality["model"])]
        for side, own in sides:
            if own is not None:
                rows.append(
                    {
                        "label": quality["label"],
                        "side": side,
                        "cells": [_show(own[name]) for name in FIGURES],
                    }
                )
                label = f"{quality['label']} ({side})"
                figures += [(label, figure) for figure in _list_undefined(own)]
    return {
        "reason": explain(retention),
        "control": name_clips(retention.get("control") or "control"),
        "rows": rows,
        "has_model": any(row["side"] == "model" for row in rows),
        "beside": [_show_beside(quality) for quality in retention["qualities"]],
        "conditions": [name_condition(name) for name in _list_conditions(retention)],
        "gap": retention.get("listening_gap"),
        "gap_mean": format_number(retention.get("listening_gap", {}).get("mean")),
        "reasons": list_reasons(figures),
    }


def show_presence(found: Found) -> dict[str, Any] | None:
    if "presence" not in found:
        return None
    presence = found["presence"]
    figures = [
        (name_condition(one["condition"]), one["difference"]) for one in presence["conditions"]
    ]
    if "contrast" in presence:
        first, second = presence["compared"]
        label = f"{name_clips(first).capitalize()} minus {name_clips(second)}"
        figures.append((label, presence["contrast"]))
    return {
        "rows": [{"label": label, **_show(figure, format_number)} for label, figure in figures],
        "reasons": list_reasons(figures),
    }


def _tell(described: Retention) -> dict[str, Any]:
    return {
        "listeners": _tell_figures(described.listeners),
        "model": None if described.model is None else _tell_figures(described.model),
        "listeners_minus_model": described.listeners_minus_model,
        "cant_tell": dict(described.cant_tell),
    }


def _tell_figures(figures: RetentionFigures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in FIGURES}


def _list_conditions(retention: Found) -> list[str]:
    return list(retention["qualities"][0]["cant_tell"]) if retention["qualities"] else []


def _show_beside(quality: Found) -> dict[str, Any]:
    difference = quality["listeners_minus_model"]
    return {
        "label": quality["label"],
        "difference": None if difference is None else _show(difference),
        "cant_tell": [_show(figure, format_percent) for figure in quality["cant_tell"].values()],
    }


def _show(figure: Found, show: Any = format_share) -> dict[str, str]:
    is_defined = figure["estimate"] is not None
    return {
        "estimate": show(figure["estimate"]) if is_defined else "undefined",
        "interval": format_interval(figure, show) if has_interval(figure) else "",
    }


def _list_undefined(figures: Found) -> list[Found]:
    """One figure for each reason."""
    return list({figures[name]["reason"]: figures[name] for name in FIGURES}.values())
