"""What kept clips still carry, listeners beside the model, in an analysis script; as figures.py."""

# mypy: ignore-errors

import numpy as np
import pandas as pd

from evalsite.results.reproduce.figures import (
    crossed_variance,
    degrees_of_freedom,
    difference_crossed,
    jackknife,
    t_interval,
)


def read_outputs():
    """outputs.csv without items of several clips: nobody could say which of them was judged."""
    outputs = pd.read_csv("outputs.csv", dtype=str, keep_default_na=False)
    outputs = outputs.astype({"item": int})
    for name in ("value", "listening_gap"):
        outputs[name] = pd.to_numeric(outputs[name], errors="coerce")
    return outputs[outputs.groupby("item")["clip_file"].transform("nunique") == 1]


def model_says(rows):
    """The model's outputs on the clips that were judged: of several excerpts the mean."""
    outputs = read_outputs()
    outputs = outputs[outputs["item"].isin(rows["item"]) & outputs["value"].notna()]
    return outputs.groupby(["recording", "condition", "output"], as_index=False)["value"].mean()


def mean_gap(rows, block, condition):
    """Of how many clips it is known, and its mean size, for the output that was explained."""
    outputs = read_outputs()
    is_own = (outputs["block"] == block) & (outputs["condition"] == condition)
    is_target = outputs["output"] == outputs["target"]
    gaps = outputs.loc[is_own & is_target, "listening_gap"].dropna().abs()
    return [len(gaps), gaps.mean()]


def pearson(a, b):
    """NaN of fewer than 3 recordings that have both, or where one does not vary."""
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    if len(a) < 3 or any(np.ptp(x) <= 1e-9 * np.max(np.abs(x)) for x in (a, b)):
        return np.nan
    a, b = a - a.mean(), b - b.mean()
    r = a @ b / np.sqrt((a @ a) * (b @ b))
    return np.sign(r) if abs(r) > 1 - 1e-12 else r


def combine_profiles(means):
    """Correlation of two profiles (Fisher's z), or that of the first two minus that of the others
    (as it is)."""
    r = pearson(means[0], means[1])
    with np.errstate(divide="ignore"):
        return np.arctanh(r) if len(means) == 2 else r - pearson(means[2], means[3])


def sum_profiles(judged, names):
    """Sums and numbers of judgments: profiles by listeners (the model last) by recordings."""
    listeners = [*sorted(set(judged["listener"]) - {"model"}), "model"]
    recordings = sorted(set(judged["recording"]))
    parts = (("profile", list(dict.fromkeys(names))), ("listener", listeners))
    at = [judged[column].map(known.index) for column, known in parts]
    at = (*at, judged["recording"].map({name: k for k, name in enumerate(recordings)}))
    sums = np.zeros((len(parts[0][1]), len(listeners), len(recordings)))
    counts = np.zeros_like(sums)
    np.add.at(sums, at, judged["value"])
    np.add.at(counts, at, 1)
    own = [parts[0][1].index(name) for name in names]
    return sums[own], counts[own]


def correlate_profiles(heard, said, names):
    """Correlation over recordings of two profiles, or the difference of two correlations.

    heard: profile, listener, recording, value; said: the same of the model, whose profiles have
    names that begin with "model: ". A profile is a mean a recording. What is the model's stays when
    a listener is left out.
    """
    is_model = [name.startswith("model: ") for name in names]
    said = said.assign(listener="model", profile="model: " + said["profile"])
    heard = heard[heard["value"].notna()]
    if any(is_model):
        heard = heard[heard["recording"].isin(said["recording"]) & (not all(is_model))]
    judged = pd.concat(
        [part[["profile", "listener", "recording", "value"]] for part in (heard, said)]
    )
    judged = judged[judged["profile"].isin(names)]
    if judged.empty:
        return [np.nan] * 3
    return jackknife_profiles(*sum_profiles(judged, names))


def mean_profiles(sums, counts, gone=()):
    """Means, profiles by recordings, without some listeners; NaN where nobody is left."""
    gone = list(gone)
    n = counts.sum(1) - counts[:, gone].sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n > 0, (sums.sum(1) - sums[:, gone].sum(1)) / n, np.nan)


