"""Sums per item from which a chance-corrected coefficient and all its replicates follow.

References
----------
.. [1] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapters 2 to 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from evalsite.analysis.agreement.categories import CategoryRatings
from evalsite.analysis.agreement.ratings import FloatArray
from evalsite.analysis.replicates import DRAWN, draw_counts, draw_weights

# Chance agreement of shares pi, shape=(k, q), under weights, shape=(q, q): shape=(k,).
ChanceRule = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class ChanceSums:
    """Sums per item from which the coefficient and all its replicates follow."""

    counts: FloatArray
    m: FloatArray
    weights: FloatArray
    rule: ChanceRule
    agreeing: FloatArray  # sum_k c_k (W c)_k - own: ordered pairs that agree, weighted
    pairs: FloatArray  # m^2 - own: ordered pairs

    @classmethod
    def of(
        cls,
        counts: FloatArray,
        weights: FloatArray,
        rule: ChanceRule,
        own: FloatArray | None = None,
    ) -> ChanceSums:
        """`own`: pairs of a rating with itself in each item; its number of ratings by default."""
        m = counts.sum(axis=1)
        own = m if own is None else own
        agreeing = (counts * (counts @ weights)).sum(axis=1) - own
        return cls(counts, m, weights, rule, agreeing, m**2 - own)

    @property
    def is_paired(self) -> FloatArray:
        return (self.pairs > 0).astype(np.float64)

    @property
    def share(self) -> FloatArray:
        """Weighted agreement of each item, 0 for those without a pair."""
        return np.asarray(self.agreeing / np.maximum(self.pairs, 1) * self.is_paired)

    @property
    def pi(self) -> FloatArray:
        return np.asarray((self.counts / self.m[:, None]).mean(axis=0))

    @property
    def observed(self) -> float:
        return float(self.share.sum() / self.is_paired.sum())

    @property
    def expected(self) -> float:
        return float(self.rule(self.pi[None, :], self.weights)[0])

    @property
    def estimate(self) -> float:
        return (self.observed - self.expected) / (1 - self.expected)

    def leave_out_items(self) -> FloatArray:
        shares = self.counts / self.m[:, None]
        return self._coefficient(
            self.share.sum() - self.share,
            self.is_paired.sum() - self.is_paired,
            shares.sum(axis=0) - shares,
            np.full(len(self.m), len(self.m) - 1.0),
        )

    def leave_out_raters(self, listed: CategoryRatings) -> FloatArray:
        item, code, rater = listed.item, listed.code, listed.rater
        n_raters, m = listed.n_raters, self.m[item]
        pairs = np.maximum((m - 1) * (m - 2), 1)
        left = self.agreeing[item] - 2 * ((self.counts @ self.weights)[item, code] - 1)
        change = np.where(m > 2, left / pairs, 0.0) - self.share[item]

        own = self.counts[item]
        without = own.copy()
        without[np.arange(len(code)), code] -= 1
        moved = without / np.maximum(m - 1, 1)[:, None] - own / m[:, None]
        to_rater = sparse.csr_array(
            (np.ones(len(code)), (rater, np.arange(len(code)))), shape=(n_raters, len(code))
        )
        return self._coefficient(
            self.share.sum() + np.bincount(rater, change, minlength=n_raters),
            self.is_paired.sum() - np.bincount(rater, m == 2, minlength=n_raters),
            (self.counts / self.m[:, None]).sum(axis=0) + to_rater @ moved,
            len(self.m) - np.bincount(rater, m == 1, minlength=n_raters).astype(np.float64),
        )

    def linearize(self) -> FloatArray:
        """Each item's linearised contribution, whose mean is the estimate [1]_."""
        expected, estimate = self.expected, self.estimate
        n_items, is_paired = len(self.m), self.is_paired
        observed = n_items / is_paired.sum() * (self.share - expected * is_paired)
        # The rules are quadratic in pi, so this difference is their exact slope towards an item.
        shares = self.counts / self.m[:, None]
        ahead, behind = shares, 2 * self.pi - shares
        slope = (self.rule(ahead, self.weights) - self.rule(behind, self.weights)) / 2
        return np.asarray((observed - (1 - estimate) * slope) / (1 - expected))

    def bootstrap(
        self, listed: CategoryRatings, kind: str, *, n_resamples: int, rng: np.random.Generator
    ) -> FloatArray:
        """The coefficient of draws with replacement, shape=(n_resamples,), NaN where undefined.

        An item drawn twice counts as two items. A rater drawn twice counts twice, but is not
        paired with itself: an item of w_i ratings by rater i has (sum w)^2 - sum w^2 pairs.
        """
        draws = np.empty(n_resamples)
        if kind == "item_bootstrap":
            step = max(1, DRAWN // len(self.m))
            for start in range(0, n_resamples, step):
                stop = min(start + step, n_resamples)
                draws[start:stop] = self.weigh_items(draw_counts(len(self.m), stop - start, rng))
            return draws
        n_items, q = self.counts.shape
        place = listed.item * q + listed.code
        drawn = draw_weights((listed.n_raters, n_items), kind, n_resamples=n_resamples, rng=rng)
        for index, (of_rater, of_item) in enumerate(drawn):
            of_rating = of_rater[listed.rater]
            counts = np.bincount(place, of_rating, n_items * q).reshape(n_items, q).astype(float)
            own = np.bincount(listed.item, of_rating**2, n_items).astype(float)
            is_rated = own > 0
            sums = ChanceSums.of(counts[is_rated], self.weights, self.rule, own[is_rated])
            draws[index] = sums.weigh_items(of_item[None, is_rated])[0]
        return draws

    def weigh_items(self, weights: FloatArray) -> FloatArray:
        """The coefficient where items count as often as `weights`, shape=(k, n_items), say."""
        return self._coefficient(
            weights @ self.share,
            weights @ self.is_paired,
            weights @ (self.counts / self.m[:, None]),
            weights.sum(axis=1),
        )

    def _coefficient(
        self, share_sum: FloatArray, n_paired: FloatArray, pi_sum: FloatArray, n_items: FloatArray
    ) -> FloatArray:
        pi = pi_sum / np.maximum(n_items, 1)[:, None]
        observed = share_sum / np.maximum(n_paired, 1)
        expected = self.rule(pi, self.weights)
        # As for the whole: without two pairable ratings, or with one category, it is undefined.
        is_defined = (n_paired > 0) & (pi.max(axis=1) < 1 - 1e-12)
        room = np.where(is_defined, 1 - expected, 1.0)
        return np.asarray(np.where(is_defined, (observed - expected) / room, np.nan))
