"""Evidence that may be looked at after every answer.

A test planned for a fixed number of answers but looked at every ten finds a difference that is not
there in 17 % of studies of 200. The e-process may be watched, and the study stopped, at any time:
under chance it ever reaches 1 / alpha with probability alpha at most (Ville).

e_n is the likelihood of the answers averaged over a Beta(1/2, 1/2) prior on the share right,
divided by their likelihood under chance [1]_ [2]_:

log e_n = ln B(k + 1/2, n - k + 1/2) - ln B(1/2, 1/2) - k ln p0 - (n - k) ln(1 - p0).

With alternative "greater" the prior is cut to shares above chance. Answers must be independent
given the share: each listener once.

References
----------
.. [1] Robbins, H. (1970). Statistical methods related to the law of the iterated logarithm. Annals
   of Mathematical Statistics 41(5), 1397-1409.
.. [2] Kaufmann, E., & Koolen, W. M. (2021). Mixture martingales revisited with applications to
   sequential tests and confidence intervals. JMLR 22(246), 1-44.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from evalsite.analysis.accuracy.exact import check_chance
from evalsite.analysis.checks import as_numbers, check_between
from evalsite.analysis.intervals import check_confidence
from evalsite.analysis.result import Result, undefined_result

ALTERNATIVES = ("two-sided", "greater")
METHOD = "share right; anytime-valid interval (Beta(1/2, 1/2) mixture)"
POPULATION = "new answers, each by another listener"


@dataclass(frozen=True)
class EvidenceProcess:
    """Evidence after each answer.

    Parameters
    ----------
    log_e : np.ndarray, shape=(n,)
        Natural logarithm of e; 0 = none, ln 20 = 3.0 rejects at .05.
    p_values : np.ndarray, shape=(n,)
        Anytime-valid p: 1 over the largest e so far, at most 1.
    chance : float
        p0.
    alternative : {"two-sided", "greater"}
        What the evidence is for.
    """

    log_e: NDArray[np.float64]
    p_values: NDArray[np.float64]
    chance: float
    alternative: str

    def find_stop(self, alpha: float) -> int | None:
        """Number of answers after which e first reached 1 / alpha, or None."""
        check_between(alpha, "alpha")
        reached = np.flatnonzero(self.log_e >= -math.log(alpha))
        return int(reached[0]) + 1 if len(reached) else None


def follow_evidence(
    answers: Sequence[int] | NDArray[np.int64], *, chance: float, alternative: str = "two-sided"
) -> EvidenceProcess:
    """Evidence against chance after each answer.

    Parameters
    ----------
    answers : sequence, shape=(n,)
        1 right, 0 wrong, in the order given.
    chance : float
        p0, in (0, 1).
    alternative : {"two-sided", "greater"}
        "greater" counts only shares above chance.

    Returns
    -------
    EvidenceProcess
    """
    check_chance(chance)
    if alternative not in ALTERNATIVES:
        raise ValueError(
            f"alternative must be one of {', '.join(ALTERNATIVES)}, got {alternative!r}."
        )
    k, n = _count(answers)
    log_e = _mix(k, n, alternative, chance) - k * math.log(chance) - (n - k) * math.log1p(-chance)
    p_values = np.exp(-np.maximum(np.maximum.accumulate(log_e), 0.0)) if len(log_e) else log_e
    return EvidenceProcess(log_e, p_values, chance, alternative)


def find_anytime_interval(
    answers: Sequence[int] | NDArray[np.int64], *, confidence: float = 0.95
) -> Result:
    """Interval of the share right that holds at every look at once.

    The shares against which the two-sided e-process has not reached 1 / (1 - confidence) after any
    of the answers.

    Parameters
    ----------
    answers : sequence, shape=(n,)
        1 right, 0 wrong, in the order given.
    confidence : float
        Probability that it holds at all looks, in (0, 1).

    Returns
    -------
    Result
    """
    check_confidence(confidence)
    k, n = _count(answers)
    if len(n) == 0:
        return undefined_result("no_data", method=METHOD, population=POPULATION, level=confidence)
    mixed, limit = _mix(k, n, "two-sided", 0.5), -math.log(1 - confidence)
    low, high = 0.0, 1.0
    for right, all_, log_mix in zip(k, n, mixed, strict=True):

        def exceed(
            share: float, right: float = right, all_: float = all_, log_mix: float = log_mix
        ) -> float:
            fit = special.xlogy(right, share) + special.xlog1py(all_ - right, -share)
            return float(log_mix - fit - limit)

        best = right / all_
        if best > 0 and exceed(1e-300) > 0:
            low = max(low, float(optimize.brentq(exceed, 1e-300, best)))
        if best < 1 and exceed(1 - 1e-16) > 0:
            high = min(high, float(optimize.brentq(exceed, best, 1 - 1e-16)))
    share = float(k[-1] / n[-1])
    details = {"n_correct": int(k[-1])}
    return Result(share, low, high, len(n), METHOD, None, POPULATION, confidence, details)


def _count(
    answers: Sequence[int] | NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right answers and answers so far."""
    given = as_numbers(answers, "answers").ravel()
    wrong = given[~np.isin(given, (0.0, 1.0))]
    if len(wrong):
        raise ValueError(f"answers must be 0 or 1, got {wrong[0]:g}.")
    return np.cumsum(given), np.arange(1, len(given) + 1, dtype=np.float64)


def _mix(
    k: NDArray[np.float64], n: NDArray[np.float64], alternative: str, chance: float
) -> NDArray[np.float64]:
    """Log-likelihood of the answers averaged over the prior."""
    after = special.betaln(k + 0.5, n - k + 0.5)
    before = special.betaln(0.5, 0.5)
    if alternative == "greater":
        # Tail of a Beta above chance = lower tail of the mirrored one; tiny tails need logs.
        with np.errstate(divide="ignore"):
            after = after + np.log(special.betainc(n - k + 0.5, k + 0.5, 1 - chance))
            before = before + math.log(special.betainc(0.5, 0.5, 1 - chance))
    return np.asarray(after - before)
