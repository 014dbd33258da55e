"""Raw answers: how often each point of the scale was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# A condition's mark differs in form and in colour.
MARKS = {"original": "b-ink", "kept": "m-kept", "removed": "m-rem"}
ROW, BASELINE, TALLEST = 88, 82, 64


@dataclass(frozen=True)
class Distribution:
    """One row: its name, the condition that chooses the mark, and the counts of 1, 2, 3 …"""

    label: str
    condition: str
    counts: Sequence[int]


def draw_distributions(
    rows: Sequence[Distribution], *, label: str, width: int, margin: int, css_class: str
) -> SafeString:
    """Bars with their counts written on, one row a condition, one height for all."""
    points = len(rows[0].counts)
    tallest = max([1, *(count for row in rows for count in row.counts)])
    step = (width - margin) / points
    height = ROW * len(rows) + 28
    drawn = [
        _draw_row(row, y=ROW * i, margin=margin, width=width, tallest=tallest)
        for i, row in enumerate(rows)
    ]
    axis = format_html_join(
        "",
        '<text class="ink" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((round(margin + step * (k + 0.5), 1), height - 10, k + 1) for k in range(points)),
    )
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}'
        '<text x="0" y="{}">rating</text></svg>',
        f"plot {css_class}",
        width,
        height,
        label,
        SafeString("".join(drawn)),
        axis,
        height - 10,
    )


def draw_counts(counts: Sequence[int]) -> SafeString:
    """A distribution as small as a word, for a table cell."""
    tallest = max([1, *counts])
    bars = format_html_join(
        "",
        '<rect class="b-ink" x="{}" y="{}" width="9" height="{}"/>',
        (
            (12 * k + 1, round(23 - height, 1), height)
            for k, count in enumerate(counts)
            for height in [round(max(1.0, 21 * count / tallest), 1)]
        ),
    )
    width = 12 * len(counts)
    return format_html(
        '<svg viewBox="0 0 {} 24" width="{}" height="24" role="img" aria-label="{}">{}</svg>',
        width,
        width,
        "Answers: " + ", ".join(f"{count} × {k}" for k, count in enumerate(counts, 1) if count),
        bars,
    )


def _draw_row(row: Distribution, *, y: int, margin: int, width: int, tallest: int) -> SafeString:
    base = y + BASELINE
    step = (width - margin) / len(row.counts)
    mark = MARKS.get(row.condition, "m-ctrl")
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (
                mark,
                round(margin + step * k + 3, 1),
                round(base - height, 1),
                round(step - 6, 1),
                height,
                round(margin + step * (k + 0.5), 1),
                round(base - height - 5, 1),
                count,
            )
            for k, count in enumerate(row.counts)
            for height in [round(TALLEST * count / tallest, 1)]
        ),
    )
    return format_html(
        '<text class="strong" x="0" y="{}">{}</text><text x="0" y="{}">{}</text>{}'
        '<line class="ax0" x1="{}" x2="{}" y1="{}" y2="{}"/>',
        base - 18,
        row.label,
        base - 1,
        sum(row.counts),
        bars,
        margin - 6,
        width,
        base,
        base,
    )
