"""The criterion of a linear mixed model with crossed random intercepts, REML or ML.

y = X beta + sum_k Z_k u_k + e, u_k ~ N(0, gamma_k s2 I), e ~ N(0, s2 I). With V = I + sum_k gamma_k
Z_k Z_k' the criterion is -2 log L_REML [1]_, equation 41, or -2 log L, equation 34; profiled over
beta and s2 they are, with rss = (y - X beta)' V^-1 (y - X beta),

log|V| + log|X'V^-1 X| + (n - p) (1 + log(2 pi rss / (n - p))),
log|V| + n (1 + log(2 pi rss / n)).

Only sums over levels enter, computed once: nothing of length n is touched again. The group with
most levels is eliminated first (its part of V is diagonal after summing), the others by one
Cholesky factor of as many rows as they have levels.

References
----------
.. [1] Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models
   using lme4. Journal of Statistical Software 67(1), sections 3.1-3.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg, sparse
from scipy.sparse import linalg as sparse_linalg

from evalsite.analysis.mixed.design import Design, FloatArray, IntArray

# More levels than this in all groups but the largest would need a matrix too big to factor.
MAX_DENSE_LEVELS = 5_000
# Numbers that products of equally full rows may take, 240 MB; else they are made anew each time.
MAX_STACK = 30_000_000
# A residual sd below this share of the values' sd is rounding noise.
NO_RESIDUAL = 1e-9


@dataclass(frozen=True, eq=False)
class Solution:
    """The generalised least-squares solution at given variance ratios.

    Parameters
    ----------
    log_det : float
        log|V| + log|X'V^-1 X|, by ML log|V| alone.
    rss : float
        (y - X beta)' V^-1 (y - X beta).
    beta : np.ndarray, shape=(n_fixed,)
        Fixed effects.
    inverse : np.ndarray, shape=(n_fixed, n_fixed)
        (X'V^-1 X)^-1: times s2 the covariance of beta.
    """

    log_det: float
    rss: float
    beta: FloatArray
    inverse: FloatArray


class Criterion:
    """Sums over levels, and the criterion from them.

    Parameters
    ----------
    design : Design
        With one group or more, and more rows than fixed columns.
    method : {"reml", "ml"}
        Which likelihood.

    Raises
    ------
    ValueError
        If the groups beside the largest have too many levels.
    """

    def __init__(self, design: Design, *, method: str = "reml") -> None:
        self.n, self.n_fixed = design.X.shape
        self.is_restricted = method == "reml"
        self.largest = int(np.argmax(design.n_levels))
        others = [k for k in range(len(design.groups)) if k != self.largest]
        n_dense = sum(design.n_levels[k] for k in others)
        if n_dense > MAX_DENSE_LEVELS:
            raise ValueError(
                f"Groups beside the largest must have at most {MAX_DENSE_LEVELS} levels together, "
                f"got {n_dense}."
            )
        self.owner = np.repeat(others, [design.n_levels[k] for k in others]).astype(np.intp)
        self.n_dense = n_dense
        dense = sparse.csr_matrix(np.column_stack([design.X, design.y]))
        parts = [_indicate(design.codes[k], design.n_levels[k]) for k in others]
        columns = sparse.hstack([*parts, dense], format="csr")
        first = _indicate(design.codes[self.largest], design.n_levels[self.largest])
        self.products = (columns.T @ columns).toarray()
        self.sums = sparse.csr_matrix(first.T @ columns)
        self.counts = np.asarray(first.sum(axis=0)).ravel()

    @cached_property
    def _stacks(self) -> tuple[FloatArray, FloatArray] | None:
        """Each count of rows a level has, and the flat products of all its levels."""
        counts = np.unique(self.counts)
        if len(counts) * self.products.size > MAX_STACK:
            return None
        by_count = [self.sums[self.counts == count] for count in counts]
        return counts, np.stack([(rows.T @ rows).toarray().ravel() for rows in by_count])

    def _eliminate(self, gamma: float) -> tuple[FloatArray, float]:
        """R' V_1^-1 R for all other columns R, and log|V_1|, of the largest group's V_1."""
        if self._stacks is not None:
            counts, stacks = self._stacks
            flat = gamma / (gamma * counts + 1) @ stacks
            taken = flat.reshape(self.products.shape)
        else:
            weights = sparse.diags_array(gamma / (gamma * self.counts + 1))
            taken = (self.sums.T @ weights @ self.sums).toarray()
        return self.products - taken, float(np.log1p(gamma * self.counts).sum())

    @property
    def df(self) -> int:
        """What the residual sum of squares is divided by: n - p, by ML n."""
        return self.n - self.n_fixed if self.is_restricted else self.n

    def solve(self, gammas: FloatArray) -> Solution:
        """Solve for the fixed effects.

        Parameters
        ----------
        gammas : np.ndarray, shape=(n_groups,)
            Variance of each group over the residual variance, 0 or more.

        Returns
        -------
        Solution
        """
        G, log_det = self._eliminate(float(gammas[self.largest]))
        m = self.n_dense
        rest = G[m:, m:]
        if m:
            scale = np.sqrt(gammas[self.owner])
            S = G[:m, :m] * scale[:, None] * scale
            S[np.diag_indices(m)] += 1.0
            # Not solve_triangular: its threads cost 10 ms a call even for 14 levels.
            factor = linalg.cho_factor(S, lower=True, check_finite=False)
            B = G[:m, m:] * scale[:, None]
            log_det += 2 * float(np.log(np.diag(factor[0])).sum())
            rest = rest - B.T @ linalg.cho_solve(factor, B, check_finite=False)
        p = self.n_fixed
        factor = linalg.cho_factor(rest[:p, :p], lower=True, check_finite=False)
        beta = linalg.cho_solve(factor, rest[:p, p], check_finite=False)
        if self.is_restricted:
            log_det += 2 * float(np.log(np.diag(factor[0])).sum())
        rss = float(rest[p, p] - rest[:p, p] @ beta)
        return Solution(log_det, rss, beta, linalg.cho_solve(factor, np.eye(p), check_finite=False))

    def profile(self, gammas: FloatArray) -> float:
        """The criterion at the best beta and s2.

        Parameters
        ----------
        gammas : np.ndarray, shape=(n_groups,)
            Variance of each group over the residual variance, 0 or more.

        Returns
        -------
        float
            -2 log L; infinite where there is no residual left.
        """
        df = self.df
        try:
            solution = self.solve(gammas)
        except linalg.LinAlgError:
            # The search went where V is singular in double precision.
            return math.inf
        if solution.rss <= 0:
            return math.inf
        return solution.log_det + df * (1 + math.log(2 * math.pi * solution.rss / df))

    def evaluate(self, variances: FloatArray) -> tuple[float, FloatArray]:
        """The criterion and the variances of the fixed effects at given variances.

        Parameters
        ----------
        variances : np.ndarray, shape=(n_groups + 1,)
            Of the groups and, last, the residual, which is more than 0.

        Returns
        -------
        criterion : float
        fixed : np.ndarray, shape=(n_fixed,)
            Variance of each fixed effect.
        """
        s2 = float(variances[-1])
        solution = self.solve(variances[:-1] / s2)
        value = solution.log_det + self.df * math.log(2 * math.pi * s2) + solution.rss / s2
        return value, np.asarray(s2 * np.diag(solution.inverse))


def is_explained_exactly(design: Design) -> bool:
    """True when fixed effects and levels, all free, leave nothing of the values.

    Parameters
    ----------
    design : Design
        With values of mean 0 and sd 1.

    Returns
    -------
    bool
    """
    parts = [_indicate(codes, n) for codes, n in zip(design.codes, design.n_levels, strict=True)]
    columns = sparse.hstack([sparse.csr_matrix(design.X), *parts], format="csr")
    left = sparse_linalg.lsmr(columns, design.y, atol=1e-13, btol=1e-13, maxiter=300)[3]
    return bool(left < NO_RESIDUAL * math.sqrt(design.n))


def _indicate(codes: IntArray, n_levels: int) -> sparse.csr_matrix:
    n = len(codes)
    return sparse.csr_matrix((np.ones(n), (np.arange(n), codes)), shape=(n, n_levels))
