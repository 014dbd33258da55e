"""Bootstraps on request: each draw is the coefficient of the drawn ratings."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from evalsite.analysis.agreement import (
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    kendall_w,
    percent_agreement,
)
from evalsite.analysis.agreement.two_way import BOOTSTRAPS, POPULATIONS
from evalsite.analysis.replicates import draw_matrices

CATEGORIES = [1.0, 2.0, 3.0, 4.0]
COEFFICIENTS = {
    "percent": percent_agreement,
    "fleiss": partial(fleiss_kappa, categories=CATEGORIES),
    "fleiss_ordinal": partial(fleiss_kappa, weights="ordinal", categories=CATEGORIES),
    "ac1": partial(gwet_ac1, categories=CATEGORIES),
    "ac2": partial(gwet_ac2, categories=CATEGORIES),
    "bp": partial(brennan_prediger, categories=CATEGORIES),
    "kendall": kendall_w,
}


def make_ratings() -> np.ndarray:
    """Six raters of ten items; a rater of some items only, every item rated by four or more."""
    rng = np.random.default_rng(3)
    wanted = rng.integers(1, 5, 10) + rng.integers(-1, 2, (6, 10))
    ratings = np.clip(wanted, 1, 4).astype(float)
    ratings[0, :3] = ratings[1, 3:5] = np.nan
    return ratings


@pytest.mark.parametrize("kind", BOOTSTRAPS)
@pytest.mark.parametrize("name", list(COEFFICIENTS))
def test_interval_is_that_of_the_drawn_ratings(name, kind):
    coefficient, ratings = COEFFICIENTS[name], make_ratings()
    if name == "kendall":
        ratings = ratings[2:]
    n_resamples = 150

    found = coefficient(
        ratings, interval=kind, n_resamples=n_resamples, rng=np.random.default_rng(7)
    )

    drawn = draw_matrices(ratings, kind, n_resamples=n_resamples, rng=np.random.default_rng(7))
    draws = np.array([coefficient(one, interval=None).estimate for one in drawn])
    ends = np.nanquantile(draws, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-9)
    assert found.estimate == coefficient(ratings, interval=None).estimate
    assert found.population == POPULATIONS[kind]
    assert found.details["n_resamples"] == n_resamples


def test_cohen_kappa_draws_items():
    ratings = np.nan_to_num(make_ratings()[2:4])
    options = {"weights": "linear", "categories": CATEGORIES}

    found = cohen_kappa(
        ratings,
        interval="item_bootstrap",
        n_resamples=150,
        rng=np.random.default_rng(7),
        **options,
    )

    drawn = draw_matrices(ratings, "item_bootstrap", n_resamples=150, rng=np.random.default_rng(7))
    draws = [cohen_kappa(one, interval=None, **options).estimate for one in drawn]
    assert (found.low, found.high) == pytest.approx(np.nanquantile(draws, [0.025, 0.975]), abs=1e-9)


@pytest.mark.parametrize("coefficient", [percent_agreement, gwet_ac1, kendall_w])
def test_a_bootstrap_of_one_order_has_no_interval(coefficient):
    ratings = np.tile(np.arange(1.0, 6.0), (4, 1))
    found = coefficient(ratings, interval="item_bootstrap", rng=np.random.default_rng(0))
    assert (found.estimate, found.reason) == (1.0, "no_disagreement")
