"""Sums of squared distances between ratings, without listing the pairs.

Conventions
-----------
d2 is Krippendorff's squared difference of a level of measurement: nominal (a != b), interval
(a - b)^2, ratio ((a - b) / (a + b))^2, and ordinal, which is the interval one between midranks
of all pairable values. Sums run over ordered pairs, the rating itself included (its distance is
0).

References
----------
.. [1] Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of
   Pennsylvania, section D.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from evalsite.analysis.agreement.ratings import FloatArray, IntArray

# Largest temporary array, in float64 values (16 MB).
BLOCK = 2_000_000


def midranks_of_codes(n_per_value: FloatArray) -> FloatArray:
    """Midrank of each distinct value, counted from the mean rank.

    Parameters
    ----------
    n_per_value : np.ndarray, shape=(..., n_values)
        How often each of the sorted distinct values occurs.

    Returns
    -------
    np.ndarray, shape=(..., n_values)
        Midranks minus their weighted mean. The difference of two of them is the root of
        Krippendorff's ordinal squared difference.
    """
    total = n_per_value.sum(axis=-1, keepdims=True)
    return np.asarray(np.cumsum(n_per_value, axis=-1) - n_per_value / 2 - total / 2)


def ratio_distances(a: FloatArray, b: FloatArray) -> FloatArray:
    """((a - b) / (a + b))^2 for all pairs, shape=(len(a), len(b)); 0 where a = b = 0."""
    total = a[:, None] + b[None, :]
    difference = a[:, None] - b[None, :]
    return np.asarray(np.divide(difference, total, out=np.zeros_like(total), where=total != 0) ** 2)


def sum_distances(
    values: FloatArray,
    codes: IntArray,
    group: IntArray,
    n_groups: int,
    *,
    level: str,
    weights: FloatArray | None = None,
) -> FloatArray:
    """Weighted sum of each rating's squared distances to all ratings of its group.

    Parameters
    ----------
    values : np.ndarray, shape=(n_values,)
        Sorted distinct values; for level "interval" any number per code, so midranks too.
    codes : np.ndarray, shape=(n,)
        Position of each rating's value in `values`.
    group : np.ndarray, shape=(n,)
        Group of each rating in 0..n_groups - 1.
    n_groups : int
        Number of groups.
    level : {"nominal", "interval", "ratio"}
        Whose squared distance.
    weights : np.ndarray, shape=(n,), optional
        How often each rating counts; 1 by default.

    Returns
    -------
    np.ndarray, shape=(n,)
        sum_j w_j d2(x_i, x_j) over the ratings j of the group of i.
    """
    if level == "interval":
        return _sum_interval(values, codes, group, n_groups, weights)
    if level == "nominal":
        return _sum_nominal(len(values), codes, group, n_groups, weights)
    return _sum_ratio(values, codes, group, n_groups, weights)


def _sum_interval(
    values: FloatArray,
    codes: IntArray,
    group: IntArray,
    n_groups: int,
    weights: FloatArray | None,
) -> FloatArray:
    # Centring first keeps the sums of squares from cancelling.
    x = (values - values.mean())[codes]
    weighted = x if weights is None else weights * x
    size = np.bincount(group, weights, minlength=n_groups)
    total = np.bincount(group, weighted, minlength=n_groups)
    squares = np.bincount(group, weighted * x, minlength=n_groups)
    return np.asarray(size[group] * x * x - 2 * x * total[group] + squares[group])


def _sum_nominal(
    n_values: int, codes: IntArray, group: IntArray, n_groups: int, weights: FloatArray | None
) -> FloatArray:
    key = group * n_values + codes
    if n_groups * n_values > BLOCK:
        key = np.unique(key, return_inverse=True)[1]
    size = np.bincount(group, weights, minlength=n_groups)
    same = np.bincount(key, weights)
    return np.asarray(size[group] - same[key], dtype=np.float64)


def _sum_ratio(
    values: FloatArray,
    codes: IntArray,
    group: IntArray,
    n_groups: int,
    weights: FloatArray | None,
) -> FloatArray:
    weight = np.ones(len(codes)) if weights is None else weights
    counts = sparse.csr_array((weight, (group, codes)), shape=(n_groups, len(values)))
    sums = np.empty(len(codes))
    order = np.argsort(codes, kind="stable")
    width = max(1, BLOCK // max(len(values), n_groups))
    for start in range(0, len(values), width):
        block = values[start : start + width]
        from_group = counts @ ratio_distances(values, block)
        first, last = np.searchsorted(codes[order], [start, start + len(block)])
        members = order[first:last]
        sums[members] = from_group[group[members], codes[members] - start]
    return sums
