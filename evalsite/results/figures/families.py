"""Tests of a block's qualities are a family: their p values are adjusted together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from evalsite.analysis.multiplicity import adjust_p_values


def adjust_family(places: Sequence[dict[str, Any]], name: str) -> None:
    """Write `p_holm` beside the figure of this name in each place (Holm, 1979)."""
    p_values = [place[name].details.get("p_value") for place in places]
    adjusted = adjust_p_values([math.nan if p is None else p for p in p_values])
    for place, p_value in zip(places, adjusted, strict=True):
        place["p_holm"] = float(p_value)
