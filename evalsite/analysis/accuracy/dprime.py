"""Sensitivity d' from right and wrong answers, with intervals.

The intervals of `d_prime` take the answers as independent. For answers in which listeners and
clips return, test the share with `identification` and turn its result into d' with
`convert_to_d_prime`: the intervals' ends go the same way.

References
----------
.. [1] Macmillan, N. A., & Creelman, C. D. (2005). Detection Theory, 2nd ed., chapters 1, 9, 13.
.. [2] Hautus, M. J. (1995). Corrections for extreme proportions and their biasing effects on
   estimated values of d'. Behavior Research Methods 27, 46-51 (the log-linear correction).
.. [3] Gourevitch, V., & Galanter, E. (1967). A significance test for one parameter isosensitivity
   functions. Psychometrika 32, 25-33 (the variance of d').
"""

from __future__ import annotations

import math
from dataclasses import replace

from scipy import optimize, stats

from evalsite.analysis.accuracy.exact import check_counts, clopper_pearson
from evalsite.analysis.accuracy.tasks import guess_share, invert_share, slope_at
from evalsite.analysis.checks import check_between
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result

INTERVALS = ("exact", "likelihood")
POPULATION = "new answers, each by another listener"


def d_prime(
    n_correct: int, n: int, *, task: str, interval: str = "exact", confidence: float = 0.95
) -> Result:
    """d' of a forced-choice task.

    Parameters
    ----------
    n_correct, n : int
        Right answers and all answers.
    task : str
        "2afc" (any m), "abx_independent", "abx_differencing", "triangle" or "duo_trio"; see
        `tasks`. The strategy is the analyst's to state: the same answers mean another d' under
        another.
    interval : {"exact", "likelihood"}
        Clopper-Pearson's interval of the share, or the likelihood's, each turned into d'. The
        likelihood's ends solve the deviance equation to rounding; programs that interpolate the
        profile differ from the fourth digit (1.2e-4 at the upper end of duo-trio, 24 of 32).
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        `estimate` of 0 or more, 0 at or below guessing. With all answers right it is undefined,
        but has a lower end; an upper end at which no sensitivity is too high is missing
        ("unbounded_sensitivity"), and so is an interval below guessing ("worse_than_guessing").
        `details` holds share, chance, known (share corrected for
        guessing), p_value (exact, greater) and standard_error (None at the edges).

    Raises
    ------
    ValueError
        If the counts or an option are out of range.
    """
    check_confidence(confidence)
    n_correct, n = check_counts(n_correct, n)
    chance = guess_share(task)
    if interval not in INTERVALS:
        raise ValueError(f"interval must be one of {', '.join(INTERVALS)}, got {interval!r}.")
    method = f"d', {task.replace('_', ' ')}; {interval} interval"
    if n == 0:
        return undefined_result("no_data", method=method, population=POPULATION, level=confidence)
    share = n_correct / n
    if interval == "exact":
        ends = clopper_pearson(n_correct, n, level=confidence)
    else:
        ends = _likelihood_interval(n_correct, n, level=confidence, lowest=chance)
    estimate, low, high = (invert_share(value, task) for value in (share, *ends))
    error = None
    if chance < share < 1:
        error = math.sqrt(share * (1 - share) / n) / slope_at(estimate, task)
    details = {
        "task": task,
        "n_correct": n_correct,
        "share": share,
        "chance": chance,
        "known": (share - chance) / (1 - chance),
        "p_value": float(stats.binom.sf(n_correct - 1, n, chance)),
        "standard_error": error,
    }
    reason = None
    if math.isinf(estimate):
        estimate, high, reason = math.nan, math.nan, "all_correct"
    elif math.isinf(high):
        high, reason = math.nan, "unbounded_sensitivity"
    elif high == 0:
        low, high, reason = math.nan, math.nan, "worse_than_guessing"
    return Result(estimate, low, high, n, method, reason, POPULATION, confidence, details)


