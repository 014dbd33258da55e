"""Percent agreement: how often two raters of an item say the same.

References
----------
.. [1] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapter 2 (p_a with
   missing ratings).
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.distances import sum_distances
from evalsite.analysis.agreement.ratings import (
    FloatArray,
    PairableRatings,
    list_pairable_ratings,
)
from evalsite.analysis.agreement.two_way import (
    BOOTSTRAPS,
    POPULATIONS,
    check_interval,
    check_resampling,
    describe_method,
    give_interval,
)
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.replicates import draw_weights
from evalsite.analysis.result import Result, undefined_result

INTERVALS = ("two_way_jackknife", "item_linearized", *BOOTSTRAPS, None)


def percent_agreement(
    ratings: ArrayLike | pd.DataFrame,
    *,
    interval: str | None = "two_way_jackknife",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: np.random.Generator | None = None,
) -> Result:
    """Mean over items of the share of rater pairs that agree [1]_.

    p_a = mean_u sum_c c_u (c_u - 1) / (m_u (m_u - 1)), with c_u the raters of item u who chose a
    value, over items of m_u >= 2 ratings. It is not corrected for chance.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers or words; NaN = missing. Values are categories: two ratings agree when they are
        equal.
    interval : {"two_way_jackknife", "item_linearized", "item_bootstrap", "rater_bootstrap", \
"two_way_bootstrap"} or None
        v = v_items + v_raters with t on min(n_items, n_raters) - 1 degrees of freedom.
        "item_linearized" is that of [1]_, t on n_items - 1, items rated once among them. The
        bootstraps are percentile intervals; a rater drawn twice counts twice, but is not paired
        with itself.
    confidence : float
        Confidence level in (0, 1).
    n_resamples : int
        Bootstrap draws, 100 or more.
    rng : np.random.Generator, optional
        Source of the bootstrap draws; required by them.

    Returns
    -------
    Result
        `estimate` in [0, 1]; `n` counts pairable ratings.

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers and NaN, or the interval is not known.
    """
    check_confidence(confidence)
    check_interval(interval, INTERVALS)
    check_resampling(interval, rng=rng, n_resamples=n_resamples)
    pairable = list_pairable_ratings(ratings, is_nominal=True)
    method = describe_method("percent agreement", interval)
    counts = {"n_items": pairable.n_items, "n_raters": pairable.n_raters}
    if pairable.reason is not None:
        return undefined_result(
            pairable.reason,
            method=method,
            population=POPULATIONS[interval],
            level=confidence,
            **counts,
        )
    estimate, by_item, by_rater = _agree_and_leave_out(pairable)
    nan, population = np.nan, POPULATIONS[interval]
    return give_interval(
        Result(estimate, nan, nan, pairable.n, method, None, population, confidence, counts),
        interval,
        jackknife=lambda: (by_item, by_rater),
        linearize=lambda: _linearize(pairable),
        bootstrap=lambda kind: _bootstrap(
            pairable, kind, n_resamples=n_resamples, rng=cast(np.random.Generator, rng)
        ),
        n_idle=pairable.n_idle,
        lowest=0.0,
    )


def _agree_and_leave_out(pairable: PairableRatings) -> tuple[float, FloatArray, FloatArray]:
    values, codes = pairable.coded
    item, rater, m = pairable.item, pairable.rater, pairable.n_per_item
    n_items, n_raters = pairable.n_items, pairable.n_raters
    differ = sum_distances(values, codes, item, n_items, level="nominal")
    of_item = np.bincount(item, differ, minlength=n_items)
    share = 1 - of_item / (m * (m - 1))
    by_item = (share.sum() - share) / max(n_items - 1, 1)

    size = m[item] - 1
    pairs = np.maximum(size * (size - 1), 1)
    after = np.where(size > 1, 1 - (of_item[item] - 2 * differ) / pairs, 0.0)
    total = share.sum() + np.bincount(rater, after - share[item], minlength=n_raters)
    left = n_items - np.bincount(rater, size == 1, minlength=n_raters)
    by_rater = np.where(left > 0, total / np.maximum(left, 1), np.nan)
    return float(share.mean()), by_item, by_rater


def _linearize(pairable: PairableRatings) -> FloatArray:
    """Each item's contribution, those rated once among them, whose mean is the estimate."""
    share, _ = _share_by_item(pairable, np.ones(pairable.n))
    share = np.append(share, np.zeros(pairable.n_idle_items))
    return share * len(share) / pairable.n_items


def _bootstrap(
    pairable: PairableRatings, kind: str, *, n_resamples: int, rng: np.random.Generator
) -> FloatArray:
    """Percent agreement of draws with replacement, NaN where a draw leaves nothing to pair."""
    draws = np.empty(n_resamples)
    share, is_paired = _share_by_item(pairable, np.ones(pairable.n))
    shape = pairable.n_raters, pairable.n_items
    weights = draw_weights(shape, kind, n_resamples=n_resamples, rng=rng)
    for index, (of_rater, of_item) in enumerate(weights):
        if kind != "item_bootstrap":
            share, is_paired = _share_by_item(pairable, of_rater[pairable.rater])
        n_paired = float(of_item @ is_paired)
        draws[index] = of_item @ share / n_paired if n_paired else np.nan
    return draws


def _share_by_item(
    pairable: PairableRatings, of_rating: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Each item's share of agreeing pairs where ratings count so often, and whether it has any.

    A rating that counts twice is not paired with itself.
    """
    values, codes = pairable.coded
    item, n_items = pairable.item, pairable.n_items
    differ = sum_distances(values, codes, item, n_items, level="nominal", weights=of_rating)
    m = np.bincount(item, of_rating, minlength=n_items)
    pairs = m**2 - np.bincount(item, of_rating**2, minlength=n_items)
    is_paired = (pairs > 0).astype(np.float64)
    of_item = np.bincount(item, of_rating * differ, minlength=n_items)
    return is_paired - is_paired * of_item / np.maximum(pairs, 1), is_paired
