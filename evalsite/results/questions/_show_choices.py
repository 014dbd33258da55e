"""Choices as a page shows them: words, places on an axis, rows of tables."""

from __future__ import annotations

from typing import Any

from evalsite.results.charts.axis import Axis
from evalsite.results.charts.intervals import draw_axis_labels, draw_interval_mark
from evalsite.results.charts.squares import show_matrix
from evalsite.results.pages.rows import (
    count_reasons,
    describe_row,
    list_reasons,
    pick_ends,
    show_figure,
)
from evalsite.results.pages.wording import (
    explain,
    format_interval,
    format_number,
    format_p,
    format_percent,
    has_interval,
    join_words,
    name_clips,
    name_condition,
)
from evalsite.results.questions.base import Clips, Found

SHARES = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))


def show_choices(found: Found, clips: Clips) -> dict[str, Any]:
    accuracy, confusion = found["accuracy"], found["confusion"]
    figures = [
        ("All answers", accuracy),
        *((name_condition(one["condition"]), one["accuracy"]) for one in found["conditions"]),
    ]
    names = confusion["categories"]
    return {
        "accuracy": describe_figure(accuracy, format_percent),
        "p_value": format_p(accuracy["details"].get("p_value")) if has_interval(accuracy) else "",
        "chance": format_percent(found["chance"]),
        "known": describe_figure(found["known"], format_percent),
        "d_prime": describe_figure(found["d_prime"]) if found["d_prime"] else None,
        "difference": _show_difference(found),
        "rows": {
            "rows": [
                describe_row(
                    label, f"n {figure['n']:,}", figure, SHARES, is_main=not i, show=format_percent
                )
                for i, (label, figure) in enumerate(figures)
            ],
            "axis": draw_axis_labels(SHARES, {line: format_percent(line) for line in SHARES.lines}),
        },
        "reasons": list_reasons(figures),
        "names": names,
        "matrix": show_matrix(names, confusion["counts"]),
        "model_matrix": show_matrix(names, confusion["human_by_model"])
        if "human_by_model" in confusion
        else [],
        "model_agreement": describe_figure(confusion["model_agreement"])
        if "model_agreement" in confusion
        else None,
        "places": _show_places(found),
        "clips": [_show_clip(row, clips) for row in found["clips"]],
        "clip_reasons": count_reasons([row["share"] for row in found["clips"]]),
    }


def describe_figure(figure: Found, show: Any = format_number) -> dict[str, str]:
    return {**show_figure(figure, show), "reason": explain(figure)}


def _show_places(found: Found) -> dict[str, Any] | None:
    """Shares of the places, and which of them are surely not chosen as often as by chance."""
    if "places" not in found:
        return None
    places, expected = found["places"], found["chance"]
    figures = [(one["place"], one["share"]) for one in places["shares"]]
    apart = [
        name
        for name, share in figures
        if has_interval(share) and not share["low"] <= expected <= share["high"]
    ]
    return {
        "is_letter": places["column"] == "choice",
        "rows": {
            "rows": [
                describe_row(
                    name if places["column"] == "choice" else f"Place {name}",
                    f"n {share['details'].get('n', 0):,}",
                    share,
                    SHARES,
                    is_main=False,
                    show=format_percent,
                )
                for name, share in figures
            ],
            "axis": draw_axis_labels(SHARES, {line: format_percent(line) for line in SHARES.lines}),
        },
        "expected": format_percent(expected),
        "apart": join_words(apart),
        "reasons": list_reasons(figures),
    }


def _show_difference(found: Found) -> dict[str, Any] | None:
    if "contrast" not in found:
        return None
    first, second = (name_clips(name) for name in found["main"]["contrast"])
    return {**describe_figure(found["contrast"], format_percent), "first": first, "second": second}


def _show_clip(row: Found, clips: Clips) -> dict[str, Any]:
    share = row["share"]
    return {
        **{name: row[name] for name in ("recording", "target", "n", "n_correct")},
        "condition": name_condition(row["condition"]),
        "sounds": list_sounds(clips, row["item"]),
        "mark": draw_interval_mark(SHARES, **pick_ends(share)),
        "share": format_percent(share["estimate"]),
        "interval": format_interval(share, format_percent) if has_interval(share) else "",
    }


def list_sounds(clips: Clips, item: int) -> list[dict[str, Any]]:
    """The clips of an item, to hear each."""
    return [
        {"clip": clip, "condition": name_condition(condition)}
        for condition, clip in clips.get(item, {}).items()
    ]
