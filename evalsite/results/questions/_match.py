"""Do listeners hear what the model says? Mean ratings beside its outputs, on the same clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalsite.analysis.model_match import correlate_with_model
from evalsite.results.charts.axis import Axis
from evalsite.results.charts.intervals import draw_axis_labels
from evalsite.results.charts.specs import Spec, show_points
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.model_outputs import read_outputs
from evalsite.results.pages.rows import (
    describe_row,
    label_share,
    list_reasons,
    pick_ends,
    show_figure,
)
from evalsite.results.pages.wording import (
    format_share,
    has_interval,
    join_words,
    name_clips,
    name_condition,
)

Found = Mapping[str, Any]
WHOLE = Axis(-1.0, 1.0, (-1.0, -0.5, 0.0, 0.5, 1.0))


def find_match(analysed: AnalysedBlock) -> dict[str, Any]:
    """Of the qualities that the model has an output for; nothing where it has none."""
    outputs = read_outputs(analysed)
    said = set(outputs["quality"])
    qualities = [one for one in analysed.trial_type.qualities if one.name in said]
    if not qualities:
        return {}
    conditions = analysed.block.conditions
    columns = ["listener", "recording", "condition", "quality", "value"]
    found = correlate_with_model(
        analysed.rows[columns],
        outputs,
        qualities=[one.name for one in qualities],
        conditions=conditions,
    )
    return {
        "model_match": {
            "conditions": list(conditions),
            "qualities": [
                {
                    "name": one.name,
                    "label": one.label,
                    "correlations": [found[one.name][name] for name in conditions],
                }
                for one in qualities
            ],
        }
    }


def show_match(models: Found) -> dict[str, Any] | None:
    """Drawn is the first condition, the originals where there are any."""
    if "model_match" not in models:
        return None
    match = models["model_match"]
    at = _choose_drawn(match)
    figures = [(one["label"], one["correlations"][at]) for one in match["qualities"]]
    return {
        "drawn": name_clips(match["conditions"][at]),
        "is_defined": any(figure["estimate"] is not None for _, figure in figures),
        "chart": {
            "rows": [
                describe_row(label, "", figure, WHOLE, show=format_share)
                for label, figure in figures
            ],
            "axis": draw_axis_labels(WHOLE, {line: label_share(line) for line in WHOLE.lines}),
        },
        "sentences": _state(figures),
        "conditions": [name_condition(name) for name in match["conditions"]],
        "rows": [
            {
                "label": one["label"],
                "cells": [show_figure(figure) for figure in one["correlations"]],
            }
            for one in match["qualities"]
        ],
        "reasons": list_reasons(figures),
    }


def has_match(models: Found) -> bool:
    """Whether there is anything to draw."""
    rows = list_matches(models["model_match"]) if "model_match" in models else []
    return any(row["estimate"] is not None for row in rows)


def list_matches(match: Found) -> list[dict[str, Any]]:
    """Rows of the chart to take along."""
    at = _choose_drawn(match)
    return [
        {
            "label": one["label"],
            **pick_ends(one["correlations"][at]),
        }
        for one in match["qualities"]
    ]


def show_clips_by_output(quality: Found, *, width: int) -> Spec:
    """Each clip of a quality: the model's output across, listeners' mean up."""
    points = [
        {
            "condition": row["condition"],
            "label": name_condition(row["condition"]),
            "x": row["model_output"],
            "y": row["mean"]["estimate"],
        }
        for row in quality["clips"]
        if row["model_output"] is not None and row["mean"]["estimate"] is not None
    ]
    title = f"{quality['label']}: listeners’ mean rating of each clip by the model’s output"
    return show_points(points, title=title, x="model’s output", y="mean rating", width=width)


def _choose_drawn(match: Found) -> int:
    names = match["conditions"]
    return names.index("original") if "original" in names else 0


def _state(figures: Sequence[tuple[str, Found]]) -> list[str]:
    sure = [(label, figure) for label, figure in figures if has_interval(figure)]
    sides = (
        ("listeners clearly hear what the model says", [x for x, f in sure if f["low"] > 0]),
        ("listeners clearly hear the opposite", [x for x, f in sure if f["high"] < 0]),
        ("it may be chance", [x for x, f in sure if f["low"] <= 0 <= f["high"]]),
    )
    return [f"Of {join_words(names).lower()} {words}." for words, names in sides if names]
