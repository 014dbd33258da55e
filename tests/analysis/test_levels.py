"""Means of levels between listeners: by hand, in order, degenerate, and as true as they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalsite.analysis.levels import compare_levels

LEVELS = ("with", "without")


def make_judgments(rng: np.random.Generator, *, effect: float, n=12, n_recordings=10):
    """Each level has n listeners of their own; all hear the same recordings."""
    recording = np.tile(np.arange(n_recordings), 2 * n)
    listener = np.repeat(np.arange(2 * n), n_recordings)
    is_with = listener < n
    chance = (
        0.2
        + 0.3 * rng.normal(size=n_recordings)[recording]
        + 0.5 * rng.normal(size=2 * n)[listener]
        + effect * is_with
        + rng.logistic(size=len(listener))
    )
    return pd.DataFrame(
        {
            "listener": listener,
            "recording": recording,
            "level": np.where(is_with, *LEVELS),
            "value": (chance > 0).astype(float),
        }
    )


def test_one_judgment_a_listener_of_recordings_of_their_own_is_welchs_test():
    rng = np.random.default_rng(1)
    first, second = rng.normal(1, 1, 8), rng.normal(0, 1, 8)
    judgments = pd.DataFrame(
        {
            "listener": range(16),
            "recording": range(16),
            "level": ["a"] * 8 + ["b"] * 8,
            "value": [*first, *second],
        }
    )

    (pair,) = compare_levels(judgments, levels=("a", "b")).differences

    found = pair.difference
    assert (pair.first, pair.second) == ("a", "b")
    assert found.estimate == pytest.approx(first.mean() - second.mean())
    # The jackknife over all sixteen divides by 15 / 16 where Welch divides by 7 / 8 in each group.
    error = np.sqrt(first.var(ddof=1) / 8 + second.var(ddof=1) / 8)
    assert found.details["standard_error"] == pytest.approx(error, rel=0.04)


def test_means_are_those_of_the_values_told_and_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(2)
    judgments = make_judgments(rng, effect=1.0)
    judgments.loc[::7, "value"] = np.nan

    found = compare_levels(judgments, levels=LEVELS, bounds=(0, 1))
    shuffled = compare_levels(
        judgments.sample(frac=1, random_state=3), levels=LEVELS, bounds=(0, 1)
    )

    for name in LEVELS:
        own = judgments.loc[judgments["level"] == name, "value"]
        assert found.means[name].estimate == pytest.approx(own.mean())
        assert found.means[name].n == own.notna().sum()
        assert 0 <= found.means[name].low < found.means[name].high <= 1
        assert shuffled.means[name].high == pytest.approx(found.means[name].high)
    one, other = found.differences[0].difference, shuffled.differences[0].difference
    assert (one.estimate, one.low, one.high) == pytest.approx(
        (other.estimate, other.low, other.high)
    )


def test_interval_of_a_difference_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(4)
    runs = 400
    hits = 0
    for _ in range(runs):
        judgments = make_judgments(rng, effect=0.0)
        found = compare_levels(judgments, levels=LEVELS).differences[0].difference
        hits += found.low <= 0 <= found.high

    low, _ = stats.binom.interval(0.999, runs, 0.95)
    assert low <= hits <= runs * 0.99, hits / runs


def test_a_level_without_answers_has_no_mean_and_no_difference():
    judgments = make_judgments(np.random.default_rng(5), effect=0.0)

    found = compare_levels(judgments, levels=(*LEVELS, "never"))

    assert found.means["never"].reason == "no_data"
    reasons = {(one.first, one.second): one.difference.reason for one in found.differences}
    assert reasons == {
        ("with", "without"): None,
        ("with", "never"): "no_data",
        ("without", "never"): "no_data",
    }


@pytest.mark.parametrize(
    ("change", "levels", "sentence"),
    [
        (lambda f: f.drop(columns="level"), LEVELS, "judgments needs the column 'level'."),
        (lambda f: f.assign(level=None), LEVELS, "column 'level' must have no missing entries."),
        (lambda f: f, ("with",), "levels must be two or more different ones, got with."),
        (
            lambda f: f.assign(level=["with", "without"] * (len(f) // 2)),
            LEVELS,
            "listener 0 must have one level, got two.",
        ),
    ],
)
def test_bad_input_is_refused_with_a_sentence(change, levels, sentence):
    judgments = make_judgments(np.random.default_rng(6), effect=0.0)

    with pytest.raises(ValueError, match=sentence):
        compare_levels(change(judgments), levels=levels)
