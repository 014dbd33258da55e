"""Linear mixed models of ratings in an analysis script: conditions are effects, listeners and
recordings are drawn at random; as figures.py.

Restricted maximum likelihood (Bates, Mächler, Bolker & Walker, 2015), intervals of effects by
Satterthwaite's degrees of freedom (Kuznetsova, Brockhoff & Christensen, 2017), of variances by chi
square, of shares of variance on the scale of log odds. In R: lme4, lmerTest.
"""

# mypy: ignore-errors

import numpy as np
import pandas as pd
from scipy import optimize, stats

from evalsite.results.reproduce.figures import t_interval


def mixed_model(rows, *conditions):
    """Ratings, listeners, recordings; each condition's effect; variances of listeners, recordings
    and the rest; their shares of the sum: each with low and high."""
    rows = rows[rows["value"].notna()]
    n_levels = [rows["listener"].nunique(), rows["recording"].nunique()]
    counts = [len(rows), *n_levels]
    y = rows["value"].to_numpy()
    p = len(conditions) + 1
    is_too_small = len(y) < p + 2 or min(n_levels) < 2 or max(n_levels) >= len(y)
    if is_too_small or np.ptp(y) == 0:
        return [*counts, *[np.nan] * (3 * len(conditions) + 18)]
    scale = y.std()
    parts = sum_up(rows, (y - y.mean()) / scale, conditions)
    if parts is None:
        return [*counts, *[np.nan] * (3 * len(conditions) + 18)]
    ratios = find_ratios(lambda ratios: criterion(parts, ratios))
    _, rss, beta, inverse = solve_mixed(parts, ratios)
    variances = np.append(ratios, 1) * rss / (parts["n"] - p)
    is_free, spread, df = spread_of_variances(parts, variances)
    found = []
    for j in range(1, p):
        variance = variances[-1] * inverse[j, j] * scale**2
        found += t_interval(beta[j] * scale, variance, df[j])
    found += variance_intervals(variances * scale**2, is_free, spread)
    return [*counts, *found, *share_intervals(variances, is_free, spread)]


def sum_up(rows, y, conditions):
    """Products of indicators of listeners and recordings (Z) and of effects and values (X, y): all
    that the fit needs. None where they explain each value."""
    groups = [pd.factorize(rows[name])[0] for name in ("listener", "recording")]
    Z = np.column_stack([np.eye(group.max() + 1)[group] for group in groups])
    X = np.column_stack([np.ones(len(y)), *(rows["condition"] == name for name in conditions)])
    both = np.column_stack([X, Z])
    rest = y - both @ np.linalg.lstsq(both, y, rcond=None)[0]
    if np.sqrt(np.mean(rest**2)) < 1e-9:
        return None
    Xy = np.column_stack([X, y]).astype(float)
    owner = np.repeat([0, 1], [group.max() + 1 for group in groups])
    return {"n": len(y), "owner": owner, "ZZ": Z.T @ Z, "ZX": Z.T @ Xy, "XX": Xy.T @ Xy}


def solve_mixed(parts, ratios):
    """log|V| + log|X'V^-1 X|, residual sum of squares, effects, (X'V^-1 X)^-1, where V = I + the
    ratios (to the residual variance) times ZZ'."""
    root = np.sqrt(ratios)[parts["owner"]]
    S = root[:, None] * parts["ZZ"] * root + np.eye(len(root))
    B = root[:, None] * parts["ZX"]
    rest = parts["XX"] - B.T @ np.linalg.solve(S, B)
    inverse = np.linalg.inv(rest[:-1, :-1])
    beta = inverse @ rest[:-1, -1]
    log_det = np.linalg.slogdet(S)[1] + np.linalg.slogdet(rest[:-1, :-1])[1]
    return log_det, rest[-1, -1] - rest[:-1, -1] @ beta, beta, inverse


def criterion(parts, ratios):
    """-2 log L_REML at the best effects and residual variance, but for a constant."""
    log_det, rss, beta, _ = solve_mixed(parts, ratios)
    return log_det + (parts["n"] - len(beta)) * np.log(max(rss, 1e-300))


def find_ratios(measure):
    """Nelder and Mead's search in ratios of standard deviations for the least; one near 0 is 0
    where that is not worse."""

    def search(start, is_free):
        def fill(theta):
            full = np.zeros(2)
            full[is_free] = theta
            return full**2

        if not any(is_free):
            return np.zeros(2), measure(np.zeros(2))
        found = optimize.minimize(
            lambda theta: measure(fill(theta)),
            start[is_free],
            method="Nelder-Mead",
            options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 4000},
        )
        return np.sqrt(fill(found.x)), found.fun

    is_free = np.array([True, True])
    theta, best = search(np.array([0.7, 0.7]), is_free)
    for k in range(2):
        if theta[k] < 1e-2:
            fewer = is_free & (np.arange(2) != k)
            other, value = search(np.maximum(theta, 1e-2), fewer)
            if value <= best + 1e-9:
                theta, best, is_free = other, min(best, value), fewer
    return theta**2


def spread_of_variances(parts, variances):
    """Which variances are above 0, the covariance of their logarithms (second derivatives of the
    criterion), and the effects' degrees of freedom."""
    is_free = variances > 0
    step, k = 5e-3, is_free.sum()

    def evaluate(*shifts):
        moved = variances.copy()
        moved[is_free] *= np.exp(np.sum([np.zeros(k), *shifts], axis=0))
        log_det, rss, beta, inverse = solve_mixed(parts, moved[:2] / moved[2])
        value = log_det + (parts["n"] - len(beta)) * np.log(moved[2]) + rss / moved[2]
        return value, moved[2] * np.diag(inverse)

    E, H, gradient = np.eye(k) * step, np.zeros((k, k)), []
    centre, own = evaluate()
    for i in range(k):
        up, down = evaluate(E[i]), evaluate(-E[i])
        gradient.append((up[1] - down[1]) / (2 * step))
        H[i, i] = (up[0] - 2 * centre + down[0]) / step**2
        for j in range(i):
            mixed = [a * b * evaluate(a * E[i], b * E[j])[0] for a in (1, -1) for b in (1, -1)]
            H[i, j] = H[j, i] = sum(mixed) / (4 * step**2)
    spread = 2 * np.linalg.pinv(H)
    gradient = np.array(gradient)
    with np.errstate(divide="ignore"):
        df = 2 * own**2 / np.einsum("ij,ik,kj->j", gradient, spread, gradient)
    return is_free, spread, np.maximum(df, 1)


def variance_intervals(variances, is_free, spread):
    """Variance times df over chi square; none at 0 or with df below 1."""
    dfs = np.zeros(3)
    dfs[is_free] = 2 / np.diag(spread)
    found = []
    for variance, df in zip(variances, dfs, strict=True):
        ends = variance * df / stats.chi2.ppf([0.975, 0.025], df) if df >= 1 else [np.nan] * 2
        found += [variance, *ends]
    return found


def share_intervals(variances, is_free, spread):
    """Shares of the sum; none where there is one variance only."""
    shares, at = variances / variances.sum(), np.flatnonzero(is_free)
    found = []
    for k, share in enumerate(shares):
        ends = [np.nan] * 2
        if is_free[k] and len(at) > 1:
            gradient = np.where(at == k, 1, -shares[at] / (1 - share))
            reach = stats.norm.ppf(0.975) * np.sqrt(gradient @ spread @ gradient)
            odds = np.log(share / (1 - share)) + np.array([-reach, reach])
            ends = stats.logistic.cdf(odds)
        found += [share, *ends]
    return found
