from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explain_engine.explainers.base import correlate_ranks
from explain_engine.explainers.regions import (
    Regions,
    draw_pairs,
    expect_covariance,
    group_components,
    share_out,
)
from explain_engine.layout import Layout
from explain_engine.recipe import EXPLAINERS
from tests.explain_engine.explainers.problems import bend, make_problem

SIDE = 16


def lay_out_grid(brightness: float = 0.5) -> Layout:
    """A picture of ten seconds in 16 by 16 components."""
    row, column = (axis.ravel() for axis in np.indices((SIDE, SIDE)))
    n = SIDE**2
    return Layout(
        seconds=10 * (column + 0.5) / SIDE,
        heights=(row + 0.5) / SIDE,
        areas=np.full(n, 1 / n),
        brightness=np.full(n, brightness),
    )


def make_hill(layout: Layout) -> np.ndarray:
    """Weights that rise about one place and sink about another."""
    up = np.exp(-((layout.seconds - 3) ** 2) / 4 - (layout.heights - 0.3) ** 2 / 0.05)
    down = np.exp(-((layout.seconds - 8) ** 2) / 4 - (layout.heights - 0.8) ** 2 / 0.05)
    return up - down


def ask_hill(weights: np.ndarray):
    """A model that also minds how much is on, which no line can say."""

    def answer(masks: np.ndarray) -> np.ndarray:
        return (masks @ weights + 20 * masks.mean(axis=1) ** 2)[:, None]

    return answer


def make_hill_problem(seed: int, n_samples: int = 240, **changes):
    layout = lay_out_grid()
    problem = make_problem(
        ask_hill(make_hill(layout)),
        n_components=SIDE**2,
        n_targets=1,
        n_samples=n_samples,
        seed=seed,
    )
    return replace(problem, layout=layout, **changes)


def test_fewer_forwards_than_components_find_more_than_lime():
    truth = make_hill(lay_out_grid())

    regions = [EXPLAINERS.make("regions")(make_hill_problem(seed)).weights[0] for seed in (1, 2)]
    lime = [EXPLAINERS.make("lime")(make_hill_problem(seed)).weights[0] for seed in (1, 2)]

    hits = [
        np.mean([np.corrcoef(truth, weights)[0, 1] for weights in runs]) for runs in (regions, lime)
    ]
    assert correlate_ranks(*regions) > 0.9 > 0.85 > correlate_ranks(*lime)
    assert hits[0] > 0.98 > hits[1]


def test_every_second_masking_opposes_the_one_before():
    problem = make_problem(bend, n_components=12, n_samples=41)
    regions = np.arange(12) // 3

    masks = draw_pairs(problem, regions)

    assert masks.shape == (41, 12)
    assert masks[0].all()
    assert np.array_equal(masks[0:40:2], ~masks[1:40:2])
    for region in range(4):
        inside = masks[:, regions == region]
        assert np.array_equal(inside.any(axis=1), inside.all(axis=1))


def test_no_masking_but_the_first_pair_is_all_or_nothing():
    masks = draw_pairs(make_problem(bend, n_samples=200), np.arange(12))

    assert set(masks[2:].sum(axis=1)) <= set(range(1, 12))


def test_components_that_lie_near_each_other_make_a_region():
    near = np.array([0.0, 0.2, 0.4, 8.0, 8.2, 8.4])
    layout = Layout(near, np.array([0.1] * 3 + [0.9] * 3), np.full(6, 1 / 6), np.ones(6))

    assert group_components(layout, 6, 2).tolist() == [0, 0, 0, 1, 1, 1]
    assert group_components(layout, 6, 6).tolist() == list(range(6))
    assert group_components(None, 60, 48).tolist() == list(range(60))


def test_shares_add_up_to_what_the_region_has():
    layout = lay_out_grid()
    regions = group_components(layout, SIDE**2, 20)
    covariance = expect_covariance(layout, SIDE**2)
    members = np.eye(20)[regions]

    shares = share_out(regions, covariance)

    wanted = np.random.default_rng(0).standard_normal(20)
    latent = np.linalg.solve(np.linalg.cholesky(members.T @ covariance @ members), wanted)
    assert members.T @ (shares @ latent) == pytest.approx(wanted)


def test_what_is_loud_or_large_takes_more_of_its_regions_weight():
    layout = Layout(
        seconds=np.array([1.0, 1.0, 1.0]),
        heights=np.array([0.5, 0.5, 0.5]),
        areas=np.array([0.2, 0.2, 0.6]),
        brightness=np.array([0.1, 0.4, 0.1]),
    )

    shares = share_out(np.zeros(3, dtype=int), expect_covariance(layout, 3))[:, 0]

    assert shares[0] > 0
    assert shares[1] == pytest.approx(2 * shares[0], rel=0.05)
    assert shares[2] == pytest.approx(3 * shares[0], rel=0.05)


def test_sampling_stops_when_two_halves_agree():
    stopped = Regions()(make_hill_problem(0, n_samples=4000, stability=0.9))
    whole = Regions()(make_hill_problem(0, n_samples=400))

    assert 96 <= len(stopped.masks) < 1000
    assert correlate_ranks(*stopped.halves[:, 0]) >= 0.9
    assert len(whole.masks) == 400


def test_the_seed_decides_and_nothing_else():
    first, again, other = (Regions()(make_hill_problem(seed)).weights for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.isfinite(first).all()


def test_a_target_that_never_changes_gets_no_weight():
    problem = make_hill_problem(0)
    constant = replace(problem, evaluate=lambda masks: np.full((len(masks), 1), 0.25))

    attribution = Regions()(constant)

    assert attribution.weights == pytest.approx(np.zeros((1, SIDE**2)), abs=1e-9)
    assert attribution.intercepts == pytest.approx([0.25])
