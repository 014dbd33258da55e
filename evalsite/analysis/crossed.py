"""Means of judgments in which listeners and recordings both return, with an honest interval.

Each listener and each recording is in many judgments, so judgments are not independent, and both
are samples: a figure should hold for new listeners and new recordings. The variance is

v = max(v_L, v_R, v_L + v_R - v_LR),

from delete-one jackknives over listeners (L), recordings (R) and listener-recording pairs (LR)
[1]_. The plain sum v_L + v_R counts what is peculiar to a single judgment twice; taking it off,
but never falling below the larger of the two, keeps the interval true when there are few of
either.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway
   clustering. Journal of Business & Economic Statistics 29(2), 238-249, section 2.
.. [2] Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance
   components. Biometrics Bulletin 2(6), 110-114.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalsite.analysis.checks import as_numbers
from evalsite.analysis.intervals import NO_SPREAD, jackknife_variance, t_interval
from evalsite.analysis.result import Result

POPULATION = "new listeners and new recordings"

FloatArray = NDArray[np.float64]
FIRST_LESS_SECOND: FloatArray = np.array([1.0, -1.0])


@dataclass(frozen=True)
class CrossedMeans:
    """Means of groups of judgments, whole and with one unit left out.

    Parameters
    ----------
    means : np.ndarray, shape=(n_groups,)
        Mean of each group.
    by_listener, by_recording, by_pair : np.ndarray, shape=(n_units, n_groups)
        The means with one listener, recording, or pair of them left out; NaN where nothing is
        left of the group.
    n : int
        Number of judgments.
    """

    means: FloatArray
    by_listener: FloatArray
    by_recording: FloatArray
    by_pair: FloatArray
    n: int

    @classmethod
    def of(cls, judgments: pd.DataFrame, groups: FloatArray) -> CrossedMeans:
        """Compute the means.

        Parameters
        ----------
        judgments : pd.DataFrame
            Columns `listener`, `recording`, `value`, none missing.
        groups : np.ndarray, shape=(n_judgments, n_groups)
            1 where a judgment belongs to a group, else 0; no group is empty.

        Returns
        -------
        CrossedMeans
        """
        value = as_numbers(judgments["value"], "value")[:, None] * groups
        listener = pd.factorize(judgments["listener"])[0]
        recording = pd.factorize(judgments["recording"])[0]
        pair = pd.factorize(listener * (recording.max() + 1) + recording)[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            by_listener, by_recording, by_pair = (
                (value.sum(0) - _sum_by(value, unit)) / (groups.sum(0) - _sum_by(groups, unit))
                for unit in (listener, recording, pair)
            )
        means = value.sum(0) / groups.sum(0)
        return cls(means, by_listener, by_recording, by_pair, len(judgments))

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of listeners and recordings."""
        return {"n_listeners": len(self.by_listener), "n_recordings": len(self.by_recording)}

    def explain_too_few(self) -> str | None:
        """Reason why there is no interval at all, or None."""
        if len(self.by_listener) < 2:
            return "too_few_listeners"
        return "too_few_recordings" if len(self.by_recording) < 2 else None

    def variance(self, weights: FloatArray) -> tuple[float, float, float]:
        """Variance of the weighted sum of the means: v, v_L, v_R.

        Parameters
        ----------
        weights : np.ndarray, shape=(n_groups,)
            Such as (1,) for a mean, (1, -1) for a difference.

        Returns
        -------
        v, v_listener, v_recording : float
            NaN when a replicate is undefined.
        """
        v_listener = jackknife_variance(self.by_listener @ weights)
        v_recording = jackknife_variance(self.by_recording @ weights)
        both = v_listener + v_recording - jackknife_variance(self.by_pair @ weights)
        if math.isnan(both):
            return both, v_listener, v_recording
        return max(v_listener, v_recording, both), v_listener, v_recording

    def estimate_mean(
        self, *, method: str, bounds: tuple[float, float], confidence: float
    ) -> Result:
        """Mean of the first group, interval with t on min(n_L, n_R) - 1 degrees of freedom.

        Parameters
        ----------
        method : str
            What the result calls itself.
        bounds : tuple of float
            Range of the scale, where the interval ends.
        confidence : float
            Confidence level in (0, 1).

        Returns
        -------
        Result
            Without an interval, and with a reason, when there are fewer than two listeners or
            recordings, a replicate is undefined, or nothing varies.
        """
        df = min(len(self.by_listener), len(self.by_recording)) - 1
        weights = np.array([1.0])
        return self._estimate(weights, df, method, bounds, confidence, {})

    def estimate_difference(
        self,
        *,
        method: str,
        bounds: tuple[float, float],
        confidence: float,
        details: Mapping[str, float],
        weights: FloatArray = FIRST_LESS_SECOND,
    ) -> Result:
        """Mean of the first group minus that of the second, or another sum of the means.

        In a difference the overall levels of listeners and recordings cancel, so the smaller
        number does not bound the degrees of freedom. They are Satterthwaite's [2]_,
        (v_L + v_R)^2 / (v_L^2 / (n_L - 1) + v_R^2 / (n_R - 1)), at least min(n_L, n_R) - 1.

        Parameters
        ----------
        method, bounds, confidence
            As `estimate_mean`.
        details : mapping
            Further numbers for the result.
        weights : np.ndarray, shape=(n_groups,)
            Of the means; their sum is 0.

        Returns
        -------
        Result
            As `estimate_mean`.
        """
        n_listeners, n_recordings = len(self.by_listener), len(self.by_recording)
        df: float = min(n_listeners, n_recordings) - 1
        _, v_listener, v_recording = self.variance(weights)
        if v_listener + v_recording > 0:
            parts = v_listener**2 / (n_listeners - 1) + v_recording**2 / (n_recordings - 1)
            df = max(df, (v_listener + v_recording) ** 2 / parts)
        return self._estimate(weights, df, method, bounds, confidence, details)

    def _estimate(
        self,
        weights: FloatArray,
        df: float,
        method: str,
        bounds: tuple[float, float],
        confidence: float,
        details: Mapping[str, float],
    ) -> Result:
        estimate, nan = float(self.means @ weights), math.nan
        merged: dict[str, float] = {**details, **self.counts}
        variance = self.variance(weights)[0]
        reason = self.explain_too_few()
        if reason is None and math.isnan(variance):
            reason = "one_listener_or_recording_decides"
        elif reason is None and math.sqrt(variance) < NO_SPREAD:
            reason = "no_variation"
        if reason is not None:
            return Result(
                estimate, nan, nan, self.n, method, reason, POPULATION, confidence, merged
            )
        low, high, standard_error = t_interval(estimate, variance, df=df, level=confidence)
        low, high = max(low, bounds[0]), min(high, bounds[1])
        merged |= {"standard_error": standard_error, "df": df}
        return Result(estimate, low, high, self.n, method, None, POPULATION, confidence, merged)


def _sum_by(columns: FloatArray, unit: NDArray[np.intp]) -> FloatArray:
    return np.stack([np.bincount(unit, column) for column in columns.T], axis=1)
