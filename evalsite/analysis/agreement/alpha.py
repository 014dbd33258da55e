"""Krippendorff's alpha for the four levels of measurement, in closed form.

alpha = 1 - (n - 1) * sum_u [ D_u / (m_u - 1) ] / D,

where u runs over items with m_u >= 2 ratings, n is the number of their ratings, D_u the sum of
squared distances over the ordered pairs of ratings of u, and D the same over all ratings pooled.
D_u and D follow from sums and sums of squares (interval; ordinal on midranks) or from counts
(nominal), so time and memory grow with the number of ratings, not with the square of the number
of values.

References
----------
.. [1] Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of
   Pennsylvania, section D.
.. [2] Krippendorff, K. (2019). Content Analysis, 4th ed., chapter 12. Sage.
.. [3] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapter 5.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.alpha_bootstrap import bootstrap_alpha
from evalsite.analysis.agreement.alpha_jackknife import jackknife_fixed_alpha
from evalsite.analysis.agreement.alpha_linear import linearize_alpha
from evalsite.analysis.agreement.alpha_ordinal import jackknife_ordinal_alpha
from evalsite.analysis.agreement.distances import midranks_of_codes, sum_distances
from evalsite.analysis.agreement.ratings import (
    PairableRatings,
    check_level,
    list_pairable_ratings,
)
from evalsite.analysis.agreement.two_way import (
    POPULATIONS,
    check_interval,
    check_resampling,
    describe_method,
    give_interval,
)
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result

INTERVALS = (
    "two_way_jackknife",
    "item_linearized",
    "item_bootstrap",
    "rater_bootstrap",
    "two_way_bootstrap",
    None,
)


def krippendorff_alpha(
    ratings: ArrayLike | pd.DataFrame,
    *,
    level: str,
    interval: str | None = "two_way_jackknife",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: np.random.Generator | None = None,
) -> Result:
    """Krippendorff's alpha with an interval [1]_ [2]_.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        One row a rater, one column an item; NaN = missing. Words may stand for numbers at level
        "nominal".
    level : {"nominal", "ordinal", "interval", "ratio"}
        Level of measurement, which chooses the squared distance. "ratio" needs values of 0 or
        more.
    interval : {"two_way_jackknife", "item_linearized", "item_bootstrap", "rater_bootstrap", \
"two_way_bootstrap"} or None
        "two_way_jackknife": v = v_items + v_raters, the two delete-one jackknife variances, with
        t on min(n_items, n_raters) - 1 degrees of freedom; it speaks of new items *and* new
        raters and needs no seed. "item_linearized": Gwet's standard error [3]_ with t on
        n_items - 1, for new items and these raters. The bootstraps are percentile intervals over
        `n_resamples` draws with replacement of items, raters, or both; a rater drawn twice counts
        twice, but is not paired with itself. None: no interval.
    confidence : float
        Confidence level in (0, 1).
    n_resamples : int
        Bootstrap draws.
    rng : np.random.Generator, optional
        Source of the bootstrap draws; required by the bootstraps.

    Returns
    -------
    Result
        `estimate` in (-inf, 1]: 1 = perfect agreement, 0 = as by chance. `n` counts pairable
        ratings; `details` holds n_items, n_raters and standard_error. Reasons when undefined:
        no_data, no_pairable_values, no_variation.

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers and NaN, or an option is not known.
    """
    check_level(level)
    check_confidence(confidence)
    check_interval(interval, INTERVALS)
    check_resampling(interval, rng=rng, n_resamples=n_resamples)
    pairable = list_pairable_ratings(ratings, is_nominal=level == "nominal")
    method = describe_method(f"Krippendorff's alpha, {level}", interval)
    population = POPULATIONS[interval]
    counts = {"n_items": pairable.n_items, "n_raters": pairable.n_raters}
    reason = pairable.reason or _check_values(pairable, level)
    if reason is not None:
        return undefined_result(
            reason, method=method, n=pairable.n, population=population, level=confidence, **counts
        )
    estimate = compute_alpha(pairable, level=level)
    jackknife = jackknife_ordinal_alpha if level == "ordinal" else jackknife_fixed_alpha
    nan = np.nan
    return give_interval(
        Result(estimate, nan, nan, pairable.n, method, None, population, confidence, counts),
        interval,
        jackknife=lambda: jackknife(pairable, level=level),
        linearize=lambda: linearize_alpha(pairable, level=level, estimate=estimate),
        bootstrap=lambda kind: bootstrap_alpha(
            pairable,
            level=level,
            kind=kind,
            n_resamples=n_resamples,
            rng=cast(np.random.Generator, rng),
        ),
        n_idle=pairable.n_idle,
    )


def compute_alpha(pairable: PairableRatings, *, level: str) -> float:
    """Alpha of ratings that vary.

    Parameters
    ----------
    pairable : PairableRatings
        At least two different values.
    level : {"nominal", "ordinal", "interval", "ratio"}
        Level of measurement.

    Returns
    -------
    float
        Alpha, in (-inf, 1].
    """
    values, codes = pairable.coded
    if level == "ordinal":
        values, level = midranks_of_codes(np.bincount(codes).astype(np.float64)), "interval"
    item, m = pairable.item, pairable.n_per_item
    to_item = sum_distances(values, codes, item, pairable.n_items, level=level)
    # Every rating of a value has the same distance to the pool: one sum a distinct value.
    n_per_value = np.bincount(codes).astype(np.float64)
    to_pool = sum_distances(
        values,
        np.arange(len(values)),
        np.zeros(len(values), dtype=np.intp),
        1,
        level=level,
        weights=n_per_value,
    )
    within = float((to_item / (m[item] - 1)).sum())
    return 1.0 - (pairable.n - 1) * within / float(n_per_value @ to_pool)


def _check_values(pairable: PairableRatings, level: str) -> str | None:
    lowest, highest = pairable.value.min(), pairable.value.max()
    if level == "ratio" and lowest < 0:
        raise ValueError(f"level 'ratio' needs ratings of 0 or more, got {lowest:g}.")
    return "no_variation" if lowest == highest else None