def convert_to_d_prime(share: Result, *, task: str) -> Result:
    """Turn a share right, and the ends of its interval, into d'.

    Parameters
    ----------
    share : Result
        In [0, 1], such as from `identification_accuracy`.
    task : str
        See `tasks`.

    Returns
    -------
    Result
        d' of the share: the sensitivity of one observer who would be right as often. When
        listeners differ it lies a little below the mean of their own. Where the share's interval
        reaches 1 there is no upper end ("unbounded_sensitivity"), where it lies below guessing no
        interval ("worse_than_guessing").

    Raises
    ------
    ValueError
        If the task is not known or the share does not lie in [0, 1].
    """
    for value in (share.estimate, share.low, share.high):
        if not math.isnan(value):
            check_between(value, "share", has_ends=True)
    estimate, low, high = (
        invert_share(value, task) for value in (share.estimate, share.low, share.high)
    )
    reason = share.reason
    if math.isinf(estimate):
        estimate, high, reason = math.nan, math.nan, "all_correct"
    elif math.isinf(high):
        high, reason = math.nan, "unbounded_sensitivity"
    elif high == 0:
        low, high, reason = math.nan, math.nan, "worse_than_guessing"
    return replace(
        share,
        estimate=estimate,
        low=low,
        high=high,
        reason=reason,
        method=f"d', {task.replace('_', ' ')}; {share.method}",
        details={**share.details, "task": task, "share": share.estimate},
    )


def d_prime_yes_no(
    n_hits: int,
    n_signal: int,
    n_false_alarms: int,
    n_noise: int,
    *,
    confidence: float = 0.95,
) -> Result:
    """d' and criterion of a yes/no task: z(H) - z(F) [1]_.

    H = (hits + .5) / (signal trials + 1), F alike: the log-linear correction [2]_, used always, so
    that rates of 0 and 1 need no exception.

    Parameters
    ----------
    n_hits, n_signal : int
        "Yes" and all answers where there was something to hear.
    n_false_alarms, n_noise : int
        "Yes" and all answers where there was not.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        `estimate` below 0 where "yes" was said more often without a signal. Interval: normal, with
        the variance of [3]_. `details` holds hit_rate, false_alarm_rate (corrected), criterion c =
        -(z(H) + z(F)) / 2 and log_beta = c d'.
    """
    check_confidence(confidence)
    n_hits, n_signal = check_counts(n_hits, n_signal)
    n_false_alarms, n_noise = check_counts(n_false_alarms, n_noise)
    method = "d', yes/no, log-linear; normal interval"
    n = n_signal + n_noise
    if n_signal == 0 or n_noise == 0:
        reason = "no_data" if n == 0 else "one_kind_of_trial"
        return undefined_result(reason, method=method, n=n, population=POPULATION, level=confidence)
    z, variances, rates = [], [], []
    for yes, trials in ((n_hits, n_signal), (n_false_alarms, n_noise)):
        rate = (yes + 0.5) / (trials + 1)
        z.append(float(stats.norm.ppf(rate)))
        variances.append(rate * (1 - rate) / (trials * float(stats.norm.pdf(z[-1])) ** 2))
        rates.append(rate)
    estimate, criterion, error = z[0] - z[1], -(z[0] + z[1]) / 2, math.sqrt(sum(variances))
    reach = float(stats.norm.ppf(0.5 + confidence / 2)) * error
    details = {
        "hit_rate": rates[0],
        "false_alarm_rate": rates[1],
        "criterion": criterion,
        "log_beta": criterion * estimate,
        "standard_error": error,
    }
    return Result(
        estimate,
        estimate - reach,
        estimate + reach,
        n,
        method,
        None,
        POPULATION,
        confidence,
        details,
    )


def unbias_share(hit_rate: float, false_alarm_rate: float) -> float:
    """Share right that the same sensitivity would give without bias.

    Phi((z(H) - z(F)) / 2) [1]_, for tasks with two answers such as ABX, where H is the rate of one
    answer when it is right and F when it is wrong.

    Parameters
    ----------
    hit_rate, false_alarm_rate : float
        In (0, 1).

    Returns
    -------
    float
        In (0, 1); `tasks.invert_share` turns it into d'.
    """
    for name, rate in (("hit_rate", hit_rate), ("false_alarm_rate", false_alarm_rate)):
        check_between(rate, name)
    difference = stats.norm.ppf(hit_rate) - stats.norm.ppf(false_alarm_rate)
    return float(stats.norm.cdf(difference / 2))


def _likelihood_interval(
    n_correct: int, n: int, *, level: float, lowest: float
) -> tuple[float, float]:
    """Shares of `lowest` or more whose deviance stays below the chi-square quantile."""
    best = max(n_correct / n, lowest)
    limit = float(stats.chi2.ppf(level, 1))

    def exceed(share: float) -> float:
        ratio = stats.binom.logpmf(n_correct, n, best) - stats.binom.logpmf(n_correct, n, share)
        return float(2 * ratio - limit)

    low, high, edge = lowest, 1.0, 1e-12
    if best > lowest and exceed(lowest) > 0:
        low = float(optimize.brentq(exceed, lowest, best, xtol=1e-14))
    if best < 1:
        high = float(optimize.brentq(exceed, best, 1 - edge, xtol=1e-14))
    return low, high
