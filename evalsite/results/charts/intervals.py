"""Intervals: a bar from low to high with a notch at the estimate."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from evalsite.results.charts.axis import Axis

WIDTH = 1000
MODEL_STEM = 13


def draw_interval_row(
    axis: Axis,
    *,
    estimate: float | None,
    low: float | None,
    high: float | None,
    is_main: bool = True,
    row_height: int = 26,
    bar_height: int = 10,
    model: float | None = None,
) -> SafeString:
    """The middle of a row chart, stretched over its cell. No interval: a hollow mark, no bar.

    `model`: a dot on a stem below the bar, so that it never hides the notch.
    """
    top = (row_height - bar_height) / 2 - (0 if model is None else 4)
    lines = format_html_join(
        "",
        '<line class="{} ns" x1="{}" x2="{}" y1="0" y2="{}"/>',
        (
            ("ax0" if abs(line) < 1e-9 else "ax", x, x, row_height)
            for line in axis.lines
            for x in [_x(axis, line)]
        ),
    )
    return format_html(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" height="{}" aria-hidden="true">'
        "{}{}{}</svg>",
        WIDTH,
        row_height,
        row_height,
        lines,
        _draw_bar(axis, estimate, low, high, is_main=is_main, top=top, height=bar_height),
        "" if model is None else _draw_model(_x(axis, model), top + bar_height / 2),
    )


def draw_interval_mark(
    axis: Axis, *, estimate: float | None, low: float | None, high: float | None, width: int = 130
) -> SafeString:
    """A small interval for a table cell, on a hairline that spans the whole axis."""
    bar = SafeString("")
    if estimate is not None and low is not None and high is not None:
        left, right = axis.share(low) * width, axis.share(high) * width
        bar = format_html(
            '<rect class="iv" x="{}" width="{}" y="3" height="8" rx="1"/>'
            '<rect class="notch" x="{}" y="3" width="2.5" height="8"/>',
            _round(left),
            _round(max(right - left, 3.0)),
            _round(axis.share(estimate) * width - 1.25),
        )
    elif estimate is not None:
        bar = format_html(
            '<circle class="m-ctrl" cx="{}" cy="7" r="3.5"/>', _round(axis.share(estimate) * width)
        )
    return format_html(
        '<svg class="on-paper" viewBox="0 0 {} 14" width="{}" height="14" aria-hidden="true">'
        '<line class="ax" x1="0" x2="{}" y1="7" y2="7"/>{}</svg>',
        width,
        width,
        width,
        bar,
    )


def draw_axis_labels(axis: Axis, labels: dict[float, str]) -> SafeString:
    """The row below a row chart: text at percentages, so that it keeps its size."""
    texts = format_html_join(
        "",
        '<text x="{}%" y="16" text-anchor="middle">{}</text>',
        ((_round(100 * axis.share(value)), text) for value, text in labels.items()),
    )
    return format_html('<svg height="22" class="axt">{}</svg>', texts)


def _draw_model(x: float, top: float) -> SafeString:
    return format_html(
        '<path class="mdlh" d="M{} {}v.01"/><path class="mdls" d="M{} {}v{}"/>',
        *(x, top + MODEL_STEM, x, top, MODEL_STEM),
    )


def _draw_bar(
    axis: Axis,
    estimate: float | None,
    low: float | None,
    high: float | None,
    *,
    is_main: bool,
    top: float,
    height: float,
) -> SafeString:
    if estimate is None:
        return SafeString("")
    notch = _x(axis, estimate)
    if low is None or high is None:
        return format_html(
            '<line class="estimate ns" x1="{}" x2="{}" y1="{}" y2="{}"/>',
            notch,
            notch,
            top,
            top + height,
        )
    left, right = _x(axis, low), _x(axis, high)
    return format_html(
        '<rect class="{}" x="{}" width="{}" y="{}" height="{}"/>'
        '<line class="notchl" x1="{}" x2="{}" y1="{}" y2="{}"/>',
        "iv" if is_main else "iv soft",
        left,
        _round(max(right - left, 4.0)),
        top,
        height,
        notch,
        notch,
        top,
        top + height,
    )


def _x(axis: Axis, value: float) -> float:
    return _round(axis.share(value) * WIDTH)


def _round(value: float) -> float:
    return round(value, 1)
