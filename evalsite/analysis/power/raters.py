"""How many raters an item needs for a reliable mean.

Spearman and Brown: the mean of k ratings has reliability R = k rho / (1 + (k - 1) rho), with rho
the intraclass correlation of single ratings, so that k = R (1 - rho) / (rho (1 - R)) [1]_.

References
----------
.. [1] Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations. Psychological Bulletin 86,
   420-428, p. 426.
"""

from __future__ import annotations

import math
from dataclasses import replace

from evalsite.analysis.checks import check_between, check_least
from evalsite.analysis.result import Result

# k that lies above a whole number by rounding alone needs no further rater.
ROUNDING = 1e-9


def predict_reliability(correlation: float, *, k: float) -> float:
    """Reliability of the mean of k ratings.

    Parameters
    ----------
    correlation : float
        Intraclass correlation of single ratings, in (-1 / (k - 1), 1].
    k : float
        Ratings in the mean, 1 or more.

    Returns
    -------
    float
        At most 1.
    """
    check_least(k, "k", least=1)
    room = 1 + (k - 1) * correlation
    if not (correlation <= 1 and room > 0):
        raise ValueError(f"correlation must lie in (-1 / (k - 1), 1], got {correlation}.")
    return k * correlation / room


def plan_raters(single: Result, *, reliability: float = 0.8) -> Result:
    """Raters an item needs, from the intraclass correlation of a pilot.

    Parameters
    ----------
    single : Result
        Of a single form: `icc(ratings, form="ICC(A,1)")`.
    reliability : float
        Wanted of the mean, in (0, 1).

    Returns
    -------
    Result
        Whole numbers. The interval's ends come from the other ends of the correlation's: `high` is
        infinite where that reaches 0. Undefined where the estimate is 0 or less.
    """
    check_between(reliability, "reliability")
    reason = single.reason
    if single.is_defined and single.estimate <= 0:
        reason = "no_reliability"
    estimate = math.nan if reason == "no_reliability" else _count(single.estimate, reliability)
    return replace(
        single,
        estimate=estimate,
        low=_count(single.high, reliability),
        high=_count(single.low, reliability),
        method=f"raters for a reliability of {reliability:g}; {single.method}",
        reason=reason,
        details={**single.details, "reliability": reliability, "correlation": single.estimate},
    )


def _count(correlation: float, reliability: float) -> float:
    if math.isnan(correlation):
        return math.nan
    if correlation <= 0:
        return math.inf
    k = reliability * (1 - correlation) / (correlation * (1 - reliability))
    return float(max(1, math.ceil(k - ROUNDING)))
