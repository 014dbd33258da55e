"""What qualities do to a target and what they tell of it, in an analysis script; as figures.py.

Shares over all sets of qualities: Shapley's, and Owen's (1977), where twins enter together.
"""

# mypy: ignore-errors

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from evalsite.results.reproduce.entangled import complete_table, r_squared


def list_subsets(values):
    """All sets of the values, the empty one first."""
    return [known for n in range(len(values) + 1) for known in combinations(values, n)]


def find_twins(X):
    """Qualities linked by correlations beyond .7, also by way of others."""
    is_linked = (np.abs(np.corrcoef(X.T)) > 0.7) * 1.0
    reach = np.linalg.matrix_power(is_linked, len(is_linked)) > 0
    return sorted({tuple(map(int, np.flatnonzero(row))) for row in reach})


def share_told(told, groups, j):
    """The fair share of quality j in what all tell together: the mean of what it adds, over all
    orders in which groups come one after another. told: what each sorted set of them tells."""
    (own,) = [group for group in groups if j in group]
    others, twins = [group for group in groups if group != own], [k for k in own if k != j]
    share = 0
    for whole in list_subsets(others):
        for part in list_subsets(twins):
            before = tuple(sorted([*sum(whole, ()), *part]))
            added = told[tuple(sorted([*before, j]))] - told[before]
            n_orders = len(groups) * comb(len(others), len(whole))
            share = share + added / (n_orders * len(own) * comb(len(twins), len(part)))
    return share


def owen_shares(rows, side, target, *names):
    """Of each quality its share of the target's variance where twins enter together; of each group
    of twins the sum of theirs."""
    table = complete_table(rows, side, [*names, target])
    X, y = table[:, :-1], table[:, -1]
    told = {known: r_squared(X[:, known], y) for known in list_subsets(range(len(names)))}
    twins = find_twins(X)
    shares = [share_told(told, twins, j) for j in range(len(names))]
    return [*shares, *(sum(shares[j] for j in group) for group in twins)]


def read_head(rows, target, names):
    """The own weights of the model behind the block's clips."""
    items, heads = (
        pd.read_csv(name, dtype=str, keep_default_na=False) for name in ("items.csv", "heads.csv")
    )
    digests = items.loc[items["block"].isin(rows["block"]), "weights_digest"]
    heads = heads[(heads["emotion"] == target) & heads["weights_digest"].isin(digests)]
    return heads.set_index("feature")["weight"].astype(float).reindex(names).to_numpy()


def effects_of_qualities(rows, side, weights, target, *names):
    """Of each quality its weight (the model's own, or least squares), the mean size over recordings
    of what it does if it alone moves, and of what knowing it tells (Aas, Jullum & Løland, 2021)."""
    table = complete_table(rows, side, [*names, target])
    X, y = table[:, :-1] - table[:, :-1].mean(0), table[:, -1]
    if weights == "own":
        w = read_head(rows, target, names)
    elif np.linalg.eigvalsh(np.corrcoef(X.T))[0] < 1e-10:
        return [np.nan] * (3 * len(names))
    else:
        w = np.linalg.lstsq(X, y - y.mean(), rcond=None)[0]
    told, each = tell_of_output(X, w), [(k,) for k in range(len(names))]
    found = []
    for j in range(len(names)):
        tells = share_told(told, each, j)
        found += [w[j], np.mean(np.abs(X[:, j] * w[j])), np.mean(np.abs(tells))]
    return found


def tell_of_output(X, w):
    """What each set of qualities lets expect of the weighted sum, over its mean, recording by
    recording, where all is normal; X: over their means."""
    sd = X.std(0)
    Z = X / sd
    C, told = Z.T @ Z / len(Z), {(): np.zeros(len(Z))}
    for known in list_subsets(range(len(w)))[1:]:
        inverse = np.linalg.pinv(C[np.ix_(known, known)], 1e-10, hermitian=True)
        told[known] = Z[:, known] @ inverse @ C[list(known)] @ (w * sd)
    return told


def draw_features(rows, side, target, *names):
    """Of each quality low and high of correlation, weight, LMG and Owen shares, and how often its
    weight has its more frequent sign; of each group of twins those of their share: from 1,000
    draws of recordings."""
    table = complete_table(rows, side, [*names, target])
    rng, (n, p) = np.random.default_rng(0), (len(table), len(names))
    drawn = np.concatenate([rng.integers(n, size=(250, n)) for _ in range(4)])
    joint = np.array([correlate_columns(table[own]) for own in [np.arange(n), *drawn]])
    beta, lmg, owen = np.full((3, len(joint), p), np.nan)
    is_defined = ~np.isnan(joint).any((1, 2))
    told, twins = tell_of_draws(joint[is_defined]), find_twins(table[:, :-1])
    for j in range(p):
        lmg[is_defined, j] = share_told(told, [(k,) for k in range(p)], j)
        owen[is_defined, j] = share_told(told, twins, j)
    is_defined[is_defined] = np.linalg.eigvalsh(joint[is_defined, :-1, :-1])[:, 0] >= 1e-10
    R, r = joint[is_defined, :-1, :-1], joint[is_defined, :-1, -1:]
    beta[is_defined] = np.linalg.solve(R, r)[..., 0]
    found = []
    for j in range(p):
        for figure in (joint[:, j, -1], beta[:, j], lmg[:, j], owen[:, j]):
            found.extend(percentiles(figure))
        signs = np.sign(beta[1:, j][is_defined[1:]])
        most = max(np.mean(signs > 0), np.mean(signs < 0)) if len(signs) >= 950 else np.nan
        found.append(most)
    for group in twins:
        found.extend(percentiles(owen[:, list(group)].sum(1)))
    return found


def correlate_columns(table):
    """NaN of what does not vary."""
    is_flat = np.ptp(table, axis=0) <= 1e-12 * np.abs(table).max(0)
    with np.errstate(invalid="ignore"):
        return np.corrcoef(np.where(is_flat, np.nan, table).T)


def percentiles(figure):
    """Of the draws after the first, which is the data's; none where over 5 % are undefined."""
    drawn = figure[1:][~np.isnan(figure[1:])]
    if np.isnan(figure[0]) or len(drawn) < 950:
        return [np.nan, np.nan]
    return np.quantile(drawn, [0.025, 0.975])


def tell_of_draws(joint):
    """Share of the target's variance that each set of qualities tells, from correlations with each
    other and, last, the target."""
    p = joint.shape[1] - 1
    told = {(): np.zeros(len(joint))}
    for known in list_subsets(range(p))[1:]:
        r = joint[:, known, -1][..., None]
        R = joint[:, known][:, :, known]
        fit = np.swapaxes(r, 1, 2) @ np.linalg.pinv(R, 1e-10, hermitian=True) @ r
        told[known] = np.clip(fit[:, 0, 0], 0, 1)
    return told
