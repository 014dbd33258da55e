"""Spans that listeners marked against an explanation's weight over time, in an analysis script; as
figures.py."""

# mypy: ignore-errors

import numpy as np
import pandas as pd

from evalsite.results.reproduce.figures import mean_crossed


def read_profiles():
    """Of each item the frames' edges, in seconds, and weights."""
    table = pd.read_csv("profiles.csv")
    return {
        item: (np.append(own["start"], own["end"].iloc[-1]), own["weight"].to_numpy())
        for item, own in table.groupby("item")
    }


def count_marks(rows, prompt):
    """How many answers there are, "nowhere" too."""
    rows = rows[rows["prompt"] == prompt]
    return [len(rows[["listener", "item"]].drop_duplicates())]


def count_marks_of_clip(rows, prompt, item):
    """The same of one clip."""
    return count_marks(rows[rows["item"] == item], prompt)


def mark_frames(spans, edges):
    """Marked share of each frame; what overlaps counts once."""
    covered, reached = np.zeros(len(edges) - 1), 0.0
    for start, end in sorted(spans):
        first, reached = max(start, reached), max(end, reached)
        inside = np.minimum(edges[1:], max(end, first)) - np.maximum(edges[:-1], first)
        covered += np.clip(inside, 0, None)
    return np.clip(covered * len(covered) / edges[-1], 0, 1)


def shift_marks(mask, weight):
    """Share of the weight in the marks, as they are and shifted along the clip, around its end."""
    return np.array([np.roll(mask, k) @ weight for k in range(len(mask))]) / weight.sum()


def overlap_of_marks(rows, prompt, seed):
    """Weight in the marks beyond the share of time that is marked: mean, interval; share of the
    weight; share of the time; answers "nowhere"; p by shifts; p by swaps."""
    rows, profiles = rows[rows["prompt"] == prompt], read_profiles()
    answers, shifted, marked, n_nowhere = [], {}, {}, 0
    for (listener, item), own in rows.groupby(["listener", "item"]):
        own = own[own["is_none"] != "true"]
        n_nowhere += own.empty
        if own.empty or item not in profiles:
            continue
        edges, weight = profiles[item]
        mask = mark_frames(own[["start", "end"]].astype(float).to_numpy().tolist(), edges)
        share = shift_marks(mask, weight)
        answers.append((listener, item, share[0] - mask.mean(), share[0], mask.mean()))
        shifted[item] = shifted.get(item, 0) + share - mask.mean()
        marked[item] = marked.get(item, 0) + mask
    names = ["listener", "recording", "value", "captured", "chance"]
    table = pd.DataFrame(answers, columns=names)
    if table.empty:
        return [np.nan] * 5 + [n_nowhere, np.nan, np.nan]
    rng = np.random.default_rng(seed)
    weights = [profiles[item][1] for item in marked]
    p_values = [
        p_of_shifts(list(shifted.values()), rng),
        p_of_swaps([*marked.values()], weights, rng),
    ]
    shares = [table["captured"].mean(), table["chance"].mean()]
    return [*mean_crossed(table, -1, 1), *shares, n_nowhere, *p_values]


def overlap_of_clip(rows, prompt, item):
    """The same of one clip, tried with all shifts."""
    return overlap_of_marks(rows[rows["item"] == item], prompt, 0)


def p_of_shifts(shifted, rng):
    """Share of shifts that overlap as much: of one clip all, of several each clip at random."""
    observed = sum(sums[0] for sums in shifted)
    if len(shifted) == 1:
        return np.mean(shifted[0] >= observed - 1e-9)
    drawn = sum(sums[rng.integers(len(sums), size=9999)] for sums in shifted)
    return (1 + np.sum(drawn >= observed - 1e-9)) / 10000


def p_of_swaps(marked, weights, rng):
    """Share of random orders in which other clips' weight, stretched, overlaps as much as a clip's
    own (Harris, 2021)."""
    n = len(marked)
    if n < 4:
        return np.nan
    table = np.array([[mask @ stretch(one, len(mask)) for one in weights] for mask in marked])
    orders = rng.permuted(np.tile(np.arange(n), (9999, 1)), axis=1)
    sums = table[np.arange(n), orders].sum(1)
    return (1 + np.sum(sums >= np.trace(table) - 1e-9)) / 10000


def stretch(weight, n):
    """In so many frames, adding up to 1."""
    mass = np.append(0, np.cumsum(weight) / weight.sum())
    return np.diff(np.interp(np.linspace(0, 1, n + 1), np.linspace(0, 1, len(mass)), mass))
