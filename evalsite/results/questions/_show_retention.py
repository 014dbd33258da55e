"""What the kept clips still carry, as a page shows it: listeners' intervals, the model's marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalsite.results.charts.axis import axis_around_zero
from evalsite.results.charts.intervals import draw_axis_labels
from evalsite.results.pages.rows import (
    describe_row,
    label_share,
    list_reasons,
    pick_ends,
    show_figure,
)
from evalsite.results.pages.wording import (
    count_things,
    explain,
    format_number,
    format_percent,
    format_share,
    has_interval,
    join_words,
    name_clips,
    name_condition,
)
from evalsite.results.questions._retention import FIGURES

Found = Mapping[str, Any]


def show_retention(models: Found) -> dict[str, Any] | None:
    """Nothing until a worker has computed it."""
    if "retention" not in models:
        return None
    retention = models["retention"]
    qualities = retention["qualities"]
    rows, figures = [], []
    for quality in qualities:
        sides = [("listeners", quality["listeners"]), ("the model’s outputs", quality["model"])]
        for side, own in sides:
            if own is not None:
                cells = [show_figure(own[name]) for name in FIGURES]
                rows.append({"label": quality["label"], "side": side, "cells": cells})
                label = f"{quality['label']} ({side})"
                figures += [(label, figure) for figure in _list_undefined(own)]
    return {
        "reason": explain(retention),
        "control": name_clips(retention.get("control") or "control"),
        "chart": _draw(qualities),
        "findings": _compare(qualities),
        "rows": rows,
        "has_model": any(quality["model"] is not None for quality in qualities),
        "beside": [_show_beside(quality) for quality in qualities],
        "conditions": [name_condition(name) for name in _list_conditions(retention)],
        "gap": retention.get("listening_gap"),
        "gap_mean": format_number(retention.get("listening_gap", {}).get("mean")),
        "reasons": list_reasons(figures),
    }


def list_marks(qualities: Sequence[Found]) -> list[dict[str, Any]]:
    """Of each quality the listeners' retention with its ends and the model's: rows of a chart."""
    return [
        {
            "label": quality["label"],
            **pick_ends(quality["listeners"]["retention"]),
            "model": None
            if quality["model"] is None
            else quality["model"]["retention"]["estimate"],
        }
        for quality in qualities
    ]


def _draw(qualities: Sequence[Found]) -> dict[str, Any] | None:
    marks = list_marks(qualities)
    values = [
        mark[name]
        for mark in marks
        for name in ("estimate", "low", "high", "model")
        if mark[name] is not None
    ]
    if not values:
        return None
    axis = axis_around_zero(values, most=2.0)
    return {
        "rows": [
            describe_row(
                mark["label"],
                "",
                quality["listeners"]["retention"],
                axis,
                show=format_share,
                model=mark["model"],
            )
            for mark, quality in zip(marks, qualities, strict=True)
        ],
        "axis": draw_axis_labels(axis, {line: label_share(line) for line in axis.lines}),
    }


def _compare(qualities: Sequence[Found]) -> list[str]:
    """Where the ear clearly finds less, or more, in the kept clips than the model does."""
    compared = [
        (quality["label"].lower(), quality["listeners_minus_model"])
        for quality in qualities
        if has_interval(quality["listeners_minus_model"])
    ]
    if not compared:
        return []
    sentences = []
    for is_less, word in ((True, "less"), (False, "more")):
        names = [
            label
            for label, figure in compared
            if (figure["high"] < 0 if is_less else figure["low"] > 0)
        ]
        if names:
            sentences.append(
                f"Of {join_words(names)} listeners find {word} in the kept clips than the model "
                "does."
            )
    return sentences or [
        f"Of none of the {count_things(len(compared), 'quality', 'qualities')} do listeners and "
        "model clearly differ in what they find in the kept clips."
    ]


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
        "rows": [
            {"label": label, **show_figure(figure, format_number)} for label, figure in figures
        ],
        "reasons": list_reasons(figures),
    }


def _list_conditions(retention: Found) -> list[str]:
    return list(retention["qualities"][0]["cant_tell"]) if retention["qualities"] else []


def _show_beside(quality: Found) -> dict[str, Any]:
    difference = quality["listeners_minus_model"]
    return {
        "label": quality["label"],
        "difference": None if difference is None else show_figure(difference),
        "cant_tell": [
            show_figure(figure, format_percent) for figure in quality["cant_tell"].values()
        ],
    }


def _list_undefined(figures: Found) -> list[Found]:
    """One figure for each reason."""
    return list({figures[name]["reason"]: figures[name] for name in FIGURES}.values())
