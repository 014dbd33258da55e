"""What the analysis script of a data set is made of: plain numpy, pandas and scipy.

Written apart from `evalsite.analysis`, to be read beside it: two ways to one number. Each function
of a figure gives estimate, low and high; NaN where there is none. figures.R says the same in R.
"""

# mypy: ignore-errors

import numpy as np
import pandas as pd
from scipy import stats


def read_ratings():
    """All judgments, each with the condition of the trial just before, and who is analysed."""
    text = {"group": str, "signal": str, "quality": str}
    ratings = pd.read_csv("ratings.csv", dtype=text, keep_default_na=False, na_values={"value": ""})
    raters = pd.read_csv("raters.csv", dtype={"analysed": str})
    analysed = raters.loc[raters["analysed"].str.lower() == "true", "participant"]
    ratings["analysed"] = ratings["participant"].isin(analysed)
    ratings = ratings[ratings["kind"] == "main"].copy()
    trials = ratings.drop_duplicates(["participant", "block", "position"])
    before = trials[["participant", "block", "position", "condition"]].copy()
    before["position"] += 1
    before = before.rename(columns={"condition": "previous"})
    return ratings.merge(before, on=["participant", "block", "position"], how="left")


def choose(ratings, block, quality="", column="value", everybody=False):
    """The judgments of one block and quality; `value` is what is measured."""
    rows = ratings[(ratings["block"] == block) & (ratings["analysed"] | everybody)]
    if quality:
        rows = rows[rows["quality"] == quality]
    value = rows[column].replace({"true": 1, "false": 0, "": np.nan}).astype(float)
    return rows.assign(value=value, listener=rows["participant"])


def t_interval(estimate, variance, df, low=-np.inf, high=np.inf):
    """Estimate with t interval; none where the variance is missing or only rounding."""
    if not variance >= 1e-24:
        return estimate, np.nan, np.nan
    reach = stats.t.ppf(0.975, df) * np.sqrt(variance)
    return estimate, max(low, estimate - reach), min(high, estimate + reach)


def jackknife(replicates):
    """Variance from leaving out one unit at a time (Efron & Stein, 1981)."""
    k = len(replicates)
    return (k - 1) / k * np.sum((replicates - np.mean(replicates)) ** 2) if k > 1 else np.nan


