"""From a matrix of ratings to the long list of those that can be paired.

Conventions
-----------
A rating is pairable when its item has two or more ratings. Items and raters without a pairable
rating are dropped, the others renumbered from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

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
        Numbers; NaN, None and pandas' NA are missing. Anything without a value may have any shape.
        A data frame with the columns `rater`, `item` and `value` is long: one row a rating, in any
        order; other columns do not count.

    Returns
    -------
    np.ndarray, shape=(n_raters, n_items)
        Of a long data frame, raters and items in sorted order.

    Raises
    ------
    ValueError
        If the values are not numbers or not a matrix, or a rater rated an item twice.
    """
    if isinstance(ratings, pd.DataFrame):
        if set(LONG) <= set(ratings.columns):
            ratings = _spread_out(ratings)
        return ratings.to_numpy(dtype=np.float64, na_value=np.nan)
    try:
        matrix = np.asarray(ratings, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"ratings must be numbers in rows of one length, NaN where missing: {error}."
        ) from error
    if matrix.size == 0:
        return np.empty((0, 0))
    if matrix.ndim != 2:
        raise ValueError(f"ratings must have shape (n_raters, n_items), got {matrix.shape}.")
    return matrix


def _spread_out(ratings: pd.DataFrame) -> pd.DataFrame:
    """One row a rater, one column an item."""
    rater, item, value = LONG
    for name in (rater, item):
        if ratings[name].isna().any():
            raise ValueError(f"column {name!r} must have no missing entries.")
    again = ratings[ratings.duplicated([rater, item])]
    if len(again):
        names = " and ".join(f"{name} {again[name].iloc[0]!r}" for name in (rater, item))
        raise ValueError(f"ratings must have one row a rater and item, got two of {names}.")
    return ratings.pivot(index=rater, columns=item, values=value)


def list_pairable_ratings(ratings: ArrayLike | pd.DataFrame) -> PairableRatings:
    """List the ratings that can be paired.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        NaN = missing.

    Returns
    -------
    PairableRatings
        With a reason, and nothing in it, when no item was rated twice.

    Raises
    ------
    ValueError
        If `ratings` is not a matrix of finite numbers and NaN.
    """
    matrix = as_rating_matrix(ratings)
    present = np.flatnonzero(~np.isnan(matrix))
    value = matrix.ravel()[present]
    if not np.isfinite(value).all():
        raise ValueError("ratings must be finite or NaN, got infinity.")
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
