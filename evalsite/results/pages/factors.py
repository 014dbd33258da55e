"""Factors between listeners as a page shows them: means of levels, differences drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalsite.results.charts.axis import axis_around_zero
from evalsite.results.charts.intervals import draw_axis_labels
from evalsite.results.figures.robustness import SHARE
from evalsite.results.pages.rows import describe_row, label_points, list_reasons
from evalsite.results.pages.wording import (
    count_things,
    format_number,
    format_percent,
    has_interval,
)

Found = Mapping[str, Any]


def show_factors(found: Found) -> list[dict[str, Any]]:
    """Those of the block that `found` is about."""
    return [_show(one) for one in found["factors"] if found["name"] in one["blocks"]]


def _show(one: Found) -> dict[str, Any]:
    is_share = one["unit"] == SHARE
    show = format_percent if is_share else format_number
    figures = [
        (f"{pair['first']} − {pair['second']}".capitalize(), pair["difference"])
        for pair in one["differences"]
    ]
    values = [
        figure[end]
        for _, figure in figures
        for end in ("estimate", "low", "high")
        if figure[end] is not None
    ]
    axis = axis_around_zero(values, most=1.0 if is_share else 10.0)
    return {
        "factor": one["factor"],
        "label": one["label"],
        "blocks": one["blocks"],
        "levels": [
            {
                "level": level["level"],
                "n": count_things(level["n_listeners"], "listener"),
                "estimate": show(level["mean"]["estimate"]),
                "interval": f"{show(level['mean']['low'])} to {show(level['mean']['high'])}"
                if has_interval(level["mean"])
                else "",
            }
            for level in one["levels"]
        ],
        "chart": {
            "rows": [describe_row(label, "", figure, axis, show=show) for label, figure in figures],
            "axis": draw_axis_labels(
                axis, {x: show(x) if is_share else label_points(x) for x in axis.lines}
            ),
        },
        "reasons": list_reasons(
            [(level["level"].capitalize(), level["mean"]) for level in one["levels"]] + figures
        ),
    }
