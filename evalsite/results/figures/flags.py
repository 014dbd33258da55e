"""Clips that deserve a second look: rules of thumb (`pages.flags`), no reason to leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

FEWEST = 8  # ratings, or clips, below which a rule says nothing
CAMP, UNTOLD, RANKS_APART = 0.25, 1 / 3, 0.5
TWO_CAMPS, CANT_TELL, DIFFERS = "two_camps", "cant_tell", "model_differs"


def flag_clips(clips: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """`clips`: rows with `n`, `n_cant_tell`, `counts` of the points, `mean` and `model_output`."""
    flags = [
        [
            *([TWO_CAMPS] if has_two_camps(clip["counts"]) else []),
            *(
                [CANT_TELL]
                if clip["n"] >= FEWEST and clip["n_cant_tell"] > UNTOLD * clip["n"]
                else []
            ),
        ]
        for clip in clips
    ]
    for k in find_differing(
        [clip["mean"].estimate for clip in clips], [clip["model_output"] for clip in clips]
    ):
        flags[k].append(DIFFERS)
    return flags


def has_two_camps(counts: Sequence[int]) -> bool:
    n, third = sum(counts), len(counts) // 3
    ends = (sum(counts[:third]), sum(counts[len(counts) - third :]))
    return n >= FEWEST and min(ends) >= CAMP * n


def find_differing(means: Sequence[float], outputs: Sequence[float | None]) -> list[int]:
    """Places of the clips whose ranks by listeners and by the model are far apart."""
    both = [
        k
        for k, (mean, output) in enumerate(zip(means, outputs, strict=True))
        if output is not None and np.isfinite(mean)
    ]
    if len(both) < FEWEST:
        return []
    ranks = [stats.rankdata([values[k] for k in both]) for values in (means, outputs)]
    apart = np.abs(ranks[0] - ranks[1])
    return [
        k for k, distance in zip(both, apart, strict=True) if distance > RANKS_APART * len(both)
    ]
