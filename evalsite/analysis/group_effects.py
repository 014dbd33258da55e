"""Whether two groups of listeners differ in an effect: the difference of two differences.

That an effect is clear in one group and not in the other does not make the groups differ; this
does. The interval is that of `crossed`, for new listeners of both groups and new recordings. The
permutation test deals the listeners' groups anew [1]_.

References
----------
.. [1] Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical
   Applications in Genetics and Molecular Biology 9(1), article 39.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalsite.analysis.checks import check_columns, check_rng, check_whole, read_values
from evalsite.analysis.crossed import POPULATION, CrossedMeans
from evalsite.analysis.groups import MOST_EXACT_SPLITS, SAME, count_splits
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result

METHOD = "difference between groups of a difference of condition means; two way jackknife"
COLUMNS = ("listener", "recording", "condition", "group", "value")
MOST_CELLS = 10**6
FloatArray = NDArray[np.float64]


def compare_effects(
    judgments: pd.DataFrame,
    *,
    first: str,
    second: str,
    condition: str,
    baseline: str,
    rng: np.random.Generator,
    n_permutations: int = 1999,
    confidence: float = 0.95,
) -> Result:
    """Condition minus baseline in the first group, minus the same in the second.

    Parameters
    ----------
    judgments : pd.DataFrame
        Columns `listener`, `recording`, `condition`, `group`, `value` (missing ones are left out,
        as are other groups and those not known). A listener has one group.
    first, second : str
        Names of the groups.
    condition, baseline : str
        Names of the conditions.
    rng : np.random.Generator
        Source of random splits, where there are more than 10,000 ways to split the listeners, or
        so many listeners that all ways take more than 10^6 numbers.
    n_permutations : int
        How many of them, 100 or more.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        `details` holds the four means, p_value (two-sided), n_splits and is_exact.

    Raises
    ------
    ValueError
        If a column is missing, a listener or recording is not named or a listener is in both
        groups, names are equal, or an option is out of range.
    """
    check_confidence(confidence)
    check_whole(n_permutations, "n_permutations", least=100)
    check_rng(rng)
    for name, one, two in (("groups", first, second), ("conditions", condition, baseline)):
        if one == two:
            raise ValueError(f"the two {name} must differ, got {one!r} twice.")
    rows = _choose_rows(judgments, (first, second), (condition, baseline))
    is_first = (rows["group"] == first).to_numpy()
    is_condition = (rows["condition"] == condition).to_numpy()
    cells = np.stack(
        [
            is_first & is_condition,
            is_first & ~is_condition,
            ~is_first & is_condition,
            ~is_first & ~is_condition,
        ],
        axis=1,
    ).astype(np.float64)
    if len(rows) == 0 or (cells.sum(0) == 0).any():
        return undefined_result(
            "one_group_undefined",
            method=METHOD,
            n=len(rows),
            population=POPULATION,
            level=confidence,
        )
    crossed = CrossedMeans.of(rows, cells)
    names = ("first_condition", "first_baseline", "second_condition", "second_baseline")
    found = crossed.estimate_difference(
        method=METHOD,
        bounds=(-math.inf, math.inf),
        confidence=confidence,
        details={
            f"mean_{name}": float(mean) for name, mean in zip(names, crossed.means, strict=True)
        },
        weights=np.array([1.0, -1.0, -1.0, 1.0]),
    )
    test = _permute(rows, is_first, is_condition, found.estimate, n_permutations, rng)
    return replace(found, details={**found.details, **test})


def _choose_rows(
    judgments: pd.DataFrame, groups: tuple[str, str], conditions: tuple[str, str]
) -> pd.DataFrame:
    check_columns(judgments, COLUMNS, called="judgments", named=COLUMNS[:2])
    chosen = judgments[judgments["group"].isin(groups) & judgments["condition"].isin(conditions)]
    in_both = chosen.groupby("listener", sort=False, observed=True)["group"].nunique() > 1
    if in_both.any():
        raise ValueError(f"listener {in_both.idxmax()} must be in one group, got two.")
    return chosen.assign(value=read_values(chosen, "value")).dropna(subset="value")


def _permute(
    rows: pd.DataFrame,
    is_first: NDArray[np.bool_],
    is_condition: NDArray[np.bool_],
    estimate: float,
    n_permutations: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    listener, names = pd.factorize(rows["listener"])
    value = rows["value"].to_numpy(dtype=np.float64)
    sums = _sum_up(listener, is_condition, value)
    counts = _sum_up(listener, is_condition, np.ones(len(value)))
    n_first = len(np.unique(listener[is_first]))
    n_splits = count_splits(n_first, len(names) - n_first)
    is_exact = n_splits <= MOST_EXACT_SPLITS and n_splits * len(names) <= MOST_CELLS
    splits = _draw_splits(len(names), n_first, is_exact, n_permutations, rng)
    found = _measure(splits, sums, counts)
    found = found[~np.isnan(found)]
    n_far, n_all = int((np.abs(found) >= abs(estimate) - SAME).sum()), len(found)
    # The observed split is among all splits, but not among random ones [1]_.
    p_value = n_far / n_all if is_exact else (n_far + 1) / (n_all + 1)
    return {"p_value": p_value, "n_splits": n_all, "is_exact": is_exact}


def _sum_up(
    listener: NDArray[np.intp], is_condition: NDArray[np.bool_], value: FloatArray
) -> FloatArray:
    """By listener: of the condition, of the baseline; shape=(n_listeners, 2)."""
    n = int(listener.max()) + 1
    parts = [
        np.bincount(listener[mask], value[mask], minlength=n)
        for mask in (is_condition, ~is_condition)
    ]
    return np.stack(parts, axis=1).astype(np.float64)


def _draw_splits(
    n: int, n_first: int, is_exact: bool, n_permutations: int, rng: np.random.Generator
) -> FloatArray:
    """One split a row: 1 for the first group, else 0."""
    if is_exact:
        chosen = np.array(list(combinations(range(n), n_first)))
        splits = np.zeros((len(chosen), n))
        np.put_along_axis(splits, chosen, 1.0, axis=1)
        return splits
    observed = (np.arange(n) < n_first).astype(np.float64)
    return rng.permuted(np.tile(observed, (n_permutations, 1)), axis=1)


def _measure(splits: FloatArray, sums: FloatArray, counts: FloatArray) -> FloatArray:
    """The difference of differences for each split."""
    one_sums, one_counts = splits @ sums, splits @ counts
    with np.errstate(invalid="ignore", divide="ignore"):
        one = one_sums / one_counts
        two = (sums.sum(0) - one_sums) / (counts.sum(0) - one_counts)
    return (one[:, 0] - one[:, 1]) - (two[:, 0] - two[:, 1])
