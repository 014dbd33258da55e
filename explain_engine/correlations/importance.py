"""Figures that need the inverse of the features' correlations.

Conventions
-----------
R, shape=(..., n_features, n_features): correlations among features; r, shape=(..., n_features):
their correlations with the target. Leading axes are draws of a bootstrap. R must not be singular
(:meth:`~explain_engine.correlations.joint.JointCorrelations.explain_singularity` says when it is).

References
----------
.. [1] Johnson, J. W. (2000). A heuristic method for estimating the relative weight of predictor
   variables in multiple regression. Multivariate Behavioral Research 35(1), 1-19, equations 5-8.
.. [2] Genizi, A. (1993). Decomposition of R2 in multiple regression with correlated regressors.
   Statistica Sinica 3, 407-420: the same shares.
.. [3] Belsley, D. A., Kuh, E., & Welsch, R. E. (1980). Regression Diagnostics, section 3.1.
"""

from __future__ import annotations

import numpy as np

from explain_engine.correlations.joint import SINGULAR, CorrelationError, FloatArray


def compute_standardised_weights(R: FloatArray, r: FloatArray) -> FloatArray:
    """Weights of standardised features, beta = R^-1 r.

    Parameters
    ----------
    R : np.ndarray, shape=(..., n_features, n_features)
    r : np.ndarray, shape=(..., n_features)

    Returns
    -------
    np.ndarray, shape=(..., n_features)
        In target sd per feature sd.

    Raises
    ------
    CorrelationError
        If R is singular.
    """
    return np.asarray(np.linalg.solve(_check(R), r[..., None])[..., 0])


def compute_variance_inflation(R: FloatArray) -> FloatArray:
    """Variance inflation factors, VIF_j = (R^-1)_jj [3]_.

    Parameters
    ----------
    R : np.ndarray, shape=(..., n_features, n_features)

    Returns
    -------
    np.ndarray, shape=(..., n_features)
        1 or more; 1 for a feature that correlates with no other.

    Raises
    ------
    CorrelationError
        If R is singular.
    """
    return np.asarray(np.diagonal(np.linalg.inv(_check(R)), axis1=-2, axis2=-1))


def compute_semipartial_squares(R: FloatArray, r: FloatArray) -> FloatArray:
    """What R^2 loses when one feature is left out, beta_j^2 / VIF_j.

    Parameters
    ----------
    R : np.ndarray, shape=(..., n_features, n_features)
    r : np.ndarray, shape=(..., n_features)

    Returns
    -------
    np.ndarray, shape=(..., n_features)
        In [0, 1].

    Raises
    ------
    CorrelationError
        If R is singular.
    """
    return compute_standardised_weights(R, r) ** 2 / compute_variance_inflation(R)


def compute_partial_correlations(R: FloatArray, r: FloatArray) -> FloatArray:
    """Correlation of each feature with the target when all others are held still.

    With s_j = beta_j / sqrt(VIF_j): s_j / sqrt(s_j^2 + 1 - R^2), which is -P_jy / sqrt(P_jj P_yy)
    of the inverse P of all correlations, and +-1 where the features tell the target exactly.

    Parameters
    ----------
    R : np.ndarray, shape=(..., n_features, n_features)
    r : np.ndarray, shape=(..., n_features)

    Returns
    -------
    np.ndarray, shape=(..., n_features)
        In [-1, 1]; NaN for a feature of weight 0 where the others tell the target exactly.

    Raises
    ------
    CorrelationError
        If R is singular.
    """
    beta = compute_standardised_weights(R, r)
    semipartial = beta / np.sqrt(compute_variance_inflation(R))
    unexplained = 1.0 - (beta * r).sum(axis=-1, keepdims=True)
    # A remainder below the rounding of R^2 is none; it may even be negative.
    unexplained = np.where(unexplained < 1e-13, 0.0, unexplained)
    own = np.where(np.abs(semipartial) < 1e-13, 0.0, semipartial)
    with np.errstate(invalid="ignore"):
        return np.asarray(own / np.sqrt(own**2 + unexplained))


def compute_johnson_weights(R: FloatArray, r: FloatArray) -> FloatArray:
    """Johnson's relative weights [1]_, which are Genizi's shares [2]_.

    With L = R^1/2 (symmetric): epsilon_j = sum_k L_jk^2 (L^-1 r)_k^2. They add up to R^2.

    Parameters
    ----------
    R : np.ndarray, shape=(..., n_features, n_features)
    r : np.ndarray, shape=(..., n_features)

    Returns
    -------
    np.ndarray, shape=(..., n_features)
        0 or more; in shares of the target's variance.

    Raises
    ------
    CorrelationError
        If R is singular.
    """
    values, V = np.linalg.eigh(_check(R))
    root = np.sqrt(values)[..., None, :]
    L = (V * root) @ np.swapaxes(V, -1, -2)
    z = ((V / root) @ np.swapaxes(V, -1, -2)) @ r[..., None]
    return np.asarray((L**2 @ z**2)[..., 0])


def _check(R: FloatArray) -> FloatArray:
    if np.linalg.eigvalsh(R).min() < SINGULAR:
        raise CorrelationError(
            "The features' correlations must not be singular, but some feature is determined "
            "exactly by the others."
        )
    return R
