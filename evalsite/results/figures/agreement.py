"""Agreement within each condition, and by group of listeners: for a worker, since it permutes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from evalsite.analysis.agreement import krippendorff_alpha
from evalsite.analysis.groups import POPULATION, compare_groups
from evalsite.analysis.result import undefined_result
from evalsite.studies.protocol import Protocol

ALPHA = partial(krippendorff_alpha, level="ordinal")
DIFFERENCE = "difference of Krippendorff's alpha, ordinal; two way jackknife"
# Random splits of the listeners; of many ratings fewer, since each split goes through all of them.
N_SPLITS, N_SPLITS_OF_MANY, MANY = 1999, 199, 10_000


def matrix_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Listeners are the raters, clips the items; "can't tell" is a missing rating."""
    return rows.pivot(index="listener", columns="item", values="value")


def split_agreement(
    rows: pd.DataFrame, conditions: Sequence[str], protocol: Protocol
) -> dict[str, Any]:
    """`rows`: one quality's judgments. `groups` is there where the protocol has any."""
    found: dict[str, Any] = {
        "spread": _measure_spread(rows),
        "conditions": [
            {
                "condition": name,
                "agreement": ALPHA(matrix_of(own)),
                "spread": _measure_spread(own),
            }
            for name in conditions
            for own in [rows[rows["condition"] == name]]
        ],
    }
    if protocol.groups:
        names = (protocol.groups.inside, protocol.groups.outside)
        found["groups"] = compare_group_agreement(rows, names, seed=protocol.seed)
    return found


def compare_group_agreement(
    rows: pd.DataFrame, names: tuple[str, str], *, seed: int
) -> dict[str, Any]:
    """Each group's agreement, and the first's minus the second's."""
    matrix = matrix_of(rows)
    groups = rows.groupby("listener")["group"].first().reindex(matrix.index)
    n_listeners = [int((groups == name).sum()) for name in names]
    if min(n_listeners) == 0:
        own = [ALPHA(matrix[groups == name]) for name in names]
        difference = undefined_result(
            "one_group_undefined", method=DIFFERENCE, population=POPULATION
        )
    else:
        compared = compare_groups(
            matrix,
            groups.tolist(),
            first=names[0],
            second=names[1],
            coefficient=ALPHA,
            n_permutations=N_SPLITS if len(rows) <= MANY else N_SPLITS_OF_MANY,
            rng=np.random.default_rng(seed),
        )
        own, difference = [compared.first, compared.second], compared.difference
    return {
        "groups": [
            {"group": name, "n_listeners": n, "agreement": figure}
            for name, n, figure in zip(names, n_listeners, own, strict=True)
        ],
        "difference": difference,
    }


def _measure_spread(rows: pd.DataFrame) -> float:
    """Standard deviation of the clips' mean ratings; NaN of fewer than two clips."""
    means = rows.astype({"value": "float64"}).groupby("item")["value"].mean()
    return float(means.std(ddof=1))
