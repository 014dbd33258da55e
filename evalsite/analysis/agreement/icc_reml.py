"""Variance parts of ratings with missing cells, by restricted maximum likelihood (REML).

x_ij = mu + item_i + rater_j + e_ij, all independent and normal. Items and raters are crossed; any
cell may be missing. Fitting uses every rating, where dropping incomplete items would throw most
of them away and change the figure.

The parameters are kappa = theta / (1 + theta) in [0, 1), with theta the variance of items (raters)
over that of the residual; see `icc_deviance`.

References
----------
.. [1] Pawitan, Y. (2001). In All Likelihood, section 3.4 (profile likelihood).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse, stats

from evalsite.analysis.agreement.icc_deviance import Deviance, VarianceParts
from evalsite.analysis.agreement.ratings import FloatArray

HIGHEST_KAPPA = 1 - 1e-9
# Nearer to 0 the deviance is flat to rounding: the optimum is the bound itself.
LOWEST_KAPPA = 1e-7
# Where to search again from, where a search ran into 0.
NEAR_KAPPA = 1e-3
# Steps of kappa: of a numerical derivative, and below which it no longer moves.
STEP = 1e-5
SAME_KAPPA = 1e-8
MOST_STEPS = 30
HIGHEST_SHARE = 1 - 1e-6


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


@dataclass(frozen=True, eq=False)
class Start:
    """The fit of a whole, from which those of its parts need few steps.

    Parameters
    ----------
    kappa : np.ndarray, shape=(n_free,)
        Of items and, where the model has them, raters; each above 0.
    curvature : np.ndarray, shape=(n_free, n_free)
        Second derivatives of the deviance in them.
    """

    kappa: FloatArray
    curvature: FloatArray


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
    model = Deviance.of(matrix, has_raters=has_raters)
    kappa = _search(model, np.full(model.n_free, 0.3))
    if ((kappa == 0) & (model.measure(kappa)[1] < 0)).any():
        # The search ran into the bound, from which the deviance still falls.
        kappa = _search(model, np.maximum(kappa, NEAR_KAPPA))
    start = _find_start(model, kappa)
    if start is not None:
        # The search stops where the deviance is flat to rounding, its slope goes on.
        refined = _follow_slope(model, start)
        kappa = kappa if refined is None else refined
    return model.split(kappa)


def _search(model: Deviance, start: FloatArray) -> FloatArray:
    found = optimize.minimize(
        lambda kappa: model.measure(kappa)[:2],
        start,
        jac=True,
        # L-BFGS-B would wake a thread of the matrix library for two numbers, at 3 ms a step.
        method="SLSQP",
        bounds=[(0.0, HIGHEST_KAPPA)] * model.n_free,
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return np.where(found.x < LOWEST_KAPPA, 0.0, found.x)


def find_start(matrix: FloatArray, parts: VarianceParts, *, has_raters: bool) -> Start | None:
    """Where to start the fits of parts of these ratings.

    Parameters
    ----------
    matrix, has_raters
        As `fit_variance_parts`.
    parts : VarianceParts
        What it found.

    Returns
    -------
    Start or None
        None where a variance is 0 or the deviance has no clear minimum.
    """
    model = Deviance.of(matrix, has_raters=has_raters)
    theta = np.array([parts.item, parts.rater])[: model.n_free] / parts.residual
    return _find_start(model, theta / (1 + theta))


def refit_variance_parts(
    matrix: FloatArray, start: Start, *, has_raters: bool
) -> VarianceParts | None:
    """Fit the variances of a part of the ratings that `start` is of, over that of the residual.

    Parameters
    ----------
    matrix, has_raters
        As `fit_variance_parts`.
    start : Start
        From the whole.

    Returns
    -------
    VarianceParts or None
        With a residual of 1; None where steps from the start do not arrive at a minimum.
    """
    kappa = _follow_slope(Deviance.of(matrix, has_raters=has_raters), start)
    if kappa is None:
        return None
    theta = kappa / (1 - kappa)
    return VarianceParts(float(theta[0]), float(theta[1]) if has_raters else 0.0, 1.0)


def bound_item_share(
    matrix: FloatArray, *, has_raters: bool, counts_raters: bool, confidence: float
) -> float:
    """Upper end of the items' share of variance, where its estimate is 0.

    The largest share at which the REML deviance, at its best over all else, lies above that of 0 by
    no more than the chi-square quantile [1]_.

    Parameters
    ----------
    matrix, has_raters
        As `fit_variance_parts`.
    counts_raters : bool
        Whether the whole holds the variance of raters, as in absolute agreement.
    confidence : float
        Confidence level in (0, 1).

    Returns
    -------
    float
        In (0, 1); NaN where no share is too large.
    """
    model = Deviance.of(matrix, has_raters=has_raters)

    def profile(share: float) -> float:
        def measure(rater: float) -> float:
            theta = rater / (1 - rater)
            item = share / (1 - share) * (1 + (theta if counts_raters else 0.0))
            return model.measure(np.array([item / (1 + item), rater])[: model.n_free])[0]

        if not has_raters:
            return measure(0.0)
        found = optimize.minimize_scalar(
            measure, bounds=(0.0, HIGHEST_KAPPA), method="bounded", options={"xatol": 1e-8}
        )
        return float(min(found.fun, measure(0.0)))

    limit = profile(0.0) + float(stats.chi2.ppf(confidence, 1))
    if profile(HIGHEST_SHARE) <= limit:
        return float("nan")
    return float(optimize.brentq(lambda share: profile(share) - limit, 0, HIGHEST_SHARE, xtol=1e-9))


def _find_start(model: Deviance, kappa: FloatArray) -> Start | None:
    if not ((kappa > 2 * STEP) & (kappa < 1 - 2 * STEP)).all():
        return None
    moves = STEP * np.eye(model.n_free)
    rows = [
        (model.measure(kappa + move)[1] - model.measure(kappa - move)[1]) / (2 * STEP)
        for move in moves
    ]
    curvature = (np.array(rows) + np.array(rows).T) / 2
    return Start(kappa, curvature) if np.linalg.eigvalsh(curvature)[0] > 0 else None


def _follow_slope(model: Deviance, start: Start) -> FloatArray | None:
    """Newton's steps with the start's curvature, until they are rounding; None if they are lost."""
    kappa, before = start.kappa, np.inf
    for _ in range(MOST_STEPS):
        step = np.linalg.solve(start.curvature, model.measure(kappa)[1])
        size = float(np.abs(step).max())
        kappa = kappa - step
        is_inside = ((kappa > LOWEST_KAPPA) & (kappa < HIGHEST_KAPPA)).all()
        if not is_inside or not size < before:
            return None
        if size < SAME_KAPPA:
            return kappa
        before = 0.5 * size
    return None
