"""What the listeners said, condition by condition, and how two conditions differ.

Conventions
-----------
Judgments are a data frame with one row per judgment of one quality and the columns `listener`,
`recording`, `condition` and `value`: a whole number in 1..points (with another `lowest` in
lowest..lowest + points - 1), or NaN for "can't tell any more". Further columns, such as `item`, are
ignored. All figures are in scale points, shares in [0, 1].

Intervals speak of new listeners and new recordings; `crossed` says how.

References
----------
.. [1] Franco, C., Little, R. J. A., Louis, T. A., & Slud, E. V. (2019). Comparative study of
   confidence intervals for proportions in complex sample surveys. Journal of Survey Statistics
   and Methodology 7(3), 334-364: Wilson's interval with the effective number of judgments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalsite.analysis.checks import as_numbers, check_columns, check_whole
from evalsite.analysis.crossed import POPULATION, CrossedMeans
from evalsite.analysis.intervals import check_confidence, wilson_interval
from evalsite.analysis.result import Result, undefined_result

COLUMNS = ("listener", "recording", "condition", "value")


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
        How often each scale point was chosen, the lowest first.
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
    lowest: int = 1,
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
    lowest : int
        The lowest of them.
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
    check_judgments(judgments, points=points, lowest=lowest)
    if conditions is None:
        conditions = sorted(judgments["condition"].unique())
    return tuple(
        _describe(judgments[judgments["condition"] == name], name, points, lowest, confidence)
        for name in conditions
    )


def contrast_conditions(
    judgments: pd.DataFrame,
    *,
    condition: str,
    baseline: str,
    points: int = 7,
    lowest: int = 1,
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

    The interval is that of `crossed.CrossedMeans.estimate_difference`.

    Parameters
    ----------
    judgments : pd.DataFrame
        Of one quality; see the module's conventions.
    condition, baseline : str
        Names of the two conditions.
    points : int
        Number of scale points, 2 or more.
    lowest : int
        The lowest of them.
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
    check_judgments(judgments, points=points, lowest=lowest)
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
    groups = np.stack([is_first, ~is_first], axis=1).astype(np.float64)
    crossed = CrossedMeans.of(frame, groups)
    first, second = (float(mean) for mean in crossed.means)
    return crossed.estimate_difference(
        method=method,
        bounds=(1.0 - points, points - 1.0),
        confidence=confidence,
        details={**counts, "mean_condition": first, "mean_baseline": second},
    )


def check_judgments(judgments: pd.DataFrame, *, points: int, lowest: int = 1) -> None:
    """Refuse a frame that does not follow the module's conventions."""
    check_whole(points, "points", least=2)
    check_columns(judgments, COLUMNS, called="judgments", named=COLUMNS[:3])
    value = as_numbers(judgments["value"], "value")
    is_wrong = ~np.isnan(value) & ~np.isin(value, np.arange(lowest, lowest + points))
    if is_wrong.any():
        wrong = value[is_wrong][0]
        raise ValueError(
            f"value must be a whole number in {lowest}..{lowest + points - 1} or NaN, "
            f"got {wrong:g}."
        )


def _describe(
    frame: pd.DataFrame, name: str, points: int, lowest: int, confidence: float
) -> ConditionDescription:
    value = frame["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    rated = value[~np.isnan(value)].astype(np.intp)
    counts = np.bincount(rated - lowest, minlength=points)
    return ConditionDescription(
        condition=name,
        n_judgments=len(frame),
        n_listeners=frame["listener"].nunique(),
        n_recordings=frame["recording"].nunique(),
        counts=tuple(int(count) for count in counts),
        cant_tell=_share_cant_tell(frame, confidence),
        mean=_mean(frame.dropna(subset="value"), points, lowest, confidence),
    )


def _mean(frame: pd.DataFrame, points: int, lowest: int, confidence: float) -> Result:
    method = "mean; two way jackknife"
    if frame.empty:
        return undefined_result("no_data", method=method, population=POPULATION, level=confidence)
    return CrossedMeans.of(frame, np.ones((len(frame), 1))).estimate_mean(
        method=method,
        bounds=(float(lowest), float(lowest + points - 1)),
        confidence=confidence,
    )


def _share_cant_tell(frame: pd.DataFrame, confidence: float) -> Result:
    """Wilson's interval with the effective number of judgments p (1 - p) / v [1]_.

    Where everybody or nobody can tell, v is 0 and each listener counts as one judgment.
    """
    method = "share; Wilson interval with effective n"
    if frame.empty:
        return undefined_result("no_data", method=method, population=POPULATION, level=confidence)
    cant_tell = frame.assign(value=frame["value"].isna().astype(np.float64))
    crossed = CrossedMeans.of(cant_tell, np.ones((len(frame), 1)))
    share, n = float(crossed.means[0]), len(frame)
    details: dict[str, float] = {"n_cant_tell": round(share * n), **crossed.counts}
    reason = crossed.explain_too_few()
    if reason is not None:
        nan = math.nan
        return Result(share, nan, nan, n, method, reason, POPULATION, confidence, details)
    variance = crossed.variance(np.array([1.0]))[0]
    n_effective = float(crossed.counts["n_listeners"])
    if 0 < share < 1:
        n_effective = min(n, share * (1 - share) / variance) if variance > 0 else n
    low, high = wilson_interval(share, n_effective, level=confidence)
    details["n_effective"] = n_effective
    return Result(share, low, high, n, method, None, POPULATION, confidence, details)
