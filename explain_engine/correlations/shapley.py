"""Fair shares over all subsets of features: Shapley's, and Owen's where features come in groups.

Conventions
-----------
A game is an array, shape=(2^n_features, ...): its value for each subset, indexed by bit mask (bit j
= feature j is in). `groups` is a sequence of tuples of feature numbers that cover each feature
once; None means each feature is a group of its own, which gives Shapley's value.

References
----------
.. [1] Lindeman, R. H., Merenda, P. F., & Gold, R. Z. (1980). Introduction to Bivariate and
   Multivariate Analysis, p. 120: LMG.
.. [2] Grömping, U. (2007). Estimators of relative importance in linear regression based on
   variance decomposition. The American Statistician 61(2), 139-147, equation 8.
.. [3] Owen, G. (1977). Values of games with a priori unions. In Mathematical Economics and Game
   Theory, 76-88, equation 9.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np
from scipy.sparse.csgraph import connected_components

from explain_engine.correlations.joint import SINGULAR, CorrelationError, FloatArray

Groups = Sequence[Sequence[int]]


def compute_explained_variance(matrix: FloatArray) -> FloatArray:
    """R^2 of the target on every subset of the features.

    Feature by feature all subsets are doubled: once as they are, once with the feature regressed
    out of everything after it. A feature that those before determine exactly adds nothing, so a
    singular matrix is no obstacle.

    Parameters
    ----------
    matrix : np.ndarray, shape=(..., n_features + 1, n_features + 1)
        Correlations of the features and, last, the target; leading axes are draws.

    Returns
    -------
    np.ndarray, shape=(2^n_features, ...)
        In [0, 1].
    """
    left = np.asarray(matrix, dtype=np.float64)[None]
    for _ in range(matrix.shape[-1] - 1):
        without = left[..., 1:, 1:]
        column = left[..., 1:, :1]
        pivot = left[..., :1, :1]
        with np.errstate(divide="ignore", invalid="ignore"):
            explained = column * np.swapaxes(column, -1, -2) / pivot
        # NaN (an undefined draw) must stay NaN: only a true vanishing pivot explains nothing.
        explained[np.broadcast_to(pivot < SINGULAR, explained.shape)] = 0.0
        left = np.concatenate([without, without - explained])
    return np.asarray(np.clip(1.0 - left[..., 0, 0], 0.0, 1.0))


def compute_lmg_shares(matrix: FloatArray, *, groups: Groups | None = None) -> FloatArray:
    """LMG shares of R^2 [1]_ [2]_; with groups, Owen's shares [3]_.

    lmg_j = sum_S |S|! (p - |S| - 1)! / p! [R^2(S + j) - R^2(S)]. They add up to R^2. A group's
    share is the sum of its features'.

    Parameters
    ----------
    matrix : np.ndarray, shape=(..., n_features + 1, n_features + 1)
        As `compute_explained_variance`.
    groups : sequence of sequences of int, optional
        Which features enter together.

    Returns
    -------
    np.ndarray, shape=(..., n_features)
        0 or more; in shares of the target's variance.
    """
    return share_game(compute_explained_variance(matrix), groups=groups)


def share_game(game: FloatArray, *, groups: Groups | None = None) -> FloatArray:
    """Share a game among the features.

    Parameters
    ----------
    game : np.ndarray, shape=(2^n_features, ...)
        Its value for each subset.
    groups : sequence of sequences of int, optional
        Which features enter together.

    Returns
    -------
    np.ndarray, shape=(..., n_features)
        Adds up to the value of all features minus that of none.
    """
    n_features = len(game).bit_length() - 1
    weights = make_share_weights(n_features, groups)
    return np.asarray(np.moveaxis(np.tensordot(weights, game, axes=1), 0, -1))


def make_share_weights(n_features: int, groups: Groups | None = None) -> FloatArray:
    """Weights W with share = W @ game.

    Feature j of group G gains from a subset S that holds q of the m - 1 other groups whole, none
    of them in part, and t of the g - 1 other features of G, with weight
    q! (m - q - 1)! / m! * t! (g - t - 1)! / g! [3]_.

    Parameters
    ----------
    n_features : int
        1 or more.
    groups : sequence of sequences of int, optional
        Which features enter together.

    Returns
    -------
    np.ndarray, shape=(n_features, 2^n_features)

    Raises
    ------
    CorrelationError
        If the groups do not cover each feature once.
    """
    groups = [(j,) for j in range(n_features)] if groups is None else groups
    if sorted(j for group in groups for j in group) != list(range(n_features)):
        raise CorrelationError(
            f"groups must cover each of the {n_features} features once, got {list(groups)}."
        )
    subsets = np.arange(2**n_features)
    held = [np.isin(subsets & _mask(group), (0, _mask(group))) for group in groups]
    whole = [subsets & _mask(group) == _mask(group) for group in groups]
    m = len(groups)
    weights = np.zeros((n_features, len(subsets)))
    for k, group in enumerate(groups):
        is_fit = np.all([h for other, h in enumerate(held) if other != k] or [subsets >= 0], axis=0)
        q = np.sum([w for other, w in enumerate(whole) if other != k] or [subsets * 0], axis=0)
        outer = np.array([factorial(i) * factorial(m - i - 1) / factorial(m) for i in range(m)])
        g = len(group)
        inner = np.array([factorial(i) * factorial(g - i - 1) / factorial(g) for i in range(g)])
        for j in group:
            t = np.bitwise_count(subsets & _mask(group) & ~(1 << j))
            before = subsets[is_fit & (subsets & (1 << j) == 0)]
            weight = outer[q[before]] * inner[t[before]]
            weights[j, before] = -weight
            weights[j, before | (1 << j)] = weight
    return weights


def group_twins(R: FloatArray, *, threshold: float = 0.7) -> tuple[tuple[int, ...], ...]:
    """Group features that are linked by correlations beyond a threshold.

    Parameters
    ----------
    R : np.ndarray, shape=(n_features, n_features)
        Correlations among features.
    threshold : float
        |r| beyond which two features are twins, in (0, 1).

    Returns
    -------
    tuple of tuples of int
        Each feature once, in order of each group's first; twins of twins are in one group.

    Raises
    ------
    CorrelationError
        If the threshold is not in (0, 1).
    """
    if not 0.0 < threshold < 1.0:
        raise CorrelationError(f"threshold must lie between 0 and 1, got {threshold}.")
    n_groups, label = connected_components(np.abs(R) > threshold, directed=False)
    groups = [tuple(int(j) for j in np.flatnonzero(label == k)) for k in range(n_groups)]
    return tuple(sorted(groups))


def _mask(group: Sequence[int]) -> int:
    return sum(1 << j for j in group)
