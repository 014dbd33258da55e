"""Which qualities travel together, in the ear and in the model, in an analysis script; as
figures.py."""

# mypy: ignore-errors

from itertools import combinations
from math import comb

import numpy as np

from evalsite.results.reproduce.retention import correlate_profiles, model_says


def pair_of_qualities(rows, *names):
    """Correlation over recordings of two qualities, or the difference of two such."""
    heard = rows.assign(profile=rows["quality"])
    said = model_says(rows)
    return correlate_profiles(heard, said.assign(profile=said["output"]), names)


def complete_table(rows, side, names):
    """Mean ratings, or the model's outputs: a row each recording that has all, a column a name."""
    if side == "model":
        told, column = model_says(rows), "output"
    else:
        told, column = rows[rows["value"].notna()], "quality"
    table = told.pivot_table("value", "recording", column).reindex(columns=list(names))
    order = rows.drop_duplicates("recording").set_index("recording")["first_heard"]
    return table.sort_index(key=order.reindex).dropna().to_numpy(float)


def count_complete(rows, side, *names):
    """Recordings that have all."""
    return [len(complete_table(rows, side, names))]


def variance_inflation(rows, side, *names):
    """Recordings that have all; how much more uncertain a weight of each quality is, as the others
    tell of it."""
    table = complete_table(rows, side, names)
    return [len(table), *np.diag(np.linalg.inv(np.corrcoef(table.T)))]


def r_squared(X, y):
    """R squared of least squares; of no column 0."""
    design = np.column_stack([np.ones(len(y)), X])
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1 - rest @ rest / np.sum((y - y.mean()) ** 2)


def target_figures(rows, side, target, *names):
    """Recordings that have all, and the share of the target's variance that all tell together."""
    table = complete_table(rows, side, [*names, target])
    return [len(table), r_squared(table[:, :-1], table[:, -1])]


def lmg_share(X, y, j):
    """Mean of what a column adds to R squared, over all orders (Lindeman, Merenda & Gold, 1980)."""
    p, share = X.shape[1], 0
    others = [k for k in range(p) if k != j]
    for n in range(p):
        for known in combinations(others, n):
            gain = r_squared(X[:, [*known, j]], y) - r_squared(X[:, list(known)], y)
            share += gain / (p * comb(p - 1, n))
    return share


def feature_figures(rows, side, name, target, *names):
    """Of one quality for a target: correlation, standardised weight, LMG share, Johnson's (2000)
    relative weight, variance inflation."""
    table = complete_table(rows, side, [*names, target])
    joint = np.corrcoef(table.T)
    R, r, j = joint[:-1, :-1], joint[:-1, -1], names.index(name)
    lmg = lmg_share(table[:, :-1], table[:, -1], j)
    values, V = np.linalg.eigh(R)
    if values[0] < 1e-10:
        return [r[j], np.nan, lmg, np.nan, np.nan]
    root, inverse_root = ((V * values**power) @ V.T for power in (0.5, -0.5))
    johnson = root**2 @ (inverse_root @ r) ** 2
    inverse = np.linalg.inv(R)
    return [r[j], inverse[j] @ r, lmg, johnson[j], inverse[j, j]]