def jackknife_profiles(sums, counts):
    """The figure, and t from leaving out listeners, recordings and pairs of them."""
    means = mean_profiles(sums, counts)
    pairs = [(0, 1), (2, 3)][: len(means) // 2]
    shared = [np.isfinite(means[a]) & np.isfinite(means[b]) for a, b in pairs]
    figure = combine_profiles(means)
    is_single = len(pairs) == 1
    estimate = np.tanh(figure) if is_single else figure
    if min(both.sum() for both in shared) < 4 or np.isnan(figure):
        return [np.nan] * 3
    if is_single and abs(estimate) > 1 - 1e-12:
        return [estimate, np.nan, np.nan]
    parts = zip(pairs, shared, strict=True)
    judged = np.any([(counts[a] + counts[b] > 0) & both for (a, b), both in parts], axis=0)[:-1]
    left = leave_out_profiles(sums, counts, judged, np.any(shared, axis=0))
    variance, df = spread_of_profiles(left)
    low, high = t_interval(figure, variance, df)[1:]
    low, high = (np.tanh(low), np.tanh(high)) if is_single else (low, high)
    return [estimate, max(low, -2), min(high, 2)]


def leave_out_profiles(sums, counts, judged, shared):
    """The figure without each listener, each recording, each pair of them that was judged."""
    means = mean_profiles(sums, counts)
    left = [[], [], []]
    for j in np.flatnonzero(judged.any(1)):
        less = mean_profiles(sums, counts, [j])
        left[0].append(combine_profiles(less))
        for k in np.flatnonzero(judged[j]):
            changed = means.copy()
            changed[:, k] = less[:, k]
            left[2].append(combine_profiles(changed))
    for k in np.flatnonzero(shared):
        left[1].append(combine_profiles(np.delete(means, k, axis=1)))
    return [np.array(part)[:, None] for part in left]


def spread_of_profiles(left):
    """Variance and degrees of freedom; of the model alone from recordings."""
    n = [len(part) for part in left]
    with np.errstate(invalid="ignore"):
        if n[0] == 0:
            return jackknife(left[1]), n[1] - 1
        if n[0] < 2:
            return np.nan, 1
        variance, listener, recording = crossed_variance(left, np.ones(1))
    return variance, degrees_of_freedom(n[:2], listener, recording)


def retention_of(rows, quality, *names):
    """Correlation of one quality's profiles of two conditions, or the difference of two such."""
    heard = rows[rows["quality"] == quality].assign(profile=lambda own: own["condition"])
    said = model_says(rows)
    said = said[said["output"] == quality].assign(profile=lambda own: own["condition"])
    return correlate_profiles(heard, said, names)


def match_with_model(rows, quality, condition):
    """Correlation over recordings of listeners' mean ratings with the model's output."""
    is_own = (rows["quality"] == quality) & (rows["condition"] == condition)
    said = model_says(rows)
    said = said[(said["output"] == quality) & (said["condition"] == condition)]
    return correlate_profiles(
        rows[is_own].assign(profile="heard"), said.assign(profile="said"), ["heard", "model: said"]
    )


def outputs_of_clips(rows, quality, *items):
    """The model's output for a quality on the clip of each item."""
    outputs = read_outputs()
    return outputs[outputs["output"] == quality].set_index("item")["value"].reindex(items).tolist()


def target_less_foils(rows, reach, *conditions):
    """Mean of the quality a clip was made for minus mean of the others, in a condition; or that
    minus the same in a second one."""
    rows = rows[rows["condition"].isin(conditions) & rows["value"].notna()]
    rows = rows[rows["is_target"] != ""]
    cells = [
        (rows["condition"] == name) & (rows["is_target"] == of_target)
        for name in conditions
        for of_target in ("true", "false")
    ]
    if min(cell.sum() for cell in cells) == 0:
        return np.nan, np.nan, np.nan
    return difference_crossed(rows, cells, [1, -1, -1, 1][: len(cells)], reach)
