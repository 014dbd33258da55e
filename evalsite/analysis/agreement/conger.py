"""Conger's kappa: chance from each rater's own use of the categories.

p_e = sum_kl w_kl (pbar_k pbar_l - s2_kl / r) [2]_, with p_gk the share of rater g's ratings in
category k, pbar their mean over the r raters and s2_kl their covariance. That is the mean of
p_g' W p_h over the pairs of distinct raters, so of two raters it is Cohen's kappa. Fleiss' kappa
pools the raters instead: it is lower where raters use the categories unlike one another.

References
----------
.. [1] Conger, A. J. (1980). Integration and generalization of kappas for multiple raters.
   Psychological Bulletin 88, 322-328.
.. [2] Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., chapters 2 to 5 (missing
   ratings, weights, standard error).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from evalsite.analysis.agreement.agreement_sums import AgreementSums, count_drawn, divide_room
from evalsite.analysis.agreement.categories import CategoryRatings
from evalsite.analysis.agreement.chance import ChanceOptions, compute_chance_corrected
from evalsite.analysis.agreement.ratings import FloatArray
from evalsite.analysis.replicates import draw_weights
from evalsite.analysis.result import Result


def conger_kappa(
    ratings: ArrayLike | pd.DataFrame,
    *,
    weights: str = "unweighted",
    **options: Unpack[ChanceOptions],
) -> Result:
    """Conger's kappa [1]_, with missing ratings and weights as in [2]_.

    Parameters
    ----------
    ratings : array_like or pd.DataFrame, shape=(n_raters, n_items)
        Numbers or words; NaN = missing.
    weights : {"unweighted", "linear", "quadratic", "ordinal", "radical", "ratio"}
        Agreement of two categories; see `weights.make_weights`.
    **options
        `categories`, `interval`, `confidence`, `n_resamples`, `rng`: see
        `chance.compute_chance_corrected`.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If the ratings are not a matrix of finite numbers or words and NaN, or an option is not
        known.
    """
    return compute_chance_corrected(
        ratings, sum_up=CongerSums.of, name="Conger's kappa", weights=weights, **options
    )


@dataclass(frozen=True)
class CongerSums:
    """Sums per item and per rater from which the coefficient and all its replicates follow."""

    listed: CategoryRatings
    weights: FloatArray
    agreement: AgreementSums

    @classmethod
    def of(cls, listed: CategoryRatings, weights: FloatArray) -> CongerSums:
        return cls(listed, weights, AgreementSums.of(listed.counts, weights))

    @cached_property
    def n_per_rater(self) -> FloatArray:
        return np.bincount(self.listed.rater, minlength=self.listed.n_raters).astype(np.float64)

    @cached_property
    def shares(self) -> FloatArray:
        """Each rater's use of the categories, shape=(n_raters, q)."""
        return self._count_by_rater(np.ones(len(self.listed.code))) / self.n_per_rater[:, None]

    @property
    def observed(self) -> float:
        return self.agreement.observed

    @property
    def expected(self) -> float:
        return float(self._expect(self.shares, np.ones(self.listed.n_raters)))

    @property
    def estimate(self) -> float:
        return (self.observed - self.expected) / (1 - self.expected)

    def leave_out_items(self) -> FloatArray:
        listed, n_items, P = self.listed, len(self.agreement.m), self.shares
        n, pulled = self.n_per_rater[listed.rater], (P @ self.weights)
        alone = (pulled * P).sum(axis=1)
        # What is left of a rater's shares without a rating; nothing where it was the only one.
        rest = np.maximum(n - 1, 1)
        left = (n[:, None] * P[listed.rater] - np.eye(P.shape[1])[listed.code]) / rest[:, None]
        of_own = n**2 * alone[listed.rater] - 2 * n * pulled[listed.rater, listed.code] + 1
        stays = n > 1
        moved = np.where(stays[:, None], left, 0.0) - P[listed.rater]
        to_item = sparse.csr_array(
            (np.ones(len(n)), (listed.item, np.arange(len(n)))), shape=(n_items, len(n))
        )
        total = P.sum(axis=0) + to_item @ moved
        own = alone.sum() + to_item @ (np.where(stays, of_own / rest**2, 0.0) - alone[listed.rater])
        r = listed.n_raters - to_item @ (~stays).astype(np.float64)
        expected = divide_room(((total @ self.weights) * total).sum(axis=1) - own, r * (r - 1))
        return self.agreement.correct(*self.agreement.without_items(), expected)

    def leave_out_raters(self) -> FloatArray:
        P, r = self.shares, self.listed.n_raters
        total, alone = P.sum(axis=0) - P, ((P @ self.weights) * P).sum(axis=1)
        pairs = ((total @ self.weights) * total).sum(axis=1) - (alone.sum() - alone)
        expected = divide_room(pairs, np.full(r, (r - 1.0) * (r - 2.0)))
        return self.agreement.correct(*self.agreement.without_raters(self.listed), expected)

    def linearize(self) -> FloatArray:
        """Each item's linearised contribution, whose mean is the estimate [2]_."""
        listed, P, r = self.listed, self.shares, self.listed.n_raters
        expected, n_items = self.expected, len(self.agreement.m)
        others = (P.sum(axis=0) - P) @ self.weights
        toward = others[listed.rater, listed.code] - (others * P).sum(axis=1)[listed.rater]
        scaled = toward * (n_items / self.n_per_rater[listed.rater]) / (r * (r - 1))
        slope = np.bincount(listed.item, scaled, minlength=n_items)
        observed = self.agreement.linearize(expected)
        return np.asarray((observed - 2 * (1 - self.estimate) * slope) / (1 - expected))

    def bootstrap(self, kind: str, *, n_resamples: int, rng: np.random.Generator) -> FloatArray:
        """The coefficient of draws with replacement, shape=(n_resamples,), NaN where undefined.

        An item drawn twice counts as two items. A rater drawn twice counts twice, but is not
        paired with itself, neither for agreement nor for chance.
        """
        listed, draws, agreement = self.listed, np.empty(n_resamples), self.agreement
        shape = listed.n_raters, len(agreement.m)
        drawn = draw_weights(shape, kind, n_resamples=n_resamples, rng=rng)
        for index, (of_rater, of_item) in enumerate(drawn):
            if kind != "item_bootstrap":
                agreement = AgreementSums.of(*count_drawn(listed, of_rater, self.weights))
            by_rater = self._count_by_rater(of_item[listed.item])
            n = by_rater.sum(axis=1)
            shares = by_rater / np.maximum(n, 1)[:, None]
            expected = self._expect(shares, np.where(n > 0, of_rater, 0.0))
            draws[index] = agreement.correct(*agreement.weigh_items(of_item), expected)
        return draws

    def _count_by_rater(self, of_rating: FloatArray) -> FloatArray:
        r, q = self.listed.n_raters, len(self.weights)
        place = self.listed.rater * q + self.listed.code
        return np.bincount(place, of_rating, r * q).reshape(r, q).astype(np.float64)

    def _expect(self, shares: FloatArray, of_rater: FloatArray) -> FloatArray:
        """Mean of p_g' W p_h over the pairs of distinct raters, each counting so often."""
        total, alone = of_rater @ shares, ((shares @ self.weights) * shares).sum(axis=1)
        own = of_rater**2
        return divide_room(
            total @ self.weights @ total - own @ alone, of_rater.sum() ** 2 - own.sum()
        )
