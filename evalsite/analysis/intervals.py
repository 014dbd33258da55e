"""Intervals for figures whose raters *and* items are samples.

Conventions
-----------
Replicates are one-dimensional arrays: the statistic with one rater (or one item, listener,
recording) left out. All intervals are two-sided; `level` is the confidence level in (0, 1).

References
----------
.. [1] Efron, B., & Stein, C. (1981). The jackknife estimate of variance. Annals of Statistics
   9(3), 586-596, section 1.
.. [2] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
   Journal of the American Statistical Association 22, 209-212.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evalsite.analysis.checks import check_between

# Below this standard error (relative to the figure's size) the spread is rounding noise.
NO_SPREAD = 1e-12


def check_confidence(confidence: float) -> None:
    """Refuse a confidence level that is not a share, such as 95 for .95."""
    check_between(confidence, "confidence")


def jackknife_variance(
    replicates: NDArray[np.float64], *, estimate: float = math.nan, n_idle: int = 0
) -> float:
    """Variance of a statistic from its delete-one replicates.

    v = (k - 1) / k * sum_j (theta_(j) - mean(theta))^2 [1]_.

    Parameters
    ----------
    replicates : np.ndarray, shape=(k - n_idle,)
        The statistic with unit j left out.
    estimate : float
        The statistic with nothing left out; needed when `n_idle` is not 0.
    n_idle : int
        Further units, without which the statistic stays as it is.

    Returns
    -------
    float
        The variance, 0 or more; NaN when k < 2 or a replicate is not finite.
    """
    if n_idle:
        replicates = np.append(replicates, np.full(n_idle, estimate))
    k = len(replicates)
    if k < 2 or not np.isfinite(replicates).all():
        return math.nan
    deviations = replicates - replicates.mean()
    return float((k - 1) / k * (deviations @ deviations))


def t_interval(
    estimate: float, variance: float, *, df: float, level: float
) -> tuple[float, float, float]:
    """Interval estimate -+ t(df) * sqrt(variance).

    Parameters
    ----------
    estimate : float
        The figure.
    variance : float
        Its variance, 0 or more.
    df : float
        Degrees of freedom, 1 or more; may be a fraction.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    low, high, standard_error : float
    """
    standard_error = math.sqrt(variance)
    reach = float(special.stdtrit(df, 0.5 + level / 2)) * standard_error
    return estimate - reach, estimate + reach, standard_error


def wilson_interval(share: float, n: float, *, level: float) -> tuple[float, float]:
    """Wilson's score interval of a share [2]_.

    Parameters
    ----------
    share : float
        Observed share in [0, 1].
    n : float
        Number of independent judgments, more than 0; may be an effective (fractional) number.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    low, high : float
        Ends in [0, 1].
    """
    z = float(special.ndtri(0.5 + level / 2))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - reach), min(1.0, centre + reach)
