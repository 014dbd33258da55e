"""Do two groups of listeners differ? p values of dealing their groups anew, in an analysis script;
as figures.py."""

# mypy: ignore-errors

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from evalsite.results.reproduce.figures import alpha_of, difference_crossed, jackknife, t_interval


def all_splits(n, n_first):
    """Every way to choose the first group: a row each way, True for who is in it."""
    chosen = np.array(list(combinations(range(n), n_first)))
    splits = np.zeros((len(chosen), n), dtype=bool)
    np.put_along_axis(splits, chosen, True, axis=1)
    return splits


def p_of_splits(found, observed, is_exact):
    """Share of splits as far from 0. The observed one is among all, not among random ones
    (Phipson & Smyth, 2010)."""
    found = found[~np.isnan(found)]
    n_far = np.sum(np.abs(found) >= abs(observed) - 1e-12)
    return n_far / len(found) if is_exact else (n_far + 1) / (len(found) + 1)


# Figures by their place: the script fills it as it reports them.
reported = {}


def p_holm(rows, place, *places):
    """The p value at a place, the last number there, adjusted together with those at all places
    (Holm, 1979)."""
    p = np.array([reported[name][-1] for name in places])
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    steps = np.arange(len(order), 0, -1) * p[order]
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return [adjusted[places.index(place)]]


def group_difference(rows, first, second, condition, baseline, seed):
    """The contrast in the first group minus that in the second; two-sided p."""
    is_in = rows["group"].isin([first, second]) & rows["condition"].isin([condition, baseline])
    rows = rows[is_in & rows["value"].notna()]
    cells = [
        (rows["group"] == group) & (rows["condition"] == name)
        for group in (first, second)
        for name in (condition, baseline)
    ]
    if min(cell.sum() for cell in cells) == 0:
        return [np.nan] * 4
    found = difference_crossed(rows, cells, [1, -1, -1, 1], np.inf)
    return [*found, p_of_effects(rows, first, condition, found[0], seed)]


def p_of_effects(rows, first, condition, observed, seed):
    """From each listener's sums and numbers in the two conditions."""
    listener, names = pd.factorize(rows["listener"])
    value, n = rows["value"].to_numpy(), len(names)
    parts = [(rows["condition"] == condition).to_numpy()]
    parts.append(~parts[0])
    sums = np.stack([np.bincount(listener[own], value[own], n) for own in parts], axis=1)
    counts = np.stack([np.bincount(listener[own], minlength=n) for own in parts], axis=1)
    n_first = rows.loc[rows["group"] == first, "listener"].nunique()
    n_splits = comb(n, n_first)
    is_exact = n_splits <= 10_000 and n_splits * n <= 10**6
    if is_exact:
        splits = all_splits(n, n_first).astype(float)
    else:
        is_first = (np.arange(n) < n_first).astype(float)
        rng = np.random.default_rng(seed)
        splits = rng.permuted(np.tile(is_first, (1999, 1)), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        one = (splits @ sums) / (splits @ counts)
        two = ((1 - splits) @ sums) / ((1 - splits) @ counts)
    return p_of_splits((one - two) @ [1, -1], observed, is_exact)


def agreement_difference(rows, first, second, seed):
    """Alpha of the first group minus alpha of the second, leaving out clips (in both groups) and
    listeners (of each), of more than 100 one in 100 groups at a time; two-sided p."""
    n_rows = len(rows)
    parts = [rows[rows["group"] == group] for group in (first, second)]
    if min(len(part) for part in parts) == 0:
        return [np.nan] * 4
    units = {item: k for k, item in enumerate(sorted(set(rows["item"])))}
    listeners = [sorted(set(part["listener"])) for part in parts]
    groups = [
        (
            part["value"].to_numpy(),
            part["item"].map(units).to_numpy(),
            part["listener"].map({name: k for k, name in enumerate(names)}).to_numpy(),
        )
        for part, names in zip(parts, listeners, strict=True)
    ]
    n = [len(names) for names in listeners]
    alphas = [alpha_of_told(value, item) for value, item, _ in groups]
    estimate = alphas[0] - alphas[1]
    if np.isnan(estimate):
        return [np.nan] * 4
    items = [
        alpha_of_told(*keep_rest(groups[0], 1, k)) - alpha_of_told(*keep_rest(groups[1], 1, k))
        for k in range(min(100, len(units)))
    ]
    left = [np.array(items)]
    for group, n_listeners in zip(groups, n, strict=True):
        own = [alpha_of_told(*keep_rest(group, 2, k)) for k in range(min(100, n_listeners))]
        left.append(np.array(own))
    variances = np.array([jackknife(part) for part in left])
    variance = np.nan if min(n) < 3 else variances.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        df = variance**2 / np.sum(variances**2 / [len(part) - 1 for part in left])
    found = t_interval(estimate, variance, df)
    return [*found, p_of_agreement(groups, n, estimate, seed, 1999 if n_rows <= 10_000 else 199)]


def keep_rest(group, unit, k):
    """Ratings and clips without the units of one of 100 groups, dealt in turn."""
    kept = group[unit] % 100 != k
    return group[0][kept], group[1][kept]


def alpha_of_told(value, item):
    """Without "can't tell"."""
    told = ~np.isnan(value)
    return alpha_of(value[told], item[told])


def p_of_agreement(groups, n, observed, seed, n_drawn):
    """The listeners' groups dealt anew."""
    value, item = (np.concatenate([group[k] for group in groups]) for k in (0, 1))
    listener = np.concatenate([groups[0][2], groups[1][2] + n[0]])
    is_exact = comb(sum(n), n[0]) <= 10_000
    if is_exact:
        splits = all_splits(sum(n), n[0])
    else:
        rng = np.random.default_rng(seed)
        splits = [rng.permutation(sum(n)) < n[0] for _ in range(n_drawn)]
    found = []
    for split in splits:
        is_first = split[listener]
        one, two = (alpha_of_told(value[own], item[own]) for own in (is_first, ~is_first))
        found.append(one - two)
    return p_of_splits(np.array(found), observed, is_exact)
