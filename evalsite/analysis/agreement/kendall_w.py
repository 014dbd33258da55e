"""Kendall's W: how alike raters rank the items.

W = 12 S / (m^2 (n^3 - n) - m sum_j T_j), with m raters, n items, S the sum over items of squared
deviations of the rank sums R_i from their mean m (n + 1) / 2, and T_j = sum (t^3 - t) over the
groups of t items that rater j ties (midranks). 0 = no common order, 1 = one order.

References
----------
.. [1] Kendall, M. G., & Babington Smith, B. (1939). The problem of m rankings. Annals of
   Mathematical Statistics 10(3), 275-287.
.. [2] Siegel, S., & Castellan, N. J. (1988). Nonparametric Statistics for the Behavioral Sciences,
   2nd ed., section 9.5 (ties, chi-square).
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from evalsite.analysis.agreement.ratings import FloatArray, as_rating_matrix
from evalsite.analysis.agreement.two_way import (
    BOOTSTRAPS,
    POPULATIONS,
    check_interval,
    check_resampling,
    describe_method,
    give_interval,
)
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.replicates import deal_groups, draw_weights
from evalsite.analysis.result import Result, undefined_result

INTERVALS = ("two_way_jackknife", *BOOTSTRAPS, None)
N_GROUPS = 100


def kendall_w(
    ratings: ArrayLike | pd.DataFrame,
    *,
    interval: str | None = "two_way_jackknife",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: np.random.Generator | None = None,
) -> Result:
    """Kendall's coefficient of concordance, corrected for ties [1]_ [2]_.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Values of which only each rater's order counts; NaN = missing. Ranks compare only over
        items that every rater rated: others are left aside and counted in `details`.
    interval : {"two_way_jackknife", "item_bootstrap", "rater_bootstrap", "two_way_bootstrap"} or \
None
        v = v_items + v_raters, t on min(n_items, n_raters) - 1; more than 100 items (raters) are
        left out in 100 groups. The bootstraps are percentile intervals; a rater drawn twice counts
        twice, but is not paired with itself.
    confidence : float
        Confidence level in (0, 1).
    n_resamples : int
        Bootstrap draws, 100 or more.
    rng : np.random.Generator, optional
        Source of the bootstrap draws; required by them.

    Returns
    -------
    Result
        `estimate` in [0, 1]; `details` holds chi_square, df_chi_square and p_value of the test
        that there is no common order, mean_rank_correlation (m W - 1) / (m - 1), and
        n_items_incomplete.

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers and NaN, or the interval is not known.
    """
    check_confidence(confidence)
    check_interval(interval, INTERVALS)
    check_resampling(interval, rng=rng, n_resamples=n_resamples)
    matrix = as_rating_matrix(ratings)
    is_rated = ~np.isnan(matrix)
    matrix = matrix[is_rated.any(axis=1)][:, is_rated.any(axis=0)]
    is_complete = ~np.isnan(matrix).any(axis=0)
    complete = matrix[:, is_complete]
    n_raters, n_items = complete.shape
    method = describe_method("Kendall's W", interval)
    details = {
        "n_items": n_items,
        "n_raters": n_raters,
        "n_items_incomplete": int((~is_complete).sum()),
    }
    reason = _explain_undefined(matrix, complete)
    if reason is not None:
        return undefined_result(
            reason,
            method=method,
            n=complete.size,
            population=POPULATIONS[interval],
            level=confidence,
            **details,
        )
    estimate = _concord(complete)
    chi_square = n_raters * (n_items - 1) * estimate
    found = {
        **details,
        "chi_square": chi_square,
        "df_chi_square": n_items - 1,
        "p_value": float(stats.chi2.sf(chi_square, n_items - 1)),
        "mean_rank_correlation": (n_raters * estimate - 1) / (n_raters - 1),
    }
    nan, n, population = np.nan, complete.size, POPULATIONS[interval]
    return give_interval(
        Result(estimate, nan, nan, n, method, None, population, confidence, found),
        interval,
        jackknife=lambda: _leave_out(complete),
        bootstrap=lambda kind: _bootstrap(
            complete, kind, n_resamples=n_resamples, rng=cast(np.random.Generator, rng)
        ),
        lowest=0.0,
    )


def _leave_out(complete: FloatArray) -> tuple[FloatArray, FloatArray]:
    by_item = [_concord(complete[:, kept]) for kept in deal_groups(complete.T, n_groups=N_GROUPS)]
    by_rater = [_concord(complete[kept]) for kept in deal_groups(complete, n_groups=N_GROUPS)]
    return np.array(by_item), np.array(by_rater)


def _explain_undefined(matrix: FloatArray, complete: FloatArray) -> str | None:
    if matrix.size == 0:
        return "no_data"
    if len(matrix) < 2 or (~np.isnan(matrix)).sum(axis=0).max() < 2:
        return "no_pairable_values"
    if matrix.shape[1] < 2:
        return "one_item"
    if complete.shape[1] < 2:
        return "incomplete_ranks"
    return "no_variation" if (np.ptp(complete, axis=1) == 0).all() else None


def _concord(ratings: FloatArray) -> float:
    """W of complete ratings; NaN where there is no order at all."""
    m, n = ratings.shape
    if m < 2 or n < 2:
        return np.nan
    ranks = stats.rankdata(ratings, axis=1)
    spread = float(((ranks.sum(axis=0) - m * (n + 1) / 2) ** 2).sum())
    # A rater's ranks spread (n^3 - n - T_j) / 12 around their mean.
    room = m * float(((ranks - (n + 1) / 2) ** 2).sum())
    return spread / room if room > 0 else np.nan


def _bootstrap(
    ratings: FloatArray, kind: str, *, n_resamples: int, rng: np.random.Generator
) -> FloatArray:
    """W of draws with replacement, at least 0; NaN where a draw leaves nothing to pair."""
    draws = np.empty(n_resamples)
    products = _multiply_ranks(ratings)
    drawn = draw_weights(ratings.shape, kind, n_resamples=n_resamples, rng=rng)
    for index, (of_rater, of_item) in enumerate(drawn):
        if kind != "rater_bootstrap":
            products = _multiply_ranks(np.repeat(ratings, of_item.astype(np.intp), axis=1))
        draws[index] = _concord_pairs(products, of_rater)
    return draws


def _multiply_ranks(ratings: FloatArray) -> FloatArray:
    """Products <r_i, r_j> of the raters' centred ranks, shape=(n_raters, n_raters)."""
    ranks = stats.rankdata(ratings, axis=1) - (ratings.shape[1] + 1) / 2
    return np.asarray(ranks @ ranks.T)


def _concord_pairs(products: FloatArray, of_rater: FloatArray) -> float:
    """W from the pairs of distinct raters, each rater counting so often.

    Of m raters W = (1 + (m - 1) c / q) / m, with c the mean of <r_i, r_j> over pairs and q that of
    |r_i|^2. Both are means over the pairs of distinct raters here, so that W is at most 1.
    """
    m, squares = of_rater.sum(), np.diag(products)
    own = of_rater**2
    together = of_rater @ products @ of_rater - own @ squares
    alone = (of_rater * m - own) @ squares
    return max(0.0, (1 + (m - 1) * together / alone) / m) if alone > 0 else np.nan
