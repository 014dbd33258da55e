"""Bootstrap draws of alpha over items, over raters, or over both.

References
----------
.. [1] Owen, A. B. (2007). The pigeonhole bootstrap. Annals of Applied Statistics 1(2), 386-411:
   items and raters drawn independently, a rating counts as often as its item times its rater.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from evalsite.analysis.agreement.alpha_jackknife import alpha_from_sums
from evalsite.analysis.agreement.alpha_ordinal import ordinal_pooled
from evalsite.analysis.agreement.distances import BLOCK, midranks_of_codes, sum_distances
from evalsite.analysis.agreement.ratings import FloatArray, IntArray, PairableRatings

# Up to this many distinct values, such as the points of a scale, items have dense matrices.
FEW_VALUES = 11


def bootstrap_alpha(
    pairable: PairableRatings,
    *,
    level: str,
    kind: str,
    n_resamples: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Alpha of resampled items, raters, or both.

    Parameters
    ----------
    pairable : PairableRatings
        At least two different values.
    level : {"nominal", "ordinal", "interval", "ratio"}
        Level of measurement.
    kind : {"item_bootstrap", "rater_bootstrap", "two_way_bootstrap"}
        What is drawn with replacement [1]_.
    n_resamples : int
        Number of draws.
    rng : np.random.Generator
        Source of the draws.

    Returns
    -------
    np.ndarray, shape=(n_resamples,)
        Alpha of each draw; NaN where the draw leaves nothing to pair or nothing that varies.
    """
    if kind == "item_bootstrap":
        return _draw_items(pairable, level, n_resamples, rng)
    draws = np.empty(n_resamples)
    n_items, n_raters = pairable.n_items, pairable.n_raters
    for k in range(n_resamples):
        of_rater = _draw_counts(n_raters, rng)
        of_item = np.ones(n_items)
        if kind == "two_way_bootstrap":
            of_item = _draw_counts(n_items, rng)
        draws[k] = _weighted_alpha(pairable, level, of_item, of_rater[pairable.rater])
    return draws


def _draw_counts(n: int, rng: np.random.Generator) -> FloatArray:
    """How often each of n units is drawn in n draws with replacement."""
    return np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float64)


def _weighted_alpha(
    pairable: PairableRatings, level: str, of_item: FloatArray, of_rating: FloatArray
) -> float:
    values, codes = pairable.coded
    item, n_items = pairable.item, pairable.n_items
    m = np.bincount(item, of_rating, minlength=n_items)
    weights = np.where(m[item] >= 2, of_rating, 0.0)
    pooled_weights = weights * of_item[item]
    n_per_value = np.bincount(codes, pooled_weights, len(values)).astype(np.float64)
    n = n_per_value.sum()
    if n == 0 or n_per_value.max() == n:
        return float("nan")
    if level == "ordinal":
        values, level = midranks_of_codes(n_per_value), "interval"
    to_item = sum_distances(values, codes, item, n_items, level=level, weights=weights)
    within = (pooled_weights * to_item / np.maximum(m[item] - 1, 1)).sum()
    return float(1.0 - (n - 1) * within / _pooled(values, n_per_value[None, :], level)[0])


def _draw_items(
    pairable: PairableRatings, level: str, n_resamples: int, rng: np.random.Generator
) -> FloatArray:
    values, codes = pairable.coded
    item, m, n_items = pairable.item, pairable.n_per_item, pairable.n_items
    counts = sparse.csr_array((np.ones(pairable.n), (item, codes)), shape=(n_items, len(values)))
    if level == "ordinal":
        sum_within = _prepare_ordinal(counts, m)
    else:
        to_item = sum_distances(values, codes, item, n_items, level=level)
        within_item = np.bincount(item, to_item / (m[item] - 1), minlength=n_items)
    draws = np.empty(n_resamples)
    step = max(1, BLOCK // max(n_items, len(values)))
    for start in range(0, n_resamples, step):
        stop = min(start + step, n_resamples)
        weights = np.stack([_draw_counts(n_items, rng) for _ in range(start, stop)])
        n_per_value = np.asarray((counts.T @ weights.T).T)
        if level == "ordinal":
            within = sum_within(weights, midranks_of_codes(n_per_value))
            pooled = ordinal_pooled(n_per_value)
        else:
            within, pooled = weights @ within_item, _pooled(values, n_per_value, level)
        n = n_per_value.sum(axis=1)
        pooled = np.where(n_per_value.max(axis=1) == n, 0.0, pooled)
        draws[start:stop] = alpha_from_sums(n, within, pooled, scale=float(pooled.max()))
    return draws


def _prepare_ordinal(
    counts: sparse.csr_array, m: IntArray
) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """Function of item weights, shape=(k, n_items), and midranks, shape=(k, n_values).

    It returns sum_u w_u D_u / (m_u - 1), shape=(k,). With few values all draws share one matrix
    product over the items' matrices (see `alpha_ordinal`); with many, each draw goes through the
    ratings.
    """
    n_items, n_values = counts.shape
    if n_values > FEW_VALUES:

        def sum_by_rating(weights: FloatArray, ranks: FloatArray) -> FloatArray:
            per_item = m[:, None] * (counts @ ranks.T**2) - (counts @ ranks.T) ** 2
            return np.einsum("ki,ik->k", weights * (2 / (m - 1)), per_item)

        return sum_by_rating
    dense = counts.toarray()
    matrices = -dense[:, :, None] * dense[:, None, :]
    matrices[:, np.arange(n_values), np.arange(n_values)] += m[:, None] * dense
    matrices *= (2 / (m - 1))[:, None, None]

    def sum_by_value(weights: FloatArray, ranks: FloatArray) -> FloatArray:
        summed = (weights @ matrices.reshape(n_items, -1)).reshape(-1, n_values, n_values)
        return np.einsum("kv,kvw,kw->k", ranks, summed, ranks)

    return sum_by_value


def _pooled(values: FloatArray, n_per_value: FloatArray, level: str) -> FloatArray:
    if level == "nominal":
        return np.asarray(n_per_value.sum(axis=1) ** 2 - (n_per_value**2).sum(axis=1))
    if level == "interval":
        x = values - values.mean()
        squares = n_per_value.sum(axis=1) * (n_per_value @ x**2)
        return np.asarray(2 * (squares - (n_per_value @ x) ** 2))
    everyone = np.zeros(len(values), dtype=np.intp)
    codes = np.arange(len(values))
    return np.array(
        [w @ sum_distances(values, codes, everyone, 1, level=level, weights=w) for w in n_per_value]
    )
