"""Bootstrap draws of alpha over items, over raters, or over both.

An item drawn twice counts as two items. A rater drawn twice counts twice, but is not paired with
itself, which would pass for agreement.

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
from evalsite.analysis.agreement.distances import midranks_of_codes, sum_distances
from evalsite.analysis.agreement.ratings import FloatArray, IntArray, PairableRatings
from evalsite.analysis.replicates import DRAWN, draw_counts, draw_weights

# Up to this many distinct values, such as the points of a scale, items have dense matrices.
FEW_VALUES = 11

# From weights of the items, shape=(k, n_items): how often each value then occurs,
# shape=(k, n_values), and sum_u w_u D_u / (m_u - 1), shape=(k,).
SumDraws = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


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
    shape = pairable.n_raters, pairable.n_items
    return np.array(
        [
            _weighted_alpha(pairable, level, of_item, of_rater[pairable.rater])
            for of_rater, of_item in draw_weights(shape, kind, n_resamples=n_resamples, rng=rng)
        ]
    )


def _weighted_alpha(
    pairable: PairableRatings, level: str, of_item: FloatArray, of_rating: FloatArray
) -> float:
    """Alpha where ratings w_i of an item, and items v_u, count so often.

    A rating that counts twice is not paired with itself: an item has (sum w)^2 - sum w^2 pairs, the
    pool (sum v w)^2 - sum (v w)^2.
    """
    values, codes = pairable.coded
    item, n_items = pairable.item, pairable.n_items
    m = np.bincount(item, of_rating, minlength=n_items)
    pairs = m**2 - np.bincount(item, of_rating**2, minlength=n_items)
    weights = np.where(pairs[item] > 0, of_rating, 0.0)
    pooled_weights = weights * of_item[item]
    n_per_value = np.bincount(codes, pooled_weights, len(values)).astype(np.float64)
    n = n_per_value.sum()
    if n == 0 or n_per_value.max() == n:
        return float("nan")
    if level == "ordinal":
        values, level = midranks_of_codes(n_per_value), "interval"
    to_item = sum_distances(values, codes, item, n_items, level=level, weights=weights)
    within = (pooled_weights * to_item * (m / np.maximum(pairs, 1))[item]).sum()
    apart = (n**2 - pooled_weights @ pooled_weights) / n
    return float(1.0 - apart * within / _pooled(values, n_per_value[None, :], level)[0])


def _draw_items(
    pairable: PairableRatings, level: str, n_resamples: int, rng: np.random.Generator
) -> FloatArray:
    values, codes = pairable.coded
    item, m, n_items = pairable.item, pairable.n_per_item, pairable.n_items
    counts = sparse.csr_array((np.ones(pairable.n), (item, codes)), shape=(n_items, len(values)))
    if level == "ordinal":
        sum_draws = _prepare_ordinal(counts, m)
    else:
        to_item = sum_distances(values, codes, item, n_items, level=level)
        within_item = np.bincount(item, to_item / (m[item] - 1), minlength=n_items)
        sum_draws = _prepare_fixed(counts, within_item.astype(np.float64, copy=False))
    draws = np.empty(n_resamples)
    step = max(1, DRAWN // max(n_items, len(values)))
    for start in range(0, n_resamples, step):
        stop = min(start + step, n_resamples)
        n_per_value, within = sum_draws(draw_counts(n_items, stop - start, rng))
        pooled = (
            ordinal_pooled(n_per_value)
            if level == "ordinal"
            else _pooled(values, n_per_value, level)
        )
        n = n_per_value.sum(axis=1)
        pooled = np.where(n_per_value.max(axis=1) == n, 0.0, pooled)
        draws[start:stop] = alpha_from_sums(n, within, pooled, scale=float(pooled.max()))
    return draws


def _prepare_fixed(counts: sparse.csr_array, within_item: FloatArray) -> SumDraws:
    def sum_items(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.asarray((counts.T @ weights.T).T), weights @ within_item

    return sum_items


def _prepare_ordinal(counts: sparse.csr_array, m: IntArray) -> SumDraws:
    """The midranks of each draw are its own.

    With few values all draws share one matrix product: with S_vw the weighted sum over items of
    2 c_v c_w / (m - 1), the sum within items is that over pairs of values of S_vw times their
    squared midrank difference. With many values, each draw goes through the ratings.
    """
    n_values = counts.shape[1]
    if n_values > FEW_VALUES:

        def sum_by_rating(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
            n_per_value = np.asarray((counts.T @ weights.T).T)
            ranks = midranks_of_codes(n_per_value)
            per_item = m[:, None] * (counts @ ranks.T**2) - (counts @ ranks.T) ** 2
            return n_per_value, np.einsum("ki,ik->k", weights * (2 / (m - 1)), per_item)

        return sum_by_rating
    dense = counts.toarray()
    v, w = np.triu_indices(n_values, 1)
    columns = np.hstack([dense, dense[:, v] * dense[:, w] * (2 / (m - 1))[:, None]])

    def sum_by_value(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        summed = weights @ columns
        n_per_value = summed[:, :n_values]
        ranks = midranks_of_codes(n_per_value)
        apart = (ranks[:, v] - ranks[:, w]) ** 2
        return n_per_value, (summed[:, n_values:] * apart).sum(axis=1)

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
