"""Agreement by group of raters, and the difference between two groups.

Whether musicians agree more than others is a question about the difference, not about two numbers
of which one is significant. All raters judge the same items, so an item's replicate leaves it out
of both groups; raters are drawn group by group. The variance of the difference is

v = v_items(difference) + v_raters(first) + v_raters(second),

all by the delete-one jackknife (in 100 groups where there are more), with Satterthwaite's degrees
of freedom. The permutation test deals the raters' group labels anew; it asks whether the groups
could be one, so it also answers to groups that differ in anything else the coefficient sees.

References
----------
.. [1] Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance
   components. Biometrics Bulletin 2(6), 110-114.
.. [2] Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical
   Applications in Genetics and Molecular Biology 9(1), article 39 (p = (b + 1) / (m + 1)).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalsite.analysis.agreement.ratings import FloatArray, as_rating_matrix, list_names
from evalsite.analysis.checks import check_rng, check_whole
from evalsite.analysis.intervals import (
    NO_SPREAD,
    check_confidence,
    jackknife_variance,
    t_interval,
)
from evalsite.analysis.replicates import deal_groups
from evalsite.analysis.result import Result

# Such as `functools.partial(krippendorff_alpha, level="ordinal")`.
Coefficient = Callable[..., Result]
POPULATION = "new items and new raters of both groups"
MOST_EXACT_SPLITS = 10_000
N_GROUPS = 100
# Of the coefficient's size: differences closer than this are the same split's.
SAME = 1e-12


@dataclass(frozen=True)
class GroupComparison:
    """Two groups' agreement and how they differ.

    Parameters
    ----------
    first, second : Result
        Agreement within each group, with the coefficient's own interval.
    difference : Result
        First minus second; `details` holds p_value, n_splits, is_exact and the standard errors.
    """

    first: Result
    second: Result
    difference: Result


def describe_groups(
    ratings: ArrayLike | pd.DataFrame,
    groups: Sequence[Any],
    *,
    coefficient: Coefficient,
    confidence: float = 0.95,
) -> dict[Any, Result]:
    """Agreement within each group.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        NaN = missing.
    groups : sequence, length n_raters
        The group of each rater, in sorted order of the raters of a long data frame; None or NaN
        where it is not known, which leaves the rater out.
    coefficient : callable
        A function of `agreement` that takes ratings, `interval` and `confidence`, its other
        options bound by `functools.partial`.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    dict of Result
        One a group, in sorted order.

    Raises
    ------
    ValueError
        If there is not one group a rater.
    """
    check_confidence(confidence)
    matrix, labels = _check_groups(ratings, groups)
    names = sorted(labels.dropna().unique(), key=str)
    return {
        name: coefficient(matrix[(labels == name).to_numpy()], confidence=confidence)
        for name in names
    }


def compare_groups(
    ratings: ArrayLike | pd.DataFrame,
    groups: Sequence[Any],
    *,
    first: Any,
    second: Any,
    coefficient: Coefficient,
    confidence: float = 0.95,
    n_permutations: int = 2000,
    rng: np.random.Generator | None = None,
) -> GroupComparison:
    """Compare the agreement within two groups.

    Parameters
    ----------
    ratings, groups, coefficient, confidence
        As `describe_groups`.
    first, second
        Names of the two groups; other raters are left out.
    n_permutations : int
        Random splits, 100 or more, where there are more than 10,000 ways to split the raters;
        with fewer the test goes through all of them.
    rng : np.random.Generator, optional
        Source of the random splits; without it a test that needs them is refused.

    Returns
    -------
    GroupComparison
        The p value is two-sided: the share of splits whose difference is at least as far from 0.
        It stays when the interval is undefined.

    Raises
    ------
    ValueError
        If the names are equal, a group has no rater, or random splits are needed without `rng`.
    """
    check_confidence(confidence)
    matrix, labels = _check_groups(ratings, groups)
    if first == second:
        raise ValueError(f"first and second must differ, got {first!r} twice.")
    is_first, is_second = ((labels == name).to_numpy() for name in (first, second))
    for name, mask in ((first, is_first), (second, is_second)):
        if not mask.any():
            raise ValueError(f"group {name!r} has no rater.")
    names = list_names(ratings)
    raters, items = (None, None) if names is None else names
    pair = _Pair(
        matrix[is_first],
        matrix[is_second],
        coefficient,
        None if raters is None else (raters[is_first], raters[is_second]),
        items,
    )
    _check_splits(pair, n_permutations, rng)
    own = [coefficient(part, confidence=confidence) for part in (pair.one, pair.two)]
    difference = pair.estimate_difference(own[0].method, confidence)
    if difference.is_defined:
        test = pair.permute(difference.estimate, n_permutations, rng)
        difference = replace(difference, details={**difference.details, **test})
    return GroupComparison(own[0], own[1], difference)


@dataclass(frozen=True)
class _Pair:
    one: FloatArray  # shape=(n_raters of the group, n_items)
    two: FloatArray
    coefficient: Coefficient
    raters: tuple[pd.Index[Any], pd.Index[Any]] | None  # names, of each group
    items: pd.Index[Any] | None

    def compute(self, ratings: FloatArray) -> float:
        return self.coefficient(ratings, interval=None).estimate

    def estimate_difference(self, statistic: str, confidence: float) -> Result:
        estimates = [self.compute(part) for part in (self.one, self.two)]
        estimate = estimates[0] - estimates[1]
        n = sum(int((~np.isnan(part)).sum()) for part in (self.one, self.two))
        method = f"difference of {statistic.split(';')[0]}; two way jackknife"
        details: dict[str, Any] = {
            "n_raters_first": len(self.one),
            "n_raters_second": len(self.two),
            "first": estimates[0],
            "second": estimates[1],
        }
        nan, reason = math.nan, None
        if math.isnan(estimate):
            reason = "one_group_undefined"
        else:
            parts = self.list_variances()
            variance = sum(v for v, _ in parts)
            reason = _explain_no_interval(len(self.one), len(self.two), variance)
        if reason is not None:
            return Result(estimate, nan, nan, n, method, reason, POPULATION, confidence, details)
        df = variance**2 / sum(v**2 / units for v, units in parts)
        low, high, error = t_interval(estimate, variance, df=df, level=confidence)
        details |= {
            "standard_error": error,
            "standard_error_items": math.sqrt(parts[0][0]),
            "standard_error_raters": math.sqrt(parts[1][0] + parts[2][0]),
            "df": df,
        }
        return Result(estimate, low, high, n, method, None, POPULATION, confidence, details)

    def list_variances(self) -> list[tuple[float, int]]:
        """Variance and degrees of freedom by items, raters of one, raters of two."""
        both = np.concatenate([self.one, self.two])
        items = [
            self.compute(self.one[:, kept]) - self.compute(self.two[:, kept])
            for kept in deal_groups(both.T, n_groups=N_GROUPS, names=self.items)
        ]
        parts = [(jackknife_variance(np.array(items)), len(items) - 1)]
        for ratings, names in zip((self.one, self.two), self.raters or (None, None), strict=True):
            raters = [
                self.compute(ratings[kept])
                for kept in deal_groups(ratings, n_groups=N_GROUPS, names=names)
            ]
            parts.append((jackknife_variance(np.array(raters)), len(raters) - 1))
        return parts

    def permute(
        self, estimate: float, n_permutations: int, rng: np.random.Generator | None
    ) -> dict[str, Any]:
        """Share of splits at least as far from 0."""
        pooled = np.concatenate([self.one, self.two])
        is_exact = count_splits(len(self.one), len(self.two)) <= MOST_EXACT_SPLITS
        found = np.array(
            [
                self.compute(pooled[split]) - self.compute(pooled[~split])
                for split in self.draw_splits(is_exact, n_permutations, rng)
            ]
        )
        found = found[~np.isnan(found)]
        n_far = int((np.abs(found) >= abs(estimate) - SAME).sum())
        # The observed split is among all splits, but not among random ones [2]_.
        p_value = n_far / len(found) if is_exact else (n_far + 1) / (len(found) + 1)
        return {"p_value": p_value, "n_splits": len(found), "is_exact": is_exact}

    def draw_splits(
        self, is_exact: bool, n_permutations: int, rng: np.random.Generator | None
    ) -> Iterator[NDArray[np.bool_]]:
        n_one, n_all = len(self.one), len(self.one) + len(self.two)
        if is_exact:
            for chosen in combinations(range(n_all), n_one):
                split = np.zeros(n_all, dtype=bool)
                split[list(chosen)] = True
                yield split
        elif rng is not None:
            for _ in range(n_permutations):
                yield rng.permutation(n_all) < n_one


def count_splits(n_first: int, n_second: int) -> int:
    """Number of ways to deal raters to two groups of these sizes."""
    return math.comb(n_first + n_second, n_first)


def _check_groups(
    ratings: ArrayLike | pd.DataFrame, groups: Sequence[Any]
) -> tuple[FloatArray, pd.Series]:
    matrix, labels = as_rating_matrix(ratings), pd.Series(list(groups), dtype=object)
    if len(labels) != len(matrix):
        raise ValueError(f"groups must name one group a rater, got {len(labels)} of {len(matrix)}.")
    return matrix, labels


def _check_splits(pair: _Pair, n_permutations: int, rng: np.random.Generator | None) -> None:
    check_whole(n_permutations, "n_permutations", least=100)
    if rng is not None:
        check_rng(rng)
    n_splits = count_splits(len(pair.one), len(pair.two))
    if n_splits > MOST_EXACT_SPLITS and rng is None:
        raise ValueError(f"rng must be given to draw from {n_splits} splits, got None.")


def _explain_no_interval(n_first: int, n_second: int, variance: float) -> str | None:
    if min(n_first, n_second) < 3:
        return "too_few_raters"
    if math.isnan(variance):
        return "one_rater_or_item_decides"
    return "no_disagreement" if math.sqrt(variance) < NO_SPREAD else None
