"""What a linear layer's features do to its output, one recording at a time.

References
----------
.. [1] Lundberg, S. M., & Lee, S.-I. (2017). A unified approach to interpreting model predictions.
   NeurIPS 30, section 4: the linear case.
.. [2] Aas, K., Jullum, M., & Løland, A. (2021). Explaining individual predictions when features are
   dependent. Artificial Intelligence 298, 103502, section 3.2: Gaussian features.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from explain_engine.correlations.joint import SINGULAR, CorrelationError, FloatArray, check_columns
from explain_engine.correlations.shapley import Groups, make_share_weights


def compute_marginal_effects(
    features: ArrayLike, weights: ArrayLike, *, mean: ArrayLike
) -> FloatArray:
    """What each feature does if it alone moves: w_j (x_j - mean_j) [1]_.

    Parameters
    ----------
    features : array_like, shape=(n, n_features)
        Recordings to explain.
    weights : array_like, shape=(n_features,)
        The layer's weights for one target.
    mean : array_like, shape=(n_features,)
        Mean of each feature over the music one compares with.

    Returns
    -------
    np.ndarray, shape=(n, n_features)
        In the target's unit; a row adds up to the output minus the output at the mean.

    Raises
    ------
    CorrelationError
        If shapes do not fit.
    """
    X, w, centre = _check(features, weights, mean)
    return (X - centre) * w


def compute_conditional_effects(
    features: ArrayLike,
    weights: ArrayLike,
    *,
    reference: ArrayLike,
    groups: Groups | None = None,
) -> FloatArray:
    """What knowing each feature tells of the output, given what travels with it [2]_.

    Shapley values of v(S) = w' E[X | X_S = x_S] for Gaussian features,
    E[X_U | x_S] = mean_U + C_US C_SS^-1 (x_S - mean_S), over all subsets, without sampling. v is
    linear in x - mean, so the values of all recordings are one matrix product. Where C_SS is
    singular its pseudo-inverse stands in: v is still defined.

    A feature of weight 0 gets credit when its twin has weight: it tells of it.

    Parameters
    ----------
    features : array_like, shape=(n, n_features)
        Recordings to explain.
    weights : array_like, shape=(n_features,)
        The layer's weights for one target.
    reference : array_like, shape=(n_reference, n_features)
        The music whose mean and covariance say what travels with what.
    groups : sequence of sequences of int, optional
        Features that enter together (Owen's value).

    Returns
    -------
    np.ndarray, shape=(n, n_features)
        In the target's unit; a row adds up to the output minus the output at the mean.

    Raises
    ------
    CorrelationError
        If shapes do not fit, or a value is not finite.
    """
    background = np.asarray(reference, dtype=np.float64)
    if background.ndim != 2:
        raise CorrelationError(f"reference must have two axes, got shape {background.shape}.")
    background, _ = check_columns(background, np.zeros(len(background)))
    X, w, mean = _check(features, weights, background.mean(axis=0))
    sd = background.std(axis=0)
    sd = np.where(sd > 0, sd, 1.0)
    C = np.cov((background - mean) / sd, rowvar=False, bias=True).reshape(len(w), len(w))
    told = _tell_of_output(C, w * sd)
    return ((X - mean) / sd) @ (make_share_weights(len(w), groups) @ told).T


def _tell_of_output(C: FloatArray, w: FloatArray) -> FloatArray:
    """Coefficients a_S = C_SS^-1 C_S. w of x_S - mean_S in v(S), shape=(2^p, p)."""
    p = len(w)
    told = np.zeros((2**p, p))
    for subset in range(1, 2**p):
        inside = np.flatnonzero(subset >> np.arange(p) & 1)
        block = C[np.ix_(inside, inside)]
        told[subset, inside] = np.linalg.pinv(block, rcond=SINGULAR, hermitian=True) @ (
            C[inside] @ w
        )
    return told


def _check(
    features: ArrayLike, weights: ArrayLike, mean: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    X, w, centre = (np.asarray(a, dtype=np.float64) for a in (features, weights, mean))
    if X.ndim != 2:
        raise CorrelationError(f"features must have shape (n, n_features), got {X.shape}.")
    for name, array in (("weights", w), ("mean", centre)):
        if array.shape != (X.shape[1],):
            raise CorrelationError(f"{name} must have shape ({X.shape[1]},), got {array.shape}.")
    for name, array in (("features", X), ("weights", w), ("mean", centre)):
        if not np.isfinite(array).all():
            raise CorrelationError(f"{name} must be finite numbers.")
    return X, w, centre
