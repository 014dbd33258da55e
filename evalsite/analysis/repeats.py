"""Whether listeners say the same again: judgments of items that came twice.

All figures pool the pairs; intervals leave out one listener at a time, since a listener's pairs
belong together.

References
----------
.. [1] Efron, B., & Stein, C. (1981). The jackknife estimate of variance. Annals of Statistics
   9(3), 586-596.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalsite.analysis.checks import check_columns, read_values
from evalsite.analysis.intervals import (
    NO_SPREAD,
    check_confidence,
    jackknife_variance,
    t_interval,
)
from evalsite.analysis.result import Result, undefined_result

POPULATION = "new listeners, these items"
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Repeats:
    """Judgments given twice.

    Parameters
    ----------
    same : Result
        Share of pairs with the same answer, in [0, 1].
    difference : Result
        Mean distance of the two answers, in the unit of the values.
    correlation : Result
        Of first and second answers, over pairs; interval on Fisher's scale.
    """

    same: Result
    difference: Result
    correlation: Result


def describe_repeats(pairs: pd.DataFrame, *, confidence: float = 0.95) -> Repeats:
    """Describe judgments given twice.

    Parameters
    ----------
    pairs : pd.DataFrame
        Columns `listener`, `first`, `second`: numbers; pairs with a missing one are left out.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Repeats
        For choices code the two answers as numbers and read `same` alone.

    Raises
    ------
    ValueError
        If a column is missing, a listener is not named, or an answer is infinite.
    """
    check_confidence(confidence)
    check_columns(pairs, ("listener", "first", "second"), called="pairs", named=("listener",))
    first, second = (read_values(pairs, name) for name in ("first", "second"))
    is_told = ~np.isnan(first + second)
    listener = pd.factorize(pairs.loc[is_told, "listener"])[0]
    table = _Table(listener, first[is_told], second[is_told])
    return Repeats(
        same=table.estimate(
            "share of repeats with the same answer", _share_same, confidence, bounds=(0.0, 1.0)
        ),
        difference=table.estimate(
            "mean distance of repeats", _mean_distance, confidence, bounds=(0.0, math.inf)
        ),
        correlation=table.estimate(
            "correlation of repeats", _fisher_correlation, confidence, back=math.tanh
        ),
    )


@dataclass(frozen=True)
class _Table:
    listener: NDArray[np.intp]
    first: FloatArray
    second: FloatArray

    def estimate(
        self,
        name: str,
        statistic: Callable[[FloatArray, FloatArray], float],
        confidence: float,
        *,
        bounds: tuple[float, float] = (-math.inf, math.inf),
        back: Callable[[float], float] = float,
    ) -> Result:
        """`back` turns the scale of the statistic into that of the figure."""
        method, n = f"{name}; jackknife over listeners", len(self.first)
        if n == 0:
            return undefined_result(
                "no_repeats", method=method, population=POPULATION, level=confidence
            )
        estimate = statistic(self.first, self.second)
        n_listeners = int(self.listener.max()) + 1
        if math.isnan(estimate):
            return undefined_result(
                "no_variation", method=method, n=n, population=POPULATION, level=confidence
            )
        if math.isinf(estimate):
            return self._without_interval(back(estimate), method, "perfect_correlation", confidence)
        replicates = np.array(
            [
                statistic(self.first[self.listener != k], self.second[self.listener != k])
                for k in range(n_listeners)
            ]
        )
        variance = jackknife_variance(replicates) if n_listeners > 1 else math.nan
        reason = _explain(n_listeners, variance)
        if reason is not None:
            return self._without_interval(back(estimate), method, reason, confidence)
        low, high, _ = t_interval(estimate, variance, df=n_listeners - 1, level=confidence)
        low, high = back(max(low, bounds[0])), back(min(high, bounds[1]))
        details = {"n_listeners": n_listeners, "df": n_listeners - 1}
        return Result(back(estimate), low, high, n, method, None, POPULATION, confidence, details)

    def _without_interval(
        self, estimate: float, method: str, reason: str, confidence: float
    ) -> Result:
        n, nan = len(self.first), math.nan
        return Result(estimate, nan, nan, n, method, reason, POPULATION, confidence)


def _explain(n_listeners: int, variance: float) -> str | None:
    if n_listeners < 2:
        return "too_few_listeners"
    if not math.isfinite(variance):
        return "one_listener_or_recording_decides"
    return "no_variation" if math.sqrt(variance) < NO_SPREAD else None


def _share_same(first: FloatArray, second: FloatArray) -> float:
    return float((first == second).mean()) if len(first) else math.nan


def _mean_distance(first: FloatArray, second: FloatArray) -> float:
    return float(np.abs(first - second).mean()) if len(first) else math.nan


def _fisher_correlation(first: FloatArray, second: FloatArray) -> float:
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return math.nan
    r = float(np.corrcoef(first, second)[0, 1])
    return math.copysign(math.inf, r) if 1 - abs(r) < NO_SPREAD else math.atanh(r)
