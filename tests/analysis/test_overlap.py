"""Overlap of marked spans with an explanation: by hand, and what chance makes of it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.overlap import describe_overlap
from evalsite.analysis.spans import (
    mark_frames,
    measure_overlap,
    overlap_of_shifts,
    spread_weights,
)


def test_frames_are_marked_by_their_share():
    # Frames of 1 s: half of the first, all of the second, a quarter of the fourth.
    mask = mark_frames([[3.5, 3.75], [0.5, 2.0], [1.0, 1.5]], seconds=4, n_frames=4)

    assert mask == pytest.approx([0.5, 1, 0, 0.25])


def test_weights_are_spread_as_the_cells_lie():
    # Two components: 3 with cells 1:1 in frames 0 and 1, -1 all in frame 2; 4 s in 3 frames.
    profile = spread_weights([[2, 2, 0], [0, 0, 5]], [3, -1], [0, 1, 2, 4], n_frames=4)

    assert profile == pytest.approx([1.5, 1.5, 0.5, 0.5])


def test_overlap_of_every_shift_by_hand():
    # Mask on frame 1 of 4, profile 1 2 3 4: the shifted mask meets 2, 3, 4, then 1 of 10.
    assert overlap_of_shifts([0, 1, 0, 0], [1, 2, 3, 4]) == pytest.approx([0.2, 0.3, 0.4, 0.1])


def test_overlap_of_one_clip_by_hand():
    found = measure_overlap([0, 0, 1, 1], [1, 2, 3, 4])

    # .7 of the weight in half of the time; of the shifts (.7, .5, .3, .5) one is as large.
    assert found.estimate == pytest.approx(0.7)
    assert found.details["chance"] == pytest.approx(0.5)
    assert found.details["excess"] == pytest.approx(0.2)
    assert found.details["p_value"] == 0.25
    assert found.details["n_shifts"] == 4
    # r of (0, 0, 1, 1) and (1, 2, 3, 4) is 2 / sqrt(5); IoU (.75 + 1) / (.25 + .5 + 1 + 1).
    assert found.details["correlation"] == pytest.approx(2 / math.sqrt(5))
    assert found.details["iou"] == pytest.approx(1.75 / 2.75)


@pytest.mark.parametrize(
    ("mask", "profile", "reason"),
    [
        ([0, 0], [1, 2], "nothing_marked"),
        ([1, 0], [0, 0], "no_weight"),
        ([1, 1], [1, 2], "no_variation"),
        ([1, 0], [2, 2], "no_variation"),
    ],
)
def test_undefined_overlap_has_a_reason(mask, profile, reason):
    assert measure_overlap(mask, profile).reason == reason


@pytest.mark.parametrize(
    ("mask", "profile", "rule"),
    [
        ([0, 1], [1, 2, 3], "of one shape"),
        ([0, 2], [1, 2], r"mask must lie in \[0, 1\]"),
        ([0, 1], [1, -2], "0 or more"),
    ],
)
def test_what_is_no_mask_or_profile_is_refused(mask, profile, rule):
    with pytest.raises(ValueError, match=rule):
        measure_overlap(mask, profile)


def test_spans_that_agree_with_the_explanation_stand_out():
    profiles = {r: bump(100, 20 + 7 * r) for r in range(6)}
    rows = [
        (listener, r, [[(20 + 7 * r - 4) / 10, (20 + 7 * r + 4) / 10]])
        for r in range(6)
        for listener in range(5)
    ]
    rows += [(0, 0, [])]

    found = describe(rows, profiles)

    assert found.details["p_value"] == pytest.approx(1e-4)
    # Of 720 ways to swap six clips one is as good.
    assert found.details["p_value_swapped"] < 0.005
    assert found.details["chance"] == pytest.approx(0.08)
    assert found.details["captured"] > 0.6
    assert found.estimate == pytest.approx(found.details["captured"] - 0.08)
    assert found.details["n_nowhere"] == 1
    assert (found.details["n_listeners"], found.details["n_recordings"]) == (5, 6)


def test_one_recording_has_an_exact_p_and_no_interval():
    found = describe([(0, 0, [[0, 2]]), (1, 0, [[1, 3]])], {0: [4, 3, 2, 1]}, seconds=4)

    # Both shifted together: .2 + 0, -.0 - .2, -.2 + 0, 0 + .2 by shift; two of four as large.
    assert found.estimate == pytest.approx(0.1)
    assert found.details["p_value"] == 0.5
    assert found.details["p_value_swapped"] is None
    assert (found.reason, math.isnan(found.low)) == ("too_few_recordings", True)


def test_nothing_but_nowhere_is_undefined():
    assert describe([(0, 0, [])], {0: [1, 2]}).reason == "nothing_marked"
    assert describe([], {}).reason == "no_data"


def test_a_recording_without_a_profile_is_named():
    with pytest.raises(ValueError, match="Each recording needs a profile and a length, 3 has none"):
        describe([(0, 3, [[0, 1]])], {})


@pytest.mark.parametrize("middle", [0.0, 3.0], ids=["anywhere", "in_the_middle"])
def test_spans_that_know_nothing_are_found_out(middle):
    """Listeners who agree with each other, smooth profiles, nothing in common but the middle."""
    rng = np.random.default_rng(0)
    n_studies, p_swapped = 400, []
    for _ in range(n_studies):
        profiles, rows = {}, []
        for r in range(6):
            centres = rng.uniform(10 * middle, 120 - 10 * middle, 3)
            profiles[r] = np.sum([bump(120, centre, 12) for centre in centres], axis=0)
            place = rng.uniform(max(middle, 1), min(12 - middle, 11))
            for listener in range(4):
                start = np.clip(place + rng.normal(0, 0.5), 1, 11) - 1
                rows.append((listener, r, [[start, start + rng.uniform(0.5, 1)]]))
        found = describe(rows, profiles, seconds=12, rng=rng)
        p_swapped.append(found.details["p_value_swapped"])

    # .05 within four standard errors.
    assert np.mean(np.array(p_swapped) <= 0.05) < 0.05 + 4 * math.sqrt(0.05 * 0.95 / n_studies)


def test_shifts_of_a_circle_keep_their_level():
    """Where any place is as good as any other the p value by shifts is exact."""
    profile = bump(120, 30, 12) + bump(120, 70, 8)
    mask = mark_frames([[1, 2], [4, 4.5]], seconds=12, n_frames=120)

    p_values = [measure_overlap(np.roll(mask, k), profile).details["p_value"] for k in range(120)]

    assert np.mean(np.array(p_values) <= 0.05) == 0.05
    assert min(p_values) == 1 / 120


def bump(n: int, centre: float, width: float = 3.0) -> np.ndarray:
    return np.exp(-0.5 * ((np.arange(n) + 0.5 - centre) / width) ** 2)


def describe(rows, profiles, *, seconds: float = 10.0, rng=None):
    marks = pd.DataFrame(rows, columns=["listener", "recording", "spans"])
    lengths = dict.fromkeys(profiles, seconds)
    return describe_overlap(marks, profiles, lengths, rng=rng or np.random.default_rng(1))
