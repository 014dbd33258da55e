"""Exact power of the binomial test, and the number of answers that is safe.

The test's size is at most alpha and jumps with the number of answers, so power is a saw-tooth: one
answer more can mean less power. The *safe* number is the smallest from which on every number
reaches the power wanted; the first that does may be followed by some that do not [1]_.

References
----------
.. [1] Chernick, M. R., & Liu, C. Y. (2002). The saw-toothed behavior of power versus sample size
   and software solutions. The American Statistician 56(2), 149-155.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from evalsite.analysis.accuracy.exact import check_chance
from evalsite.analysis.checks import check_between, check_whole

MOST_ANSWERS = 50_000


@dataclass(frozen=True)
class BinomialDesign:
    """One number of answers and what it gives.

    Parameters
    ----------
    n : int
        Independent answers.
    critical : int
        Right answers from which on the test rejects.
    size : float
        Probability to reject at chance, at most alpha.
    power : float
        Probability to reject at the share supposed.
    """

    n: int
    critical: int
    size: float
    power: float


@dataclass(frozen=True)
class BinomialPlan:
    """The first number of answers that reaches the power, and the safe one."""

    first: BinomialDesign
    safe: BinomialDesign


def find_binomial_power(
    n: int, *, chance: float, share: float, alpha: float = 0.05
) -> BinomialDesign:
    """Exact power of the one-sided test (greater) with n answers.

    Parameters
    ----------
    n : int
        Independent answers, 1 or more.
    chance, share : float
        Share right by guessing, and supposed, in (0, 1).
    alpha : float
        Size allowed, in (0, 1).

    Returns
    -------
    BinomialDesign
        Where even n right answers are not rare enough, `critical` is n + 1 and power 0.
    """
    _check_design(chance, share, alpha)
    n = check_whole(n, "n", least=1)
    critical, size, power = _compute(np.array([n]), chance, share, alpha)
    return BinomialDesign(n, int(critical[0]), float(size[0]), float(power[0]))


def plan_binomial(
    *, chance: float, share: float, power: float = 0.8, alpha: float = 0.05
) -> BinomialPlan:
    """Number of answers for a power, first and safe.

    Parameters
    ----------
    chance, share : float
        Share right by guessing, and supposed; share above chance.
    power : float
        Probability wanted to find it, in (0, 1).
    alpha : float
        Size allowed, in (0, 1).

    Returns
    -------
    BinomialPlan

    Raises
    ------
    ValueError
        If an argument is out of range, or more than 50,000 answers would be needed.
    """
    _check_design(chance, share, alpha)
    if share <= chance:
        raise ValueError(f"share must lie above chance, got {share} and {chance}.")
    check_between(power, "power")
    limit = 64
    while True:
        n = np.arange(1, limit + 1)
        critical, size, found = _compute(n, chance, share, alpha)
        reaches = found >= power
        short = np.flatnonzero(~reaches)
        # The teeth shrink as n grows: twice as far as the last short one, no more will come.
        if reaches.any() and short[-1] < limit // 2:
            break
        if limit > MOST_ANSWERS:
            raise ValueError(
                f"share {share} lies too close to chance {chance} for {MOST_ANSWERS} answers."
            )
        limit *= 2
    chosen = (int(np.flatnonzero(reaches)[0]), int(short[-1]) + 1 if len(short) else 0)
    designs = [
        BinomialDesign(int(n[i]), int(critical[i]), float(size[i]), float(found[i])) for i in chosen
    ]
    return BinomialPlan(*designs)


def _compute(
    n: np.ndarray, chance: float, share: float, alpha: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    critical = stats.binom.isf(alpha, n, chance).astype(np.int64) + 1
    # The quantile is the smallest k with P(X > k) <= alpha, but for rounding.
    critical -= stats.binom.sf(critical - 2, n, chance) <= alpha
    return (
        critical,
        stats.binom.sf(critical - 1, n, chance),
        stats.binom.sf(critical - 1, n, share),
    )


def _check_design(chance: float, share: float, alpha: float) -> None:
    check_chance(chance)
    for name, value in (("share", share), ("alpha", alpha)):
        check_between(value, name)
