"""How much of the ratings' variance clips make, and how alike listeners rank, in an analysis
script; as figures.py."""

# mypy: ignore-errors

import numpy as np
from scipy import stats

from evalsite.results.reproduce.figures import jackknife, t_interval
from evalsite.results.reproduce.reml import (
    bound_share,
    find_curvature,
    fit_table,
    sum_table,
)


def tabulate_ratings(rows, units):
    """Listeners by what they rated; NaN of no rating, no row or column without any."""
    return rows.pivot_table("value", "listener", list(units)).to_numpy(float)


def keep_rated(matrix):
    """Without rows and columns that have no rating."""
    is_rated = ~np.isnan(matrix)
    return matrix[is_rated.any(1)][:, is_rated.any(0)]


def icc_a1(matrix, near=None):
    """Absolute agreement of single ratings (McGraw & Wong, 1996): from mean squares, and where
    ratings are missing by restricted maximum likelihood."""
    k, n = matrix.shape
    is_rated = ~np.isnan(matrix)
    if n < 2 or is_rated.sum(0).max() < 2 or np.nanmax(matrix) == np.nanmin(matrix):
        return np.nan
    if not is_rated.all():
        listener, item = fit_table(sum_table(matrix), near)
        return item / (1 + item + listener)
    x = matrix - matrix.mean()
    whole = np.sum(x**2)
    of_items, of_listeners = k * np.sum(x.mean(0) ** 2), n * np.sum(x.mean(1) ** 2)
    parts = [of_items, of_listeners, whole - of_items - of_listeners]
    item, listener, rest = (part if part > 1e-13 * whole else 0 for part in parts)
    item, listener, rest = item / (n - 1), listener / (k - 1), rest / ((n - 1) * (k - 1))
    below = item + (k - 1) * rest + k / n * (listener - rest)
    return (item - rest) / below if below > 0 else np.nan


def interval_of_icc(matrix):
    """With low and high; of 0 by restricted maximum likelihood from the likelihood's profile."""
    estimate = icc_a1(matrix) if matrix.size else np.nan
    if np.isnan(estimate):
        return [np.nan] * 3
    if not np.isnan(matrix).any():
        each = [np.arange(n) for n in matrix.shape]
        return leave_out_of_table(matrix, estimate, icc_a1, each, -np.inf)
    sums = sum_table(matrix)
    if estimate == 0:
        high = bound_share(sums)
        return [estimate, high * 0, high]
    ratios = fit_table(sums)
    near = ratios, find_curvature(sums, ratios)
    return leave_out_of_table(
        matrix, estimate, lambda left: icc_a1(keep_rated(left), near), deal_both(matrix), 0
    )


def leave_out_of_table(matrix, estimate, measure, groups, low):
    """t from leaving out groups of listeners and of items."""
    listeners, items = groups
    by_listener = [measure(matrix[listeners != g]) for g in range(listeners.max() + 1)]
    by_item = [measure(matrix[:, items != g]) for g in range(items.max() + 1)]
    if len(by_item) < 2 or len(by_listener) < 3:
        return [estimate, np.nan, np.nan]
    variance = jackknife(np.array(by_item)) + jackknife(np.array(by_listener))
    return t_interval(estimate, variance, min(len(by_item), len(by_listener)) - 1, low, 1)


def reliability(rows, *units):
    """ICC(A,1), the same of the mean of as many listeners as rated each (harmonic mean), and how
    many a mean of reliability .8 needs; each with low and high."""
    matrix = tabulate_ratings(rows, units)
    single = interval_of_icc(matrix)
    return [*single, *step_up(matrix, single), *need_listeners(*single)]


def reliability_alone(rows, *units):
    """The same without low and high."""
    matrix = tabulate_ratings(rows, units)
    single = [icc_a1(matrix)]
    return [*single, *step_up(matrix, single), need_listeners(*single * 3)[0]]


def step_up(matrix, single):
    """Of the mean of k ratings (Spearman and Brown), which may have no bound."""
    k = 1 / np.mean(1 / np.sum(~np.isnan(matrix), axis=0)) if matrix.size else 1
    rooms = [1 + (k - 1) * rho for rho in single]
    means = [
        k * rho / room if room > 1e-12 else np.nan for rho, room in zip(single, rooms, strict=True)
    ]
    return [np.nan] * len(means) if np.isnan(means[0]) else means


def need_listeners(estimate, low, high):
    """A whole number; NaN where no number is enough."""
    return [
        max(1, np.ceil(4 * (1 - rho) / rho - 1e-9)) if rho > 0 else np.nan
        for rho in (estimate, high, low)
    ]


def concord(ranked):
    """Kendall's W (1939), corrected for ties; a row a listener."""
    m, n = ranked.shape
    if m < 2 or n < 2:
        return np.nan
    ranks = stats.rankdata(ranked, axis=1) - (n + 1) / 2
    room = m * np.sum(ranks**2)
    return np.sum(ranks.sum(0) ** 2) / room if room > 0 else np.nan


def kendall_w_alone(rows, *units):
    """Of what every listener rated."""
    matrix = tabulate_ratings(rows, units)
    return [concord(matrix[:, ~np.isnan(matrix).any(0)])]


def kendall_w(rows, *units):
    """The same with low and high."""
    matrix = tabulate_ratings(rows, units)
    matrix = matrix[:, ~np.isnan(matrix).any(0)]
    estimate = concord(matrix)
    if np.isnan(estimate):
        return [np.nan] * 3
    return leave_out_of_table(matrix, estimate, concord, deal_both(matrix), 0)


def reliability_ends(rows, *units):
    """Each low and high of `reliability`."""
    found = reliability(rows, *units)
    return [found[k] for k in (1, 2, 4, 5, 7, 8)]


def kendall_w_ends(rows, *units):
    """Low and high of `kendall_w`."""
    return kendall_w(rows, *units)[1:]


def deal_both(matrix):
    """Which listeners, and which items, are left out together."""
    return deal_units(matrix), deal_units(matrix.T)


def deal_units(units):
    """Each alone; of more than 100 in 100 groups, dealt by what they hold, whatever the order of
    rows and columns, and shuffled."""
    n = len(units)
    if n <= 100:
        return np.arange(n)
    codes = np.unique(units, return_inverse=True)[1].reshape(units.shape).astype(np.int64)
    of_column = np.zeros(units.shape[1], dtype=np.int64)
    for _ in range(2):
        of_unit = number_rows(codes * (of_column.max() + 1) + of_column)
        of_column = number_rows((codes * (of_unit.max() + 1) + of_unit[:, None]).T)
    label = number_rows(codes * (of_column.max() + 1) + of_column)
    place = np.argsort(np.argsort(label, kind="stable"))
    return np.random.default_rng(20_011).permutation(n)[place] % 100


def number_rows(keys):
    """Rows of the same numbers in any order share one, in order of their bytes."""
    rows = [row.tobytes() for row in np.sort(keys, axis=1)]
    place = {row: k for k, row in enumerate(sorted(set(rows)))}
    return np.array([place[row] for row in rows])
