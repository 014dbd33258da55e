"""Variance parts of ratings with missing cells, by restricted maximum likelihood (REML).

x_ij = mu + item_i + rater_j + e_ij, all independent and normal. Items and raters are crossed; any
cell may be missing. Fitting uses every rating, where dropping incomplete items would throw most
of them away and change the figure.

The parameters are kappa = theta / (1 + theta) in [0, 1), with theta the variance of items (raters)
over that of the residual; mean and residual are profiled out [1]_. The residual's factor is
eliminated by Woodbury's identity item by item, so that a step costs a raters x raters system.

References
----------
.. [1] Bates, D., Maechler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models
   using lme4. Journal of Statistical Software 67(1), eq. 39-42.
.. [2] Searle, S. R., Casella, G., & McCulloch, C. E. (1992). Variance Components, section 6.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, optimize, sparse

from evalsite.analysis.agreement.ratings import FloatArray

HIGHEST_KAPPA = 1 - 1e-9
# Nearer to 0 the deviance is flat to rounding: the optimum is the bound itself.
LOWEST_KAPPA = 1e-7
SPARSE_BELOW = 0.2


@dataclass(frozen=True)
class VarianceParts:
    """Variances in squared rating units, each 0 or more.

    Parameters
    ----------
    item, rater, residual : float
        Of items, of raters (0 where the model has none), and of what is left.
    """

    item: float
    rater: float
    residual: float


def leaves_residual(matrix: FloatArray, *, has_raters: bool) -> bool:
    """Whether item (and rater) effects leave any spread, so that REML is defined.

    Parameters
    ----------
    matrix : np.ndarray, shape=(n_raters, n_items)
        NaN = missing.
    has_raters : bool
        Whether raters have an effect of their own.

    Returns
    -------
    bool
    """
    rater, item = np.nonzero(~np.isnan(matrix))
    value = matrix[rater, item] - np.nanmean(matrix)
    n_items = matrix.shape[1]
    columns = [item] + ([n_items + rater] if has_raters else [])
    rows = np.tile(np.arange(len(value)), len(columns))
    width = n_items + (matrix.shape[0] if has_raters else 0)
    design = sparse.csr_array(
        (np.ones(len(rows)), (rows, np.concatenate(columns))), shape=(len(value), width)
    )
    fitted = sparse.linalg.lsqr(design, value, atol=1e-12, btol=1e-12)[0]
    rest = value - design @ fitted
    return bool(rest @ rest > 1e-12 * (value @ value))


def fit_variance_parts(matrix: FloatArray, *, has_raters: bool) -> VarianceParts:
    """Fit the variances by REML.

    Parameters
    ----------
    matrix : np.ndarray, shape=(n_raters, n_items)
        NaN = missing; each rater and item has a rating, and `leaves_residual` holds.
    has_raters : bool
        False: the one-way model, in which raters are part of the residual.

    Returns
    -------
    VarianceParts
    """
    if has_raters and matrix.shape[0] > matrix.shape[1]:
        swapped = fit_variance_parts(matrix.T, has_raters=True)
        return VarianceParts(swapped.rater, swapped.item, swapped.residual)
    model = _Profile.of(matrix)
    n_free = 2 if has_raters else 1

    def cost(kappa: FloatArray) -> tuple[float, FloatArray]:
        full = np.zeros(2)
        full[:n_free] = kappa
        deviance, slope, _ = model.evaluate(full / (1 - full))
        return deviance, (slope / (1 - full) ** 2)[:n_free]

    found = optimize.minimize(
        cost,
        np.full(n_free, 0.3),
        jac=True,
        # L-BFGS-B would wake a thread of the matrix library for two numbers, at 3 ms a step.
        method="SLSQP",
        bounds=[(0.0, HIGHEST_KAPPA)] * n_free,
        options={"ftol": 1e-14, "maxiter": 500},
    )
    kappa = np.zeros(2)
    kappa[:n_free] = np.where(found.x < LOWEST_KAPPA, 0.0, found.x)
    theta = kappa / (1 - kappa)
    residual = model.evaluate(theta)[2]
    return VarianceParts(float(theta[0] * residual), float(theta[1] * residual), residual)


@dataclass(frozen=True)
class _Profile:
    """The profiled REML deviance: raters are the side that is solved densely."""

    rated: Any  # dense or sparse, shape=(n_items, n_raters), 1 where rated
    n_per_item: FloatArray
    n_per_rater: FloatArray
    by_item: FloatArray  # shape=(n_items, 2): sums of 1 and of the centred ratings
    by_rater: FloatArray
    total: FloatArray  # shape=(2, 2): cross products of 1 and the centred ratings

    @classmethod
    def of(cls, matrix: FloatArray) -> _Profile:
        is_rated = ~np.isnan(matrix)
        value = np.where(is_rated, matrix - matrix[is_rated].mean(), 0.0)
        ones = is_rated.astype(np.float64)
        rated = ones.T if ones.mean() > SPARSE_BELOW else sparse.csr_array(ones.T)
        total = np.array([[ones.sum(), value.sum()], [value.sum(), float((value * value).sum())]])
        return cls(
            rated,
            ones.sum(axis=0),
            ones.sum(axis=1),
            np.stack([ones.sum(axis=0), value.sum(axis=0)], axis=1),
            np.stack([ones.sum(axis=1), value.sum(axis=1)], axis=1),
            total,
        )

    def evaluate(self, theta: FloatArray) -> tuple[float, FloatArray, float]:
        """Deviance up to a constant, its slope towards theta, and the residual variance.

        dD/dtheta = tr(P Z Z') - (n - 1) |Z' P y|^2 / y' P y [2]_.
        """
        n = self.total[0, 0]
        item, rater = theta
        shrink = 1 / (1 + item * self.n_per_item)
        lost = item * shrink
        rated_t = self.rated.T
        crossed = _scale_rows(self.rated, lost)
        inner = np.diag(self.n_per_rater) - _as_dense(rated_t @ crossed)
        eye = np.eye(len(inner))
        factor = linalg.cho_factor(eye + rater * inner)
        inverse = linalg.cho_solve(factor, eye)
        sums = self.by_rater - rated_t @ (lost[:, None] * self.by_item)
        pulled = inverse @ sums
        gram = (
            self.total - self.by_item.T @ (lost[:, None] * self.by_item) - rater * sums.T @ pulled
        )
        mean = gram[0, 1] / gram[0, 0]
        rest = gram[1, 1] - gram[0, 1] * mean
        log_det = np.log1p(item * self.n_per_item).sum() + 2 * np.log(np.diag(factor[0])).sum()
        deviance = (n - 1) * np.log(rest) + log_det + np.log(gram[0, 0])

        on_item = shrink[:, None] * (self.by_item - rater * (self.rated @ pulled))
        spread = self.rated @ inverse
        spread = (
            np.asarray(self.rated.multiply(spread).sum(axis=1))
            if sparse.issparse(self.rated)
            else (spread * self.rated).sum(axis=1)
        )
        traces = np.array(
            [
                (self.n_per_item * shrink).sum() - rater * (shrink**2 * spread).sum(),
                float((inverse * inner.T).sum()),
            ]
        )
        slope = np.array(
            [
                trace
                - (on[:, 0] @ on[:, 0]) / gram[0, 0]
                - (n - 1) * ((on[:, 1] - mean * on[:, 0]) ** 2).sum() / rest
                for trace, on in zip(traces, (on_item, pulled), strict=True)
            ]
        )
        return float(deviance), slope, float(rest / (n - 1))


def _scale_rows(rows: Any, by: FloatArray) -> Any:
    return rows.multiply(by[:, None]).tocsr() if sparse.issparse(rows) else rows * by[:, None]


def _as_dense(product: Any) -> FloatArray:
    return product.toarray() if sparse.issparse(product) else np.asarray(product)
