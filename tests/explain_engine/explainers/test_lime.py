from __future__ import annotations

import numpy as np
import pytest
from lime.lime_base import LimeBase
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge

from explain_engine.explainers.base import (
    Attribution,
    correlate_ranks,
    draw_masks,
    measure_distances,
)
from explain_engine.recipe import EXPLAINERS
from tests.explain_engine.explainers.problems import bend, make_problem


def test_lime_equals_lime_base_on_the_same_masks():
    lime = EXPLAINERS.make("lime")
    masks = draw_masks(make_problem(bend))
    outputs = bend(masks)

    weights, intercepts = lime.fit(masks, outputs)

    base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / 0.25**2)), random_state=0)
    for target in range(2):
        intercept, terms, _, _ = base.explain_instance_with_data(
            masks.astype(float), outputs, measure_distances(masks), target, 12, "none"
        )
        expected = np.array([weight for _, weight in sorted(terms)])
        assert np.abs(weights[target] - expected).max() < 1e-6
        assert intercepts[target] == pytest.approx(intercept, abs=1e-6)


def test_lime_reference_gives_the_same_weights():
    fast = EXPLAINERS.make("lime")(make_problem(bend))
    reference = EXPLAINERS.make("lime_reference")(make_problem(bend))

    assert np.array_equal(fast.masks, reference.masks)
    assert np.abs(fast.weights - reference.weights).max() < 1e-6
    assert np.abs(fast.intercepts - reference.intercepts).max() < 1e-6


def test_distances_are_sklearns_cosine_distances():
    from sklearn.metrics import pairwise_distances

    masks = np.random.default_rng(0).random((30, 9)) < 0.5
    masks[3] = False

    expected = pairwise_distances(masks.astype(float), np.ones((1, 9)), metric="cosine").ravel()

    assert measure_distances(masks) == pytest.approx(expected)


def test_lime_without_penalty_solves_a_linear_model_exactly():
    slopes = np.array([[1.0, -2.0, 0.5, 0.0], [0.0, 0.0, 0.0, 3.0]])
    problem = make_problem(
        lambda masks: masks @ slopes.T + [0.25, -1.0], n_components=4, n_samples=40
    )

    attribution = EXPLAINERS.make("lime", {"alpha": 0.0})(problem)

    assert attribution.weights == pytest.approx(slopes, abs=1e-9)
    assert attribution.intercepts == pytest.approx([0.25, -1.0], abs=1e-9)


def test_first_mask_is_all_on_and_the_rest_are_on_half_the_time():
    masks = draw_masks(make_problem(bend, n_components=50, n_samples=400))

    assert masks[0].all()
    assert masks[1:].mean() == pytest.approx(0.5, abs=0.02)


def test_same_seed_draws_the_same_masks_and_another_seed_others():
    first = draw_masks(make_problem(bend, seed=1))

    assert np.array_equal(first, draw_masks(make_problem(bend, seed=1)))
    assert not np.array_equal(first, draw_masks(make_problem(bend, seed=2)))


def test_sampling_goes_on_until_two_halves_agree():
    slopes = np.linspace(-1, 1, 12)
    noise = np.random.default_rng(5)

    def answer(masks: np.ndarray) -> np.ndarray:
        y = masks @ slopes + 0.5 * noise.standard_normal(len(masks))
        return np.stack([y, 2 * y], axis=1)

    def sample(stability: float | None) -> Attribution:
        return EXPLAINERS.make("lime")(
            make_problem(answer, n_samples=2000, seed=4, stability=stability)
        )

    easy, hard, bound = sample(0.7), sample(0.97), sample(None)

    assert 64 <= len(easy.masks) < len(hard.masks) < len(bound.masks) == 2000
    for attribution, wanted in ((easy, 0.7), (hard, 0.97)):
        for target in range(2):
            assert correlate_ranks(*attribution.halves[:, target]) >= wanted
    assert np.array_equal(easy.masks, bound.masks[: len(easy.masks)])


def test_sampling_ends_at_its_bound_where_halves_never_agree():
    noise = np.random.default_rng(5)
    problem = make_problem(
        lambda masks: noise.standard_normal((len(masks), 2)), n_samples=300, stability=0.95
    )

    assert len(EXPLAINERS.make("lime")(problem).masks) == 300


def test_many_maskings_are_fitted_block_by_block_to_the_same_line():
    lime = EXPLAINERS.make("lime")
    masks = draw_masks(make_problem(bend, n_samples=2500))
    outputs = 1e3 + 1e-3 * bend(masks)

    weights, intercepts = lime.fit(masks, outputs)

    ridge = Ridge(alpha=1.0).fit(masks, outputs, sample_weight=lime.weigh(masks))
    assert np.abs(weights - ridge.coef_).max() < 1e-9
    assert intercepts == pytest.approx(ridge.intercept_, abs=1e-9)


def test_rank_correlation_is_spearmans_with_ties():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 9, 60).astype(float), rng.integers(0, 9, 60).astype(float)

    assert correlate_ranks(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert np.isnan(correlate_ranks(first, np.ones(60)))
