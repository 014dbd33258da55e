"""Delete-one replicates of alpha when the distance of two values does not depend on the others.

That is nominal, interval and ratio. Leaving out an item or a rater changes the sums of squared
distances by terms that each rating already knows (its distances to its item and to the pool), so
all replicates together cost as much as a few estimates.
"""

from __future__ import annotations

import numpy as np

from evalsite.analysis.agreement.distances import sum_distances
from evalsite.analysis.agreement.ratings import FloatArray, IntArray, PairableRatings


def jackknife_fixed_alpha(
    pairable: PairableRatings, *, level: str
) -> tuple[FloatArray, FloatArray]:
    """Alpha with each item, and with each rater, left out.

    Parameters
    ----------
    pairable : PairableRatings
        At least two different values.
    level : {"nominal", "interval", "ratio"}
        Level of measurement.

    Returns
    -------
    by_item : np.ndarray, shape=(n_items,)
    by_rater : np.ndarray, shape=(n_raters,)
        The replicates; NaN where nothing varies, or nothing is left, without the item or rater.
    """
    values, codes = pairable.coded
    item, rater, m = pairable.item, pairable.rater, pairable.n_per_item
    n_items, n_raters = pairable.n_items, pairable.n_raters
    to_item = sum_distances(values, codes, item, n_items, level=level)
    to_pool = _sum_to_pool(values, codes, level)
    of_item = np.bincount(item, to_item, minlength=n_items)
    within = of_item / (m - 1)
    pooled = to_pool.sum()

    by_item = alpha_from_sums(
        pairable.n - m,
        within.sum() - within,
        pooled - 2 * np.bincount(item, to_pool, minlength=n_items) + of_item,
        scale=pooled,
    )

    # An item of two ratings vanishes with either rater; one of more keeps m - 1 ratings.
    rest = np.maximum(m[item] - 2, 1)
    after = np.where(m[item] > 2, (of_item[item] - 2 * to_item) / rest, 0.0)
    change = np.bincount(rater, after - within[item], minlength=n_raters)
    lost_rater, lost = pairable.lost_with_rater
    among_lost = sum_distances(values, codes[lost], lost_rater, n_raters, level=level)
    by_rater = alpha_from_sums(
        pairable.n - np.bincount(lost_rater, minlength=n_raters),
        within.sum() + change,
        pooled + np.bincount(lost_rater, among_lost - 2 * to_pool[lost], minlength=n_raters),
        scale=pooled,
    )
    return by_item, by_rater


def alpha_from_sums(
    n: IntArray, within: FloatArray, pooled: FloatArray, *, scale: float
) -> FloatArray:
    """1 - (n - 1) * within / pooled, NaN where pooled is 0 but for rounding.

    Parameters
    ----------
    n : np.ndarray, shape=(k,)
        Number of pairable ratings left.
    within : np.ndarray, shape=(k,)
        sum_u D_u / (m_u - 1).
    pooled : np.ndarray, shape=(k,)
        Sum of squared distances over all ordered pairs.
    scale : float
        Size of `pooled` with nothing left out, against which rounding is judged.

    Returns
    -------
    np.ndarray, shape=(k,)
    """
    varies = (n > 1) & (pooled > 1e-12 * scale)
    safe = np.where(varies, pooled, 1.0)
    return np.asarray(np.where(varies, 1.0 - (n - 1) * within / safe, np.nan))


def _sum_to_pool(values: FloatArray, codes: IntArray, level: str) -> FloatArray:
    everyone = np.zeros(len(values), dtype=np.intp)
    n_per_value = np.bincount(codes).astype(np.float64)
    per_value = sum_distances(
        values, np.arange(len(values)), everyone, 1, level=level, weights=n_per_value
    )
    return np.asarray(per_value[codes])
