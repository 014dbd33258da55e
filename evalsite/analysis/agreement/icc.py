"""Intraclass correlation: how much of the ratings' variance the items make.

The forms of McGraw & Wong [1]_, with MS_R, MS_C, MS_W, MS_E the mean squares of items, of raters,
within items and of the residual, for n items and k raters:

- ICC(1): items alone; each rating by a rater of its own. (MS_R - MS_W) / (MS_R + (k-1) MS_W)
- ICC(C,1): consistency; levels of raters do not count. (MS_R - MS_E) / (MS_R + (k-1) MS_E)
- ICC(A,1): absolute agreement. (MS_R - MS_E) / (MS_R + (k-1) MS_E + k/n (MS_C - MS_E))
- ICC(k), ICC(C,k), ICC(A,k): of the mean of k ratings, k rho / (1 + (k-1) rho) of the above.

Cases 2 and 3 (raters drawn anew, or just these) share their formulas and differ in what they speak
of. With missing cells the variances come from REML: ICC(C,1) = v_item / (v_item + v_residual),
ICC(A,1) = v_item / (v_item + v_rater + v_residual).

References
----------
.. [1] McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation
   coefficients. Psychological Methods 1(1), 30-46, tables 4 and 7; correction 1(4), 390.
.. [2] Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater
   reliability. Psychological Bulletin 86, 420-428.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.icc_anova import MeanSquares, f_interval
from evalsite.analysis.agreement.icc_reml import fit_variance_parts, leaves_residual
from evalsite.analysis.agreement.ratings import FloatArray, as_rating_matrix
from evalsite.analysis.agreement.two_way import (
    BOOTSTRAPS,
    POPULATIONS,
    check_interval,
    check_resampling,
    describe_method,
    percentile_result,
    two_way_result,
)
from evalsite.analysis.intervals import check_confidence
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
        Ratings in the mean that the k forms speak of, 1 or more; by default the harmonic mean of
        the ratings an item has: with complete ratings, the number of raters.
    interval : {"two_way_jackknife", "f", "item_bootstrap", "rater_bootstrap", \
"two_way_bootstrap"} or None
        The jackknife adds the variances of items and raters, t on min(n_items, n_raters) - 1; with
        missing cells and more than 100 items (raters) they are left out in 100 groups. "f" is the
        one of [1]_ for complete normal ratings. The bootstraps are percentile intervals; a rater
        drawn twice counts twice, but is not paired with itself, and drawing raters needs complete
        ratings. The k forms transform the ends of the single rating's interval.
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
        chance, which REML shows as 0, the end of its range: without a jackknife interval then,
        "at_zero". `n` counts ratings;
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
    table = _Table.of(ratings)
    design = _Design(form, k if k is not None else table.mean_ratings)
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
    details = {**counts, **variances, "estimator": estimator}
    if interval == "two_way_jackknife" and single == 0 and not table.is_complete:
        nan = np.nan
        result = Result(0.0, nan, nan, n, method, "at_zero", population, confidence, details)
    elif interval == "two_way_jackknife":
        by_item, by_rater = design.leave_out(table)
        result = two_way_result(
            single,
            by_item,
            by_rater,
            n=n,
            method=method,
            level=confidence,
            details=details,
            lowest=-np.inf if table.is_complete else 0.0,
            highest=1.0,
        )
    elif interval is not None and rng is not None and interval != "f":
        draws = design.bootstrap(table, interval, n_resamples, rng)
        result = percentile_result(
            single, draws, interval=interval, n=n, method=method, level=confidence, details=details
        )
    else:
        low = high = np.nan
        if interval == "f":
            low, high, reason, test = f_interval(table.squares, design.kind, single, confidence)
            details |= test
        result = Result(single, low, high, n, method, reason, population, confidence, details)
    return design.step_up(result)


@dataclass(frozen=True)
class _Table:
    """Ratings without empty rows and columns, shape=(n_raters, n_items)."""

    matrix: FloatArray
    is_complete: bool

    @classmethod
    def of(cls, ratings: ArrayLike | pd.DataFrame) -> _Table:
        matrix = as_rating_matrix(ratings)
        is_rated = ~np.isnan(matrix)
        if is_rated.all():
            return cls(matrix, True)
        matrix = matrix[is_rated.any(axis=1)][:, is_rated.any(axis=0)]
        return cls(matrix, not np.isnan(matrix).any())

    @cached_property
    def n_per_item(self) -> FloatArray:
        if self.is_complete:
            return np.full(self.matrix.shape[1], float(len(self.matrix)))
        return np.asarray((~np.isnan(self.matrix)).sum(axis=0), dtype=np.float64)

    @property
    def n(self) -> int:
        return int(self.n_per_item.sum()) if self.matrix.size else 0

    @property
    def mean_ratings(self) -> float:
        return float(1 / np.mean(1 / self.n_per_item)) if self.matrix.size else np.nan

    @cached_property
    def squares(self) -> MeanSquares:
        return MeanSquares.of(self.matrix)

    def explain_undefined(self, *, has_raters: bool) -> str | None:
        """Reason why there is no correlation, or None."""
        if self.matrix.size == 0:
            return "no_data"
        if self.n_per_item.max() < 2:
            return "no_pairable_values"
        lowest, highest = (
            (self.matrix.min(), self.matrix.max())
            if self.is_complete
            else (np.nanmin(self.matrix), np.nanmax(self.matrix))
        )
        if lowest == highest:
            return "no_variation"
        if self.matrix.shape[1] < 2:
            return "one_item"
        if self.is_complete or leaves_residual(self.matrix, has_raters=has_raters):
            return None
        return "no_residual"


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

    def estimate(self, table: _Table) -> tuple[float, dict[str, float | None]]:
        """The single form and its variances."""
        if table.is_complete:
            return float(table.squares.correlate(self.kind)), table.squares.list_variances(
                self.has_raters
            )
        parts = fit_variance_parts(table.matrix, has_raters=self.has_raters)
        total = parts.item + parts.residual + (parts.rater if self.kind == "A" else 0.0)
        return parts.item / total, {
            "variance_item": parts.item,
            "variance_rater": parts.rater if self.has_raters else None,
            "variance_residual": parts.residual,
        }

    def leave_out(self, table: _Table) -> tuple[FloatArray, FloatArray]:
        """Replicates of the single form without each item, and without each rater."""
        matrix = table.matrix
        if table.is_complete:
            return (
                MeanSquares.without_each_item(matrix).correlate(self.kind),
                MeanSquares.without_each_rater(matrix).correlate(self.kind),
            )
        n_raters, n_items = matrix.shape
        items = deal_groups(n_items, n_groups=N_GROUPS)
        raters = deal_groups(n_raters, n_groups=N_GROUPS)
        by_item = [self.recompute(matrix[:, kept]) for kept in items]
        by_rater = [self.recompute(matrix[kept]) for kept in raters]
        return np.array(by_item), np.array(by_rater)

    def recompute(self, matrix: FloatArray) -> float:
        """The single form of other ratings, NaN where undefined."""
        table = _Table.of(matrix)
        if table.explain_undefined(has_raters=self.has_raters) is not None:
            return np.nan
        return self.estimate(table)[0]

    def bootstrap(
        self, table: _Table, kind: str, n_resamples: int, rng: np.random.Generator
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
        estimate, low, high = (
            _spearman_brown(value, self.k) for value in (result.estimate, result.low, result.high)
        )
        details = {**result.details, "k": self.k, "single": result.estimate}
        return replace(result, estimate=estimate, low=low, high=high, details=details)


def _spearman_brown(rho: float, k: float) -> float:
    if np.isnan(rho):
        return rho
    room = 1 + (k - 1) * rho
    return float(k * rho / room) if room > 0 else -np.inf


def _check_options(form: str, k: float | None, interval: str | None, confidence: float) -> None:
    check_confidence(confidence)
    check_interval(interval, INTERVALS)
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, got {form!r}.")
    if k is not None and not 1 <= k < np.inf:
        raise ValueError(f"k must be 1 or more, got {k}.")
