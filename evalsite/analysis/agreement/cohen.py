"""Cohen's kappa of two raters, plain or weighted.

References
----------
.. [1] Cohen, J. (1968). Weighted kappa. Psychological Bulletin 70, 213-220.
.. [2] Fleiss, J. L., Cohen, J., & Everitt, B. S. (1969). Large sample standard errors of kappa
   and weighted kappa. Psychological Bulletin 72, 323-327.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.categories import list_categories
from evalsite.analysis.agreement.ratings import FloatArray, IntArray, as_category_matrix
from evalsite.analysis.agreement.two_way import (
    POPULATIONS,
    check_interval,
    check_resampling,
    describe_method,
    percentile_result,
)
from evalsite.analysis.intervals import NO_SPREAD, check_confidence, t_interval
from evalsite.analysis.replicates import draw_counts
from evalsite.analysis.result import Result, undefined_result

INTERVALS = ("item_linearized", "item_bootstrap", None)


def cohen_kappa(
    ratings: ArrayLike | pd.DataFrame,
    *,
    weights: str = "unweighted",
    categories: Sequence[Any] | None = None,
    interval: str | None = "item_linearized",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    rng: np.random.Generator | None = None,
) -> Result:
    """Cohen's kappa [1]_ over the items that both raters rated.

    kappa = (p_a - p_e) / (1 - p_e), p_a = sum_kl w_kl p_kl, p_e = sum_kl w_kl p_k. p_.l, with
    p_kl the share of items the first rater put into k and the second into l.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(2, n_items)
        Numbers or words; NaN = missing.
    weights : {"unweighted", "linear", "quadratic", "ordinal", "radical", "ratio"}
        Agreement of two categories; see `weights.make_weights`.
    categories : sequence of float or str, optional
        All values a rater could choose; those nobody chose change only rank-based weights. Words
        have no weights but "unweighted".
    interval : {"item_linearized", "item_bootstrap"} or None
        Large-sample standard error [2]_ with t on n_items - 1 degrees of freedom, or the
        percentile interval over draws of items. Two raters cannot stand for others: both speak of
        new items and these two.
    confidence : float
        Confidence level in (0, 1).
    n_resamples : int
        Bootstrap draws, 100 or more.
    rng : np.random.Generator, optional
        Source of the bootstrap draws; required by them.

    Returns
    -------
    Result
        `n` counts ratings, two an item; `details` holds percent_agreement and chance_agreement.

    Raises
    ------
    ValueError
        If there are ratings but not of two raters, words and numbers are mixed, or an option is
        not known.
    """
    check_confidence(confidence)
    check_interval(interval, INTERVALS)
    check_resampling(interval, rng=rng, n_resamples=n_resamples)
    matrix, known, names = as_category_matrix(ratings, categories)
    if matrix.size and len(matrix) != 2:
        raise ValueError(f"ratings must have two rows, one a rater, got {len(matrix)}.")
    paired = matrix[:, ~np.isnan(matrix).any(axis=0)]
    listed = list_categories(paired, None if categories is None else list(known))
    listed = replace(listed, are_words=names is not None)
    n_items, method = paired.shape[1], describe_method(f"Cohen's kappa, {weights}", interval)
    reason = listed.explain_undefined()
    if reason is not None:
        if not np.isnan(matrix).all():
            reason = reason if n_items else "no_pairable_values"
        return undefined_result(
            reason,
            method=method,
            n=2 * n_items,
            population=POPULATIONS[interval],
            level=confidence,
            n_items=n_items,
        )
    weight = listed.weigh(weights)
    positions = np.searchsorted(listed.categories, paired)
    table = np.zeros_like(weight)
    np.add.at(table, (positions[0], positions[1]), 1 / n_items)
    first, second = weight @ table.sum(axis=0), weight @ table.sum(axis=1)
    observed, expected = float((weight * table).sum()), float(table.sum(axis=1) @ first)
    kappa = (observed - expected) / (1 - expected)
    pull = weight - (1 - kappa) * (first[:, None] + second[None, :])
    centre = observed - 2 * (1 - kappa) * expected
    variance = float((table * pull**2).sum() - centre**2) / (n_items * (1 - expected) ** 2)
    details = {
        "n_items": n_items,
        "percent_agreement": observed,
        "chance_agreement": expected,
        "standard_error": float(np.sqrt(max(variance, 0.0))),
    }
    if rng is not None and interval == "item_bootstrap":
        return percentile_result(
            kappa,
            _bootstrap(positions, weight, n_resamples=n_resamples, rng=rng),
            interval=interval,
            n=2 * n_items,
            method=method,
            level=confidence,
            details=details,
        )
    low = high = np.nan
    if interval is not None and variance < NO_SPREAD**2:
        reason = "too_few_items" if n_items < 2 else "no_disagreement"
    elif interval is not None:
        low, high, _ = t_interval(kappa, variance, df=n_items - 1, level=confidence)
        high = min(high, 1.0)
    return Result(
        kappa,
        low,
        high,
        2 * n_items,
        method,
        reason,
        POPULATIONS[interval],
        confidence,
        details,
    )


def _bootstrap(
    positions: IntArray, weight: FloatArray, *, n_resamples: int, rng: np.random.Generator
) -> FloatArray:
    """Kappa of drawn items, shape=(n_resamples,); NaN where a draw has one category only."""
    n_items, q = positions.shape[1], len(weight)
    cell = positions[0] * q + positions[1]
    draws = np.empty(n_resamples)
    for index in range(n_resamples):
        of_item = draw_counts(n_items, 1, rng)[0]
        table = np.bincount(cell, of_item, minlength=q * q).reshape(q, q) / n_items
        expected = table.sum(axis=1) @ weight @ table.sum(axis=0)
        room = 1 - expected
        observed = (weight * table).sum()
        draws[index] = (observed - expected) / room if room > NO_SPREAD else np.nan
    return draws
