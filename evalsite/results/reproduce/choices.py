"""Choices with a known answer in an analysis script; as figures.py."""

# mypy: ignore-errors

from itertools import permutations

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
from evalsite.results.reproduce.retention import read_outputs


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


def share_of_place(rows, column, place):
    """How often a place was chosen, whatever stood there."""
    return accuracy(rows.assign(value=(rows[column].astype(str) == place) * 1.0), 0.5)[:3]


def known_share(rows, chance):
    """Share known, not guessed (Abbott, 1925)."""
    *shares, p = accuracy(rows, chance)
    return [*((share - chance) / (1 - chance) for share in shares), p]


def d_prime(rows, chance, m):
    """d' of one clip among m, or (m = 0) of ABX by comparing distances."""
    *shares, p = accuracy(rows, chance)
    estimate, low, high = (invert_share(share, m) for share in shares)
    if high == 0:
        # Surely worse than guessing, which no sensitivity explains.
        low = high = np.nan
    return [estimate, low, high, p]


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
    return tabulate_pairs(rows[truth], rows["choice"], list_names(rows, truth)).ravel().tolist()


def list_names(rows, truth):
    """What was there or was answered, sorted."""
    return sorted(set(rows[truth]) | set(rows["choice"]))


def tabulate_pairs(one, two, names):
    """How often each of the first goes with each of the second."""
    return np.array([[((one == a) & (two == b)).sum() for b in names] for a in names])


def choose_as_model(rows, truth):
    """Beside each answer the name whose output is highest, of equal ones the first."""
    outputs = read_outputs().pivot_table("value", "item", "output")[list_names(rows, truth)]
    return rows["item"].map(outputs.idxmax(axis=1))


def count_model(rows, truth):
    """What was there by what the model says."""
    said = choose_as_model(rows, truth)
    return tabulate_pairs(rows[truth], said, list_names(rows, truth)).ravel().tolist()


def count_by_model(rows, truth):
    """What the model says by what was answered."""
    said = choose_as_model(rows, truth)
    return tabulate_pairs(said, rows["choice"], list_names(rows, truth)).ravel().tolist()


def agreement_with_model(rows, truth, seed):
    """Spearman's correlation of what listeners and the model confuse, as shares of what was there;
    p from the model's names in all orders, or of more than 7 in random ones (Mantel, 1967)."""
    names = list_names(rows, truth)
    q, beside = len(names), ~np.eye(len(names), dtype=bool)
    answers = (rows["choice"], choose_as_model(rows, truth))
    tables = [tabulate_pairs(rows[truth], answer, names) for answer in answers]
    if q < 3 or min(table.sum(1).min() for table in tables) == 0:
        return [np.nan] * 4
    shares = [(table / table.sum(1, keepdims=True))[beside] for table in tables]
    if min(np.ptp(share) for share in shares) == 0:
        return [np.nan] * 4
    ranks = [stats.rankdata(share) - (len(share) + 1) / 2 for share in shares]
    human, model = (rank / np.sqrt(rank @ rank) for rank in ranks)
    dealt = np.zeros((q, q))
    dealt[beside] = model
    if q <= 7:
        orders = list(permutations(range(q)))
    else:
        rng = np.random.default_rng(seed)
        orders = [rng.permutation(q) for _ in range(5000)]
    found = np.array([dealt[np.ix_(order, order)][beside] @ human for order in orders])
    n_far = np.sum(found >= human @ model - 1e-12)
    p = n_far / len(orders) if q <= 7 else (n_far + 1) / (len(orders) + 1)
    return [human @ model, np.nan, np.nan, p]


def recall_of(rows, truth, name):
    """How often it was named where it was there."""
    own = rows.loc[rows[truth] == name, "choice"] == name
    return wilson(own.mean(), len(own)) if len(own) else [np.nan] * 3
