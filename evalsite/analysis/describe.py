"""What the listeners said, condition by condition, and how two conditions differ.

Conventions
-----------
Judgments are a data frame with one row per judgment of one quality and the columns `listener`,
`recording`, `condition` and `value`: a whole number in 1..points, or NaN for "can't tell any
more". Further columns, such as `item`, are ignored. All figures are in scale points, shares in
[0, 1].

Why not the usual standard error
--------------------------------
Each listener and each recording returns in many judgments, so judgments are not independent, and
both are samples: the figure should hold for new listeners and new recordings. The variance is
v = max(v_L, v_R, v_L + v_R - v_LR), from delete-one jackknives over listeners (L), recordings (R)
and listener-recording pairs (LR) [1]_. The plain sum v_L + v_R counts what is peculiar to a single
judgment twice; taking it off, but never falling below the larger of the two, keeps the interval
honest when there are few of either.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway
   clustering. Journal of Business & Economic Statistics 29(2), 238-249, section 2.
.. [2] Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance
   components. Biometrics Bulletin 2(6), 110-114.
.. [3] Dean, N., & Pagano, M. (2015). Evaluating confidence interval methods for binomial
   proportions in clustered surveys. Journal of Survey Statistics and Methodology 3(4), 484-503:
   Wilson's interval with the effective number of judgments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalsite.analysis.intervals import (
    NO_SPREAD,
    check_confidence,
    jackknife_variance,
    t_interval,
    wilson_interval,
)
from evalsite.analysis.result import Result, undefined_result

POPULATION = "new listeners and new recordings"
COLUMNS = ("listener", "recording", "condition", "value")

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ConditionDescription:
    """The judgments of one condition.

    Parameters
    ----------
    condition : str
        Its name.
    n_judgments, n_listeners, n_recordings : int
        How many there are, "can't tell" included.
    counts : tuple of int, length points
        How often each scale point 1..points was chosen.
    cant_tell : Result
        Share of "can't tell any more", in [0, 1].
    mean : Result
        Mean of the scale points chosen, without "can't tell".
    """

    condition: str
    n_judgments: int
    n_listeners: int
    n_recordings: int
    counts: tuple[int, ...]
    cant_tell: Result
    mean: Result


def describe_conditions(
    judgments: pd.DataFrame,
    *,
    conditions: Sequence[str] | None = None,
    points: int = 7,
    confidence: float = 0.95,
) -> tuple[ConditionDescription, ...]:
    """Describe each condition: distribution, mean, share of "can't tell".

    Parameters
    ----------
    judgments : pd.DataFrame
        Of one quality; see the module's conventions.
    conditions : sequence of str, optional
        Which to describe, in this order, also those nobody judged yet; by default those that
        occur, sorted.
    points : int
        Number of scale points, 2 or more.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    tuple of ConditionDescription

    Raises
    ------
    ValueError
        If a column is missing, an entry is missing, or a value is not a point of the scale.
    """
    check_confidence(confidence)
    check_judgments(judgments, points=points)
    if conditions is None:
        conditions = sorted(judgments["condition"].unique())
    return tuple(
        _describe(judgments[judgments["condition"] == name], name, points, confidence)
        for name in conditions
    )


def contrast_conditions(
    judgments: pd.DataFrame,
    *,
    condition: str,
    baseline: str,
    points: int = 7,
    confidence: float = 0.95,
) -> Result:
    """Mean of one condition minus the mean of another.

    The estimator is the difference of the two condition means over all judgments that are not
    "can't tell". It is meant for the counterbalanced design in which each listener hears each
    recording in one condition only: with complete rows of the Latin square each listener and each
    recording gives the same number of judgments to both conditions, so that their overall
    levels cancel. It assumes that judgments are missing for reasons that have nothing to do with
    the value; with incomplete rows some difference between listeners or recordings stays in it,
    and the interval, which draws both anew, allows for that.

    The interval is estimate -+ t * sqrt(v), v as in the module's conventions, with Satterthwaite's
    degrees of freedom (v_L + v_R)^2 / (v_L^2 / (n_L - 1) + v_R^2 / (n_R - 1)) [2]_, at least
    min(n_L, n_R) - 1.

    Parameters
    ----------
    judgments : pd.DataFrame
        Of one quality; see the module's conventions.
    condition, baseline : str
        Names of the two conditions.
    points : int
        Number of scale points, 2 or more.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        `estimate` in [1 - points, points - 1]; `details` holds both means and numbers of
        judgments.

    Raises
    ------
    ValueError
        As `describe_conditions`, or if both names are the same.
    """
    if condition == baseline:
        raise ValueError(f"condition and baseline must differ, got {condition!r} twice.")
    check_confidence(confidence)
    check_judgments(judgments, points=points)
    frame = judgments[judgments["condition"].isin([condition, baseline])].dropna(subset="value")
    is_first = (frame["condition"] == condition).to_numpy()
    n_first, n_second = int(is_first.sum()), int((~is_first).sum())
    method = "difference of condition means; two way jackknife"
    counts = {"n_condition": n_first, "n_baseline": n_second}
    if n_first == 0 or n_second == 0:
        return undefined_result(
            "no_data",
            method=method,
            n=len(frame),
            population=POPULATION,
            level=confidence,
            **counts,
        )
    replicates = _Replicates.of(frame, np.stack([is_first, ~is_first], axis=1).astype(np.float64))
    first, second = (float(mean) for mean in replicates.means)
    return _with_interval(
        replicates,
        np.array([1.0, -1.0]),
        method=method,
        bounds=(1.0 - points, points - 1.0),
        confidence=confidence,
        is_contrast=True,
        details={**counts, "mean_condition": first, "mean_baseline": second},
    )


def check_judgments(judgments: pd.DataFrame, *, points: int) -> None:
    """Refuse a frame that does not follow the module's conventions."""
    if points < 2:
        raise ValueError(f"points must be 2 or more, got {points}.")
    missing = [name for name in COLUMNS if name not in judgments.columns]
    if missing:
        raise ValueError(f"judgments needs the column {missing[0]!r}.")
    for name in COLUMNS[:3]:
        if judgments[name].isna().any():
            raise ValueError(f"column {name!r} must have no missing entries.")
    value = judgments["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    is_wrong = ~np.isnan(value) & ~np.isin(value, np.arange(1, points + 1))
    if is_wrong.any():
        wrong = value[is_wrong][0]
        raise ValueError(f"value must be a whole number in 1..{points} or NaN, got {wrong:g}.")


def _describe(
    frame: pd.DataFrame, name: str, points: int, confidence: float
) -> ConditionDescription:
    value = frame["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    rated = value[~np.isnan(value)].astype(np.intp)
    counts = np.bincount(rated, minlength=points + 1)[1:]
    return ConditionDescription(
        condition=name,
        n_judgments=len(frame),
        n_listeners=frame["listener"].nunique(),
        n_recordings=frame["recording"].nunique(),
        counts=tuple(int(count) for count in counts),
        cant_tell=_share_cant_tell(frame, confidence),
        mean=_mean(frame.dropna(subset="value"), points, confidence),
    )


def _mean(frame: pd.DataFrame, points: int, confidence: float) -> Result:
    method = "mean; two way jackknife"
    if frame.empty:
        return undefined_result("no_data", method=method, population=POPULATION, level=confidence)
    return _with_interval(
        _Replicates.of(frame, np.ones((len(frame), 1))),
        np.array([1.0]),
        method=method,
        bounds=(1.0, float(points)),
        confidence=confidence,
        is_contrast=False,
        details={},
    )


def _share_cant_tell(frame: pd.DataFrame, confidence: float) -> Result:
    """Wilson's interval with the effective number of judgments p (1 - p) / v [3]_.

    Where everybody or nobody can tell, v is 0 and each listener counts as one judgment.
    """
    method = "share; Wilson interval with effective n"
    if frame.empty:
        return undefined_result("no_data", method=method, population=POPULATION, level=confidence)
    cant_tell = frame.assign(value=frame["value"].isna().astype(np.float64))
    replicates = _Replicates.of(cant_tell, np.ones((len(frame), 1)))
    share, n = float(replicates.means[0]), len(frame)
    details: dict[str, float] = {"n_cant_tell": round(share * n), **replicates.counts}
    reason = replicates.explain_too_few()
    if reason is not None:
        nan = math.nan
        return Result(share, nan, nan, n, method, reason, POPULATION, confidence, details)
    variance = replicates.variance(np.array([1.0]))[0]
    n_effective = float(replicates.counts["n_listeners"])
    if 0 < share < 1:
        n_effective = min(n, share * (1 - share) / variance) if variance > 0 else n
    low, high = wilson_interval(share, n_effective, level=confidence)
    details["n_effective"] = n_effective
    return Result(share, low, high, n, method, None, POPULATION, confidence, details)


@dataclass(frozen=True)
class _Replicates:
    """Means of groups of judgments, whole and with one listener, recording or pair left out."""

    means: FloatArray
    by_listener: FloatArray
    by_recording: FloatArray
    by_pair: FloatArray
    n: int

    @classmethod
    def of(cls, frame: pd.DataFrame, groups: FloatArray) -> _Replicates:
        """`groups`, shape=(n_judgments, n_groups), is 1 where a judgment belongs to a group."""
        value = frame["value"].to_numpy(dtype=np.float64)[:, None] * groups
        listener, recording = (
            pd.factorize(frame["listener"])[0],
            pd.factorize(frame["recording"])[0],
        )
        pair = pd.factorize(listener * (recording.max() + 1) + recording)[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            left_out = [
                (value.sum(0) - _sum_by(value, unit)) / (groups.sum(0) - _sum_by(groups, unit))
                for unit in (listener, recording, pair)
            ]
        by_listener, by_recording, by_pair = left_out
        return cls(value.sum(0) / groups.sum(0), by_listener, by_recording, by_pair, len(frame))

    @property
    def counts(self) -> dict[str, int]:
        return {"n_listeners": len(self.by_listener), "n_recordings": len(self.by_recording)}

    def explain_too_few(self) -> str | None:
        if len(self.by_listener) < 2:
            return "too_few_listeners"
        return "too_few_recordings" if len(self.by_recording) < 2 else None

    def variance(self, weights: FloatArray) -> tuple[float, float, float]:
        """Two-way, listener and recording variance of the weighted sum of the means."""
        v_listener = jackknife_variance(self.by_listener @ weights)
        v_recording = jackknife_variance(self.by_recording @ weights)
        v_pair = jackknife_variance(self.by_pair @ weights)
        both = v_listener + v_recording - v_pair
        return max(v_listener, v_recording, both), v_listener, v_recording


def _sum_by(columns: FloatArray, unit: NDArray[np.intp]) -> FloatArray:
    return np.stack([np.bincount(unit, column) for column in columns.T], axis=1)


def _with_interval(
    replicates: _Replicates,
    weights: FloatArray,
    *,
    method: str,
    bounds: tuple[float, float],
    confidence: float,
    is_contrast: bool,
    details: dict[str, float],
) -> Result:
    estimate = float(replicates.means @ weights)
    merged: dict[str, float] = {**details, **replicates.counts}
    variance, v_listener, v_recording = math.nan, math.nan, math.nan
    reason = replicates.explain_too_few()
    if reason is None:
        variance, v_listener, v_recording = replicates.variance(weights)
        if math.isnan(variance):
            reason = "one_listener_or_recording_decides"
        elif math.sqrt(variance) < NO_SPREAD:
            reason = "no_variation"
    n, nan = replicates.n, math.nan
    if reason is not None:
        return Result(estimate, nan, nan, n, method, reason, POPULATION, confidence, merged)
    n_listeners, n_recordings = len(replicates.by_listener), len(replicates.by_recording)
    df: float = min(n_listeners, n_recordings) - 1
    if is_contrast:
        pooled = v_listener**2 / (n_listeners - 1) + v_recording**2 / (n_recordings - 1)
        df = max(df, (v_listener + v_recording) ** 2 / pooled)
    low, high, standard_error = t_interval(estimate, variance, df=df, level=confidence)
    low, high = max(low, bounds[0]), min(high, bounds[1])
    merged |= {"standard_error": standard_error, "df": df}
    return Result(estimate, low, high, n, method, None, POPULATION, confidence, merged)
