"""Matrices as tables: each cell its number, and a square whose area is the share of its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

SIDE = 28


def show_matrix(names: Sequence[str], counts: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """Rows with `name` and `cells`: `n`, `square`, `is_right` on the diagonal."""
    return [
        {
            "name": name,
            "cells": [
                {"n": n, "square": draw_square(n / (sum(row) or 1)), "is_right": column == place}
                for column, n in enumerate(row)
            ],
        }
        for place, (name, row) in enumerate(zip(names, counts, strict=True))
    ]


def draw_square(share: float) -> SafeString:
    side = round(SIDE * share**0.5, 1)
    start = round((SIDE - side) / 2, 1)
    return format_html(
        '<svg viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">'
        '<rect class="b-ink" x="{}" y="{}" width="{}" height="{}"/></svg>',
        *(SIDE, SIDE, SIDE, SIDE, start, start, side, side),
    )


def draw_signed_square(r: float) -> SafeString:
    """Area by the size of a correlation; full above 0, hollow and dashed below."""
    side = round(SIDE * min(1.0, abs(r)) ** 0.5, 1)
    start = round((SIDE - side) / 2, 1)
    return format_html(
        '<svg viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">'
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/></svg>',
        *(SIDE, SIDE, SIDE, SIDE, "together" if r > 0 else "apart", start, start, side, side),
    )
