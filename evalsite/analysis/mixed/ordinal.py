"""Ordinal mixed models: points of a scale as cuts of a hidden one, with crossed groups.

Conventions
-----------
Logit link; effects are in logits, positive = higher answers; an effect e multiplies the odds of a
higher answer by exp(e). Fitted by maximum likelihood, with groups by Laplace's approximation
(`laplace`), which is too low in variances of groups with few answers a level. Intervals are Wald's:
estimate -+ z times the standard error from the observed information; for variances, on the
logarithm of the standard deviation. Thresholds are named by the answers they part, "3|4".
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.mixed.design import Design, FloatArray, IntArray, make_design
from evalsite.analysis.mixed.laplace import LaplaceLikelihood
from evalsite.analysis.mixed.linear import population_of
from evalsite.analysis.mixed.thresholds import ThresholdFit, code_answers, fit_thresholds
from evalsite.analysis.result import Result, undefined_result

STEP = 1e-4
# A standard deviation below this is compared with 0 itself; beyond the other it has no bound.
NEAR_ZERO, MAX_SD = 1e-2, 30.0
TRIED = (0.1, 0.3, 0.8)


@dataclass(frozen=True)
class OrdinalMixedModel:
    """A fitted model.

    Parameters
    ----------
    effects : mapping of str to Result
        Each fixed effect, in logits.
    thresholds : mapping of str to Result
        Cuts between neighbouring answers, in logits.
    variances : mapping of str to Result
        Variance of each group, in squared logits; beside them the hidden scale's own is pi^2 / 3.
    n : int
        Number of answers.
    n_levels : mapping of str to int
        Number of levels of each group.
    log_likelihood : float
        NaN when undefined.
    reason : str or None
        Why nothing could be fitted.
    """

    effects: Mapping[str, Result]
    thresholds: Mapping[str, Result]
    variances: Mapping[str, Result]
    n: int
    n_levels: Mapping[str, int]
    log_likelihood: float
    reason: str | None = None


def fit_ordinal_mixed(
    judgments: pd.DataFrame,
    *,
    value: str = "value",
    fixed: Sequence[str] = (),
    groups: Sequence[str] = ("listener", "recording"),
    confidence: float = 0.95,
) -> OrdinalMixedModel:
    """Fit a cumulative-link model, with a random intercept for each level of each group.

    Parameters
    ----------
    judgments : pd.DataFrame
        One row per judgment; rows without a value are left out.
    value : str
        The column of answers: numbers, of which only the order counts.
    fixed : sequence of str
        Columns of fixed effects; see `design`.
    groups : sequence of str
        Columns of random intercepts, crossed or nested; none gives the model without them.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    OrdinalMixedModel
        With a reason, and without figures, when there is nothing to fit.

    Raises
    ------
    ValueError
        If a column or an entry is missing, a fixed column is determined by others, or there are too
        many levels.
    """
    check_confidence(confidence)
    design = make_design(judgments, value=value, fixed=fixed, groups=groups, has_intercept=False)
    answers, categories = code_answers(design.y)
    names = [f"{low:g}|{high:g}" for low, high in itertools.pairwise(categories)]
    figures = _Figures(design, names, confidence)
    reason = _explain_nothing_to_fit(design, len(categories))
    if reason is not None:
        return figures.leave_undefined(reason)
    start = fit_thresholds(answers, design.X)
    if start.is_separated:
        return figures.leave_undefined("separated")
    if not groups:
        params = np.concatenate([start.tau, start.beta])
        return figures.give(params, start.covariance, start.log_likelihood)
    search = _Search(answers, design, start)
    params, log_likelihood = search.run()
    if params[-len(groups) :].max() >= MAX_SD:
        return figures.leave_undefined("no_residual_left")
    return figures.give(params, search.invert_information(params), log_likelihood)


class _Search:
    """Maximises Laplace's likelihood over (tau, beta, s).

    The search runs over the first threshold and the logarithms of the distances to the next, so
    that thresholds stay in order, over effects of columns scaled to sd 1, and over s >= 0.
    """

    def __init__(self, answers: IntArray, design: Design, start: ThresholdFit) -> None:
        self.likelihood = LaplaceLikelihood(answers, design)
        self.m, self.n_groups = len(start.tau), len(design.groups)
        self.scale = design.X.std(axis=0)
        # Groups stretch the hidden scale; 1.3 is what an sd of 1 logit does to it.
        stretched = np.concatenate([start.tau, start.beta, np.ones(self.n_groups)])
        stretched[: -self.n_groups] *= 1.3
        self.start = self._pack(stretched)

    def run(self) -> tuple[FloatArray, float]:
        """The best parameters and their log-likelihood; a vanishing s is set to 0."""
        free = np.zeros(self.n_groups, dtype=bool)
        at, value = self._search(self.start, free)
        is_zero = at[-self.n_groups :] < NEAR_ZERO
        # The likelihood is even in s, hence flat at 0: a step there may have missed the peak.
        for k in np.flatnonzero(is_zero):
            for s in TRIED:
                other = at.copy()
                other[k - self.n_groups] = s
                if self._measure(self._unpack(other)) > value:
                    found, better = self._search(other, free)
                    if better > value:
                        at, value = found, better
        is_zero = at[-self.n_groups :] < NEAR_ZERO
        if is_zero.any():
            at[-self.n_groups :][is_zero] = 0.0
            at, value = self._search(at, is_zero)
        return self._unpack(at), value

    def invert_information(self, params: FloatArray) -> FloatArray:
        """Covariance of the parameters; 0 for an s that is 0."""
        free = np.ones(len(params), dtype=bool)
        free[-self.n_groups :] = params[-self.n_groups :] > 0
        spread = np.concatenate([np.ones(self.m), 1 / self.scale, np.ones(self.n_groups)])
        E = np.diag(10 * STEP * spread)[free]
        k = len(E)
        centre = self._measure(params)
        H = np.zeros((k, k))
        for i in range(k):
            H[i, i] = self._measure(params + E[i]) - 2 * centre + self._measure(params - E[i])
            for j in range(i):
                corners = [
                    a * b * self._measure(params + a * E[i] + b * E[j])
                    for a in (1, -1)
                    for b in (1, -1)
                ]
                H[i, j] = H[j, i] = sum(corners) / 4
        size = 10 * STEP * spread[free]
        covariance = np.zeros((len(params), len(params)))
        covariance[np.ix_(free, free)] = np.linalg.pinv(-H, hermitian=True) * np.outer(size, size)
        return covariance

    def _search(self, start: FloatArray, is_zero: np.ndarray) -> tuple[FloatArray, float]:
        n_other = len(start) - self.n_groups
        bounds = [(None, None)] * n_other + [(0.0, 0.0 if zero else MAX_SD) for zero in is_zero]

        def loss(at: FloatArray) -> float:
            return -self._measure(self._unpack(at))

        def slope(at: FloatArray) -> FloatArray:
            E = np.eye(len(at)) * STEP
            return np.array([(loss(at + e) - loss(at - e)) / (2 * STEP) for e in E])

        found = optimize.minimize(
            loss,
            start,
            jac=slope,
            method="L-BFGS-B",
            bounds=bounds,
            options={"ftol": 1e-13, "gtol": 1e-6, "maxiter": 500},
        )
        return np.asarray(found.x), -float(found.fun)

    def _measure(self, params: FloatArray) -> float:
        m, g = self.m, self.n_groups
        return self.likelihood.evaluate(params[:m], params[m:-g], params[-g:])

    def _pack(self, params: FloatArray) -> FloatArray:
        m, g = self.m, self.n_groups
        distances = np.log(np.diff(params[:m]))
        return np.concatenate([params[:1], distances, params[m:-g] * self.scale, params[-g:]])

    def _unpack(self, at: FloatArray) -> FloatArray:
        m, g = self.m, self.n_groups
        tau = np.cumsum(np.concatenate([at[:1], np.exp(at[1:m])]))
        return np.concatenate([tau, at[m:-g] / self.scale, at[-g:]])


@dataclass(frozen=True)
class _Figures:
    design: Design
    threshold_names: Sequence[str]
    confidence: float

    def give(
        self, params: FloatArray, covariance: FloatArray, log_likelihood: float
    ) -> OrdinalMixedModel:
        m, p = len(self.threshold_names), len(self.design.names)
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.diag(covariance))
        z = float(stats.norm.ppf(0.5 + self.confidence / 2))
        thresholds = self._give_wald(self.threshold_names, params[:m], errors[:m], z)
        effects = self._give_wald(self.design.names, params[m : m + p], errors[m : m + p], z)
        variances = {}
        for name, s, error in zip(
            self.design.groups, params[m + p :], errors[m + p :], strict=True
        ):
            low = high = math.nan
            reason: str | None = "at_zero"
            # An error of that many times s says nothing: the interval would end at e^40 times it.
            if 0 < error < 10 * s:
                reason = None
                low, high = (float(s**2 * math.exp(2 * sign * z * error / s)) for sign in (-1, 1))
            details = {"standard_deviation": float(s)}
            variances[name] = self._make(float(s**2), low, high, "variance", reason, details)
        return self._gather(effects, thresholds, variances, log_likelihood, None)

    def leave_undefined(self, reason: str) -> OrdinalMixedModel:
        def fill(names: Sequence[str]) -> dict[str, Result]:
            return {
                name: undefined_result(
                    reason,
                    method=self._method,
                    n=self.design.n,
                    population=population_of(self.design),
                    level=self.confidence,
                )
                for name in names
            }

        parts = fill(self.design.names), fill(self.threshold_names), fill(self.design.groups)
        return self._gather(*parts, math.nan, reason)

    @property
    def _method(self) -> str:
        return f"cumulative link {'mixed ' if self.design.groups else ''}model, logit"

    def _gather(
        self,
        effects: Mapping[str, Result],
        thresholds: Mapping[str, Result],
        variances: Mapping[str, Result],
        log_likelihood: float,
        reason: str | None,
    ) -> OrdinalMixedModel:
        n_levels = dict(zip(self.design.groups, self.design.n_levels, strict=True))
        return OrdinalMixedModel(
            effects, thresholds, variances, self.design.n, n_levels, log_likelihood, reason
        )

    def _give_wald(
        self, names: Sequence[str], estimates: FloatArray, errors: FloatArray, z: float
    ) -> dict[str, Result]:
        return {
            name: self._make(
                float(estimate),
                float(estimate - z * error),
                float(estimate + z * error),
                "Wald",
                None if error > 0 else "no_clear_peak",
                {"standard_error": float(error)},
            )
            for name, estimate, error in zip(names, estimates, errors, strict=True)
        }

    def _make(
        self,
        estimate: float,
        low: float,
        high: float,
        what: str,
        reason: str | None,
        details: Mapping[str, float],
    ) -> Result:
        method = f"{self._method}; {what} interval"
        population = population_of(self.design) or "new judgments"
        return Result(
            estimate,
            low,
            high,
            self.design.n,
            method,
            reason,
            population,
            self.confidence,
            details,
        )


def _explain_nothing_to_fit(design: Design, n_categories: int) -> str | None:
    if design.n == 0:
        return "no_data"
    if n_categories < 2:
        return "no_variation"
    if min(design.n_levels, default=2) < 2:
        return "too_few_levels"
    return None
