"""Agreement corrected for chance from the raters' pooled use of the categories.

kappa = (p_a - p_e) / (1 - p_e), where p_a is the mean weighted agreement of the pairs of ratings
of an item, over items rated twice or more, and p_e what chance would give. The coefficients
differ in p_e alone. With pi_k the mean over items of the share of ratings in category k, and
p_gk the share of rater g's ratings in it:

- Fleiss: sum_kl w_kl pi_k pi_l
- Gwet's AC1 (w = identity) and AC2: T / (q (q - 1)) * sum_k pi_k (1 - pi_k), T = sum_kl w_kl
- Brennan-Prediger: T / q^2
- Conger: the mean of sum_kl w_kl p_gk p_hl over the pairs of distinct raters g, h

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
from typing import Any, Protocol, TypedDict, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.categories import CategoryRatings, list_categories
from evalsite.analysis.agreement.ratings import FloatArray
from evalsite.analysis.agreement.two_way import (
    BOOTSTRAPS,
    POPULATIONS,
    check_interval,
    check_resampling,
    describe_method,
    give_interval,
)
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result

INTERVALS = ("two_way_jackknife", "item_linearized", *BOOTSTRAPS, None)


class Sums(Protocol):
    """A coefficient whose replicates follow from sums."""

    @property
    def observed(self) -> float:
        """p_a."""

    @property
    def expected(self) -> float:
        """p_e."""

    @property
    def estimate(self) -> float:
        """(p_a - p_e) / (1 - p_e)."""

    def leave_out_items(self) -> FloatArray:
        """The coefficient without each item, shape=(n_items,)."""

    def leave_out_raters(self) -> FloatArray:
        """The coefficient without each rater, shape=(n_raters,)."""

    def linearize(self) -> FloatArray:
        """Each item's contribution, shape=(n_items,), whose mean is the estimate."""

    def bootstrap(self, kind: str, *, n_resamples: int, rng: np.random.Generator) -> FloatArray:
        """The coefficient of draws with replacement, shape=(n_resamples,)."""


class ChanceOptions(TypedDict, total=False):
    """Options that each coefficient passes on to `compute_chance_corrected`."""

    categories: Sequence[Any] | None
    interval: str | None
    confidence: float
    n_resamples: int
    rng: np.random.Generator | None


def compute_chance_corrected(
    ratings: ArrayLike | pd.DataFrame,
    *,
    sum_up: Callable[[CategoryRatings, FloatArray], Sums],
    name: str,
    weights: str,
    categories: Sequence[Any] | None = None,
    interval: str | None = "two_way_jackknife",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: np.random.Generator | None = None,
) -> Result:
    """A chance-corrected coefficient with its interval; its options are those of each coefficient.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers or words; NaN = missing.
    sum_up : callable
        From the ratings listed and the weights of their categories to `Sums`.
    name : str
        The coefficient's name.
    weights : str
        See `weights.make_weights`.
    categories : sequence of float or str, optional
        All values a rater could choose; by default those that occur. Their number is q, and
        rank-based weights count them all. Words have no weights but "unweighted".
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
        If the ratings are not a matrix of finite numbers or words and NaN, or an option is not
        known.
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
    agreement = sum_up(listed, listed.weigh(weights))
    estimate = agreement.estimate
    found = {
        **details,
        "percent_agreement": agreement.observed,
        "chance_agreement": agreement.expected,
    }
    nan = np.nan
    return give_interval(
        Result(estimate, nan, nan, n, method, None, population, confidence, found),
        interval,
        jackknife=lambda: (agreement.leave_out_items(), agreement.leave_out_raters()),
        linearize=agreement.linearize,
        bootstrap=lambda kind: agreement.bootstrap(
            kind, n_resamples=n_resamples, rng=cast(np.random.Generator, rng)
        ),
    )
