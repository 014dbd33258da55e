"""Agreement by several coefficients in an analysis script; as figures.py.

With missing answers as in Gwet (2014); each leaves out one item and one listener at a time.
"""

# mypy: ignore-errors

import numpy as np
import pandas as pd

from evalsite.results.reproduce.figures import leave_out_both


def count_by_item(code, item, n_codes):
    """How often each of the codes was given, a row each item that has any."""
    n_items = item.max() + 1 if len(item) else 0
    counts = np.bincount(item * n_codes + code, minlength=n_items * n_codes).astype(float)
    counts = counts.reshape(n_items, n_codes)
    return counts[counts.sum(1) > 0]


def nominal_alpha(rows, column):
    """Krippendorff (2011), for names."""
    code, names = pd.factorize(rows[column])

    def measure(code, item):
        counts = count_by_item(code, item, len(names))
        counts = counts[counts.sum(1) > 1]
        m, pool = counts.sum(1), counts.sum(0)
        apart = m.sum() ** 2 - np.sum(pool**2)
        if apart == 0:
            return np.nan
        within = np.sum((m**2 - np.sum(counts**2, axis=1)) / (m - 1))
        return 1 - (m.sum() - 1) * within / apart

    return leave_out_both(rows, code, measure, -np.inf, 1)


def percent_agreement(rows, column):
    """Mean over items of the share of pairs of listeners who say the same."""
    rows = rows[rows[column].notna()]
    code, names = pd.factorize(rows[column])

    def measure(code, item):
        counts = count_by_item(code, item, len(names))
        counts = counts[counts.sum(1) > 1]
        m = counts.sum(1)
        shares = np.sum(counts * (counts - 1), axis=1) / (m * (m - 1))
        return shares.mean() if len(m) else np.nan

    return leave_out_both(rows, code, measure, 0, 1)


def correct_for_chance(rows, code, weights, expect):
    """How far agreement is above chance, of how far it could be. weights: how much two codes
    agree; expect: what chance gives, from the mean over items of each code's share."""

    def measure(code, item):
        counts = count_by_item(code, item, len(weights))
        m = counts.sum(1, keepdims=True)
        shares = (counts / m).mean(0) if len(counts) else np.ones(1)
        pairs = (m > 1)[:, 0]
        if max(shares) > 1 - 1e-12 or not any(pairs):
            return np.nan
        agreeing = (counts * (counts @ weights - 1))[pairs].sum(1)
        observed = np.mean(agreeing / (m * (m - 1))[pairs, 0])
        chance = expect(shares)
        return (observed - chance) / (1 - chance) if chance < 1 - 1e-12 else np.nan

    return leave_out_both(rows, code, measure, -np.inf, 1, is_paired=False)


def fleiss_kappa(rows, column):
    """Fleiss' (1971) kappa of names."""
    code, names = pd.factorize(rows[column])
    return correct_for_chance(rows, code, np.eye(len(names)), lambda shares: shares @ shares)


def gwet(rows, code, weights):
    """Gwet's AC (2008)."""
    q = len(weights)
    scale = np.sum(weights) / (q * (q - 1)) if q > 1 else np.nan
    return correct_for_chance(
        rows, code, weights, lambda shares: scale * np.sum(shares * (1 - shares))
    )


def gwet_ac1(rows, column):
    """Gwet's AC1 of names."""
    code, names = pd.factorize(rows[column])
    return gwet(rows, code, np.eye(len(names)))


def gwet_ac2(rows, low, high):
    """Gwet's AC2 of ratings on all points from low to high, with quadratic weights."""
    rows = rows[rows["value"].notna()]
    points = np.arange(low, high + 1)
    weights = 1 - ((points[:, None] - points) / (high - low)) ** 2
    return gwet(rows, rows["value"].to_numpy(int) - int(low), weights)
