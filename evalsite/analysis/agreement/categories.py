"""Ratings as positions in a list of categories.

Conventions
-----------
Items and raters without any rating are dropped, the others renumbered from 0; an item rated once
stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.ratings import FloatArray, IntArray, as_rating_matrix


@dataclass(frozen=True)
class CategoryRatings:
    """All ratings, one entry a rating, as positions in the categories.

    Parameters
    ----------
    categories : np.ndarray, shape=(q,)
        Sorted distinct values.
    code, item, rater : np.ndarray, shape=(n,)
        Category, item and rater of each rating, items and raters numbered from 0.
    counts : np.ndarray, shape=(n_items, q)
        How many raters put an item into a category.
    n_raters : int
        Number of raters with a rating.
    """

    categories: FloatArray
    code: IntArray
    item: IntArray
    rater: IntArray
    counts: FloatArray
    n_raters: int

    def explain_undefined(self) -> str | None:
        """Reason why no coefficient can be computed, or None."""
        if len(self.code) == 0:
            return "no_data"
        if self.counts.sum(axis=1).max() < 2:
            return "no_pairable_values"
        return "no_variation" if self.code.min() == self.code.max() else None


def list_categories(
    ratings: ArrayLike | pd.DataFrame, categories: Sequence[float] | None = None
) -> CategoryRatings:
    """List all ratings with the position of their category.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        NaN = missing.
    categories : sequence of float, optional
        All values a rater could choose; by default those that occur.

    Returns
    -------
    CategoryRatings

    Raises
    ------
    ValueError
        If a rating is infinite or not among the categories.
    """
    matrix = as_rating_matrix(ratings)
    rater, item = np.nonzero(~np.isnan(matrix))
    value = matrix[rater, item]
    if not np.isfinite(value).all():
        raise ValueError("ratings must be finite or NaN, got infinity.")
    known = np.unique(value if categories is None else np.asarray(categories, dtype=np.float64))
    is_unknown = ~np.isin(value, known)
    if is_unknown.any():
        raise ValueError(f"ratings must be among the categories, got {value[is_unknown][0]:g}.")
    code = np.searchsorted(known, value)
    items, item = np.unique(item, return_inverse=True)
    raters, rater = np.unique(rater, return_inverse=True)
    counts = np.zeros((len(items), len(known)))
    np.add.at(counts, (item, code), 1)
    return CategoryRatings(known, code, item, rater, counts, len(raters))
