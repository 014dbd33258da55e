"""Do listeners identify something more often than by guessing?

Each listener answers about many clips and each clip is heard by many listeners, and some listeners
are keener, some clips easier. A binomial test over all answers then finds too much: with standard
deviations of .5 logits among 20 listeners and 14 clips it rejects a true chance level of 1/7 in
9 to 10 % of studies instead of 5 %, with 100 listeners in 20 %. A t test over listeners takes the
clips as given: 5 %, but 16 % with 100 listeners.

The default draws both anew. Its variance is v = max(v_L, v_C, v_L + v_C - v_LC) of the delete-one
jackknives over listeners, clips and single answers [1]_ (see `crossed`), its degrees of freedom
Satterthwaite's of v_L + v_C, at least min(n_L, n_C) - 1. In the designs above it rejects in 2 to
4 % of studies, and finds 25 % against 1/7 in 88 % of those with 20 listeners.

References
----------
.. [1] Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway
   clustering. Journal of Business & Economic Statistics 29(2), 238-249, section 2.
.. [2] Abbott, W. S. (1925). A method of computing the effectiveness of an insecticide. Journal of
   Economic Entomology 18, 265-267 (the correction for guessing).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from evalsite.analysis.accuracy.exact import (
    binomial_share,
    check_alternative,
    check_chance,
)
from evalsite.analysis.checks import as_numbers, check_columns
from evalsite.analysis.crossed import CrossedMeans
from evalsite.analysis.intervals import NO_SPREAD, check_confidence
from evalsite.analysis.result import Result, undefined_result

COLUMNS = ("listener", "clip", "is_correct")
METHODS = {
    "crossed": ("share right; crossed listeners and clips, t", "new listeners and new clips"),
    "listeners": ("share right; t over listeners", "new listeners, these clips"),
    "binomial": ("exact binomial test", "new answers, each by another listener"),
}


def identification_accuracy(
    answers: pd.DataFrame,
    *,
    chance: float,
    method: str = "crossed",
    alternative: str = "greater",
    confidence: float = 0.95,
) -> Result:
    """Test the share of right answers against chance.

    Parameters
    ----------
    answers : pd.DataFrame
        Columns `listener`, `clip`, `is_correct`; rows whose `is_correct` is missing are left out.
    chance : float
        Share right by guessing, in (0, 1).
    method : {"crossed", "listeners", "binomial"}
        "crossed": see the module. "listeners": t over the listeners' shares right. "binomial":
        exact, right only when no listener and no clip returns.
    alternative : {"greater", "two-sided", "less"}
        What the p value is against; the interval is always two-sided.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        `estimate` in [0, 1]: over all answers, or for "listeners" the mean of their shares.
        `details` holds chance, alternative, p_value (None where there is no interval), t, df,
        n_listeners, n_clips, n_correct, and p_value_pooled, the binomial's, for comparison.

    Raises
    ------
    ValueError
        If a column is missing, an entry of listener or clip is missing, `is_correct` is not 0 or
        1, or an option is not known.
    """
    check_confidence(confidence)
    check_chance(chance)
    check_alternative(alternative)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}.")
    frame = _check_answers(answers)
    name, population = METHODS[method]
    if frame.empty:
        return undefined_result("no_data", method=name, population=population, level=confidence)
    n, n_correct = len(frame), int(frame["is_correct"].sum())
    pooled = binomial_share(
        n_correct, n, chance=chance, alternative=alternative, confidence=confidence
    )
    details = {
        **pooled.details,
        "n_listeners": frame["listener"].nunique(),
        "n_clips": frame["clip"].nunique(),
    }
    if method == "binomial":
        return replace(pooled, details=details)
    details |= {"p_value_pooled": details["p_value"], "p_value": None}
    measure = _measure_crossed if method == "crossed" else _measure_listeners
    estimate, variance, df, reason = measure(frame)
    low = high = math.nan
    if reason is None and math.sqrt(variance) < NO_SPREAD:
        reason = "no_variation"
    if reason is None:
        error = math.sqrt(variance)
        t = (estimate - chance) / error
        reach = float(stats.t.ppf(0.5 + confidence / 2, df)) * error
        low, high = max(0.0, estimate - reach), min(1.0, estimate + reach)
        details |= {
            "p_value": _tail(t, df, alternative),
            "t": t,
            "df": df,
            "standard_error": error,
        }
    return Result(estimate, low, high, n, name, reason, population, confidence, details)


def correct_for_guessing(share: Result, *, chance: float) -> Result:
    """Share of answers that were known, not guessed: (p - g) / (1 - g) [2]_.

    Parameters
    ----------
    share : Result
        A share right, in [0, 1].
    chance : float
        g, the share right by guessing, in (0, 1).

    Returns
    -------
    Result
        In [-g / (1 - g), 1]; below 0 where guessing would have done better. The interval's ends
        are corrected in the same way.
    """
    check_chance(chance)
    estimate, low, high = (
        (value - chance) / (1 - chance) for value in (share.estimate, share.low, share.high)
    )
    return replace(
        share,
        estimate=estimate,
        low=low,
        high=high,
        method=f"{share.method}; corrected for guessing",
        details={**share.details, "chance": chance, "share": share.estimate},
    )


def _check_answers(answers: pd.DataFrame) -> pd.DataFrame:
    check_columns(answers, COLUMNS, called="answers", named=COLUMNS[:2])
    value = as_numbers(answers["is_correct"], "is_correct")
    is_wrong = ~np.isnan(value) & ~np.isin(value, (0.0, 1.0))
    if is_wrong.any():
        raise ValueError(f"is_correct must be 0, 1 or missing, got {value[is_wrong][0]:g}.")
    frame = answers.loc[:, ["listener", "clip"]].assign(is_correct=value)
    return frame[~np.isnan(value)]


def _measure_crossed(frame: pd.DataFrame) -> tuple[float, float, float, str | None]:
    renamed = frame.rename(columns={"clip": "recording", "is_correct": "value"})
    crossed = CrossedMeans.of(renamed, np.ones((len(frame), 1)))
    estimate = float(crossed.means[0])
    n_listeners, n_clips = len(crossed.by_listener), len(crossed.by_recording)
    if n_listeners < 2:
        return estimate, math.nan, math.nan, "too_few_listeners"
    if n_clips < 2:
        return estimate, math.nan, math.nan, "too_few_clips"
    variance, v_listener, v_clip = crossed.variance(np.array([1.0]))
    df = float(min(n_listeners, n_clips) - 1)
    if v_listener + v_clip > 0:
        parts = v_listener**2 / (n_listeners - 1) + v_clip**2 / (n_clips - 1)
        df = max(df, (v_listener + v_clip) ** 2 / parts)
    return estimate, variance, df, None


def _measure_listeners(frame: pd.DataFrame) -> tuple[float, float, float, str | None]:
    shares = frame.groupby("listener", observed=True)["is_correct"].mean().to_numpy()
    if len(shares) < 2:
        return float(shares.mean()), math.nan, math.nan, "too_few_listeners"
    return float(shares.mean()), float(shares.var(ddof=1) / len(shares)), len(shares) - 1.0, None


def _tail(t: float, df: float, alternative: str) -> float:
    if alternative == "two-sided":
        return float(2 * stats.t.sf(abs(t), df))
    return float(stats.t.sf(t if alternative == "greater" else -t, df))
