"""Sums per item from which a coefficient with pooled chance, and all its replicates, follow.

References
----------
.. [1] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapters 2 to 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from evalsite.analysis.agreement.agreement_sums import AgreementSums, count_drawn
from evalsite.analysis.agreement.categories import CategoryRatings
from evalsite.analysis.agreement.ratings import FloatArray
from evalsite.analysis.replicates import DRAWN, draw_counts, draw_weights

# Chance agreement of shares pi, shape=(k, q), under weights, shape=(q, q): shape=(k,).
ChanceRule = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class ChanceSums:
    """Agreement of the items, and chance from the mean over items of their shares."""

    listed: CategoryRatings
    weights: FloatArray
    rule: ChanceRule
    agreement: AgreementSums

    @classmethod
    def of(cls, listed: CategoryRatings, weights: FloatArray, *, rule: ChanceRule) -> ChanceSums:
        return cls(listed, weights, rule, AgreementSums.of(listed.counts, weights))

    @cached_property
    def shares(self) -> FloatArray:
        """Each item's share of ratings in each category, shape=(n_items, q)."""
        return np.asarray(self.listed.counts / self.agreement.m[:, None])

    @property
    def observed(self) -> float:
        return self.agreement.observed

    @cached_property
    def expected(self) -> float:
        return float(self.rule(self.shares.mean(axis=0)[None, :], self.weights)[0])

    @property
    def estimate(self) -> float:
        return (self.observed - self.expected) / (1 - self.expected)

    def leave_out_items(self) -> FloatArray:
        n = len(self.shares)
        pi = (self.shares.sum(axis=0) - self.shares) / max(n - 1, 1)
        return self._correct(self.agreement.without_items(), pi)

    def leave_out_raters(self) -> FloatArray:
        item, code, rater = self.listed.item, self.listed.code, self.listed.rater
        n_raters, m, own = self.listed.n_raters, self.agreement.m[item], self.listed.counts[item]
        without = own.copy()
        without[np.arange(len(code)), code] -= 1
        moved = without / np.maximum(m - 1, 1)[:, None] - own / m[:, None]
        to_rater = sparse.csr_array(
            (np.ones(len(code)), (rater, np.arange(len(code)))), shape=(n_raters, len(code))
        )
        left = len(self.shares) - np.bincount(rater, m == 1, minlength=n_raters)
        pi = (self.shares.sum(axis=0) + to_rater @ moved) / np.maximum(left, 1)[:, None]
        return self._correct(self.agreement.without_raters(self.listed), pi)

    def linearize(self) -> FloatArray:
        """Each item's linearised contribution, whose mean is the estimate [1]_."""
        pi, room = self.shares.mean(axis=0), 1 - self.expected
        # The rules are quadratic in pi, so this difference is their exact slope towards an item.
        ahead, behind = self.shares, 2 * pi - self.shares
        slope = (self.rule(ahead, self.weights) - self.rule(behind, self.weights)) / 2
        observed = self.agreement.linearize(self.expected)
        return np.asarray((observed - (1 - self.estimate) * slope) / room)

    def bootstrap(self, kind: str, *, n_resamples: int, rng: np.random.Generator) -> FloatArray:
        """The coefficient of draws with replacement, shape=(n_resamples,), NaN where undefined.

        An item drawn twice counts as two items. A rater drawn twice counts twice, but is not
        paired with itself.
        """
        draws, n_items = np.empty(n_resamples), len(self.shares)
        if kind == "item_bootstrap":
            step = max(1, DRAWN // n_items)
            for start in range(0, n_resamples, step):
                stop = min(start + step, n_resamples)
                draws[start:stop] = self.weigh_items(draw_counts(n_items, stop - start, rng))
            return draws
        shape = self.listed.n_raters, n_items
        drawn = draw_weights(shape, kind, n_resamples=n_resamples, rng=rng)
        for index, (of_rater, of_item) in enumerate(drawn):
            agreement = AgreementSums.of(*count_drawn(self.listed, of_rater, self.weights))
            shares = agreement.counts / np.maximum(agreement.m, 1)[:, None]
            n_rated = float(of_item @ (agreement.m > 0))
            pi = of_item @ shares / max(n_rated, 1.0)
            draws[index] = self._correct(agreement.weigh_items(of_item), pi[None, :])[0]
        return draws

    def weigh_items(self, of_item: FloatArray) -> FloatArray:
        """The coefficient where items count so often, shape=(k, n_items)."""
        pi = of_item @ self.shares / np.maximum(of_item.sum(axis=1), 1)[:, None]
        return self._correct(self.agreement.weigh_items(of_item), pi)

    def _correct(self, sums: tuple[FloatArray, FloatArray], pi: FloatArray) -> FloatArray:
        # As for the whole: with one category it is undefined.
        expected = np.where(pi.max(axis=1) < 1 - 1e-12, self.rule(pi, self.weights), np.nan)
        return self.agreement.correct(*sums, expected)
