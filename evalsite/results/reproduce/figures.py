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
    ratings = pd.read_csv("ratings.csv", dtype=str, keep_default_na=False)
    raters = pd.read_csv("raters.csv", dtype=str, keep_default_na=False)
    analysed = raters.loc[raters["analysed"] == "true", "participant"]
    ratings["analysed"] = ratings["participant"].isin(analysed)
    ratings = ratings[ratings["kind"] == "main"]
    ratings = ratings.astype({"position": int, "occasion": int, "item": int})
    trials = ratings[ratings["signal"] == ""].drop_duplicates(["participant", "block", "position"])
    before = trials[["participant", "block", "position", "condition"]].copy()
    before["position"] += 1
    before = before.rename(columns={"condition": "previous"})
    return ratings.merge(before, on=["participant", "block", "position"], how="left")


def choose(ratings, block="", quality="", column="", everybody=False, planned=None):
    """The judgments of one block and quality; `value` is what is measured.

    `planned`: the items made for each condition, where trials had several sounds.
    """
    rows = ratings[ratings["analysed"] | everybody]
    rows = rows.assign(first_heard=pd.factorize(rows["recording"])[0])
    if block:
        rows = rows[rows["block"] == block]
    if quality:
        rows = rows[rows["quality"] == quality]
    if planned:
        names = {item: name for name, items in planned.items() for item in items}
        rows = rows.assign(condition=rows["item"].map(names))
    rows = rows.assign(listener=rows["participant"])
    if column:
        numbers = rows[column].replace({"true": "1", "false": "0"})
        rows = rows.assign(value=pd.to_numeric(numbers, errors="coerce"))
    return rows


def count_judgments(rows):
    """Judgments, answers, listeners, clips, recordings."""
    answers = rows[["listener", "position"]].drop_duplicates()
    names = ["listener", "item", "recording"]
    return [len(rows), len(answers), *(rows[name].nunique() for name in names)]


def count_answers(rows):
    """How many answers there are."""
    return [len(rows)]


def count_listeners(rows):
    """How many listeners judged."""
    return [rows["listener"].nunique()]


def count_cells(rows, recording, *conditions):
    """Answers about one recording in each condition; each of several sounds has its own."""
    heard = rows[rows["recording"] == recording]
    heard = heard[["listener", "position", "condition"]].drop_duplicates()
    return [(heard["condition"] == name).sum() for name in conditions]


def count_told(rows):
    """Judgments that are not "can't tell"."""
    return [rows["value"].notna().sum()]


def count_values(rows, low, high):
    """Judgments, listeners, recordings; how often each point from low to high."""
    counts = [(rows["value"] == point).sum() for point in range(low, high + 1)]
    return [len(rows), rows["listener"].nunique(), rows["recording"].nunique(), *counts]


def count_values_of_clip(rows, item, low, high):
    """Judgments of one clip, "can't tell", how often each point from low to high."""
    value = rows.loc[rows["item"] == item, "value"]
    counts = [(value == point).sum() for point in range(low, high + 1)]
    return [len(value), value.isna().sum(), *counts]


def quartiles(rows):
    """Number of scores, quartile, median, quartile (linear between scores)."""
    value = rows["value"].dropna()
    parts = np.quantile(value, [0.25, 0.5, 0.75]) if len(value) else [np.nan] * 3
    return [len(value), *parts]


def quartiles_of_clip(rows, item):
    """The same of one clip."""
    return quartiles(rows[rows["item"] == item])


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


def degrees_of_freedom(n, listener, recording):
    """Satterthwaite (1946), from the two parts of the variance; at least the smaller n - 1."""
    df = min(n) - 1
    if listener + recording > 0:
        parts = listener**2 / (n[0] - 1) + recording**2 / (n[1] - 1)
        df = max(df, (listener + recording) ** 2 / parts)
    return df


def difference_crossed(rows, cells, weights, reach):
    """Weighted sum of cells' means."""
    means, left = crossed_parts(rows, cells)
    weights = np.array(weights, dtype=float)
    n = [len(left[0]), len(left[1])]
    if min(n) < 2:
        return means @ weights, np.nan, np.nan
    variance, listener, recording = crossed_variance(left, weights)
    df = degrees_of_freedom(n, listener, recording)
    return t_interval(means @ weights, variance, df, -reach, reach)


def contrast(rows, condition, baseline, reach):
    """Mean of the condition minus mean of the baseline."""
    rows = rows[rows["condition"].isin([condition, baseline]) & rows["value"].notna()]
    cells = [rows["condition"] == condition, rows["condition"] == baseline]
    if min(cell.sum() for cell in cells) == 0:
        return np.nan, np.nan, np.nan
    return difference_crossed(rows, cells, [1, -1], reach)


def wilson(share, n):
    """Wilson's (1927) interval of a share."""
    z = stats.norm.ppf(0.975)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return share, max(0, centre - reach), min(1, centre + reach)


def share_missing(rows):
    """Share of "can't tell", with the effective number of judgments."""
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
    return wilson(share, effective)


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
    return leave_out_both(rows, rows["value"].to_numpy(), alpha_of, -np.inf, 1)


def leave_out_both(rows, value, measure, low, high, is_paired=True):
    """A figure of values and items, leaving out one item and one listener at a time; degrees of
    freedom from those of them with values that pair, or from all."""
    item, listener = (pd.factorize(rows[name])[0] for name in ("item", "listener"))
    estimate = measure(value, item)
    if np.isnan(estimate):
        return np.nan, np.nan, np.nan
    counts = (np.bincount(item)[item] > 1) | (not is_paired)
    n = [len(np.unique(unit[counts])) for unit in (item, listener)]
    if n[0] < 2 or n[1] < 3:
        return estimate, np.nan, np.nan
    variance = sum(
        jackknife(
            np.array([measure(value[unit != k], item[unit != k]) for k in range(max(unit) + 1)])
        )
        for unit in (item, listener)
    )
    return t_interval(estimate, variance, min(n) - 1, low, high)


def spread_of_clips(rows):
    """Standard deviation of the clips' means."""
    return [rows.groupby("item")["value"].mean().std(ddof=1)]


def mean_of_clip(rows, item, low, high):
    """Mean of one clip, t interval over its listeners."""
    value = rows.loc[rows["item"] == item, "value"].dropna().to_numpy()
    n = len(value)
    if n < 2:
        return (value[0] if n else np.nan), np.nan, np.nan
    return t_interval(value.mean(), value.var(ddof=1) / n, n - 1, low, high)
