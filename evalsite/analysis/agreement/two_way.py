"""From replicates to a result: the intervals every agreement coefficient offers.

The interval most often printed draws items only and takes the raters as fixed. When raters are a
sample too it covers the truth in 73 to 88 % of studies where 95 % is claimed. The default here adds
the jackknife variances of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from evalsite.analysis.agreement.ratings import FloatArray
from evalsite.analysis.checks import check_rng, check_whole
from evalsite.analysis.intervals import NO_SPREAD, jackknife_variance, t_interval
from evalsite.analysis.result import Result

POPULATIONS: dict[str | None, str] = {
    "two_way_jackknife": "new items and new raters",
    "item_bootstrap": "new items, these raters",
    "item_linearized": "new items, these raters",
    "rater_bootstrap": "these items, new raters",
    "two_way_bootstrap": "new items and new raters",
    None: "these items, these raters",
}
BOOTSTRAPS = ("item_bootstrap", "rater_bootstrap", "two_way_bootstrap")


def check_interval(interval: str | None, known: tuple[str | None, ...]) -> None:
    """Refuse an interval that the statistic does not offer."""
    if interval not in known:
        names = ", ".join(str(name) for name in known)
        raise ValueError(f"interval must be one of {names}, got {interval!r}.")


def check_resampling(
    interval: str | None, *, rng: np.random.Generator | None, n_resamples: int
) -> None:
    """Refuse a bootstrap without a source of draws, or of too few."""
    if interval is not None and interval.endswith("bootstrap"):
        if rng is None:
            raise ValueError(f"interval {interval!r} needs rng, a generator made from a seed.")
        check_rng(rng)
        check_whole(n_resamples, "n_resamples", least=100)


def describe_method(statistic: str, interval: str | None) -> str:
    """The statistic's name followed by the interval's."""
    return f"{statistic}; {(interval or 'no interval').replace('_', ' ')}"


def give_interval(
    base: Result,
    interval: str | None,
    *,
    jackknife: Callable[[], tuple[FloatArray, FloatArray]],
    bootstrap: Callable[[str], FloatArray],
    linearize: Callable[[], FloatArray] | None = None,
    n_idle: tuple[int, int] = (0, 0),
    lowest: float = -math.inf,
) -> Result:
    """A coefficient of at most 1 with the interval asked for.

    Parameters
    ----------
    base : Result
        The coefficient without an interval.
    interval : str or None
        One that the coefficient offers.
    jackknife : callable
        Replicates without each item, and without each rater.
    bootstrap : callable
        Of the kind asked for, the figure of each draw.
    linearize : callable, optional
        Each item's contribution.
    n_idle, lowest
        As `two_way_result`.

    Returns
    -------
    Result
    """
    if interval is None:
        return base
    common: dict[str, Any] = {
        name: getattr(base, name) for name in ("n", "method", "level", "details")
    }
    if interval == "two_way_jackknife":
        by_item, by_rater = jackknife()
        return two_way_result(
            base.estimate, by_item, by_rater, n_idle=n_idle, lowest=lowest, highest=1.0, **common
        )
    if interval == "item_linearized" and linearize is not None:
        return linearized_result(base.estimate, linearize(), lowest=lowest, **common)
    return percentile_result(base.estimate, bootstrap(interval), interval=interval, **common)


def two_way_result(
    estimate: float,
    by_item: FloatArray,
    by_rater: FloatArray,
    *,
    n: int,
    n_idle: tuple[int, int] = (0, 0),
    method: str,
    level: float,
    details: Mapping[str, Any],
    lowest: float = -math.inf,
    highest: float = math.inf,
) -> Result:
    """Result with the two-way jackknife interval.

    v = v_items + v_raters, interval = estimate -+ t(min(n_items, n_raters) - 1) * sqrt(v). An item
    rated once counts as an item that was drawn: it enters v_items with a replicate equal to the
    estimate, but not the degrees of freedom. The same holds for raters.

    Parameters
    ----------
    estimate : float
        The figure with nothing left out.
    by_item, by_rater : np.ndarray, shape=(n_items,), (n_raters,)
        Its delete-one replicates.
    n : int
        Number of ratings the estimate was computed from.
    n_idle : tuple of two int
        Further items, and raters, without which the estimate stays as it is.
    method, level, details
        Passed on to the result; `details` gains the standard errors and the degrees of freedom.
    lowest, highest : float
        The range of the statistic; the interval ends there.

    Returns
    -------
    Result
        Without an interval, and with a reason, when there are fewer than 2 items or 3 raters, a
        replicate is undefined, or nothing varies among the replicates.
    """
    population = POPULATIONS["two_way_jackknife"]
    v_items = jackknife_variance(by_item, estimate=estimate, n_idle=n_idle[0])
    v_raters = jackknife_variance(by_rater, estimate=estimate, n_idle=n_idle[1])
    reason = _explain_no_interval(len(by_item), len(by_rater), v_items + v_raters)
    if reason is not None:
        nan = math.nan
        return Result(estimate, nan, nan, n, method, reason, population, level, dict(details))
    df = min(len(by_item), len(by_rater)) - 1
    low, high, standard_error = t_interval(estimate, v_items + v_raters, df=df, level=level)
    spread = {
        "standard_error": standard_error,
        "standard_error_items": math.sqrt(v_items),
        "standard_error_raters": math.sqrt(v_raters),
        "df": df,
    }
    low, high = max(low, lowest), min(high, highest)
    return Result(estimate, low, high, n, method, None, population, level, {**details, **spread})


def linearized_result(
    estimate: float,
    influence: FloatArray,
    *,
    n: int,
    method: str,
    level: float,
    details: Mapping[str, Any],
    lowest: float = -math.inf,
) -> Result:
    """Result with the interval of the items' linearised contributions, t on n_items - 1.

    Parameters
    ----------
    estimate : float
        The figure.
    influence : np.ndarray, shape=(n_items,)
        Each item's contribution; their mean is the estimate.
    n, method, level, details
        Passed on to the result; `details` gains the standard error.
    lowest : float
        Where the interval ends; above, it ends at 1.

    Returns
    -------
    Result
        Without an interval, and with a reason, when there are fewer than 2 items or nothing varies
        among their contributions.
    """
    population, n_items = POPULATIONS["item_linearized"], len(influence)
    low = high = error = math.nan
    reason: str | None = "too_few_items"
    if n_items >= 2:
        variance = float(((influence - estimate) ** 2).sum() / (n_items * (n_items - 1)))
        reason = "no_disagreement"
        if variance >= NO_SPREAD**2:
            reason = None
            low, high, error = t_interval(estimate, variance, df=n_items - 1, level=level)
    merged = {**details, "standard_error": error}
    low, high = max(low, lowest), min(high, 1.0)
    return Result(estimate, low, high, n, method, reason, population, level, merged)


def percentile_result(
    estimate: float,
    draws: FloatArray,
    *,
    interval: str,
    method: str,
    n: int,
    level: float,
    details: Mapping[str, Any],
) -> Result:
    """Result with the percentile interval of bootstrap draws.

    Parameters
    ----------
    estimate : float
        The figure of the data themselves.
    draws : np.ndarray, shape=(n_resamples,)
        The figure of each draw, NaN where undefined.
    interval : str
        Which bootstrap, for the population.
    method, n, level, details
        Passed on to the result; `details` gains the standard error and how many draws there
        were and were undefined.

    Returns
    -------
    Result
        Without an interval, and with a reason, when more than 5 % of the draws are undefined or
        all are equal.
    """
    defined = draws[~np.isnan(draws)]
    counts = {"n_resamples": len(draws), "n_undefined": len(draws) - len(defined)}
    low = high = spread = math.nan
    reason: str | None = None
    if len(defined) < 0.95 * len(draws):
        reason = "one_rater_or_item_decides"
    elif np.ptp(defined) < NO_SPREAD:
        reason = "no_disagreement"
    else:
        low, high = (float(q) for q in np.quantile(defined, [0.5 - level / 2, 0.5 + level / 2]))
        spread = float(defined.std(ddof=1))
    merged = {**details, **counts, "standard_error": spread}
    return Result(estimate, low, high, n, method, reason, POPULATIONS[interval], level, merged)


def _explain_no_interval(n_items: int, n_raters: int, variance: float) -> str | None:
    if n_items < 2:
        return "too_few_items"
    if n_raters < 3:
        return "too_few_raters"
    if math.isnan(variance):
        return "one_rater_or_item_decides"
    return "no_disagreement" if math.sqrt(variance) < NO_SPREAD else None
