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

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.categories import list_categories
from evalsite.analysis.agreement.chance_sums import ChanceRule, ChanceSums
from evalsite.analysis.agreement.two_way import (
    BOOTSTRAPS,
    POPULATIONS,
    check_interval,
    check_resampling,
    describe_method,
    percentile_result,
    two_way_result,
)
from evalsite.analysis.agreement.weights import make_weights
from evalsite.analysis.intervals import NO_SPREAD, check_confidence, t_interval
from evalsite.analysis.result import Result, undefined_result

INTERVALS = ("two_way_jackknife", "item_linearized", *BOOTSTRAPS, None)


class ChanceOptions(TypedDict, total=False):
    """Options that each coefficient passes on to `compute_chance_corrected`."""

    categories: Sequence[float] | None
    interval: str | None
    confidence: float
    n_resamples: int
    rng: np.random.Generator | None


def compute_chance_corrected(
    ratings: ArrayLike | pd.DataFrame,
    *,
    rule: ChanceRule,
    name: str,
    weights: str,
    categories: Sequence[float] | None = None,
    interval: str | None = "two_way_jackknife",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: np.random.Generator | None = None,
) -> Result:
    """A chance-corrected coefficient with its interval; its options are those of each coefficient.

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
    categories : sequence of float, optional
        All values a rater could choose; by default those that occur. Their number is q, and
        rank-based weights count them all.
    interval : {"two_way_jackknife", "item_linearized", "item_bootstrap", "rater_bootstrap", \
"two_way_bootstrap"} or None
        The two-way jackknife speaks of new items and raters. "item_linearized" is Gwet's, with t
        on n_items - 1 degrees of freedom [2]_: new items, these raters. The bootstraps are
        percentile intervals; a rater drawn twice counts twice, but is not paired with itself.
    confidence : float
        Confidence level in (0, 1).
    n_resamples : int
        Bootstrap draws, 100 or more.
    rng : np.random.Generator, optional
        Source of the bootstrap draws; required by them.

    Returns
    -------
    Result
        `details` holds percent_agreement (p_a), chance_agreement (p_e), n_items, n_raters and
        n_categories.

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers and NaN, or an option is not known.
    """
    check_confidence(confidence)
    check_interval(interval, INTERVALS)
    check_resampling(interval, rng=rng, n_resamples=n_resamples)
    listed = list_categories(ratings, categories)
    n, q = len(listed.code), len(listed.categories)
    method = describe_method(f"{name}, {weights}", interval)
    details = {"n_items": len(listed.counts), "n_raters": listed.n_raters, "n_categories": q}
    population, reason = POPULATIONS[interval], listed.explain_undefined()
    if reason is not None:
        return undefined_result(
            reason, method=method, n=n, population=population, level=confidence, **details
        )
    agreement = ChanceSums.of(listed.counts, make_weights(listed.categories, weights), rule)
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
    if rng is not None and interval in BOOTSTRAPS:
        return percentile_result(
            estimate,
            agreement.bootstrap(listed, interval, n_resamples=n_resamples, rng=rng),
            interval=interval,
            n=n,
            method=method,
            level=confidence,
            details=found,
        )
    low = high = np.nan
    if interval == "item_linearized":
        low, high, reason, error = _linearized_interval(agreement, confidence)
        found["standard_error"] = error
    return Result(estimate, low, high, n, method, reason, population, confidence, found)


def _linearized_interval(
    agreement: ChanceSums, confidence: float
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
