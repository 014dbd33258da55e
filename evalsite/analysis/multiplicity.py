"""P values of several tests together, adjusted for how many there are.

Conventions
-----------
An adjusted p value is the smallest level at which its own hypothesis would be rejected by the
procedure, so it is read against the same level as a single one. A test without a p value (NaN) is
no member of the family: it stays NaN and the others are adjusted without it.

References
----------
.. [1] Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian
   Journal of Statistics 6, 65-70, section 3.
.. [2] Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
   Royal Statistical Society B 57, 289-300, section 3.1.
.. [3] Benjamini, Y., & Yekutieli, D. (2001). The control of the false discovery rate in multiple
   testing under dependency. Annals of Statistics 29, 1165-1188, theorem 1.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalsite.analysis.checks import as_numbers

METHODS = ("holm", "bh", "by")


def adjust_p_values(p_values: ArrayLike, *, method: str = "holm") -> NDArray[np.float64]:
    """Adjust the p values of one family of tests.

    Parameters
    ----------
    p_values : array_like, shape=(n_tests,)
        In [0, 1]; NaN, None or NA where a test has none.
    method : {"holm", "bh", "by"}
        "holm" bounds the chance of any false rejection, whatever depends on what [1]_: p times the
        number of tests whose p is as large or larger. "bh" bounds the expected share of false
        rejections among all, for independent or positively dependent tests [2]_; "by" does so
        under any dependence [3]_.

    Returns
    -------
    np.ndarray, shape=(n_tests,)
        In [0, 1], in the order given; never below the p value itself.

    Raises
    ------
    ValueError
        If the p values are not one row of numbers in [0, 1] or NaN, or the method is not known.
    """
    p = as_numbers(p_values, "p_values")
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}.")
    if p.ndim != 1:
        raise ValueError(f"p_values must have one dimension, got {p.ndim}.")
    is_known = ~np.isnan(p)
    beyond = p[is_known & ~((p >= 0) & (p <= 1))]
    if beyond.size:
        raise ValueError(f"p_values must lie between 0 and 1, got {beyond[0]:g}.")
    adjusted = np.full(p.shape, np.nan)
    order = np.flatnonzero(is_known)[np.argsort(p[is_known], kind="stable")]
    adjusted[order] = _adjust_sorted(p[order], method)
    return adjusted


def _adjust_sorted(p: NDArray[np.float64], method: str) -> NDArray[np.float64]:
    """From the smallest p to the largest."""
    m = len(p)
    rank = np.arange(1, m + 1)
    if method == "holm":
        return np.minimum(np.maximum.accumulate((m - rank + 1) * p), 1.0)
    factor = m * float((1 / rank).sum()) if method == "by" else float(m)
    from_largest = np.minimum.accumulate((factor * p / rank)[::-1])
    return np.asarray(np.minimum(from_largest[::-1], 1.0))
