"""The restricted likelihood of ratings with crossed items and raters.

x_ij = mu + item_i + rater_j + e_ij. Mean and residual are profiled out [1]_; what is left is a
deviance in the variances of items and raters over that of the residual. The residual's factor is
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
from scipy import linalg, sparse

from evalsite.analysis.agreement.ratings import FloatArray

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


@dataclass(frozen=True)
class Deviance:
    """The profiled REML deviance: raters are the side that is solved densely."""

    rated: Any  # dense or sparse, shape=(n_items, n_raters), 1 where rated
    n_per_item: FloatArray
    n_per_rater: FloatArray
    by_item: FloatArray  # shape=(n_items, 2): sums of 1 and of the centred ratings
    by_rater: FloatArray
    total: FloatArray  # shape=(2, 2): cross products of 1 and the centred ratings
    has_raters: bool
    is_turned: bool  # whether raters stand for items and items for raters

    @classmethod
    def of(cls, matrix: FloatArray, *, has_raters: bool) -> Deviance:
        is_turned = has_raters and matrix.shape[0] > matrix.shape[1]
        matrix = matrix.T if is_turned else matrix
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
            has_raters,
            is_turned,
        )

    @property
    def n_free(self) -> int:
        """Number of variance ratios: of items and, where the model has them, raters."""
        return 2 if self.has_raters else 1

    def measure(self, kappa: FloatArray) -> tuple[float, FloatArray]:
        """Deviance up to a constant, and its slope, shape=(n_free,), at kappa of items, raters."""
        deviance, slope, _ = self.evaluate(self._unfold(kappa))
        if self.is_turned:
            slope = slope[::-1]
        return deviance, slope[: self.n_free] / (1 - kappa) ** 2

    def split(self, kappa: FloatArray) -> VarianceParts:
        """The variances at kappa of items, raters."""
        theta = self._unfold(kappa)
        residual = self.evaluate(theta)[2]
        item, rater = theta[::-1] if self.is_turned else theta
        return VarianceParts(float(item * residual), float(rater * residual), residual)

    def _unfold(self, kappa: FloatArray) -> FloatArray:
        theta = np.zeros(2)
        theta[: self.n_free] = kappa / (1 - kappa)
        return theta[::-1] if self.is_turned else theta

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
