from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special

from evalsite.analysis.accuracy import identification_accuracy
from evalsite.analysis.power import (
    find_binomial_power,
    simulate_contrast_power,
    simulate_identification_power,
)
from evalsite.analysis.power.simulation import find_logit, find_p_values

DESIGN = {"n_listeners": 20, "n_clips": 14, "chance": 1 / 7, "sd_listener": 0.5, "sd_clip": 0.5}
RATINGS = {
    "n_listeners": 18,
    "n_recordings": 6,
    "sd_listener": 0.7,
    "sd_recording": 0.7,
    "sd_residual": 1.0,
}


def test_tables_at_once_are_tested_as_one_by_one():
    rng = np.random.default_rng(1)
    right = (rng.random((20, 7, 5)) < rng.random((20, 1, 5))).astype(float)
    listener, clip = (axis.ravel() for axis in np.indices((7, 5)))

    found = find_p_values(right, chance=0.3)

    single = [
        identification_accuracy(
            pd.DataFrame({"listener": listener, "clip": clip, "is_correct": table.ravel()}),
            chance=0.3,
        ).details["p_value"]
        for table in right
    ]
    assert found == pytest.approx(single, abs=1e-12)


def test_default_test_finds_a_quarter_against_a_seventh():
    result = simulate_identification_power(**DESIGN, share=0.25, rng=np.random.default_rng(2))

    assert result.low > 0.80
    assert result.n == 2000


@pytest.mark.parametrize("n_listeners", [20, 50, 100])
@pytest.mark.parametrize(("sd_listener", "sd_clip"), [(0, 0), (0.5, 0), (0.5, 0.5), (0.8, 0.8)])
def test_default_test_keeps_its_size(n_listeners, sd_listener, sd_clip):
    design = DESIGN | {
        "n_listeners": n_listeners,
        "sd_listener": sd_listener,
        "sd_clip": sd_clip,
    }

    result = simulate_identification_power(**design, share=1 / 7, rng=np.random.default_rng(3))

    assert result.high <= 0.07


def test_power_without_clusters_comes_near_the_binomials():
    design = DESIGN | {"sd_listener": 0, "sd_clip": 0, "n_listeners": 30, "n_clips": 30}

    result = simulate_identification_power(**design, share=0.18, rng=np.random.default_rng(4))

    exact = find_binomial_power(900, chance=1 / 7, share=0.18).power
    # The crossed test gives up a little for variances it has to estimate.
    assert exact - 0.15 < result.estimate < exact + 0.02


def test_more_clips_help_where_more_listeners_do_not():
    rng = np.random.default_rng(5)
    base = DESIGN | {"n_clips": 6, "sd_clip": 1.0, "share": 0.22, "n_runs": 1000}

    few, listeners, clips = (
        simulate_identification_power(**(base | change), rng=rng).estimate
        for change in ({}, {"n_listeners": 80}, {"n_clips": 24})
    )

    assert clips - few > 0.15
    assert clips > listeners


@pytest.mark.parametrize(("share", "spread"), [(1 / 7, 0.0), (0.4, 0.7), (0.9, 1.5)])
def test_logit_meets_its_share(share, spread):
    logit = find_logit(share, spread=spread)

    draws = special.expit(logit + spread * np.random.default_rng(6).normal(size=400_000))
    assert draws.mean() == pytest.approx(share, abs=0.002)


def test_contrast_keeps_its_size_and_finds_a_difference():
    rng = np.random.default_rng(7)
    spread = {"sd_listener_difference": 0.3, "sd_recording_difference": 0.3}

    size = simulate_contrast_power(**RATINGS, **spread, difference=0, rng=rng, n_runs=400)
    power = simulate_contrast_power(**RATINGS, **spread, difference=1.2, rng=rng, n_runs=200)

    assert size.estimate <= 0.08  # .05 and 3 Monte-Carlo errors
    assert power.estimate > 0.8


def test_simulation_repeats_with_its_seed():
    first, second = (
        simulate_contrast_power(**RATINGS, difference=0.5, rng=np.random.default_rng(8), n_runs=100)
        for _ in "12"
    )

    assert first == second


@pytest.mark.parametrize(
    ("simulate", "change", "message"),
    [
        (simulate_identification_power, {"n_clips": 1}, "number of clips must be 2 or more, got 1"),
        (simulate_identification_power, {"n_runs": 10}, "n_runs must be 100 or more, got 10"),
        (simulate_identification_power, {"sd_clip": -1}, "sd_clip must be 0 or more, got -1"),
        (simulate_identification_power, {"share": 1.0}, "between 0 and 1, got 1.0"),
        (simulate_contrast_power, {"alpha": 0.5}, "alpha must lie between 0 and 0.5, got 0.5"),
        (simulate_contrast_power, {"n_conditions": 1}, "n_conditions must be 2 or more, got 1"),
    ],
)
def test_simulation_refuses(simulate, change, message):
    if simulate is simulate_identification_power:
        given = DESIGN | {"share": 0.3} | change
    else:
        given = RATINGS | {"difference": 1} | change

    with pytest.raises(ValueError, match=message):
        simulate(**given, rng=np.random.default_rng(0))
