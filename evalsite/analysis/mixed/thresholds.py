"""Cumulative-link models with the logit link: ordered answers as cuts of a hidden scale.

P(answer <= j) = F(tau_j - eta), F the logistic function, eta = X beta. The log-likelihood is
concave in (tau, beta), so Newton's method with halving finds its one maximum.

Conventions
-----------
Answers are coded 0..n_categories - 1, all of which occur. Parameters are one vector: thresholds
tau_1 < ... < tau_(n_categories - 1), then beta. With a and b the upper and lower cut of an answer
minus eta, d = a - b, and k = 1 / (e^d - 1):

log p = log F(a) + log F(-b) + log(1 - e^-d),  d log p / d eta = F(a) + F(b) - 1,
d log p / da = F(-a) + k,  d log p / db = -F(b) - k.

References
----------
.. [1] McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical
   Society B 42(2), 109-142.
.. [2] Christensen, R. H. B. (2018). Cumulative link models for ordinal regression with the R
   package ordinal, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evalsite.analysis.mixed.design import FloatArray, IntArray

MAX_STEPS = 100
# A gradient this small, per answer, is that of the maximum.
FLAT = 1e-10
# Effects of a column's sd beyond this many logits, or this uncertain, are on their way to infinity.
MAX_EFFECT, MAX_ERROR = 25.0, 50.0


@dataclass(frozen=True, eq=False)
class Cuts:
    """Log-probabilities of the answers and their derivatives.

    Parameters
    ----------
    log_p : np.ndarray, shape=(n,)
        Log-probability of each answer.
    score : np.ndarray, shape=(n,)
        Its derivative in eta.
    weight : np.ndarray, shape=(n,)
        Minus its second derivative in eta, 0 or more.
    by_upper, by_lower : np.ndarray, shape=(n,)
        Its derivatives in the upper and the lower cut.
    upper_weight, lower_weight, k_weight : np.ndarray, shape=(n,)
        f(a), f(b) and e^d / (e^d - 1)^2 of the second derivatives in the cuts.
    """

    log_p: FloatArray
    score: FloatArray
    weight: FloatArray
    by_upper: FloatArray
    by_lower: FloatArray
    upper_weight: FloatArray
    lower_weight: FloatArray
    k_weight: FloatArray

    @classmethod
    def at(cls, answers: IntArray, tau: FloatArray, eta: FloatArray) -> Cuts:
        """Compute them.

        Parameters
        ----------
        answers : np.ndarray, shape=(n,)
            Codes.
        tau : np.ndarray, shape=(n_categories - 1,)
            Rising thresholds.
        eta : np.ndarray, shape=(n,)
            Place of each answer on the hidden scale.

        Returns
        -------
        Cuts
        """
        edges = np.concatenate([[-np.inf], tau, [np.inf]])
        a, b = edges[answers + 1] - eta, edges[answers] - eta
        d = (edges[1:] - edges[:-1])[answers]
        Fa, Fb = special.expit(a), special.expit(b)
        with np.errstate(over="ignore"):
            k = 1.0 / np.expm1(d)
            k_weight = 1.0 / (4.0 * np.sinh(d / 2) ** 2)
        fa, fb = Fa * special.expit(-a), Fb * special.expit(-b)
        return cls(
            log_p=special.log_expit(a) + special.log_expit(-b) + np.log(-np.expm1(-d)),
            score=Fa + Fb - 1.0,
            weight=fa + fb,
            by_upper=special.expit(-a) + k,
            by_lower=-Fb - k,
            upper_weight=fa,
            lower_weight=fb,
            k_weight=k_weight,
        )


@dataclass(frozen=True, eq=False)
class ThresholdFit:
    """A fitted cumulative-link model.

    Parameters
    ----------
    tau : np.ndarray, shape=(n_categories - 1,)
        Thresholds, in logits.
    beta : np.ndarray, shape=(n_fixed,)
        Effects, in logits; positive = higher answers.
    covariance : np.ndarray, shape=(n_categories - 1 + n_fixed,) * 2
        Inverse of the observed information.
    log_likelihood : float
    is_separated : bool
        True when some effect tells answers exactly, so that it has no finite estimate.
    """

    tau: FloatArray
    beta: FloatArray
    covariance: FloatArray
    log_likelihood: float
    is_separated: bool


def fit_thresholds(answers: IntArray, X: FloatArray) -> ThresholdFit:
    """Fit thresholds and effects by maximum likelihood.

    Parameters
    ----------
    answers : np.ndarray, shape=(n,)
        Codes 0..n_categories - 1, all of which occur, at least two.
    X : np.ndarray, shape=(n, n_fixed)
        Fixed columns without a constant.

    Returns
    -------
    ThresholdFit
    """
    m = int(answers.max())
    shares = np.cumsum(np.bincount(answers))[:-1] / len(answers)
    scale = X.std(axis=0)
    X = X / scale
    params = np.concatenate([special.logit(shares), np.zeros(X.shape[1])])
    value, gradient, H = _differentiate(answers, X, params, m)
    for _ in range(MAX_STEPS):
        if (
            np.abs(gradient).max() <= FLAT * len(answers)
            or np.abs(params[m:]).max(initial=0.0) > MAX_EFFECT
        ):
            break
        step, factor = np.linalg.solve(H, gradient), 1.0
        while factor > 1e-10:
            new = params + factor * step
            if m < 2 or (np.diff(new[:m]) > 0).all():
                new_value, new_gradient, new_H = _differentiate(answers, X, new, m)
                if new_value >= value:
                    break
            factor /= 2
        else:
            break
        params, value, gradient, H = new, new_value, new_gradient, new_H
    covariance = np.linalg.pinv(H, rcond=1e-14, hermitian=True)
    is_lost = np.abs(params[m:]) > MAX_EFFECT
    is_lost |= np.diag(covariance)[m:] > MAX_ERROR**2
    back = np.concatenate([np.ones(m), 1 / scale])
    return ThresholdFit(
        tau=params[:m],
        beta=params[m:] / scale,
        covariance=covariance * back[:, None] * back,
        log_likelihood=value,
        is_separated=bool(is_lost.any()),
    )


def _differentiate(
    answers: IntArray, X: FloatArray, params: FloatArray, m: int
) -> tuple[float, FloatArray, FloatArray]:
    """Log-likelihood, its gradient, and minus its Hessian."""
    cuts = Cuts.at(answers, params[:m], X @ params[m:])
    upper = np.bincount(answers, cuts.by_upper, minlength=m + 1)[:m]
    lower = np.bincount(answers, cuts.by_lower, minlength=m + 1)[1:]
    gradient = np.concatenate([upper + lower, X.T @ cuts.score])
    own = np.bincount(answers, cuts.upper_weight + cuts.k_weight, minlength=m + 1)[:m]
    own = own + np.bincount(answers, cuts.lower_weight + cuts.k_weight, minlength=m + 1)[1:]
    H = np.zeros((len(params), len(params)))
    H[:m, :m] = np.diag(own)
    between = np.bincount(answers, cuts.k_weight, minlength=m + 1)[1:m]
    H[np.arange(m - 1), np.arange(1, m)] = H[np.arange(1, m), np.arange(m - 1)] = -between
    # Each column's weights summed by answer, for the thresholds above and below it.
    for j, column in enumerate(X.T):
        cross = np.bincount(answers, cuts.upper_weight * column, minlength=m + 1)[:m]
        cross = cross + np.bincount(answers, cuts.lower_weight * column, minlength=m + 1)[1:]
        H[:m, m + j] = H[m + j, :m] = -cross
    H[m:, m:] = (X * cuts.weight[:, None]).T @ X
    return float(cuts.log_p.sum()), gradient, H


def code_answers(values: FloatArray) -> tuple[IntArray, NDArray[np.float64]]:
    """Codes 0.. of the answers, and the sorted answers that occur."""
    categories, answers = np.unique(values, return_inverse=True)
    return answers.astype(np.intp), categories
