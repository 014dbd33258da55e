"""Tests of a block's qualities are a family: their p values are adjusted together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evalsite.analysis.multiplicity import adjust_p_values
from evalsite.results.wording import format_p, has_interval


def adjust_family(places: Sequence[dict[str, Any]], name: str) -> None:
    """Write `p_holm` beside the figure of this name in each place (Holm, 1979)."""
    p_values = [place[name].details.get("p_value") for place in places]
    adjusted = adjust_p_values([math.nan if p is None else p for p in p_values])
    for place, p_value in zip(places, adjusted, strict=True):
        place["p_holm"] = float(p_value)


def show_p_values(place: Mapping[str, Any], name: str) -> str:
    """Never a p without the interval that says how large the difference may be."""
    if not has_interval(place[name]):
        return ""
    p_value, adjusted = format_p(place[name]["details"].get("p_value")), place["p_holm"]
    # Alone in its family a test has nothing to be adjusted for.
    if not p_value or adjusted is None or format_p(adjusted) == p_value:
        return p_value
    return f"{p_value}, Holm {format_p(adjusted).removeprefix('p ').removeprefix('= ')}"
