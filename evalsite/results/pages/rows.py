"""Rows of charts and tables as ready values, whatever they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from evalsite.results.charts.axis import Axis
from evalsite.results.charts.intervals import draw_interval_row
from evalsite.results.pages.wording import (
    count_things,
    explain,
    format_interval,
    format_number,
    format_share,
    has_interval,
)


def gather_counts(counts: Sequence[int], step: int) -> list[int]:
    """Counts of `step` points together; the highest point of a slider has a bar of its own."""
    return [sum(counts[k : k + step]) for k in range(0, len(counts), step)]


def describe_row(
    label: str,
    small: str,
    figure: Mapping[str, Any],
    axis: Axis,
    *,
    is_main: bool = True,
    show: Any = format_number,
    model: float | None = None,
) -> dict[str, Any]:
    """`model`: where the model's mark stands, below the bar."""
    is_first = is_main and show is format_number
    drawn = draw_interval_row(
        axis,
        **pick_ends(figure),
        is_main=is_main,
        row_height=34 if is_first or model is not None else 26,
        bar_height=16 if is_first else 10,
        model=model,
    )
    if has_interval(figure):
        value = format_interval(figure, show)
        if model is not None:
            value = f"{value} | {show(model)}"
    elif figure["estimate"] is not None:
        value = f"{show(figure['estimate'])}, no interval"
    else:
        value = "undefined"
    return {"label": label, "small": small, "svg": drawn, "value": value, "is_main": is_first}


def pick_ends(figure: Mapping[str, Any]) -> dict[str, float | None]:
    return {end: figure[end] for end in ("estimate", "low", "high")}


def label_points(value: float) -> str:
    if abs(value) < 1e-9:
        return "0"
    text = f"{abs(value):.2f}".rstrip("0").rstrip(".")
    return f"{'+' if value > 0 else '−'}{text}"


def label_share(value: float) -> str:
    return format_number(value, 0) if value in (-1, 0, 1) else format_share(value).rstrip("0")


def list_reasons(figures: Sequence[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Each reason once, with the rows it concerns."""
    rows: dict[str, list[str]] = {}
    for label, figure in figures:
        if figure["reason"]:
            rows.setdefault(explain(figure), []).append(label)
    return [{"text": text, "labels": ", ".join(labels)} for text, labels in rows.items()]


def count_reasons(figures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each reason once, with how many rows of a long table it concerns."""
    counts = Counter(explain(figure) for figure in figures if figure["reason"])
    return [
        {"text": text, "labels": count_things(n, "clip").capitalize()} for text, n in counts.items()
    ]
