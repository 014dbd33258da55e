"""The default interval holds the truth as often as it says, with clips and listeners drawn anew."""

from __future__ import annotations

import numpy as np
import pytest

from evalsite.analysis.agreement import krippendorff_alpha
from tests.analysis.reference import load_case

CASE = load_case("27_ci_coverage_simulation")
RUNS = 400


@pytest.mark.parametrize("position", range(len(CASE["data"]["designs"])))
def test_alpha_interval_covers_the_population_agreement(position):
    design = CASE["data"]["designs"][position]
    rng = np.random.default_rng(2700 + position)
    n_raters, n_items = design["raters"], design["items"]
    spread = [np.sqrt(design[name]) for name in ("var_rater", "var_item", "var_resid")]
    truth = spread[1] ** 2 / sum(s**2 for s in spread)

    hits = 0
    for _ in range(RUNS):
        ratings = (
            rng.normal(0, spread[0], (n_raters, 1))
            + rng.normal(0, spread[1], (1, n_items))
            + rng.normal(0, spread[2], (n_raters, n_items))
        )
        result = krippendorff_alpha(ratings, level="interval")
        hits += result.low <= truth <= result.high

    expected = CASE["expected"]
    assert expected["coverage_min"] <= hits / RUNS <= expected["coverage_max"]
