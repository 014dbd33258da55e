"""Drift, carry-over and answers given twice in an analysis script; as figures.py."""

# mypy: ignore-errors

import numpy as np
import pandas as pd

from evalsite.results.reproduce.figures import jackknife, t_interval


def slope(rows, x):
    """Slope within listeners and items (two-way fixed effects), clustered by listener."""
    told = rows["value"].notna() & x.notna()
    rows, x = rows[told], x[told].to_numpy(dtype=float)
    if rows.empty:
        return np.nan, np.nan, np.nan
    listener = pd.factorize(rows["listener"])[0]
    item = rows.groupby(["item", "condition"]).ngroup().to_numpy()
    columns = [x - x.mean(), rows["value"].to_numpy() - rows["value"].mean()]
    for _ in range(500):
        for unit in (listener, item):
            count = np.bincount(unit)
            columns = [part - (np.bincount(unit, part) / count)[unit] for part in columns]
    inner, rest = columns
    size = inner @ inner
    if size <= 1e-9 * np.sum((x - x.mean()) ** 2):
        return np.nan, np.nan, np.nan
    estimate = inner @ rest / size
    n, n_listeners, n_items = len(x), max(listener) + 1, max(item) + 1
    if n_listeners < 2:
        return estimate, np.nan, np.nan
    scores = np.bincount(listener, inner * (rest - estimate * inner))
    correction = n_listeners / (n_listeners - 1) * (n - 1) / max(n - n_items, 1)
    variance = correction * np.sum(scores**2) / size**2
    natural = np.sum((rows["value"] - rows["value"].mean()) ** 2) / size
    if variance <= 1e-18 * natural:
        variance = np.nan
    return t_interval(estimate, variance, n_listeners - 1)


def drift(rows):
    """How far values move from the first to the last trial."""
    told = rows.loc[rows["value"].notna(), "position"]
    span = told.max() - told.min() if len(told) else 0
    return tuple(span * figure for figure in slope(rows, rows["position"]))


def carry_over(rows, condition, baseline):
    """After a trial of the condition minus after one of the baseline."""
    rows = rows[rows["previous"].isin([condition, baseline])]
    return slope(rows, (rows["previous"] == condition).astype(float))


def repeat_pairs(rows):
    """First and second judgment of what came twice."""
    keys = ["listener", "item", "condition"]
    parts = [rows.loc[rows["occasion"] == n, [*keys, "value"]] for n in (1, 2)]
    return parts[0].merge(parts[1], on=keys, suffixes=("_1", "_2")).dropna()


def over_listeners(pairs, figure, low, high):
    """A figure of pairs, leaving out one listener at a time."""
    estimate = figure(pairs) if len(pairs) else np.nan
    names = pairs["listener"].unique()
    if not np.isfinite(estimate) or len(names) < 2:
        return estimate, np.nan, np.nan
    left = np.array([figure(pairs[pairs["listener"] != name]) for name in names])
    return t_interval(estimate, jackknife(left), len(names) - 1, low, high)


def repeats_same(rows):
    """Share of repeats with the same answer."""
    return over_listeners(repeat_pairs(rows), lambda p: np.mean(p["value_1"] == p["value_2"]), 0, 1)


def repeats_same_choice(rows, column):
    """The same of answers that are not numbers."""
    return repeats_same(rows.assign(value=pd.factorize(rows[column])[0], condition=""))


def repeats_difference(rows):
    """Mean distance of first and second answers."""
    return over_listeners(
        repeat_pairs(rows), lambda p: np.mean(np.abs(p["value_1"] - p["value_2"])), 0, np.inf
    )


def fisher_correlation(pairs):
    """Correlation on Fisher's scale."""
    one, two = pairs["value_1"].to_numpy(), pairs["value_2"].to_numpy()
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(two) == 0:
        return np.nan
    r = np.corrcoef(one, two)[0, 1]
    return np.sign(r) * np.inf if 1 - abs(r) < 1e-12 else np.arctanh(r)


def repeats_correlation(rows):
    """Correlation of first and second answers."""
    figures = over_listeners(repeat_pairs(rows), fisher_correlation, -np.inf, np.inf)
    return tuple(np.tanh(figure) for figure in figures)
