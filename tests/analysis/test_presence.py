from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.presence import contrast_presence, estimate_presence


def simulate_ratings(
    seed: int = 0, *, n_listeners: int = 24, n_recordings: int = 20
) -> pd.DataFrame:
    """Targets are 2 points above foils in kept clips, more for some listeners and recordings."""
    rng = np.random.default_rng(seed)
    of_listener, of_recording = rng.normal(0, 0.3, n_listeners), rng.normal(0, 0.3, n_recordings)
    rows = []
    for listener in range(n_listeners):
        for recording in range(n_recordings):
            condition = ("kept", "control")[(listener + recording) % 2]
            for is_target in (True, False, False):
                heard = 2 + of_listener[listener] + of_recording[recording]
                value = 3 + heard * (is_target and condition == "kept") + rng.normal()
                rows.append((listener, recording, condition, value, is_target))
    return pd.DataFrame(rows, columns=["listener", "recording", "condition", "value", "is_target"])


def test_presence_gives_back_what_was_planted():
    truth = {"kept": 2.0, "control": 0.0, "difference": 2.0}
    n_covered, n_runs = dict.fromkeys(truth, 0), 60
    for seed in range(n_runs):
        ratings = simulate_ratings(seed)
        found = {
            name: estimate_presence(ratings, condition=name, points=21, lowest=-6)
            for name in ("kept", "control")
        }
        found["difference"] = contrast_presence(
            ratings, condition="kept", baseline="control", points=21, lowest=-6
        )
        assert found["difference"].estimate == pytest.approx(
            found["kept"].estimate - found["control"].estimate
        )
        assert found["kept"].details["n_foils"] == 2 * found["kept"].details["n_targets"]
        for name, value in truth.items():
            n_covered[name] += found[name].low < value < found[name].high

    # Of 60 runs at 95 %, 52 or fewer cover in less than one of 100 repetitions.
    assert min(n_covered.values()) > 52, n_covered


def test_presence_without_targets_or_foils_says_why():
    ratings = simulate_ratings()

    for rows in (ratings[ratings["is_target"]], ratings[~ratings["is_target"]], ratings[:0]):
        found = estimate_presence(rows, condition="kept", points=21, lowest=-6)
        assert np.isnan(found.estimate) and found.reason == "no_target_rated"


def test_presence_of_one_listener_has_no_interval():
    ratings = simulate_ratings(n_listeners=1)

    found = estimate_presence(ratings, condition="kept", points=21, lowest=-6)

    assert np.isfinite(found.estimate) and found.reason == "too_few_listeners"
