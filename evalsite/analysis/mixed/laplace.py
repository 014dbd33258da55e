"""The likelihood of a cumulative-link mixed model by Laplace's approximation.

eta = X beta + sum_k s_k Z_k b_k with b ~ N(0, I) [1]_. At the mode of b,

log L = sum log p - b'b / 2 - log|H| / 2, H = I + S Z' W Z S,

with W minus the second derivatives in eta (`thresholds`). The mode is found by Newton's method from
the last one.

References
----------
.. [1] Christensen, R. H. B. (2018). A tutorial on fitting cumulative link mixed models with clmm2
   from the ordinal package, section 3: the Laplace approximation.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from evalsite.analysis.mixed.design import Design, FloatArray, IntArray
from evalsite.analysis.mixed.thresholds import Cuts

MAX_LEVELS = 3_000
MAX_STEPS = 60
FLAT = 1e-9


class LaplaceLikelihood:
    """The approximate log-likelihood of thresholds, effects and standard deviations.

    Parameters
    ----------
    answers : np.ndarray, shape=(n,)
        Codes.
    design : Design
        Fixed columns without a constant, and one group or more.

    Raises
    ------
    ValueError
        If the groups have too many levels.
    """

    def __init__(self, answers: IntArray, design: Design) -> None:
        self.answers, self.design = answers, design
        self.n_levels = np.array(design.n_levels)
        if self.n_levels.sum() > MAX_LEVELS:
            raise ValueError(
                f"Groups of an ordinal model must have at most {MAX_LEVELS} levels together, "
                f"got {self.n_levels.sum()}."
            )
        self.starts = np.cumsum(self.n_levels) - self.n_levels
        self.owner = np.repeat(np.arange(len(self.n_levels)), self.n_levels)
        self.mode = np.zeros(int(self.n_levels.sum()))

    def evaluate(self, tau: FloatArray, beta: FloatArray, s: FloatArray) -> float:
        """The approximate log-likelihood.

        Parameters
        ----------
        tau : np.ndarray, shape=(n_categories - 1,)
            Rising thresholds.
        beta : np.ndarray, shape=(n_fixed,)
            Effects.
        s : np.ndarray, shape=(n_groups,)
            Standard deviation of each group; its sign does not matter.

        Returns
        -------
        float
        """
        fixed = self.design.X @ beta
        b = self.mode
        cuts, value = self._measure(tau, fixed, s, b)
        for _ in range(MAX_STEPS):
            factor = linalg.cho_factor(self._curve(cuts, s), lower=True, check_finite=False)
            gradient = self._sum_by_level(cuts.score) * s[self.owner] - b
            if np.abs(gradient).max() < FLAT:
                break
            step = linalg.cho_solve(factor, gradient, check_finite=False)
            length = 1.0
            new_cuts, new_value = self._measure(tau, fixed, s, b + step)
            while new_value < value - 1e-10 and length > 1e-6:
                length /= 2
                new_cuts, new_value = self._measure(tau, fixed, s, b + length * step)
            b, cuts, value = b + length * step, new_cuts, new_value
        self.mode = b
        return value - float(np.log(np.diag(factor[0])).sum())

    def _measure(
        self, tau: FloatArray, fixed: FloatArray, s: FloatArray, b: FloatArray
    ) -> tuple[Cuts, float]:
        eta = fixed.copy()
        for sd, codes, start in zip(s, self.design.codes, self.starts, strict=True):
            eta += sd * b[start + codes]
        cuts = Cuts.at(self.answers, tau, eta)
        return cuts, float(cuts.log_p.sum() - b @ b / 2)

    def _sum_by_level(self, values: FloatArray) -> FloatArray:
        return np.concatenate(
            [
                np.bincount(codes, values, minlength=n)
                for codes, n in zip(self.design.codes, self.n_levels, strict=True)
            ]
        )

    def _curve(self, cuts: Cuts, s: FloatArray) -> FloatArray:
        """H, shape=(n_levels, n_levels)."""
        H = np.eye(len(self.owner))
        for k, (start, codes, n) in enumerate(
            zip(self.starts, self.design.codes, self.n_levels, strict=True)
        ):
            own = np.arange(start, start + n)
            H[own, own] += s[k] ** 2 * np.bincount(codes, cuts.weight, minlength=n)
            for other in range(k):
                m = self.n_levels[other]
                cell = codes * m + self.design.codes[other]
                block = np.bincount(cell, cuts.weight, minlength=n * m).reshape(n, m)
                block *= s[k] * s[other]
                first = self.starts[other]
                H[start : start + n, first : first + m] = block
                H[first : first + m, start : start + n] = block.T
        return H
