"""Confusion matrices: what was there, what listeners (or the model) said.

Rows are what was there, columns what was answered. Beside a listeners' matrix stands the model's:
do the two confuse the same things?

References
----------
.. [1] Mantel, N. (1967). The detection of disease clustering and a generalized regression
   approach. Cancer Research 27, 209-220 (the permutation of labels).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from evalsite.analysis.checks import check_rng, check_whole
from evalsite.analysis.intervals import check_confidence, wilson_interval
from evalsite.analysis.result import Result, undefined_result

MOST_EXACT_CATEGORIES = 7
POPULATION = "these categories, labels dealt anew"


@dataclass(frozen=True)
class ConfusionMatrix:
    """Counts of answers by what was there.

    Parameters
    ----------
    categories : tuple
        Names of rows and columns.
    counts : np.ndarray of int, shape=(n_categories, n_categories)
        Row: what was there; column: the answer.
    n_missing : int
        Answers left out because one of the two is missing.
    """

    categories: tuple[Any, ...]
    counts: NDArray[np.int64]
    n_missing: int

    @property
    def shares(self) -> NDArray[np.float64]:
        """Each row as shares that add up to 1; NaN where a category never was there."""
        totals = self.counts.sum(axis=1, keepdims=True)
        return np.where(totals > 0, self.counts / np.maximum(totals, 1), np.nan)

    def describe_recalls(self, *, confidence: float = 0.95) -> dict[Any, Result]:
        """Share right of each category, with Wilson's interval of independent answers."""
        return self._describe(self.counts.sum(axis=1), "recall", confidence)

    def describe_precisions(self, *, confidence: float = 0.95) -> dict[Any, Result]:
        """Share right of each answer, with Wilson's interval of independent answers."""
        return self._describe(self.counts.sum(axis=0), "precision", confidence)

    def _describe(
        self, totals: NDArray[np.int64], name: str, confidence: float
    ) -> dict[Any, Result]:
        check_confidence(confidence)
        method, population = f"{name}; Wilson interval", "new answers, each by another listener"
        found: dict[Any, Result] = {}
        right = np.diag(self.counts)
        for category, k, n in zip(self.categories, right, totals, strict=True):
            if n == 0:
                found[category] = undefined_result(
                    "no_data", method=method, population=population, level=confidence
                )
                continue
            share = float(k / n)
            low, high = wilson_interval(share, int(n), level=confidence)
            found[category] = Result(share, low, high, int(n), method, None, population, confidence)
        return found


def count_confusions(
    truth: Sequence[Any], answers: Sequence[Any], *, categories: Sequence[Any] | None = None
) -> ConfusionMatrix:
    """Count answers by what was there.

    Parameters
    ----------
    truth, answers : sequence
        One entry an answer; None or NaN is missing.
    categories : sequence, optional
        Names in the order wanted; by default all that occur, sorted.

    Returns
    -------
    ConfusionMatrix

    Raises
    ------
    ValueError
        If the lengths differ, a category is named twice, or an entry is not among the categories.
    """
    if len(truth) != len(answers):
        raise ValueError(
            f"truth and answers must have one length, got {len(truth)} and {len(answers)}."
        )
    pair = pd.DataFrame({"truth": list(truth), "answer": list(answers)}, dtype=object)
    known = pair.dropna()
    values = pd.unique(pd.concat([known["truth"], known["answer"]]))
    names = tuple(sorted(values, key=str) if categories is None else categories)
    if len(set(names)) != len(names):
        raise ValueError(f"categories must name each category once, got {names}.")
    unknown = [value for value in values if value not in names]
    if unknown:
        raise ValueError(f"truth and answers must be among the categories, got {unknown[0]!r}.")
    place = {name: index for index, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (known["truth"].map(place), known["answer"].map(place)), 1)
    return ConfusionMatrix(names, counts, len(pair) - len(known))


def compare_confusions(
    human: ConfusionMatrix,
    model: ConfusionMatrix,
    *,
    n_permutations: int = 5000,
    rng: np.random.Generator | None = None,
) -> Result:
    """Rank correlation of two matrices' confusions, with Mantel's permutation test [1]_.

    Only what is confused counts: the cells beside the diagonal, as shares of their rows. The test
    deals the category names of one matrix anew, rows and columns together, through all orders up
    to 7 categories.

    Parameters
    ----------
    human, model : ConfusionMatrix
        Of the same categories in the same order.
    n_permutations : int
        Random orders with more than 7 categories, 100 or more.
    rng : np.random.Generator, optional
        Their source.

    Returns
    -------
    Result
        Spearman's correlation in [-1, 1], without an interval: cells share rows, so no sample
        stands behind them. `details` holds p_value (greater), n_orders, is_exact.

    Raises
    ------
    ValueError
        If the categories differ, or random orders are needed without `rng`.
    """
    check_whole(n_permutations, "n_permutations", least=100)
    if rng is not None:
        check_rng(rng)
    if human.categories != model.categories:
        raise ValueError(
            f"both matrices need the same categories, got {human.categories} and "
            f"{model.categories}."
        )
    q, method = len(human.categories), "Spearman correlation of confusions; no interval"
    first, second, nan = human.shares, model.shares, math.nan
    beside = ~np.eye(q, dtype=bool)
    n = int(beside.sum())
    if q < 3 or np.isnan(first).any() or np.isnan(second).any():
        reason = "too_few_categories" if q < 3 else "category_never_shown"
        return undefined_result(reason, method=method, n=n, population=POPULATION)
    if np.ptp(first[beside]) == 0 or np.ptp(second[beside]) == 0:
        return undefined_result("no_variation", method=method, n=n, population=POPULATION)
    is_exact = q <= MOST_EXACT_CATEGORIES
    if not is_exact and rng is None:
        raise ValueError(f"rng must be given to deal {q} categories anew, got None.")
    ranks = np.zeros((q, q))
    ranks[beside] = _standardise(second[beside])
    target = _standardise(first[beside])
    estimate = float(target @ ranks[beside])
    if is_exact:
        orders = np.array(list(permutations(range(q))))
    else:
        assert rng is not None
        orders = np.array([rng.permutation(q) for _ in range(n_permutations)])
    dealt = ranks[orders[:, :, None], orders[:, None, :]][:, beside] @ target
    n_far = int((dealt >= estimate - 1e-12).sum())
    p_value = n_far / len(orders) if is_exact else (n_far + 1) / (len(orders) + 1)
    details = {"p_value": p_value, "n_orders": len(orders), "is_exact": is_exact}
    return Result(estimate, nan, nan, n, method, None, POPULATION, details=details)


def _standardise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    ranks = stats.rankdata(values)
    ranks -= ranks.mean()
    return np.asarray(ranks / np.sqrt(ranks @ ranks))
