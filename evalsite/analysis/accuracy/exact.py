"""A share of independent answers against chance: exact binomial test and intervals.

Right when each listener answers once. Answers of the same listener, or about the same clip, are
not independent: then see `identification`.

References
----------
.. [1] Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated
   in the case of the binomial. Biometrika 26(4), 404-413.
"""

from __future__ import annotations

from scipy import stats

from evalsite.analysis.checks import check_between, check_whole
from evalsite.analysis.intervals import check_confidence, wilson_interval
from evalsite.analysis.result import Result, undefined_result

ALTERNATIVES = ("greater", "two-sided", "less")
INTERVALS = ("clopper_pearson", "wilson")
POPULATION = "new answers, each by another listener"


def binomial_share(
    n_correct: int,
    n: int,
    *,
    chance: float,
    alternative: str = "greater",
    interval: str = "clopper_pearson",
    confidence: float = 0.95,
) -> Result:
    """Test a number of right answers by the exact binomial distribution.

    Parameters
    ----------
    n_correct, n : int
        Right answers and all answers, 0 <= n_correct <= n.
    chance : float
        Share right by guessing, in (0, 1).
    alternative : {"greater", "two-sided", "less"}
        What the p value is against. Two-sided sums all numbers no likelier than the observed.
    interval : {"clopper_pearson", "wilson"}
        Always two-sided. Clopper-Pearson [1]_ never covers too seldom; Wilson's is shorter.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Result
        `estimate` in [0, 1]; `details` holds n_correct, chance, alternative and p_value.

    Raises
    ------
    ValueError
        If the counts, chance or an option are out of range.
    """
    check_confidence(confidence)
    n_correct, n = check_counts(n_correct, n)
    check_chance(chance)
    check_alternative(alternative)
    if interval not in INTERVALS:
        raise ValueError(f"interval must be one of {', '.join(INTERVALS)}, got {interval!r}.")
    method = f"exact binomial test; {interval.replace('_', ' ')} interval"
    if n == 0:
        return undefined_result("no_data", method=method, population=POPULATION, level=confidence)
    share = n_correct / n
    if interval == "wilson":
        low, high = wilson_interval(share, n, level=confidence)
    else:
        low, high = clopper_pearson(n_correct, n, level=confidence)
    p_value = float(stats.binomtest(n_correct, n, chance, alternative=alternative).pvalue)
    details = {
        "n_correct": n_correct,
        "chance": chance,
        "alternative": alternative,
        "p_value": p_value,
    }
    return Result(share, low, high, n, method, None, POPULATION, confidence, details)


def clopper_pearson(n_correct: int, n: int, *, level: float) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share [1]_.

    Parameters
    ----------
    n_correct, n : int
        Right answers and all answers, n of 1 or more.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    low, high : float
        Ends in [0, 1].
    """
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, n_correct, n - n_correct + 1) if n_correct > 0 else 0.0
    high = stats.beta.ppf(1 - tail, n_correct + 1, n - n_correct) if n_correct < n else 1.0
    return float(low), float(high)


def check_counts(n_correct: int, n: int) -> tuple[int, int]:
    """Refuse counts that are not 0 <= n_correct <= n; return them as int."""
    n_correct, n = check_whole(n_correct, "n_correct", least=0), check_whole(n, "n", least=0)
    if n_correct > n:
        raise ValueError(f"n_correct must be at most n, got {n_correct} of {n}.")
    return n_correct, n


def check_chance(chance: float) -> None:
    """Refuse a chance level that is not a share."""
    check_between(chance, "chance")


def check_alternative(alternative: str) -> None:
    """Refuse an unknown alternative."""
    if alternative not in ALTERNATIVES:
        raise ValueError(
            f"alternative must be one of {', '.join(ALTERNATIVES)}, got {alternative!r}."
        )
