"""Leaving out units, one by one or group by group, and drawing them with replacement.

The delete-a-group jackknife leaves out one of g groups of units at a time [1]_; with one unit a
group it is the delete-one jackknife. Which units share a group depends on their names or, without
names, on what they hold, not on where they stand, so that an interval is the same in any order of
raters and items. What they hold is shuffled, always alike, so that groups are no more like one
another than drawn ones.

References
----------
.. [1] Kott, P. S. (2001). The delete-a-group jackknife. Journal of Official Statistics 17(4),
   521-526, eq. 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Units drawn at once: few enough for the processor's cache.
DRAWN = 200_000
# Seed of the one order in which units are dealt to groups.
SHUFFLE = 20_011


def deal_groups(
    units: NDArray[np.float64], *, n_groups: int, names: pd.Index[Any] | None = None
) -> Iterator[NDArray[np.bool_]]:
    """Yield masks of the units kept, each without one group.

    Parameters
    ----------
    units : np.ndarray, shape=(n_units, n_values)
        What each unit holds, such as a rater's ratings of all items; NaN = missing.
    n_groups : int
        Most groups to make; fewer units than that are left out one by one.
    names : pd.Index, length n_units, optional
        Distinct; in their order units are dealt to groups in turn.

    Yields
    ------
    np.ndarray of bool, shape=(n_units,)
    """
    n_units = len(units)
    if n_units <= n_groups:
        yield from ~np.eye(n_units, dtype=bool)
        return
    if names is not None:
        place = pd.factorize(names, sort=True)[0]
    else:
        place = np.empty(n_units, dtype=np.intp)
        place[np.argsort(label_units(units), kind="stable")] = np.arange(n_units)
        place = np.random.default_rng(SHUFFLE).permutation(n_units)[place]
    group = place % n_groups
    for index in range(n_groups):
        yield group != index


def label_units(units: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number units by what they hold, whatever the order of rows and columns.

    A unit's values count together with what stands in their columns, and columns with what stands
    in their rows. Units of one number hold the same in all of this, so that any of them may stand
    for any other.

    Parameters
    ----------
    units : np.ndarray, shape=(n_units, n_values)
        NaN = missing.

    Returns
    -------
    np.ndarray, shape=(n_units,)
        From 0; units that hold the same share a number.
    """
    codes = np.unique(units, return_inverse=True)[1].reshape(units.shape).astype(np.int64)
    of_column = np.zeros(units.shape[1], dtype=np.int64)
    for _ in range(2):
        of_unit = _number_rows(codes * (of_column.max(initial=0) + 1) + of_column)
        of_column = _number_rows((codes * (of_unit.max() + 1) + of_unit[:, None]).T)
    return _number_rows(codes * (of_column.max(initial=0) + 1) + of_column)


def _number_rows(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the same entries, in any order, share a number; numbers follow from the entries."""
    rows = [row.tobytes() for row in np.sort(keys, axis=1)]
    place = {row: number for number, row in enumerate(sorted(set(rows)))}
    return np.array([place[row] for row in rows], dtype=np.int64)


def draw_counts(n: int, n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """How often each of n units is drawn in n draws with replacement, shape=(n_draws, n)."""
    drawn = rng.integers(n, size=(n_draws, n), dtype=np.int32)
    # One count over all draws is twice as fast as one a draw.
    places = (drawn + n * np.arange(n_draws)[:, None]).ravel()
    counts = np.bincount(places, minlength=n * n_draws).reshape(n_draws, n)
    return counts.astype(np.float64)


def draw_weights(
    shape: tuple[int, ...], kind: str, *, n_resamples: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield how often each rater and each item is drawn.

    A rater drawn twice must not be paired with itself, which would look like agreement: of ratings
    weighed w_i, count the pairs of distinct raters alone, of which there are (sum w)^2 - sum w^2.
    An item drawn twice counts as two items.

    Parameters
    ----------
    shape : tuple of int
        (n_raters, n_items), what is drawn from.
    kind : {"item_bootstrap", "rater_bootstrap", "two_way_bootstrap"}
        Which of the two is drawn; the others count once.
    n_resamples : int
        Number of draws.
    rng : np.random.Generator
        Source of the draws.

    Yields
    ------
    of_rater, of_item : np.ndarray, shape=(n_raters,), (n_items,)
    """
    n_raters, n_items = shape
    for _ in range(n_resamples):
        of_rater, of_item = np.ones(n_raters), np.ones(n_items)
        if kind != "item_bootstrap":
            of_rater = draw_counts(n_raters, 1, rng)[0]
        if kind != "rater_bootstrap":
            of_item = draw_counts(n_items, 1, rng)[0]
        yield of_rater, of_item
