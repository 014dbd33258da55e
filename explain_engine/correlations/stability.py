"""How far the figures would move with other music: bootstrap draws of the rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from explain_engine.correlations.joint import SINGULAR, CorrelationError, FloatArray, correlate
from explain_engine.correlations.shapley import Groups, compute_lmg_shares

# Above this share of undefined draws there is no interval.
MAX_UNDEFINED = 0.05
CHUNK = 250


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval.

    Parameters
    ----------
    estimate, low, high : float
        NaN where undefined.
    """

    estimate: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, eq=False)
class Draws:
    """Figures of bootstrap draws of the rows.

    Parameters
    ----------
    r, beta, lmg, owen : np.ndarray, shape=(n_resamples, n_features)
        Correlation with the target, standardised weight, LMG share, and share within groups; NaN
        where undefined.
    """

    r: FloatArray
    beta: FloatArray
    lmg: FloatArray
    owen: FloatArray

    @property
    def sign_stability(self) -> FloatArray:
        """Share of the defined draws in which a weight has its more frequent sign.

        Returns
        -------
        np.ndarray, shape=(n_features,)
            In [0.5, 1], 1 = always the same; NaN when too many draws are undefined.
        """
        is_defined = ~np.isnan(self.beta)
        n = is_defined.sum(axis=0)
        positive = (self.beta > 0).sum(axis=0)
        negative = (self.beta < 0).sum(axis=0)
        share = np.maximum(positive, negative) / np.maximum(n, 1)
        return np.where(n >= (1 - MAX_UNDEFINED) * len(self.beta), share, np.nan)


def draw_rows(
    X: FloatArray, y: FloatArray, *, groups: Groups, n_resamples: int, rng: np.random.Generator
) -> Draws:
    """Compute the figures of draws of the rows with replacement.

    Parameters
    ----------
    X : np.ndarray, shape=(n, n_features)
        Features.
    y : np.ndarray, shape=(n,)
        Target.
    groups : sequence of sequences of int
        Features that enter together.
    n_resamples : int
        Number of draws, 100 or more.
    rng : np.random.Generator
        Made from a stored seed.

    Returns
    -------
    Draws

    Raises
    ------
    CorrelationError
        If there are too few draws.
    """
    if n_resamples < 100:
        raise CorrelationError(f"n_resamples must be 100 or more, got {n_resamples}.")
    parts = []
    for start in range(0, n_resamples, CHUNK):
        rows = rng.integers(len(y), size=(min(CHUNK, n_resamples - start), len(y)))
        matrix = correlate(X[rows], y[rows])
        lmg = compute_lmg_shares(matrix)
        owen = compute_lmg_shares(matrix, groups=groups)
        parts.append((matrix[:, :-1, -1], _weigh(matrix), lmg, owen))
    r, beta, lmg, owen = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Draws(r, beta, lmg, owen)


def make_estimate(estimate: float, draws: FloatArray, *, confidence: float) -> Estimate:
    """The figure with the percentile interval of its draws.

    Parameters
    ----------
    estimate : float
        The figure of the data themselves.
    draws : np.ndarray, shape=(n_resamples,)
        NaN where undefined.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    Estimate
        Without an interval where more than 5 % of the draws, or the figure itself, are undefined.
    """
    defined = draws[~np.isnan(draws)]
    if math.isnan(estimate) or len(defined) < (1 - MAX_UNDEFINED) * len(draws):
        return Estimate(float(estimate))
    low, high = np.quantile(defined, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Estimate(float(estimate), float(low), float(high))


def _weigh(matrix: FloatArray) -> FloatArray:
    """Standardised weights of each draw, NaN where its features are singular."""
    beta = np.full((len(matrix), matrix.shape[-1] - 1), np.nan)
    fit = np.flatnonzero(~np.isnan(matrix).any(axis=(1, 2)))
    R = matrix[fit, :-1, :-1]
    is_regular = np.linalg.eigvalsh(R)[:, 0] >= SINGULAR
    fit = fit[is_regular]
    beta[fit] = np.linalg.solve(R[is_regular], matrix[fit, :-1, -1:])[..., 0]
    return beta
