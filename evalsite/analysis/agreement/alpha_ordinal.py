"""Delete-one replicates of ordinal alpha, with the midranks taken anew for each.

Leaving out ratings moves the midranks of all others, so the shortcut of the other levels does not
hold. With counts c_u of the distinct values in item u, and f a vector with one number a value,

sum_u D_u / (m_u - 1) = f' L f,   L = 2 sum_u (m_u diag(c_u) - c_u c_u') / (m_u - 1),

and the pooled sum of squared midrank differences is n (n^3 - sum_v N_v^3) / 6. A replicate is then
a new f and a correction for the items it touches.

References
----------
.. [1] Kendall, M. G. (1945). The treatment of ties in ranking problems. Biometrika 33, 239-251:
   the sum of squares of tied ranks.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from evalsite.analysis.agreement.distances import BLOCK, midranks_of_codes
from evalsite.analysis.agreement.ratings import FloatArray, PairableRatings

# Up to this many distinct values the matrix L is kept dense (BLAS), above it sparse.
DENSE_VALUES = 600


def jackknife_ordinal_alpha(
    pairable: PairableRatings, *, level: str = "ordinal"
) -> tuple[FloatArray, FloatArray]:
    """Ordinal alpha with each item, and with each rater, left out.

    Parameters
    ----------
    pairable : PairableRatings
        At least two different values.
    level : {"ordinal"}
        Only there so that all levels are called alike.

    Returns
    -------
    by_item : np.ndarray, shape=(n_items,)
    by_rater : np.ndarray, shape=(n_raters,)
        The replicates; NaN where nothing varies, or nothing is left, without the item or rater.
    """
    values, codes = pairable.coded
    counts = sparse.csr_array(
        (np.ones(pairable.n), (pairable.item, codes)), shape=(pairable.n_items, len(values))
    )
    return _leave_out_items(pairable, counts), _leave_out_raters(pairable, counts)


def ordinal_pooled(n_per_value: FloatArray) -> FloatArray:
    """Sum of squared midrank differences over all ordered pairs of pooled ratings.

    Parameters
    ----------
    n_per_value : np.ndarray, shape=(k, n_values)
        How often each value occurs, per replicate.

    Returns
    -------
    np.ndarray, shape=(k,)
        n (n^3 - sum_v N_v^3) / 6 [1]_; exactly 0 when one value holds all ratings.
    """
    n = n_per_value.sum(axis=1)
    pooled = n * (n**3 - (n_per_value**3).sum(axis=1)) / 6
    return np.asarray(np.where(n_per_value.max(axis=1) == n, 0.0, pooled))


def _leave_out_items(pairable: PairableRatings, counts: sparse.csr_array) -> FloatArray:
    m = pairable.n_per_item
    n_values = counts.shape[1]
    laplacian = _within_matrix(counts, m)
    n_per_value = counts.sum(axis=0)
    replicates = np.empty(pairable.n_items)
    step = max(1, BLOCK // n_values)
    for start in range(0, pairable.n_items, step):
        rows = slice(start, start + step)
        own = counts[rows].toarray()
        left = n_per_value - own
        ranks = midranks_of_codes(left)
        within = np.einsum("kv,kv->k", np.asarray((laplacian @ ranks.T).T), ranks)
        total, squares = (own * ranks).sum(axis=1), (own * ranks**2).sum(axis=1)
        within -= 2 * (m[rows] * squares - total**2) / (m[rows] - 1)
        replicates[rows] = _alpha(left, within)
    return replicates


def _leave_out_raters(pairable: PairableRatings, counts: sparse.csr_array) -> FloatArray:
    values, codes = pairable.coded
    n_raters, m = pairable.n_raters, pairable.n_per_item
    lost_rater, lost = pairable.lost_with_rater
    lost_counts = sparse.csr_array(
        (np.ones(len(lost)), (lost_rater, codes[lost])), shape=(n_raters, len(values))
    )
    n_per_value = counts.sum(axis=0)
    by_rater = np.argsort(pairable.rater, kind="stable")
    replicates = np.empty(n_raters)
    step = max(1, BLOCK // max(len(values), pairable.n_items))
    for start in range(0, n_raters, step):
        stop = min(start + step, n_raters)
        left = n_per_value - lost_counts[start:stop].toarray()
        ranks = midranks_of_codes(left)
        total, squares = counts @ ranks.T, counts @ (ranks.T**2)
        per_item = 2 * (m[:, None] * squares - total**2) / (m[:, None] - 1)

        first, last = np.searchsorted(pairable.rater[by_rater], [start, stop])
        rated = by_rater[first:last]
        column, item = pairable.rater[rated] - start, pairable.item[rated]
        x, size = ranks[column, codes[rated]], m[item] - 1
        after = size * (squares[item, column] - x**2) - (total[item, column] - x) ** 2
        after = np.where(size > 1, 2 * after / np.maximum(size - 1, 1), 0.0)
        change = np.bincount(column, after - per_item[item, column], minlength=stop - start)
        replicates[start:stop] = _alpha(left, per_item.sum(axis=0) + change)
    return replicates


def _within_matrix(counts: sparse.csr_array, m: np.ndarray) -> FloatArray | sparse.csr_array:
    diagonal = counts.T @ (m / (m - 1))
    together = counts.T @ (counts / (m - 1)[:, None])
    laplacian = 2 * (sparse.diags_array(diagonal) - together)
    if counts.shape[1] <= DENSE_VALUES:
        return np.asarray(laplacian.toarray())
    return sparse.csr_array(laplacian)


def _alpha(n_per_value: FloatArray, within: FloatArray) -> FloatArray:
    n, pooled = n_per_value.sum(axis=1), ordinal_pooled(n_per_value)
    safe = np.where(pooled > 0, pooled, 1.0)
    return np.asarray(np.where(pooled > 0, 1.0 - (n - 1) * within / safe, np.nan))
