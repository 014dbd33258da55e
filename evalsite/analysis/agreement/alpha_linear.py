"""Each item's contribution to alpha, from which its linearised standard error follows.

With items weighed by v, alpha = 1 - (n - 1) / n R, where R = n W / D, n = sum_u v_u m_u, W =
sum_u v_u D_u / (m_u - 1) and D is the pooled sum. As in [1]_ the factor for small samples is left
out, so that an item's contribution is alpha less n_items times the slope of R in its weight. It
does count in the published correction for unequal numbers of ratings, which adds
-R / n (m_u / mean(m) - 1). Ordinal distances depend on all ratings, so their slopes hold those of
the midranks too.

References
----------
.. [1] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapter 5.
"""

from __future__ import annotations

import numpy as np

from evalsite.analysis.agreement.alpha_ordinal import ordinal_pooled
from evalsite.analysis.agreement.distances import midranks_of_codes, sum_distances
from evalsite.analysis.agreement.ratings import FloatArray, PairableRatings


def linearize_alpha(pairable: PairableRatings, *, level: str, estimate: float) -> FloatArray:
    """Contributions whose mean is alpha.

    Parameters
    ----------
    pairable : PairableRatings
        At least two different values.
    level : {"nominal", "ordinal", "interval", "ratio"}
        Level of measurement.
    estimate : float
        Alpha.

    Returns
    -------
    np.ndarray, shape=(n_items,)
    """
    n, n_items = pairable.n, pairable.n_items
    slopes = _slope_ordinal if level == "ordinal" else _slope_fixed
    within, by_within, pooled, by_pooled = slopes(pairable, level)
    by_n, ratio = pairable.n_per_item, n * within / pooled
    slope = (by_n * within + n * by_within - ratio * by_pooled) / pooled
    unequal = ratio / n * (n_items * by_n / n - 1)
    return np.asarray(estimate - n_items * slope - unequal)


def _slope_fixed(
    pairable: PairableRatings, level: str
) -> tuple[float, FloatArray, float, FloatArray]:
    """W, D, and their slopes in the items' weights, where distances are fixed."""
    values, codes = pairable.coded
    item, n_items = pairable.item, pairable.n_items
    to_item = sum_distances(values, codes, item, n_items, level=level)
    of_item = np.bincount(item, to_item, minlength=n_items) / (pairable.n_per_item - 1)
    everyone = np.zeros(len(values), dtype=np.intp)
    n_per_value = np.bincount(codes).astype(np.float64)
    to_pool = sum_distances(
        values, np.arange(len(values)), everyone, 1, level=level, weights=n_per_value
    )
    by_pooled = 2.0 * np.bincount(item, to_pool[codes], minlength=n_items)
    return float(of_item.sum()), of_item, float(n_per_value @ to_pool), np.asarray(by_pooled)


def _slope_ordinal(
    pairable: PairableRatings, level: str
) -> tuple[float, FloatArray, float, FloatArray]:
    """The same where distances are squared differences of midranks of all ratings."""
    values, codes = pairable.coded
    item, n_items, m = pairable.item, pairable.n_items, pairable.n_per_item
    n_per_value = np.bincount(codes).astype(np.float64)
    ranks = midranks_of_codes(n_per_value)
    to_item = sum_distances(ranks, codes, item, n_items, level="interval")
    of_item = np.bincount(item, to_item, minlength=n_items) / (m - 1)

    # Slope of W in each midrank; a rating lifts all higher midranks by 1 and its own by 1/2.
    total = np.bincount(item, ranks[codes], minlength=n_items)
    pull = 4 * (m[item] * ranks[codes] - total[item]) / (m[item] - 1)
    by_rank = np.bincount(codes, pull, minlength=len(values))
    lifted = by_rank.sum() - np.cumsum(by_rank) + by_rank / 2
    by_within = of_item + np.bincount(item, lifted[codes], minlength=n_items)

    n, cubes = n_per_value.sum(), (n_per_value**3).sum()
    inner = np.bincount(item, n_per_value[codes] ** 2, minlength=n_items)
    by_pooled = (m * (n**3 - cubes) + 3 * n * (n**2 * m - inner)) / 6
    pooled = float(ordinal_pooled(n_per_value[None, :])[0])
    return float(of_item.sum()), by_within, pooled, by_pooled
