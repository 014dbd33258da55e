"""Whether it mattered when something was heard: drift over a sitting, and what came just before.

Both are the slope of the values on something that changes from trial to trial, with the levels of
listeners and of items taken out (two-way fixed effects). Neither a generous listener nor an item
that is rated high can pass for an effect of order; where the order is the same for all listeners,
item and place cannot be told apart, and the figure says so.

References
----------
.. [1] Frisch, R., & Waugh, F. V. (1933). Partial time regressions as compared with individual
   trends. Econometrica 1(4), 387-401.
.. [2] Cameron, A. C., & Miller, D. L. (2015). A practitioner's guide to cluster-robust inference.
   Journal of Human Resources 50(2), 317-372 (variance over listeners, t with their number less 1).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalsite.analysis.checks import check_columns, read_values
from evalsite.analysis.intervals import check_confidence, t_interval
from evalsite.analysis.result import Result, undefined_result

COLUMNS = ("listener", "item", "value", "x")
POPULATION = "new listeners, these items"
FloatArray = NDArray[np.float64]
# Of what varied before: less is rounding noise.
SAME = 1e-9
MOST_SWEEPS = 500


def estimate_drift(judgments: pd.DataFrame, *, confidence: float = 0.95) -> Result:
    """How far values move from the first to the last trial of a sitting.

    Parameters
    ----------
    judgments : pd.DataFrame
        Columns `listener`, `item`, `position` (1, 2, ...), `value` (missing ones are left out).
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        In the unit of the values; `details` holds `per_trial`, `standard_error`, `n_listeners`
        and `n_trials`, the positions from first to last.

    Raises
    ------
    ValueError
        If a column is missing, or a listener or an item is not named.
    """
    check_columns(judgments, ("position", "value"), called="judgments")
    told = judgments.assign(x=read_values(judgments, "position"))
    found = estimate_slope(
        told,
        method="drift over the sitting; listeners and items fixed, clustered by listener",
        confidence=confidence,
    )
    positions = told.dropna(subset=["value", "x"])["x"]
    span = float(np.ptp(positions)) if len(positions) else 0.0
    details = {**found.details, "per_trial": found.estimate, "n_trials": int(span) + 1}
    if "standard_error" in details:
        details["standard_error"] *= span
    return replace(
        found,
        estimate=found.estimate * span,
        low=found.low * span,
        high=found.high * span,
        details=details,
    )


def estimate_carry_over(
    judgments: pd.DataFrame, *, condition: str, baseline: str, confidence: float = 0.95
) -> Result:
    """How values differ after a trial of one condition from those after a trial of another.

    Parameters
    ----------
    judgments : pd.DataFrame
        Columns `listener`, `item`, `value`, and `previous`, the condition of the trial just
        before (missing where there is none).
    condition, baseline : str
        What came before.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        In the unit of the values: after the condition minus after the baseline.

    Raises
    ------
    ValueError
        If a column is missing, or a listener or an item is not named.
    """
    check_columns(judgments, ("previous",), called="judgments")
    follows = judgments[judgments["previous"].isin([condition, baseline])]
    return estimate_slope(
        follows.assign(x=(follows["previous"] == condition).astype(float)),
        method="carry-over; listeners and items fixed, clustered by listener",
        confidence=confidence,
    )


def estimate_slope(judgments: pd.DataFrame, *, method: str, confidence: float = 0.95) -> Result:
    """Slope of `value` on `x` within listeners and items [1]_, clustered by listener [2]_.

    Parameters
    ----------
    judgments : pd.DataFrame
        Columns `listener`, `item`, `x`, `value`.
    method : str
        What the result calls itself.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        Undefined where `x` is given by listener and item ("given_by_design").

    Raises
    ------
    ValueError
        If a column is missing, a listener or an item is not named, or a value is infinite.
    """
    check_confidence(confidence)
    check_columns(judgments, COLUMNS, called="judgments", named=COLUMNS[:2])
    told = judgments.assign(value=read_values(judgments, "value"), x=read_values(judgments, "x"))
    told = told.dropna(subset=["value", "x"])
    if told.empty:
        return undefined_result("no_data", method=method, population=POPULATION, level=confidence)
    listener, n_listeners = _number(told["listener"])
    item, n_items = _number(told["item"])
    x, value = (told[name].to_numpy(dtype=np.float64) for name in ("x", "value"))
    inner, rest = (_take_out(column, listener, item) for column in (x, value))
    n, size = len(told), float(inner @ inner)
    spread = float(((x - x.mean()) ** 2).sum())
    if size <= SAME * spread or spread == 0:
        return undefined_result(
            "given_by_design", method=method, n=n, population=POPULATION, level=confidence
        )
    slope = float(inner @ rest) / size
    details: dict[str, float] = {"n_listeners": n_listeners, "n_items": n_items}
    scores = np.bincount(listener, inner * (rest - slope * inner))
    variance, reason = math.nan, None
    if n_listeners < 2:
        reason = "too_few_listeners"
    else:
        # Each listener's level is that listener's own, the items' are shared.
        correction = n_listeners / (n_listeners - 1) * (n - 1) / max(n - n_items, 1)
        variance = correction * float(scores @ scores) / size**2
        natural = math.sqrt(float(((value - value.mean()) ** 2).sum()) / size)
        if math.sqrt(variance) <= SAME * natural:
            reason = "no_variation"
    if reason is not None:
        nan = math.nan
        return Result(slope, nan, nan, n, method, reason, POPULATION, confidence, details)
    low, high, error = t_interval(slope, variance, df=n_listeners - 1, level=confidence)
    details |= {"standard_error": error, "df": n_listeners - 1}
    return Result(slope, low, high, n, method, None, POPULATION, confidence, details)


def _number(names: pd.Series) -> tuple[NDArray[np.intp], int]:
    codes, distinct = pd.factorize(names)
    return codes, len(distinct)


def _take_out(column: FloatArray, listener: NDArray[np.intp], item: NDArray[np.intp]) -> FloatArray:
    """What is left after the means of listeners and items, swept in turn until nothing moves."""
    left = column - column.mean()
    scale = float(np.abs(left).max()) or 1.0
    counts = [np.bincount(unit) for unit in (listener, item)]
    for _ in range(MOST_SWEEPS):
        moved = 0.0
        for unit, count in zip((listener, item), counts, strict=True):
            means = np.bincount(unit, left) / count
            left = left - means[unit]
            moved = max(moved, float(np.abs(means).max()))
        if moved < 1e-12 * scale:
            break
    return left