def crossed_parts(rows, cells):
    """Means of the cells, and with each listener, recording and pair of them left out."""
    value = rows["value"].to_numpy()
    cells = np.column_stack(cells).astype(float)
    units = [
        pd.factorize(rows["listener"])[0],
        pd.factorize(rows["recording"])[0],
        rows.groupby(["listener", "recording"]).ngroup().to_numpy(),
    ]
    left = []
    for unit in units:
        sums = np.stack([np.bincount(unit, value * cell) for cell in cells.T], axis=1)
        counts = np.stack([np.bincount(unit, cell) for cell in cells.T], axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            left.append((value @ cells - sums) / (cells.sum(0) - counts))
    return value @ cells / cells.sum(0), left


def crossed_variance(left, weights):
    """Cameron, Gelbach and Miller (2011); never below the larger of the first two parts."""
    listener, recording, pair = (jackknife(part @ weights) for part in left)
    both = listener + recording - pair
    return (np.nan if np.isnan(both) else max(listener, recording, both)), listener, recording


def mean_crossed(rows, low, high):
    """Mean with an interval for new listeners and new recordings."""
    rows = rows[rows["value"].notna()]
    if rows.empty:
        return np.nan, np.nan, np.nan
    means, left = crossed_parts(rows, [np.ones(len(rows))])
    df = min(len(left[0]), len(left[1])) - 1
    if df < 1:
        return means[0], np.nan, np.nan
    return t_interval(means[0], crossed_variance(left, np.ones(1))[0], df, low, high)


def difference_crossed(rows, cells, weights, reach):
    """Weighted sum of cells' means, degrees of freedom by Satterthwaite (1946)."""
    means, left = crossed_parts(rows, cells)
    weights = np.array(weights, dtype=float)
    n = [len(left[0]), len(left[1])]
    if min(n) < 2:
        return means @ weights, np.nan, np.nan
    variance, listener, recording = crossed_variance(left, weights)
    df = min(n) - 1
    if listener + recording > 0:
        parts = listener**2 / (n[0] - 1) + recording**2 / (n[1] - 1)
        df = max(df, (listener + recording) ** 2 / parts)
    return t_interval(means @ weights, variance, df, -reach, reach)


def contrast(rows, condition, baseline, reach):
    """Mean of the condition minus mean of the baseline."""
    rows = rows[rows["condition"].isin([condition, baseline]) & rows["value"].notna()]
    cells = [rows["condition"] == condition, rows["condition"] == baseline]
    if min(cell.sum() for cell in cells) == 0:
        return np.nan, np.nan, np.nan
    return difference_crossed(rows, cells, [1, -1], reach)


def group_difference(rows, first, second, condition, baseline):
    """The contrast in the first group minus that in the second."""
    is_in = rows["group"].isin([first, second]) & rows["condition"].isin([condition, baseline])
    rows = rows[is_in & rows["value"].notna()]
    cells = [
        (rows["group"] == group) & (rows["condition"] == name)
        for group in (first, second)
        for name in (condition, baseline)
    ]
    if min(cell.sum() for cell in cells) == 0:
        return np.nan, np.nan, np.nan
    return difference_crossed(rows, cells, [1, -1, -1, 1], np.inf)


def share_missing(rows):
    """Share of "can't tell": Wilson (1927) with the effective number of judgments."""
    n = len(rows)
    if n == 0:
        return np.nan, np.nan, np.nan
    missing = rows.assign(value=rows["value"].isna().astype(float))
    means, left = crossed_parts(missing, [np.ones(n)])
    share, effective = means[0], len(left[0])
    if min(len(left[0]), len(left[1])) < 2:
        return share, np.nan, np.nan
    if 0 < share < 1:
        variance = crossed_variance(left, np.ones(1))[0]
        effective = min(n, share * (1 - share) / variance) if variance > 0 else n
    z = stats.norm.ppf(0.975)
    centre = (share + z**2 / (2 * effective)) / (1 + z**2 / effective)
    spread = share * (1 - share) / effective + z**2 / (4 * effective**2)
    reach = z * np.sqrt(spread) / (1 + z**2 / effective)
    return share, max(0, centre - reach), min(1, centre + reach)


def alpha_of(value, item):
    """Krippendorff's (2011) alpha, ordinal: the interval formula on midranks."""
    code = pd.factorize(item)[0]
    paired = np.bincount(code)[code] > 1
    rank = stats.rankdata(value[paired])
    code = pd.factorize(code[paired])[0]
    n = len(rank)
    if n < 2 or np.ptp(rank) == 0:
        return np.nan
    rank = rank - rank.mean()
    m, sums, squares = (np.bincount(code, part) for part in (np.ones(n), rank, rank**2))
    within = np.sum((m * squares - sums**2) / (m - 1))
    return 1 - (n - 1) * within / (n * np.sum(rank**2))


def alpha(rows):
    """Agreement of listeners about items, for new items and new listeners."""
    rows = rows[rows["value"].notna()]
    value, item = rows["value"].to_numpy(), pd.factorize(rows["item"])[0]
    listener = pd.factorize(rows["listener"])[0]
    estimate = alpha_of(value, item)
    if np.isnan(estimate):
        return np.nan, np.nan, np.nan
    paired = np.bincount(item)[item] > 1
    n = [len(np.unique(unit[paired])) for unit in (item, listener)]
    if n[0] < 2 or n[1] < 3:
        return estimate, np.nan, np.nan
    variance = sum(
        jackknife(
            np.array([alpha_of(value[unit != k], item[unit != k]) for k in range(max(unit) + 1)])
        )
        for unit in (item, listener)
    )
    return t_interval(estimate, variance, min(n) - 1, -np.inf, 1)


def mean_of_clip(rows, item, low, high):
    """Mean of one clip, t interval over its listeners."""
    value = rows.loc[rows["item"] == item, "value"].dropna().to_numpy()
    n = len(value)
    if n < 2:
        return (value[0] if n else np.nan), np.nan, np.nan
    return t_interval(value.mean(), value.var(ddof=1) / n, n - 1, low, high)


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
