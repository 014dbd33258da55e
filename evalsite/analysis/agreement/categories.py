"""Ratings as positions in a list of categories.

Conventions
-----------
Items and raters without any rating are dropped, the others renumbered from 0; an item rated once
stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.ratings import FloatArray, IntArray, as_category_matrix
from evalsite.analysis.agreement.weights import make_weights


@dataclass(frozen=True)
class CategoryRatings:
    """All ratings, one entry a rating, as positions in the categories.

    Parameters
    ----------
    categories : np.ndarray, shape=(q,)
        Sorted distinct values; of words, their positions.
    names : tuple of str, length q
        What the categories are called.
    code, item, rater : np.ndarray, shape=(n,)
        Category, item and rater of each rating, items and raters numbered from 0.
    counts : np.ndarray, shape=(n_items, q)
        How many raters put an item into a category.
    n_raters : int
        Number of raters with a rating.
    are_words : bool
        Whether the categories have no numbers of their own.
    """

    categories: FloatArray
    names: tuple[str, ...]
    code: IntArray
    item: IntArray
    rater: IntArray
    counts: FloatArray
    n_raters: int
    are_words: bool = False

    def weigh(self, weights: str) -> FloatArray:
        """Agreement of each pair of categories, shape=(q, q); of words it is all or nothing."""
        if self.are_words and weights != "unweighted":
            raise ValueError(
                f"weights {weights!r} need categories that are numbers, got {self.names[0]!r}."
            )
        return make_weights(self.categories, weights)

    def explain_undefined(self) -> str | None:
        """Reason why no coefficient can be computed, or None."""
        if len(self.code) == 0:
            return "no_data"
        if self.counts.sum(axis=1).max() < 2:
            return "no_pairable_values"
        return "no_variation" if self.code.min() == self.code.max() else None


def list_categories(
    ratings: ArrayLike | pd.DataFrame, categories: Sequence[Any] | None = None
) -> CategoryRatings:
    """List all ratings with the position of their category.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers or words; NaN = missing.
    categories : sequence of float or str, optional
        All values a rater could choose; by default those that occur.

    Returns
    -------
    CategoryRatings

    Raises
    ------
    ValueError
        If a rating is infinite or not among the categories, or words and numbers are mixed.
    """
    matrix, known, names = as_category_matrix(ratings, categories)
    rater, item = np.nonzero(~np.isnan(matrix))
    value = matrix[rater, item]
    code = np.searchsorted(known, value)
    items, item = np.unique(item, return_inverse=True)
    raters, rater = np.unique(rater, return_inverse=True)
    counts = np.zeros((len(items), len(known)))
    np.add.at(counts, (item, code), 1)
    if names is None:
        names = tuple(f"{value:g}" for value in known)
        return CategoryRatings(known, names, code, item, rater, counts, len(raters))
    return CategoryRatings(known, names, code, item, rater, counts, len(raters), are_words=True)
