"""The search for the variances of a linear mixed model: Nelder and Mead's, in ratios of sds.

A search along gradients would need fewer steps but gets stuck: the criterion is even in each ratio,
so that it is flat at 0, wherever its minimum lies. For the same reason nothing bounds the search:
cut off at 0 its triangle would fall flat there, near a minimum just above; signs are dropped after.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from evalsite.analysis.mixed.criterion import Criterion
from evalsite.analysis.mixed.design import FloatArray

# Ratios of standard deviations below this are compared with 0 itself.
NEAR_ZERO = 1e-2


def find_ratios(criterion: Criterion, n_groups: int) -> FloatArray:
    """Variance ratios at the minimum of the profiled criterion.

    A ratio that ends near 0 is set to 0 when that is not worse.

    Parameters
    ----------
    criterion : Criterion
        Of values of sd 1.
    n_groups : int
        Number of groups, 1 or more.

    Returns
    -------
    np.ndarray, shape=(n_groups,)
        Variance of each group over the residual variance, 0 or more.
    """

    def search(start: FloatArray, is_free: np.ndarray) -> tuple[FloatArray, float]:
        def measure(theta: FloatArray) -> float:
            full = np.zeros(n_groups)
            full[is_free] = theta
            return criterion.profile(full**2)

        full = np.zeros(n_groups)
        if not is_free.any():
            return full, measure(np.empty(0))
        found = optimize.minimize(
            measure,
            start[is_free],
            method="Nelder-Mead",
            options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 4000},
        )
        full[is_free] = np.abs(found.x)
        return full, float(found.fun)

    is_free = np.ones(n_groups, dtype=bool)
    theta, best = search(np.full(n_groups, 0.7), is_free)
    for k in range(n_groups):
        if theta[k] < NEAR_ZERO:
            fewer = is_free.copy()
            fewer[k] = False
            other, value = search(np.maximum(theta, NEAR_ZERO), fewer)
            if value <= best + 1e-9:
                theta, best, is_free = other, min(best, value), fewer
    return theta**2
