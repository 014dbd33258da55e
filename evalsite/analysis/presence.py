"""Is the quality that a clip was made for rated higher than the others that are asked beside it?

Presence is the mean rating of the target quality minus that of its foils, in scale points. In one
condition alone it also holds what is peculiar to the qualities that happen to be targets; kept
clips minus their control takes that away.

Conventions
-----------
Judgments are a data frame with one row per judgment and the columns `listener`, `recording`,
`condition`, `value` (a number within the scale, or NaN for "can't tell") and `is_target` (true or
false; rows where it is missing are left out).
Intervals are those of `crossed.CrossedMeans.estimate_difference`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalsite.analysis.checks import check_columns, check_whole, read_values
from evalsite.analysis.crossed import POPULATION, CrossedMeans
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result

COLUMNS = ("listener", "recording", "condition", "value", "is_target")
METHOD = "mean of targets minus mean of foils; two way jackknife"


def estimate_presence(
    judgments: pd.DataFrame,
    *,
    condition: str,
    points: int,
    lowest: int = 1,
    confidence: float = 0.95,
) -> Result:
    """Mean rating of targets minus mean rating of foils in one condition.

    Parameters
    ----------
    judgments : pd.DataFrame
        See the module's conventions.
    condition : str
        Its name.
    points : int
        Number of scale points, 2 or more.
    lowest : int
        The lowest of them.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        `estimate` in [1 - points, points - 1].

    Raises
    ------
    ValueError
        If a column is missing, a listener or recording is not named, a value lies beyond the scale,
        or an option is out of range.
    """
    return _weigh(judgments, (condition,), points, lowest, confidence)


def contrast_presence(
    judgments: pd.DataFrame,
    *,
    condition: str,
    baseline: str,
    points: int,
    lowest: int = 1,
    confidence: float = 0.95,
) -> Result:
    """Presence in one condition minus presence in another.

    Parameters
    ----------
    judgments, points, lowest, confidence
        As `estimate_presence`.
    condition, baseline : str
        Names of the two conditions.

    Returns
    -------
    Result
        `estimate` in [2 - 2 points, 2 points - 2].

    Raises
    ------
    ValueError
        As `estimate_presence`, or if both names are the same.
    """
    if condition == baseline:
        raise ValueError(f"condition and baseline must differ, got {condition!r} twice.")
    return _weigh(judgments, (condition, baseline), points, lowest, confidence)


def _weigh(
    judgments: pd.DataFrame,
    conditions: tuple[str, ...],
    points: int,
    lowest: int,
    confidence: float,
) -> Result:
    check_confidence(confidence)
    check_whole(points, "points", least=2)
    check_columns(judgments, COLUMNS, called="judgments", named=COLUMNS[:2])
    frame = judgments[judgments["condition"].isin(conditions)]
    frame = frame.assign(value=read_values(frame, "value")).dropna(subset=["value", "is_target"])
    value, most = frame["value"].to_numpy(), len(conditions) * (points - 1.0)
    is_beyond = (value < lowest) | (value > lowest + points - 1)
    if is_beyond.any():
        raise ValueError(
            f"value must lie in {lowest}..{lowest + points - 1} or be NaN, "
            f"got {value[is_beyond][0]:g}."
        )
    is_target = frame["is_target"].to_numpy(dtype=bool)
    groups = np.stack(
        [
            (frame["condition"] == name).to_numpy() & (is_target == of_target)
            for name in conditions
            for of_target in (True, False)
        ],
        axis=1,
    ).astype(np.float64)
    if not groups.any(axis=0).all():
        return undefined_result(
            "no_target_rated",
            method=METHOD,
            n=len(frame),
            population=POPULATION,
            level=confidence,
        )
    return CrossedMeans.of(frame, groups).estimate_difference(
        method=METHOD,
        bounds=(-most, most),
        confidence=confidence,
        details={"n_targets": int(is_target.sum()), "n_foils": int((~is_target).sum())},
        weights=np.array([1.0, -1.0, -1.0, 1.0])[: groups.shape[1]],
    )
