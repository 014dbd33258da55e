"""Weighted agreement of each item's pairs of ratings, whole and with units left out or drawn.

References
----------
.. [1] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapters 2 to 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from evalsite.analysis.agreement.categories import CategoryRatings
from evalsite.analysis.agreement.ratings import FloatArray

# Less room than this between chance and 1 is rounding noise.
NO_ROOM = 1e-12


@dataclass(frozen=True)
class AgreementSums:
    """Agreement of each item.

    Parameters
    ----------
    counts : np.ndarray, shape=(n_items, q)
        How many raters put an item into a category.
    weights : np.ndarray, shape=(q, q)
        Agreement of two categories.
    agreeing : np.ndarray, shape=(n_items,)
        Ordered pairs of ratings that agree, weighted; none of a rating with itself.
    pairs : np.ndarray, shape=(n_items,)
        All such pairs.
    """

    counts: FloatArray
    weights: FloatArray
    agreeing: FloatArray
    pairs: FloatArray

    @classmethod
    def of(
        cls, counts: FloatArray, weights: FloatArray, own: FloatArray | None = None
    ) -> AgreementSums:
        """`own`: pairs of a rating with itself in each item; its number of ratings by default."""
        m = counts.sum(axis=1)
        own = m if own is None else own
        return cls(counts, weights, (counts * (counts @ weights)).sum(axis=1) - own, m**2 - own)

    @cached_property
    def m(self) -> FloatArray:
        """Ratings of each item."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def is_paired(self) -> FloatArray:
        """1 where an item has a pair, else 0."""
        return (self.pairs > 0).astype(np.float64)

    @cached_property
    def share(self) -> FloatArray:
        """Weighted agreement of each item, 0 for those without a pair."""
        return np.asarray(self.agreeing / np.maximum(self.pairs, 1) * self.is_paired)

    @property
    def observed(self) -> float:
        """p_a, the mean over items that have a pair."""
        return float(self.share.sum() / self.is_paired.sum())

    def without_items(self) -> tuple[FloatArray, FloatArray]:
        """Sum of shares, and number of paired items, without each item."""
        return self.share.sum() - self.share, self.is_paired.sum() - self.is_paired

    def without_raters(self, listed: CategoryRatings) -> tuple[FloatArray, FloatArray]:
        """The same without each rater, where each counts once."""
        item, rater, n_raters = listed.item, listed.rater, listed.n_raters
        m = self.m[item]
        left = self.agreeing[item] - 2 * ((self.counts @ self.weights)[item, listed.code] - 1)
        change = np.where(m > 2, left / np.maximum((m - 1) * (m - 2), 1), 0.0) - self.share[item]
        return (
            self.share.sum() + np.bincount(rater, change, minlength=n_raters),
            self.is_paired.sum() - np.bincount(rater, m == 2, minlength=n_raters),
        )

    def weigh_items(self, of_item: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same where items count so often, shape=(..., n_items)."""
        return of_item @ self.share, of_item @ self.is_paired

    def linearize(self, expected: float = 0.0) -> FloatArray:
        """Each item's contribution to p_a - p_e with p_e given, whose mean that is [1]_."""
        scale = len(self.share) / self.is_paired.sum()
        return np.asarray(scale * (self.share - expected * self.is_paired))

    def correct(
        self, share_sum: FloatArray, n_paired: FloatArray, expected: FloatArray
    ) -> FloatArray:
        """(p_a - p_e) / (1 - p_e), NaN where nothing is paired or chance leaves no room."""
        room = 1 - np.asarray(expected)
        is_defined = (np.asarray(n_paired) > 0) & (room > NO_ROOM)
        above = share_sum / np.maximum(n_paired, 1) - expected
        return np.where(is_defined, above / np.where(is_defined, room, 1.0), np.nan)


def count_drawn(
    listed: CategoryRatings, of_rater: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What `AgreementSums.of` takes where raters count so often.

    Of ratings weighed w_i an item has (sum w)^2 - sum w^2 pairs: a rater who counts twice is not
    paired with itself.
    """
    n_items, q = listed.counts.shape
    of_rating = of_rater[listed.rater]
    counts = np.bincount(listed.item * q + listed.code, of_rating, n_items * q)
    own = np.bincount(listed.item, of_rating**2, n_items)
    return counts.reshape(n_items, q).astype(np.float64), weights, own.astype(np.float64)


def divide_room(above: ArrayLike, room: ArrayLike) -> FloatArray:
    """above / room, NaN where there is no room."""
    below = np.asarray(room, dtype=np.float64)
    return np.asarray(np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan))
