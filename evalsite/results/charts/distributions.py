"""Raw answers as small as a word."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def draw_counts(counts: Sequence[int], *, lowest: int = 1, step: int = 1) -> SafeString:
    """A distribution as small as a word, for a table cell; a bar is of `step` points."""
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
    named = [
        (count, f"{first} to {first + step - 1}" if step > 1 else first)
        for k, count in enumerate(counts)
        for first in [lowest + k * step]
    ]
    return format_html(
        '<svg viewBox="0 0 {} 24" width="{}" height="24" role="img" aria-label="{}">{}</svg>',
        width,
        width,
        "Answers: " + ", ".join(f"{count} × {name}" for count, name in named if count),
        bars,
    )
