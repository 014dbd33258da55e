"""Paired comparisons in an analysis script; as figures.py."""

# mypy: ignore-errors

import numpy as np
import pandas as pd
from scipy import stats


def fit_pairs(rows):
    """Bradley and Terry (1952) with position and ties (Davidson, 1970), by Newton's method.

    Weights: A exp(l_a + d), B exp(l_b), tie exp(t + (l_a + l_b) / 2). Gives names, parameters
    (abilities l, the first 0; d; t where ties were called), their covariance, and how many standard
    errors an interval reaches. None: a condition always won or lost, or d or t has no bound.
    """
    names = sorted(set(rows["condition_a"]) | set(rows["condition_b"]))
    n, p, at = len(rows), len(names), np.arange(len(rows))
    a, b = (rows[name].map(names.index).to_numpy() for name in ("condition_a", "condition_b"))
    answer = rows["value"].map({1: 0, 0: 1, 0.5: 2}).to_numpy()
    has_ties = (answer == 2).any()
    beats = np.eye(p)
    np.add.at(beats, (a[answer != 1], b[answer != 1]), 1)
    np.add.at(beats, (b[answer != 0], a[answer != 0]), 1)
    if n == 0 or not np.linalg.matrix_power((beats > 0) * 1.0, p).all():
        return None
    features = np.zeros((3, n, p + 2))
    features[0, at, a] = features[1, at, b] = features[0, :, p] = features[2, :, p + 1] = 1
    features[2, at, a] = features[2, at, b] = 0.5
    features = features[: 2 + has_ties, :, 1 : p + 1 + has_ties]
    parameters = np.zeros(p + has_ties)
    for _ in range(200):
        weight = np.exp(features @ parameters)
        share = weight / weight.sum(axis=0)
        mean = np.einsum("an,ank->nk", share, features)
        over = features[answer, at] - mean
        curvature = np.einsum("an,ank,anl->kl", share, features, features) - mean.T @ mean
        if np.linalg.cond(curvature) > 1e10:
            return None
        step = np.linalg.solve(curvature, over.sum(axis=0))
        parameters += step / max(1, np.abs(step).max())
        if over.sum(axis=0) @ step < 1e-18:
            break
    inverse = np.linalg.inv(curvature)
    if (np.diag(inverse)[p - 1 :] > 1e4).any():
        return None
    scores = pd.DataFrame(over).groupby(rows["listener"].to_numpy()).sum().to_numpy()
    n_listeners, reach = len(scores), stats.norm.ppf(0.975)
    if n_listeners > 1:
        spread, single = inverse @ scores.T, np.diag(inverse).max()
        inverse = n_listeners / (n_listeners - 1) * spread @ spread.T
        if np.diag(inverse).max() < 1e-12 * single:
            # All listeners answer alike: no spread, no interval.
            inverse = np.full_like(inverse, np.nan)
        reach = stats.t.ppf(0.975, n_listeners - 1)
    covariance = np.zeros((len(inverse) + 1, len(inverse) + 1))
    covariance[1:, 1:] = inverse
    return names, np.append(0, parameters), covariance, reach


def combine_parameters(fit, weights):
    """A weighted sum of the parameters, answers of a listener going together."""
    _, parameters, covariance, reach = fit
    weights = np.append(weights, np.zeros(len(parameters) - len(weights)))
    estimate = weights @ parameters
    reach = reach * np.sqrt(np.maximum(0, weights @ covariance @ weights))
    return estimate, estimate - reach, estimate + reach


def ability(rows, condition):
    """In logits above the mean of all conditions."""
    fit = fit_pairs(rows)
    if fit is None:
        return [np.nan] * 3
    names = np.array(fit[0])
    return combine_parameters(fit, (names == condition) - 1 / len(names))


def ability_difference(rows, condition, baseline):
    """Ability of the condition minus that of the baseline."""
    fit = fit_pairs(rows)
    if fit is None:
        return [np.nan] * 3
    names = np.array(fit[0])
    return combine_parameters(fit, (names == condition) * 1.0 - (names == baseline))


def win_share(rows, condition, baseline):
    """Share of decided comparisons that the condition would win."""
    return stats.logistic.cdf(ability_difference(rows, condition, baseline))


def position_effect(rows):
    """Advantage of the sound called A, in logits."""
    fit = fit_pairs(rows)
    return [np.nan] * 3 if fit is None else combine_parameters(fit, [0] * len(fit[0]) + [1])


def tie_effect(rows):
    """Tendency to call a tie, in logits; none where nobody called one."""
    fit = fit_pairs(rows) if (rows["value"] == 0.5).any() else None
    return [np.nan] * 3 if fit is None else combine_parameters(fit, [0] * len(fit[0]) + [0, 1])


def count_wins(rows, *names):
    """How often each condition won against each other; how often they tied."""
    a, b, value = rows["condition_a"], rows["condition_b"], rows["value"]

    def count(first, second, outcome):
        return ((a == first) & (b == second) & (value == outcome)).sum()

    pairs = [(one, other) for one in names for other in names]
    wins = [count(one, other, 1) + count(other, one, 0) for one, other in pairs]
    return wins + [count(one, other, 0.5) + count(other, one, 0.5) for one, other in pairs]


def count_preferred(rows, item, *names):
    """Answers about one item, how often each condition was preferred, ties."""
    rows = rows[rows["item"] == item]
    preferred = [(rows["preferred"] == name).sum() for name in names]
    return [len(rows), *preferred, (rows["value"] == 0.5).sum()]
