from __future__ import annotations

import numpy as np
import pytest
from lime.lime_base import LimeBase

from explain_engine.explainers.base import Problem, draw_masks, measure_distances
from explain_engine.recipe import EXPLAINERS


def make_problem(evaluate, *, n_components=12, n_targets=2, n_samples=200, seed=0):
    rng = np.random.default_rng(seed)
    return Problem(n_components, n_targets, n_samples, rng, evaluate)


def bend(masks: np.ndarray) -> np.ndarray:
    """Two outputs that are not linear in the masks."""
    x = masks.astype(float)
    return np.stack([np.tanh(x[:, :6].sum(1) - 2), x[:, 0] * x[:, 1] - 0.5 * x[:, 3]], axis=1)


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


@pytest.mark.parametrize("name", EXPLAINERS.names())
def test_every_explainer_returns_weights_of_all_targets_and_components(name):
    attribution = EXPLAINERS.make(name)(make_problem(bend, n_samples=60))

    assert attribution.weights.shape == (2, 12)
    assert attribution.intercepts.shape == (2,)
    assert np.isfinite(attribution.weights).all()
    assert attribution.masks.shape[1] == 12
    assert attribution.outputs.shape == (len(attribution.masks), 2)


def test_random_never_asks_the_model():
    def refuse(masks: np.ndarray) -> np.ndarray:
        raise RuntimeError("asked")

    first = EXPLAINERS.make("random")(make_problem(refuse, seed=3))

    assert np.array_equal(
        first.weights, EXPLAINERS.make("random")(make_problem(refuse, seed=3)).weights
    )
