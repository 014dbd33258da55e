"""The correlations of features with each other and with a target, checked once.

Conventions
-----------
A matrix of correlations counts as singular when its smallest eigenvalue is below `SINGULAR`: then
some feature is a linear combination of others, and weights cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explain_engine.errors import EngineError

FloatArray = NDArray[np.float64]

SINGULAR = 1e-10
# Below this share of the largest value a column's spread is rounding noise.
NO_SPREAD = 1e-12
MAX_FEATURES = 16


class CorrelationError(EngineError):
    """Features or a target that no correlation can be computed from."""


@dataclass(frozen=True, eq=False)
class JointCorrelations:
    """Moments of features and a target.

    Parameters
    ----------
    names : tuple of str, length n_features
        Names of the features.
    n : int
        Number of rows.
    among_features : np.ndarray, shape=(n_features, n_features)
        R, the correlations of the features.
    with_target : np.ndarray, shape=(n_features,)
        r, their correlations with the target.
    feature_mean, feature_sd : np.ndarray, shape=(n_features,)
        In the features' units; sd with n - 1.
    target_sd : float
        In the target's unit.
    """

    names: tuple[str, ...]
    n: int
    among_features: FloatArray
    with_target: FloatArray
    feature_mean: FloatArray
    feature_sd: FloatArray
    target_sd: float

    @classmethod
    def of(
        cls, features: ArrayLike, target: ArrayLike, *, names: Sequence[str] | None = None
    ) -> JointCorrelations:
        """Compute the correlations.

        Parameters
        ----------
        features : array_like, shape=(n, n_features)
            Finite numbers, n >= 3.
        target : array_like, shape=(n,)
            Finite numbers.
        names : sequence of str, optional
            Names of the features; by default "feature 1" and so on.

        Returns
        -------
        JointCorrelations

        Raises
        ------
        CorrelationError
            If shapes do not fit, a value is not finite, or a column never varies.
        """
        X, y = check_columns(features, target)
        checked = check_names(names, X.shape[1])
        for name, column in zip([*checked, None], [*X.T, y], strict=True):
            if not _varies(column):
                what = "The target" if name is None else f"Feature {name!r}"
                raise CorrelationError(
                    f"{what} must vary, but is {column[0] + 0.0:g} in all {len(y)} rows."
                )
        joint = correlate(X, y)
        return cls(
            names=checked,
            n=len(y),
            among_features=joint[:-1, :-1],
            with_target=joint[:-1, -1],
            feature_mean=X.mean(axis=0),
            feature_sd=X.std(axis=0, ddof=1),
            target_sd=float(y.std(ddof=1)),
        )

    @property
    def matrix(self) -> FloatArray:
        """Correlations of the features and, last, the target, shape=(n_features + 1,) * 2."""
        r = self.with_target[:, None]
        return np.block([[self.among_features, r], [r.T, np.ones((1, 1))]])

    def explain_singularity(self) -> str | None:
        """Sentence that says why weights cannot be told apart, or None."""
        p = len(self.names)
        if self.n < p + 2:
            return f"Weights of {p} features need at least {p + 2} rows, got {self.n}."
        values, vectors = np.linalg.eigh(self.among_features)
        if values[0] >= SINGULAR:
            return None
        involved = np.flatnonzero(np.abs(vectors[:, values < SINGULAR]).max(axis=1) > 1e-6)
        names = " and ".join(repr(self.names[j]) for j in involved)
        return (
            f"Features {names} determine each other exactly, so their weights cannot be told "
            "apart; leave one out."
        )


def check_columns(features: ArrayLike, target: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Features and target as finite floats of fitting shapes, or a `CorrelationError`."""
    X, y = (_as_floats(value, name) for value, name in ((features, "features"), (target, "target")))
    if X.ndim != 2 or X.shape[1] == 0:
        raise CorrelationError(f"features must have shape (n, n_features), got {X.shape}.")
    if y.shape != X.shape[:1]:
        raise CorrelationError(f"target must have shape ({len(X)},), got {y.shape}.")
    if X.shape[1] > MAX_FEATURES:
        raise CorrelationError(
            f"There must be at most {MAX_FEATURES} features, got {X.shape[1]}: "
            "shares look at all their subsets."
        )
    if len(X) < 3:
        raise CorrelationError(f"Correlations need at least 3 rows, got {len(X)}.")
    return X, y


def check_names(names: Sequence[str] | None, n_features: int) -> tuple[str, ...]:
    """Names of the features, all different."""
    if names is None:
        return tuple(f"feature {j + 1}" for j in range(n_features))
    if len(names) != n_features:
        raise CorrelationError(f"names must be {n_features}, one a feature, got {len(names)}.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise CorrelationError(f"names must differ, got {twice!r} more than once.")
    return tuple(names)


def correlate(X: FloatArray, y: FloatArray) -> FloatArray:
    """Correlations of the columns of X and, last, y.

    Parameters
    ----------
    X : np.ndarray, shape=(..., n, n_features)
    y : np.ndarray, shape=(..., n)

    Returns
    -------
    np.ndarray, shape=(..., n_features + 1, n_features + 1)
        NaN in the rows and columns of what does not vary.
    """
    columns = np.concatenate([X, y[..., None]], axis=-1)
    centred = columns - columns.mean(axis=-2, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=-2, keepdims=True))
    size = np.abs(columns).max(axis=-2, keepdims=True) * np.sqrt(columns.shape[-2])
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.where(length > NO_SPREAD * size, centred / length, np.nan)
    R = np.swapaxes(unit, -1, -2) @ unit
    diagonal = np.arange(R.shape[-1])
    R[..., diagonal, diagonal] = np.where(np.isnan(R[..., diagonal, diagonal]), np.nan, 1.0)
    return np.asarray(np.clip(R, -1.0, 1.0))


def _as_floats(value: ArrayLike, name: str) -> FloatArray:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise CorrelationError(f"{name} must be numbers in rows of one length: {error}.") from error
    if not np.isfinite(array).all():
        wrong = array[~np.isfinite(array)][0]
        raise CorrelationError(f"{name} must be finite numbers, got {wrong}.")
    return array


def _varies(column: FloatArray) -> bool:
    size = np.abs(column).max() * np.sqrt(len(column))
    return bool(np.linalg.norm(column - column.mean()) > NO_SPREAD * size)
