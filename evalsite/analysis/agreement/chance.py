"""Agreement corrected for chance from the raters' pooled use of the categories.

kappa = (p_a - p_e) / (1 - p_e), where p_a is the mean weighted agreement of the pairs of ratings
of an item, over items rated twice or more, and p_e what chance would give. The coefficients
differ in p_e alone. With pi_k the mean over items of the share of ratings in category k:

- Fleiss: sum_kl w_kl pi_k pi_l
- Gwet's AC1 (w = identity) and AC2: T / (q (q - 1)) * sum_k pi_k (1 - pi_k), T = sum_kl w_kl
- Brennan-Prediger: T / q^2

Here an item rated once does count: it shares in pi, not in p_a. q is the number of categories,
those that occur unless `categories` says more.

References
----------
.. [1] Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of
   high agreement. British Journal of Mathematical and Statistical Psychology 61, 29-48.
.. [2] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapters 2 to 5.
.. [3] Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological
   Bulletin 76, 378-382.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from evalsite.analysis.agreement.ratings import FloatArray, IntArray, as_rating_matrix
from evalsite.analysis.agreement.two_way import (
    POPULATIONS,
    check_interval,
    describe_method,
    two_way_result,
)
from evalsite.analysis.agreement.weights import make_weights
from evalsite.analysis.intervals import NO_SPREAD, check_confidence, t_interval
from evalsite.analysis.result import Result, undefined_result

INTERVALS = ("two_way_jackknife", "item_linearized", None)

# Chance agreement of shares pi, shape=(k, q), under weights, shape=(q, q): shape=(k,).
ChanceRule = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class CategoryRatings:
    """All ratings, one entry a rating, as positions in the categories.

    Parameters
    ----------
    categories : np.ndarray, shape=(q,)
        Sorted distinct values.
    code, item, rater : np.ndarray, shape=(n,)
        Category, item and rater of each rating, items and raters numbered from 0.
    counts : np.ndarray, shape=(n_items, q)
        How many raters put an item into a category.
    n_raters : int
        Number of raters with a rating.
    """

    categories: FloatArray
    code: IntArray
    item: IntArray
    rater: IntArray
    counts: FloatArray
    n_raters: int

    def explain_undefined(self) -> str | None:
        """Reason why no coefficient can be computed, or None."""
        if len(self.code) == 0:
            return "no_data"
        if self.counts.sum(axis=1).max() < 2:
            return "no_pairable_values"
        return "no_variation" if self.code.min() == self.code.max() else None


def list_categories(
    ratings: ArrayLike | pd.DataFrame, categories: Sequence[float] | None = None
) -> CategoryRatings:
    """List all ratings with the position of their category.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        NaN = missing.
    categories : sequence of float, optional
        All values a rater could choose; by default those that occur.

    Returns
    -------
    CategoryRatings

    Raises
    ------
    ValueError
        If a rating is infinite or not among the categories.
    """
    matrix = as_rating_matrix(ratings)
    rater, item = np.nonzero(~np.isnan(matrix))
    value = matrix[rater, item]
    if not np.isfinite(value).all():
        raise ValueError("ratings must be finite or NaN, got infinity.")
    known = np.unique(value if categories is None else np.asarray(categories, dtype=np.float64))
    is_unknown = ~np.isin(value, known)
    if is_unknown.any():
        raise ValueError(f"ratings must be among the categories, got {value[is_unknown][0]:g}.")
    code = np.searchsorted(known, value)
    items, item = np.unique(item, return_inverse=True)
    raters, rater = np.unique(rater, return_inverse=True)
    counts = np.zeros((len(items), len(known)))
    np.add.at(counts, (item, code), 1)
    return CategoryRatings(known, code, item, rater, counts, len(raters))


def compute_chance_corrected(
    ratings: ArrayLike | pd.DataFrame,
    *,
    rule: ChanceRule,
    name: str,
    weights: str,
    categories: Sequence[float] | None,
    interval: str | None,
    confidence: float,
) -> Result:
    """A chance-corrected coefficient with its interval.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        NaN = missing.
    rule : callable
        Chance agreement from shares and weights.
    name : str
        The coefficient's name.
    weights : str
        See `weights.make_weights`.
    categories : sequence of float or None
        All values a rater could choose; None: those that occur.
    interval : {"two_way_jackknife", "item_linearized"} or None
        The two-way jackknife speaks of new items and raters. "item_linearized" is Gwet's, with t
        on n_items - 1 degrees of freedom [2]_: new items, these raters.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        `details` holds percent_agreement (p_a), chance_agreement (p_e), n_items, n_raters and
        n_categories.
    """
    check_confidence(confidence)
    check_interval(interval, INTERVALS)
    listed = list_categories(ratings, categories)
    n, q = len(listed.code), len(listed.categories)
    method = describe_method(f"{name}, {weights}", interval)
    details = {"n_items": len(listed.counts), "n_raters": listed.n_raters, "n_categories": q}
    population, reason = POPULATIONS[interval], listed.explain_undefined()
    if reason is not None:
        return undefined_result(
            reason, method=method, n=n, population=population, level=confidence, **details
        )
    agreement = _Agreement.of(listed, make_weights(listed.categories, weights), rule)
    estimate = agreement.estimate
    found = {
        **details,
        "percent_agreement": agreement.observed,
        "chance_agreement": agreement.expected,
    }
    if interval == "two_way_jackknife":
        by_item, by_rater = agreement.leave_out_items(), agreement.leave_out_raters(listed)
        return two_way_result(
            estimate,
            by_item,
            by_rater,
            n=n,
            method=method,
            level=confidence,
            details=found,
            highest=1.0,
        )
    low = high = np.nan
    if interval == "item_linearized":
        low, high, reason, error = _linearized_interval(agreement, confidence)
        found["standard_error"] = error
    return Result(estimate, low, high, n, method, reason, population, confidence, found)


def _linearized_interval(
    agreement: _Agreement, confidence: float
) -> tuple[float, float, str | None, float]:
    influence = agreement.linearize()
    n_items = len(influence)
    if n_items < 2:
        return np.nan, np.nan, "too_few_items", np.nan
    variance = float(((influence - agreement.estimate) ** 2).sum() / (n_items * (n_items - 1)))
    if variance < NO_SPREAD**2:
        return np.nan, np.nan, "no_disagreement", np.nan
    low, high, error = t_interval(agreement.estimate, variance, df=n_items - 1, level=confidence)
    return low, min(high, 1.0), None, error


@dataclass(frozen=True)
class _Agreement:
    """Sums per item from which the coefficient and all its replicates follow."""

    counts: FloatArray
    m: FloatArray
    weights: FloatArray
    rule: ChanceRule
    agreeing: FloatArray  # sum_k c_k ((W c)_k - 1): ordered pairs that agree, weighted

    @classmethod
    def of(cls, listed: CategoryRatings, weights: FloatArray, rule: ChanceRule) -> _Agreement:
        counts = listed.counts
        agreeing = (counts * (counts @ weights - 1)).sum(axis=1)
        return cls(counts, counts.sum(axis=1), weights, rule, agreeing)

    @property
    def is_paired(self) -> FloatArray:
        return (self.m >= 2).astype(np.float64)

    @property
    def share(self) -> FloatArray:
        """Weighted agreement of each item, 0 for those rated once."""
        return np.asarray(self.agreeing / np.maximum(self.m * (self.m - 1), 1) * self.is_paired)

    @property
    def pi(self) -> FloatArray:
        return np.asarray((self.counts / self.m[:, None]).mean(axis=0))

    @property
    def observed(self) -> float:
        return float(self.share.sum() / self.is_paired.sum())

    @property
    def expected(self) -> float:
        return float(self.rule(self.pi[None, :], self.weights)[0])

    @property
    def estimate(self) -> float:
        return (self.observed - self.expected) / (1 - self.expected)

    def leave_out_items(self) -> FloatArray:
        shares = self.counts / self.m[:, None]
        return self._coefficient(
            self.share.sum() - self.share,
            self.is_paired.sum() - self.is_paired,
            shares.sum(axis=0) - shares,
            np.full(len(self.m), len(self.m) - 1.0),
        )

    def leave_out_raters(self, listed: CategoryRatings) -> FloatArray:
        item, code, rater = listed.item, listed.code, listed.rater
        n_raters, m = listed.n_raters, self.m[item]
        pairs = np.maximum((m - 1) * (m - 2), 1)
        left = self.agreeing[item] - 2 * ((self.counts @ self.weights)[item, code] - 1)
        change = np.where(m > 2, left / pairs, 0.0) - self.share[item]

        own = self.counts[item]
        without = own.copy()
        without[np.arange(len(code)), code] -= 1
        moved = without / np.maximum(m - 1, 1)[:, None] - own / m[:, None]
        to_rater = sparse.csr_array(
            (np.ones(len(code)), (rater, np.arange(len(code)))), shape=(n_raters, len(code))
        )
        return self._coefficient(
            self.share.sum() + np.bincount(rater, change, minlength=n_raters),
            self.is_paired.sum() - np.bincount(rater, m == 2, minlength=n_raters),
            (self.counts / self.m[:, None]).sum(axis=0) + to_rater @ moved,
            len(self.m) - np.bincount(rater, m == 1, minlength=n_raters).astype(np.float64),
        )

    def linearize(self) -> FloatArray:
        """Each item's linearised contribution, whose mean is the estimate [2]_."""
        expected, estimate = self.expected, self.estimate
        n_items, is_paired = len(self.m), self.is_paired
        observed = n_items / is_paired.sum() * (self.share - expected * is_paired)
        # The rules are quadratic in pi, so this difference is their exact slope towards an item.
        shares = self.counts / self.m[:, None]
        ahead, behind = shares, 2 * self.pi - shares
        slope = (self.rule(ahead, self.weights) - self.rule(behind, self.weights)) / 2
        return np.asarray((observed - (1 - estimate) * slope) / (1 - expected))

    def _coefficient(
        self, share_sum: FloatArray, n_paired: FloatArray, pi_sum: FloatArray, n_items: FloatArray
    ) -> FloatArray:
        pi = pi_sum / np.maximum(n_items, 1)[:, None]
        observed = share_sum / np.maximum(n_paired, 1)
        expected = self.rule(pi, self.weights)
        # As for the whole: without two pairable ratings, or with one category, it is undefined.
        is_defined = (n_paired > 0) & (pi.max(axis=1) < 1 - 1e-12)
        room = np.where(is_defined, 1 - expected, 1.0)
        return np.asarray(np.where(is_defined, (observed - expected) / room, np.nan))
