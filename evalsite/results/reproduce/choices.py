"""Choices with a known answer in an analysis script; as figures.py."""

# mypy: ignore-errors

import numpy as np
import pandas as pd
from scipy import integrate, optimize, stats

from evalsite.results.reproduce.figures import (
    crossed_parts,
    crossed_variance,
    degrees_of_freedom,
    t_interval,
    wilson,
)


def mean_chance(rows):
    """Share that guessing gets right, over the answers."""
    return [pd.to_numeric(rows["chance"]).mean() if len(rows) else 0.5]


def accuracy(rows, chance):
    """Share right, interval for new listeners and recordings (trials, where these have none),
    one-sided p against chance."""
    if rows.empty:
        return [np.nan] * 4
    if (rows["recording"] == "").any():
        rows = rows.assign(recording=rows["item"])
    means, left = crossed_parts(rows, [np.ones(len(rows))])
    n = [len(left[0]), len(left[1])]
    if min(n) < 2:
        return [means[0], np.nan, np.nan, np.nan]
    variance, listener, clip = crossed_variance(left, np.ones(1))
    df = degrees_of_freedom(n, listener, clip)
    share, low, high = t_interval(means[0], variance, df, 0, 1)
    p = np.nan if np.isnan(low) else stats.t.sf((share - chance) / np.sqrt(variance), df)
    return [share, low, high, p]


def known_share(rows, chance):
    """Share known, not guessed (Abbott, 1925)."""
    *shares, p = accuracy(rows, chance)
    return [*((share - chance) / (1 - chance) for share in shares), p]


def d_prime(rows, chance, m):
    """d' of one clip among m, or (m = 0) of ABX by comparing distances."""
    *shares, p = accuracy(rows, chance)
    return [*(invert_share(share, m) for share in shares), p]


def predict_share(d, m):
    """Share right at sensitivity d (Macmillan & Creelman, 2005)."""
    if m:
        answer = integrate.quad(
            lambda z: stats.norm.cdf(z + d) ** (m - 1) * stats.norm.pdf(z),
            *(-10, 10),
            epsabs=1e-13,
            epsrel=1e-12,
        )
        return answer[0]
    first, second = stats.norm.cdf(d / np.sqrt(2)), stats.norm.cdf(d / np.sqrt(6))
    return first * second + (1 - first) * (1 - second)


def invert_share(share, m):
    """d' at which so many answers are right; none where all are."""
    if not share < 1 - 1e-15:
        return np.nan
    if share <= predict_share(0, m):
        return 0.0
    return optimize.brentq(lambda d: predict_share(d, m) - share, 0, 30, xtol=1e-12)


def count_right(rows, item):
    """Answers about one clip, and right ones."""
    value = rows.loc[rows["item"] == item, "value"]
    return [len(value), value.sum()]


def share_of_clip(rows, item, chance):
    """Share right of one clip: Clopper and Pearson (1934), exact one-sided p."""
    n, right = count_right(rows, item)
    if n == 0:
        return [np.nan] * 4
    low = stats.beta.ppf(0.025, right, n - right + 1) if right > 0 else 0
    high = stats.beta.ppf(0.975, right + 1, n - right) if right < n else 1
    return [right / n, low, high, stats.binom.sf(right - 1, n, chance)]


def count_confusions(rows, truth):
    """What was there (rows) by what was answered (columns), names sorted."""
    names = sorted(set(rows[truth]) | set(rows["choice"]))
    return [((rows[truth] == a) & (rows["choice"] == b)).sum() for a in names for b in names]


def recall_of(rows, truth, name):
    """How often it was named where it was there."""
    own = rows.loc[rows[truth] == name, "choice"] == name
    return wilson(own.mean(), len(own)) if len(own) else [np.nan] * 3
