"""Variances of listeners, items and the rest where ratings are missing, in an analysis script; as
mixed.py, with one mean and a step that costs as much as the side of fewer units."""

# mypy: ignore-errors

import numpy as np
from scipy import optimize, stats

from evalsite.results.reproduce.mixed import find_ratios


def sum_table(matrix):
    """Numbers and sums of ratings by unit, the side of fewer units first: all that the fit needs.
    matrix: listeners by items; NaN of no rating."""
    is_turned = matrix.shape[0] > matrix.shape[1]
    matrix = matrix.T if is_turned else matrix
    N = ~np.isnan(matrix) * 1.0
    y = np.where(N > 0, (matrix - np.nanmean(matrix)) / np.nanstd(matrix), 0)
    few, many = (np.column_stack([N.sum(axis), y.sum(axis)]) for axis in (1, 0))
    total = np.array([[N.sum(), y.sum()], [y.sum(), np.sum(y**2)]])
    return {"N": N, "few": few, "many": many, "total": total, "is_turned": is_turned}


def explains_all(sums):
    """Whether effects of listeners and items leave nothing."""
    N, y = sums["N"], np.concatenate([sums["few"][:, 1], sums["many"][:, 1]])
    ZZ = np.block([[np.diag(N.sum(1)), N], [N.T, np.diag(N.sum(0))]])
    return sums["total"][1, 1] - y @ np.linalg.pinv(ZZ, 1e-10, hermitian=True) @ y < 1e-9


def measure_table(sums, ratios):
    """-2 log L_REML at the best mean and residual variance, but for a constant; ratios: variances
    of listeners and of items over the residual's."""
    few, many = ratios[::-1] if sums["is_turned"] else ratios
    N, n_many = sums["N"], sums["many"][:, 0]
    lost = many / (1 + many * n_many)
    S = np.eye(len(N)) + few * (np.diag(sums["few"][:, 0]) - (N * lost) @ N.T)
    weighed = lost[:, None] * sums["many"]
    rest = sums["few"] - N @ weighed
    left = sums["total"] - sums["many"].T @ weighed - few * rest.T @ np.linalg.solve(S, rest)
    rss = left[1, 1] - left[0, 1] ** 2 / left[0, 0]
    log_det = np.sum(np.log1p(many * n_many)) + np.linalg.slogdet(S)[1] + np.log(left[0, 0])
    return log_det + (sums["total"][0, 0] - 1) * np.log(max(rss, 1e-300))


def fit_table(sums, near=None):
    """The two ratios; NaN where effects explain all. near: those of a table that has more, and the
    curvature there."""

    def measure(ratios):
        return measure_table(sums, ratios)

    found = None if near is None else follow_slope(measure, *near)
    if found is not None and all(near[0] > 0):
        return found
    if explains_all(sums):
        return np.full(2, np.nan)
    return find_ratios(measure) if found is None else found


def find_curvature(sums, ratios):
    """Second derivatives in ratios of standard deviations, of those above 0."""
    theta, steps = np.sqrt(ratios), 1e-3 * np.eye(2)[ratios > 0]

    def differ(one, other):
        pairs = [(a, b) for a in (1, -1) for b in (1, -1)]
        return sum(
            a * b * measure_table(sums, (theta + a * one + b * other) ** 2) for a, b in pairs
        )

    return np.array([[differ(one, other) for other in steps] for one in steps]) / 4e-6


def follow_slope(measure, ratios, curvature):
    """Newton's steps from near by, one curvature for all; None where they do not arrive, or arrive
    near 0."""
    is_free, theta = ratios > 0, np.sqrt(ratios)
    steps = 1e-4 * np.eye(2)[is_free]
    for _ in range(30):
        slope = [(measure((theta + e) ** 2) - measure((theta - e) ** 2)) / 2e-4 for e in steps]
        step = np.linalg.solve(curvature, slope)
        theta[is_free] -= step
        if not theta[is_free].min() > 1e-2:
            return None
        if np.abs(step).max() < 1e-7:
            # What was 0 stays so where more would be worse.
            more = np.where(is_free, theta**2, 1e-6)
            is_least = is_free.all() or measure(more) > measure(theta**2)
            return theta**2 if is_least else None
    return None


def bound_share(sums):
    """Where the items' share of the variance may end that is estimated as 0: where the likelihood,
    at its best over all else, leaves the chi-square quantile; NaN: nowhere."""

    def profile(share):
        def measure(kappa):
            listener = kappa / (1 - kappa)
            return measure_table(sums, np.array([listener, share / (1 - share) * (1 + listener)]))

        found = optimize.minimize_scalar(
            measure, bounds=(0, 1 - 1e-9), method="bounded", options={"xatol": 1e-8}
        )
        return min(found.fun, measure(0))

    limit = profile(0) + stats.chi2.ppf(0.95, 1)
    if profile(1 - 1e-6) <= limit:
        return np.nan
    return optimize.brentq(lambda share: profile(share) - limit, 0, 1 - 1e-6, xtol=1e-9)
