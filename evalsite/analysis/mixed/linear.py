"""Linear mixed models: ratings in which listeners and recordings both return.

Conventions
-----------
Fitted by restricted maximum likelihood, or on request by maximum likelihood (`criterion`), whose
variances are too small by what the fixed effects take, but whose likelihood compares models that
differ in fixed effects. Intervals of fixed effects use t with
Satterthwaite's degrees of freedom [1]_ [2]_, 2 v^2 / (g' A g), with v the effect's variance, g its
gradient in the variance components and A their asymptotic covariance. Intervals of variances are
v df / chi^2(df), df = 2 v^2 / var(v) [3]_; those of shares of variance are symmetric in the log
odds. A variance at 0, the edge of what it can be, or so near that df < 1, has no interval.

References
----------
.. [1] Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance
   components. Biometrics Bulletin 2(6), 110-114.
.. [2] Kuznetsova, A., Brockhoff, P. B., & Christensen, R. H. B. (2017). lmerTest package: tests in
   linear mixed effects models. Journal of Statistical Software 82(13), section 2.2.
.. [3] Burdick, R. K., & Graybill, F. A. (1992). Confidence Intervals on Variance Components,
   section 2.4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special, stats

from evalsite.analysis.intervals import check_confidence, t_interval
from evalsite.analysis.mixed.criterion import Criterion, is_explained_exactly
from evalsite.analysis.mixed.design import Design, FloatArray, make_design
from evalsite.analysis.mixed.search import find_ratios
from evalsite.analysis.result import Result, undefined_result

RESIDUAL = "residual"
METHODS = ("reml", "ml")
# Step of numerical derivatives in the logarithm of a variance.
STEP = 5e-3


@dataclass(frozen=True)
class LinearMixedModel:
    """A fitted model.

    Parameters
    ----------
    fixed : mapping of str to Result
        Each fixed effect, in the unit of the values.
    variances : mapping of str to Result
        Variance of each group and of the "residual", in the squared unit.
    shares : mapping of str to Result
        The same as shares of their sum, in [0, 1].
    n : int
        Number of values.
    n_levels : mapping of str to int
        Number of levels of each group.
    deviance : float
        -2 log L, of the restricted likelihood where fitted by it; NaN when undefined.
    method : str
        "reml" or "ml".
    reason : str or None
        Why nothing could be fitted.
    """

    fixed: Mapping[str, Result]
    variances: Mapping[str, Result]
    shares: Mapping[str, Result]
    n: int
    n_levels: Mapping[str, int]
    deviance: float
    reason: str | None = None
    method: str = "reml"

    @property
    def log_likelihood(self) -> float:
        """log L, of the restricted likelihood where fitted by it; NaN when undefined."""
        return -self.deviance / 2

    @property
    def is_at_edge(self) -> bool:
        """True when the variance of a group is estimated as 0."""
        return any(result.estimate == 0 for result in self.variances.values())


def fit_linear_mixed(
    judgments: pd.DataFrame,
    *,
    value: str = "value",
    fixed: Sequence[str] = (),
    groups: Sequence[str] = ("listener", "recording"),
    method: str = "reml",
    confidence: float = 0.95,
) -> LinearMixedModel:
    """Fit a linear mixed model with a random intercept for each level of each group.

    Parameters
    ----------
    judgments : pd.DataFrame
        One row per judgment; rows without a value are left out.
    value : str
        The column of values, numbers.
    fixed : sequence of str
        Columns of fixed effects; see `design`.
    groups : sequence of str
        Columns of random intercepts, crossed or nested; "listener:recording" stands for pairs.
    method : {"reml", "ml"}
        Which likelihood is maximised; see the module's conventions.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    LinearMixedModel
        With a reason, and without figures, when there is nothing to fit.

    Raises
    ------
    ValueError
        If a column or an entry is missing, there is no group, a fixed column is determined by
        others, or the method is not known.
    """
    check_confidence(confidence)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}.")
    if not groups:
        raise ValueError("groups must name at least one column, got none.")
    design = make_design(judgments, value=value, fixed=fixed, groups=groups, has_intercept=True)
    reason = _explain_nothing_to_fit(design)
    if reason is not None:
        return _leave_undefined(design, reason, confidence, method)
    scale = float(design.y.std())
    standardised = _standardise(design, scale)
    criterion = Criterion(standardised, method=method)
    if is_explained_exactly(standardised):
        return _leave_undefined(design, "no_residual_left", confidence, method)
    ratios = find_ratios(criterion, len(design.groups))
    solution = criterion.solve(ratios)
    s2 = solution.rss / criterion.df
    variances = np.append(ratios, 1.0) * s2
    spread = _Spread.of(criterion, variances)
    beta = solution.beta * scale
    beta[0] += design.y.mean()
    figures = _Figures(design, population_of(design), confidence, spread, method.upper())
    offset = 2 * criterion.df * math.log(scale)
    return LinearMixedModel(
        fixed=figures.give_fixed(beta, s2 * np.diag(solution.inverse) * scale**2),
        variances=figures.give_variances(variances * scale**2),
        shares=figures.give_shares(variances),
        n=design.n,
        n_levels=dict(zip(design.groups, design.n_levels, strict=True)),
        deviance=criterion.profile(ratios) + offset,
        method=method,
    )


def population_of(design: Design) -> str:
    """What intervals of the fixed effects generalise to."""
    return " and ".join(f"new {group}s" for group in design.groups if ":" not in group)


@dataclass(frozen=True, eq=False)
class _Spread:
    """How uncertain the variances are, and the fixed effects' degrees of freedom.

    `covariance`, shape=(n_free, n_free), is that of the logarithms of the variances above 0, which
    `is_free`, shape=(n_groups + 1,), marks.
    """

    is_free: np.ndarray
    covariance: FloatArray
    df_fixed: FloatArray

    @classmethod
    def of(cls, criterion: Criterion, variances: FloatArray) -> _Spread:
        is_free = variances > 0
        k = int(is_free.sum())

        def evaluate(shift: FloatArray) -> tuple[float, FloatArray]:
            moved = variances.copy()
            moved[is_free] *= np.exp(shift)
            return criterion.evaluate(moved)

        E = np.eye(k) * STEP
        centre, v = evaluate(np.zeros(k))
        ends = [(evaluate(E[i]), evaluate(-E[i])) for i in range(k)]
        H = np.zeros((k, k))
        for i, (up, down) in enumerate(ends):
            H[i, i] = (up[0] - 2 * centre + down[0]) / STEP**2
            for j in range(i):
                mixed = sum(
                    a * b * evaluate(a * E[i] + b * E[j])[0] for a in (1, -1) for b in (1, -1)
                )
                H[i, j] = H[j, i] = mixed / (4 * STEP**2)
        gradient = np.array([(up[1] - down[1]) / (2 * STEP) for up, down in ends])
        covariance = 2 * np.linalg.pinv(H, hermitian=True)
        with np.errstate(divide="ignore"):
            df = 2 * v**2 / np.einsum("ij,ik,kj->j", gradient, covariance, gradient)
        return cls(is_free, np.asarray(covariance, dtype=np.float64), np.maximum(df, 1.0))


@dataclass(frozen=True)
class _Figures:
    design: Design
    population: str
    confidence: float
    spread: _Spread
    likelihood: str

    def give_fixed(self, beta: FloatArray, variance: FloatArray) -> dict[str, Result]:
        method = f"linear mixed model, {self.likelihood}; t interval, Satterthwaite"
        results = {}
        for j, name in enumerate(self.design.names):
            df = float(self.spread.df_fixed[j])
            low, high, standard_error = t_interval(
                float(beta[j]), float(variance[j]), df=df, level=self.confidence
            )
            details = {"standard_error": standard_error, "df": df}
            results[name] = self._make(float(beta[j]), low, high, method, None, details)
        return results

    def give_variances(self, variances: FloatArray) -> dict[str, Result]:
        method = f"variance, {self.likelihood}; chi square interval, Satterthwaite"
        results, at = {}, 0
        for name, variance, is_free in self._each(variances):
            low = high = math.nan
            details: dict[str, float] = {"standard_deviation": math.sqrt(variance)}
            reason: str | None = "at_zero"
            if is_free:
                df = 2.0 / float(self.spread.covariance[at, at])
                at += 1
                details["df"] = df
                if df >= 1:
                    reason = None
                    tails = [0.5 + self.confidence / 2, 0.5 - self.confidence / 2]
                    low, high = (float(variance * df / tail) for tail in stats.chi2.ppf(tails, df))
            results[name] = self._make(variance, low, high, method, reason, details)
        return results

    def give_shares(self, variances: FloatArray) -> dict[str, Result]:
        method = f"share of variance, {self.likelihood}; log odds interval"
        free = variances[self.spread.is_free]
        shares = free / free.sum()
        z = float(stats.norm.ppf(0.5 + self.confidence / 2))
        results, at = {}, 0
        for name, variance, is_free in self._each(variances):
            low = high = math.nan
            share, reason = variance / float(variances.sum()), None if is_free else "at_zero"
            if is_free and len(free) == 1:
                reason = "at_zero"
            elif is_free:
                # d logit(share_k) = d log v_k - sum over the others of their shares' d log v.
                gradient = -shares / (1 - share)
                gradient[at] = 1.0
                reach = z * math.sqrt(gradient @ self.spread.covariance @ gradient)
                low, high = (
                    float(special.expit(special.logit(share) + s * reach)) for s in (-1, 1)
                )
            at += int(is_free)
            results[name] = self._make(share, low, high, method, reason, {})
        return results

    def _each(self, variances: FloatArray) -> list[tuple[str, float, bool]]:
        names = [*self.design.groups, RESIDUAL]
        return [
            (name, float(v), bool(is_free))
            for name, v, is_free in zip(names, variances, self.spread.is_free, strict=True)
        ]

    def _make(
        self,
        estimate: float,
        low: float,
        high: float,
        method: str,
        reason: str | None,
        details: Mapping[str, float],
    ) -> Result:
        return Result(
            estimate,
            low,
            high,
            self.design.n,
            method,
            reason,
            self.population,
            self.confidence,
            details,
        )


def _standardise(design: Design, scale: float) -> Design:
    """The design with values of mean 0 and sd 1, so that tolerances mean the same for all."""
    y = (design.y - design.y.mean()) / scale
    return Design(y, design.X, design.names, design.groups, design.codes, design.levels)


def _explain_nothing_to_fit(design: Design) -> str | None:
    if design.n == 0:
        return "no_data"
    if np.ptp(design.y) == 0:
        return "no_variation"
    if min(design.n_levels) < 2:
        return "too_few_levels"
    # With a level for each value a group cannot be told from the residual.
    is_too_rich = max(design.n_levels) >= design.n or design.n < len(design.names) + 2
    return "no_residual_left" if is_too_rich else None


def _leave_undefined(
    design: Design, reason: str, confidence: float, likelihood: str
) -> LinearMixedModel:
    def fill(names: Sequence[str], method: str) -> dict[str, Result]:
        return {
            name: undefined_result(
                reason,
                method=method,
                n=design.n,
                population=population_of(design),
                level=confidence,
            )
            for name in names
        }

    return LinearMixedModel(
        fixed=fill(design.names, f"linear mixed model, {likelihood.upper()}"),
        variances=fill([*design.groups, RESIDUAL], f"variance, {likelihood.upper()}"),
        shares=fill([*design.groups, RESIDUAL], f"share of variance, {likelihood.upper()}"),
        n=design.n,
        n_levels=dict(zip(design.groups, design.n_levels, strict=True)),
        deviance=math.nan,
        reason=reason,
        method=likelihood,
    )
