"""From a matrix of ratings to the long list of those that can be paired.

Conventions
-----------
A rating is pairable when its item has two or more ratings. Items and raters without a pairable
rating are dropped, the others renumbered from 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalsite.analysis.checks import (
    as_entries,
    as_numbers,
    check_columns,
    check_finite,
    is_missing,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

LONG = ("rater", "item", "value")
LEVELS = ("nominal", "ordinal", "interval", "ratio")


@dataclass(frozen=True)
class PairableRatings:
    """The ratings of items that were rated at least twice, one entry a rating.

    Parameters
    ----------
    value : np.ndarray, shape=(n,)
        The ratings, finite.
    item, rater : np.ndarray, shape=(n,)
        Item of each rating in 0..n_items - 1, rater in 0..n_raters - 1.
    n_per_item : np.ndarray, shape=(n_items,)
        Number of ratings of each item, 2 or more.
    n_raters : int
        Number of raters with a pairable rating.
    n_idle_items, n_idle_raters : int
        Items rated just once, and raters none of whose ratings is pairable: drawn into the study,
        without weight in the estimate.
    reason : str or None
        Why there is nothing to compute from: "no_data" or "no_pairable_values".
    """

    value: FloatArray
    item: IntArray
    rater: IntArray
    n_per_item: IntArray
    n_raters: int
    n_idle_items: int = 0
    n_idle_raters: int = 0
    reason: str | None = None

    @property
    def n(self) -> int:
        """Number of pairable ratings."""
        return len(self.value)

    @property
    def n_idle(self) -> tuple[int, int]:
        """Numbers of idle items and raters."""
        return self.n_idle_items, self.n_idle_raters

    @property
    def n_items(self) -> int:
        """Number of items rated at least twice."""
        return len(self.n_per_item)

    @cached_property
    def coded(self) -> tuple[FloatArray, IntArray]:
        """Sorted distinct values, shape=(n_values,), and the position of each rating in them."""
        values, codes = np.unique(self.value, return_inverse=True)
        return values, codes.astype(np.intp, copy=False)

    @cached_property
    def lost_with_rater(self) -> tuple[IntArray, IntArray]:
        """Which ratings go when a rater goes, as two arrays: rater, position of the rating.

        Besides a rater's own ratings these are the ones of the other rater of an item that was
        rated just twice, since the item is then no longer pairable.
        """
        twice = np.flatnonzero(self.n_per_item[self.item] == 2)
        pairs = twice[np.argsort(self.item[twice], kind="stable")].reshape(-1, 2)
        own = np.arange(self.n)
        rater = np.concatenate([self.rater, self.rater[pairs[:, 0]], self.rater[pairs[:, 1]]])
        position = np.concatenate([own, pairs[:, 1], pairs[:, 0]])
        return rater, position


def check_level(level: str) -> None:
    """Refuse a level of measurement that is not one of the four."""
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, got {level!r}.")


def as_rating_matrix(ratings: ArrayLike | pd.DataFrame) -> FloatArray:
    """Ratings as floats, shape=(n_raters, n_items), NaN = missing.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers; NaN, None, pandas' NA and what a masked array hides are missing. Anything without
        a value may have any shape. A data frame with the columns `rater`, `item` and `value` is
        long: one row a rating, in any order; other columns do not count.

    Returns
    -------
    np.ndarray, shape=(n_raters, n_items)
        Of a long data frame, raters and items in sorted order.

    Raises
    ------
    ValueError
        If the values are not finite numbers or not a matrix, or a rater rated an item twice.
    """
    matrix = as_numbers(_spread_out(ratings), "ratings")
    check_finite(matrix, "ratings")
    return _check_shape(matrix)


def as_category_matrix(
    ratings: ArrayLike | pd.DataFrame, categories: Sequence[Any] | None = None
) -> tuple[FloatArray, FloatArray, tuple[str, ...] | None]:
    """Ratings that are categories, words or numbers, as numbers.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        As `as_rating_matrix`, but words may stand for numbers.
    categories : sequence, optional
        All values a rater could choose; by default those that occur.

    Returns
    -------
    matrix : np.ndarray, shape=(n_raters, n_items)
        Numbers as they are, words as their position in the categories; NaN = missing.
    known : np.ndarray, shape=(n_categories,)
        The categories in it, sorted.
    names : tuple of str, length n_categories, or None
        What the positions stand for, where ratings are words.

    Raises
    ------
    ValueError
        As `as_rating_matrix`, if words and numbers are mixed, or a rating is not among the
        categories, which must be finite.
    """
    table = _spread_out(ratings)
    words = _list_words(table)
    if words is None:
        matrix = as_rating_matrix(table)
        value = matrix[~np.isnan(matrix)]
        known = np.unique(value)
        if categories is not None:
            known = np.unique(as_numbers(list(categories), "categories"))
            if not np.isfinite(known).all():
                raise ValueError("categories must be finite numbers or words.")
        is_unknown = ~np.isin(value, known)
        if is_unknown.any():
            raise ValueError(f"ratings must be among the categories, got {value[is_unknown][0]:g}.")
        return matrix, known, None
    names = sorted(set(words[words != ""])) if categories is None else list(categories)
    place = {name: float(position) for position, name in enumerate(names)} | {"": math.nan}
    if len(place) <= len(names) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"categories must name each word once, got {names}.")
    unknown = set(words.ravel()) - set(place)
    if unknown:
        raise ValueError(f"ratings must be among the categories, got {min(unknown)!r}.")
    codes = np.array([place[word] for word in words.ravel()]).reshape(words.shape)
    return _check_shape(codes), np.arange(float(len(names))), tuple(names)


def _list_words(table: Any) -> NDArray[np.object_] | None:
    """Ratings that are words, "" where missing; None where they are no words."""
    if isinstance(table, pd.DataFrame):
        entries = table.astype(object).to_numpy() if len(table.columns) else np.empty((0, 0))
    else:
        entries = as_entries(table, "ratings")
    if entries.dtype.kind != "O":
        return None
    if isinstance(table, np.ma.MaskedArray):
        entries = entries.copy()
        entries[np.ma.getmaskarray(table)] = None
    kinds = {type(one) for one in entries.ravel() if not is_missing(one)}
    if not any(issubclass(kind, str) for kind in kinds):
        return None
    if not all(issubclass(kind, str) for kind in kinds):
        raise ValueError("ratings must be all numbers or all words, got both.")
    words = np.array(["" if is_missing(one) else str(one) for one in entries.ravel()], dtype=object)
    return words.reshape(entries.shape)


def _check_shape(matrix: FloatArray) -> FloatArray:
    if matrix.size == 0:
        return np.empty((0, 0))
    if matrix.ndim != 2:
        raise ValueError(f"ratings must have shape (n_raters, n_items), got {matrix.shape}.")
    return matrix


def _spread_out(ratings: ArrayLike | pd.DataFrame) -> Any:
    """Of a long data frame one row a rater, one column an item; anything else as it is."""
    if not (isinstance(ratings, pd.DataFrame) and set(LONG) <= set(ratings.columns)):
        return ratings
    rater, item, value = LONG
    check_columns(ratings, (), called="ratings", named=(rater, item))
    again = ratings[ratings.duplicated([rater, item])]
    if len(again):
        names = " and ".join(f"{name} {again[name].iloc[0]!r}" for name in (rater, item))
        raise ValueError(f"ratings must have one row a rater and item, got two of {names}.")
    return ratings.pivot(index=rater, columns=item, values=value)


def list_names(ratings: ArrayLike | pd.DataFrame) -> tuple[pd.Index[Any], pd.Index[Any]] | None:
    """Names of the raters and the items of `as_rating_matrix`.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        As `as_rating_matrix`.

    Returns
    -------
    raters, items : pd.Index, or None
        None of anything but a data frame, and where pandas only numbered its rows or columns.
    """
    table = _spread_out(ratings)
    if not isinstance(table, pd.DataFrame):
        return None
    names = (table.index, table.columns)
    if any(isinstance(part, pd.RangeIndex) or not part.is_unique for part in names):
        return None
    return names


def mean_ratings(ratings: ArrayLike | pd.DataFrame) -> float:
    """Harmonic mean of the numbers of ratings of items: how many the mean of an item rests on.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers; NaN = missing. Items without any rating do not count.

    Returns
    -------
    float
        1 or more, the number of raters where none is missing; NaN without a rating. As `k` of
        `icc` it gives the reliability of the means as they are.

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers and NaN.
    """
    n_per_item = (~np.isnan(as_rating_matrix(ratings))).sum(axis=0)
    rated = n_per_item[n_per_item > 0]
    return float(1 / np.mean(1 / rated)) if len(rated) else math.nan


def list_pairable_ratings(
    ratings: ArrayLike | pd.DataFrame, *, is_nominal: bool = False
) -> PairableRatings:
    """List the ratings that can be paired.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        NaN = missing.
    is_nominal : bool
        Whether words may stand for numbers.

    Returns
    -------
    PairableRatings
        With a reason, and nothing in it, when no item was rated twice.

    Raises
    ------
    ValueError
        If `ratings` is not a matrix of finite numbers and NaN, or of words where these may be.
    """
    matrix = as_category_matrix(ratings)[0] if is_nominal else as_rating_matrix(ratings)
    present = np.flatnonzero(~np.isnan(matrix))
    value = matrix.ravel()[present]
    rater, item = np.divmod(present, max(matrix.shape[1], 1))
    n_per_item = np.bincount(item, minlength=matrix.shape[1])
    is_pairable = n_per_item[item] >= 2
    n_rated_items, n_rating_raters = (
        np.count_nonzero(n_per_item),
        np.count_nonzero(np.bincount(rater)),
    )
    value, item, rater = value[is_pairable], item[is_pairable], rater[is_pairable]
    used_raters = np.bincount(rater, minlength=matrix.shape[0]) > 0
    reason = None
    if len(value) == 0:
        reason = "no_pairable_values" if len(present) else "no_data"
    return PairableRatings(
        value=value,
        item=(np.cumsum(n_per_item >= 2) - 1)[item],
        rater=(np.cumsum(used_raters) - 1)[rater],
        n_per_item=n_per_item[n_per_item >= 2],
        n_raters=int(used_raters.sum()),
        n_idle_items=int(n_rated_items - np.count_nonzero(n_per_item >= 2)),
        n_idle_raters=int(n_rating_raters - used_raters.sum()),
        reason=reason,
    )
