"""Intraclass correlation: how much of the ratings' variance the items make.

The forms of McGraw & Wong [1]_, with MS_R, MS_C, MS_W, MS_E the mean squares of items, of raters,
within items and of the residual, for n items and k raters:

- ICC(1): items alone; each rating by a rater of its own. (MS_R - MS_W) / (MS_R + (k-1) MS_W)
- ICC(C,1): consistency; levels of raters do not count. (MS_R - MS_E) / (MS_R + (k-1) MS_E)
- ICC(A,1): absolute agreement. (MS_R - MS_E) / (MS_R + (k-1) MS_E + k/n (MS_C - MS_E))
- ICC(k), ICC(C,k), ICC(A,k): of the mean of k ratings, k rho / (1 + (k-1) rho) of the above.

Cases 2 and 3 (raters drawn anew, or just these) share their formulas and differ in what they speak
of. With missing cells the variances come from REML: ICC(C,1) = v_item / (v_item + v_residual),
ICC(A,1) = v_item / (v_item + v_rater + v_residual), from the model of crossed items and raters;
ICC(1) = v_item / (v_item + v_residual) from a one-way model of its own. Other programs (R psych)
give ICC(1) of the crossed model's variances there, which is another figure.

References
----------
.. [1] McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation
   coefficients. Psychological Methods 1(1), 30-46, tables 4 and 7; correction 1(4), 390.
.. [2] Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater
   reliability. Psychological Bulletin 86, 420-428.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.icc_anova import MeanSquares, f_interval
from evalsite.analysis.agreement.icc_deviance import VarianceParts
from evalsite.analysis.agreement.icc_reml import (
    Start,
    bound_item_share,
    find_start,
    fit_variance_parts,
    refit_variance_parts,
)
from evalsite.analysis.agreement.icc_table import Table
from evalsite.analysis.agreement.ratings import FloatArray
from evalsite.analysis.agreement.two_way import (
    BOOTSTRAPS,
    POPULATIONS,
    check_interval,
    check_resampling,
    describe_method,
    percentile_result,
    two_way_result,
)
from evalsite.analysis.checks import check_least
from evalsite.analysis.intervals import NO_SPREAD, check_confidence
from evalsite.analysis.replicates import deal_groups, draw_weights
from evalsite.analysis.result import Result, undefined_result

FORMS = ("ICC(1)", "ICC(C,1)", "ICC(A,1)", "ICC(k)", "ICC(C,k)", "ICC(A,k)")
INTERVALS = ("two_way_jackknife", "f", *BOOTSTRAPS, None)
# F has no formula for missing cells, REML no likelihood of raters drawn twice.
NEED_COMPLETE = ("f", "rater_bootstrap", "two_way_bootstrap")
N_GROUPS = 100


def icc(
    ratings: ArrayLike | pd.DataFrame,
    *,
    form: str = "ICC(A,1)",
    k: float | None = None,
    interval: str | None = "two_way_jackknife",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: np.random.Generator | None = None,
) -> Result:
    """Intraclass correlation [1]_ [2]_.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers on an interval scale; NaN = missing. Complete ratings use mean squares, others
        REML; items and raters without any rating are left aside.
    form : {"ICC(1)", "ICC(C,1)", "ICC(A,1)", "ICC(k)", "ICC(C,k)", "ICC(A,k)"}
        See the module.
    k : float, optional
        Ratings in the mean that the k forms speak of, 1 or more; by default the number of raters,
        as if each had rated every item. For the mean of the ratings that an item has, give
        `mean_ratings(ratings)`.
    interval : {"two_way_jackknife", "f", "item_bootstrap", "rater_bootstrap", \
"two_way_bootstrap"} or None
        The jackknife adds the variances of items and raters, t on min(n_items, n_raters) - 1; with
        missing cells and more than 100 items (raters) they are left out in 100 groups. "f" is the
        one of [1]_ for complete normal ratings. The bootstraps are percentile intervals; a rater
        drawn twice counts twice, but is not paired with itself, and drawing raters needs complete
        ratings. The k forms transform the ends of the single rating's interval. Where REML
        estimates 0, the end of its range, the jackknife has none: the interval then goes from 0 to
        where the profile of the REML deviance leaves the chi-square quantile.
    confidence : float
        Confidence level in (0, 1).
    n_resamples : int
        Bootstrap draws.
    rng : np.random.Generator, optional
        Source of the bootstrap draws; required by them.

    Returns
    -------
    Result
        `estimate` at most 1; with complete ratings negative where raters agree less than by
        chance, which REML shows as 0. Undefined where the variances do not add up to more than 0
        ("no_total_variance") or a mean of k has no bound ("unbounded_mean"). `n` counts ratings;
        `details` holds the variances `variance_item`, `variance_rater` (None in one-way forms) and
        `variance_residual`, `estimator`, and for k forms `k`; with "f" also F, its degrees of
        freedom and p.

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers and NaN, or an option is not known.
    """
    _check_options(form, k, interval, confidence)
    check_resampling(interval, rng=rng, n_resamples=n_resamples)
    table = Table.of(ratings)
    design = _Design(form, float(k if k is not None else len(table.matrix)))
    estimator = "mean squares" if table.is_complete else "REML"
    method, population = (
        describe_method(f"{form}, {estimator}", interval),
        design.speak_of(interval),
    )
    n, counts = table.n, {"n_items": table.matrix.shape[1], "n_raters": table.matrix.shape[0]}
    reason = table.explain_undefined(has_raters=design.has_raters)
    if reason is not None:
        return undefined_result(
            reason, method=method, n=n, population=population, level=confidence, **counts
        )
    if interval in NEED_COMPLETE and not table.is_complete:
        raise ValueError(f"interval {interval!r} needs complete ratings, got missing cells.")
    single, variances = design.estimate(table)
    if np.isnan(single):
        return undefined_result(
            "no_total_variance",
            method=method,
            n=n,
            population=population,
            level=confidence,
            **counts,
            **variances,
        )
    base = Result(
        single,
        np.nan,
        np.nan,
        n,
        method,
        None,
        population,
        confidence,
        {**counts, **variances, "estimator": estimator},
    )
    return design.step_up(_add_interval(base, design, table, interval, n_resamples, rng))


def _add_interval(
    base: Result,
    design: _Design,
    table: Table,
    interval: str | None,
    n_resamples: int,
    rng: np.random.Generator | None,
) -> Result:
    options: dict[str, Any] = {
        "n": base.n,
        "method": base.method,
        "level": base.level,
        "details": base.details,
    }
    if interval is None:
        return base
    if interval == "f":
        low, high, reason, test = f_interval(table.squares, design.kind, base.estimate, base.level)
        details = {**base.details, **test}
        return replace(base, low=low, high=high, reason=reason, details=details)
    if rng is not None and interval != "two_way_jackknife":
        draws = design.bootstrap(table, interval, n_resamples, rng)
        return percentile_result(base.estimate, draws, interval=interval, **options)
    if base.estimate == 0 and not table.is_complete:
        high = design.bound(table, base.level)
        if np.isnan(high):
            return replace(base, reason="at_zero")
        method = base.method.replace("two way jackknife", "profile likelihood")
        return replace(base, low=0.0, high=high, method=method)
    by_item, by_rater = design.leave_out(table)
    lowest = -np.inf if table.is_complete else 0.0
    return two_way_result(base.estimate, by_item, by_rater, lowest=lowest, highest=1.0, **options)


@dataclass(frozen=True)
class _Design:
    form: str
    k: float

    @property
    def kind(self) -> str:
        """Which of the three single forms: "1", "C" or "A"."""
        return self.form[4] if self.form[4] in "CA" else "1"

    @property
    def has_raters(self) -> bool:
        """Whether raters have an effect of their own."""
        return self.kind != "1"

    def speak_of(self, interval: str | None) -> str:
        """The population of an interval."""
        if interval == "f":
            # Consistency keeps the raters' levels out, so nothing is said of new raters.
            return POPULATIONS["item_bootstrap" if self.kind == "C" else "two_way_jackknife"]
        return POPULATIONS[interval]

    def estimate(self, table: Table) -> tuple[float, dict[str, float | None]]:
        """The single form and its variances."""
        if table.is_complete:
            return float(table.squares.correlate(self.kind)), table.squares.list_variances(
                self.has_raters
            )
        parts = fit_variance_parts(table.matrix, has_raters=self.has_raters)
        return self.share(parts), {
            "variance_item": parts.item,
            "variance_rater": parts.rater if self.has_raters else None,
            "variance_residual": parts.residual,
        }

    def leave_out(self, table: Table) -> tuple[FloatArray, FloatArray]:
        """Replicates of the single form without each item, and without each rater."""
        matrix = table.matrix
        if table.is_complete:
            return (
                MeanSquares.without_each_item(matrix).correlate(self.kind),
                MeanSquares.without_each_rater(matrix).correlate(self.kind),
            )
        parts = fit_variance_parts(matrix, has_raters=self.has_raters)
        start = find_start(matrix, parts, has_raters=self.has_raters)
        items = deal_groups(matrix.T, n_groups=N_GROUPS)
        raters = deal_groups(matrix, n_groups=N_GROUPS)
        by_item = [self.recompute(matrix[:, kept], start) for kept in items]
        by_rater = [self.recompute(matrix[kept], start) for kept in raters]
        return np.array(by_item), np.array(by_rater)

    def share(self, parts: VarianceParts) -> float:
        """The items' share of the variance that counts."""
        total = parts.item + parts.residual + (parts.rater if self.kind == "A" else 0.0)
        return parts.item / total

    def bound(self, table: Table, confidence: float) -> float:
        """Upper end where REML estimates 0."""
        return bound_item_share(
            table.matrix,
            has_raters=self.has_raters,
            counts_raters=self.kind == "A",
            confidence=confidence,
        )

    def recompute(self, matrix: FloatArray, start: Start | None = None) -> float:
        """The single form of a part of the ratings, NaN where undefined."""
        table = Table.trim(matrix)
        if table.is_complete or start is None:
            reason = table.explain_undefined(has_raters=self.has_raters)
            return np.nan if reason is not None else self.estimate(table)[0]
        if min(table.matrix.shape) >= 2 and table.n_per_item.max() >= 2:
            parts = refit_variance_parts(table.matrix, start, has_raters=self.has_raters)
            if parts is not None:
                return self.share(parts)
        return self.recompute(matrix)

    def bootstrap(
        self, table: Table, kind: str, n_resamples: int, rng: np.random.Generator
    ) -> FloatArray:
        """The single form of draws with replacement, NaN where undefined."""
        matrix = table.matrix
        drawn = draw_weights(matrix.shape, kind, n_resamples=n_resamples, rng=rng)
        if table.is_complete:
            draws = [
                float(MeanSquares.weighted(matrix, *one).correlate(self.kind)) for one in drawn
            ]
        else:
            draws = [
                self.recompute(np.repeat(matrix, of_item.astype(np.intp), axis=1))
                for _, of_item in drawn
            ]
        return np.array(draws)

    def step_up(self, result: Result) -> Result:
        """Turn a single form's result into the k form's (Spearman-Brown)."""
        if not self.form.endswith("k)"):
            return result
        single = (result.estimate, result.low, result.high)
        estimate, low, high = (_spearman_brown(value, self.k) for value in single)
        if np.isnan(estimate):
            low = high = np.nan
        is_lost = np.isnan([estimate, low, high]) & ~np.isnan(single)
        reason = "unbounded_mean" if is_lost.any() else result.reason
        details = {**result.details, "k": self.k, "single": result.estimate}
        return replace(
            result, estimate=estimate, low=low, high=high, reason=reason, details=details
        )


def _spearman_brown(rho: float, k: float) -> float:
    """Of the mean of k ratings; NaN where that has no bound."""
    room = 1 + (k - 1) * rho
    return float(k * rho / room) if room > NO_SPREAD else np.nan


def _check_options(form: str, k: float | None, interval: str | None, confidence: float) -> None:
    check_confidence(confidence)
    check_interval(interval, INTERVALS)
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, got {form!r}.")
    if k is not None:
        check_least(k, "k", least=1)
