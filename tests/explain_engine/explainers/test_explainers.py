from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest
import torch

from explain_engine.errors import ComponentError, ModelError
from explain_engine.models import MODELS
from explain_engine.recipe import EXPLAINERS
from tests.explain_engine.explainers.problems import bend, make_problem


def enumerate_shapley(evaluate, n: int) -> np.ndarray:
    """Shapley's own formula (1953, equation 12), shape=(n_targets, n)."""
    values = []
    for i in range(n):
        total = 0.0
        for size in range(n):
            for chosen in combinations([j for j in range(n) if j != i], size):
                masks = np.zeros((2, n), dtype=bool)
                masks[:, list(chosen)] = True
                masks[1, i] = True
                without, with_it = evaluate(masks)
                total += (
                    factorial(size) * factorial(n - size - 1) / factorial(n) * (with_it - without)
                )
        values.append(total)
    return np.stack(values, axis=1)


@pytest.mark.parametrize("name", EXPLAINERS.names())
def test_every_explainer_returns_weights_of_all_targets_and_components(name):
    attribution = EXPLAINERS.make(name)(make_problem(bend, n_samples=60))

    assert attribution.weights.shape == (2, 12)
    assert attribution.intercepts.shape == (2,)
    assert np.isfinite(attribution.weights).all()
    assert attribution.masks.shape[1] == 12
    assert attribution.outputs.shape == (len(attribution.masks), 2)
    assert (attribution.halves is None) == (attribution.nature != "sampled")
    assert (attribution.check is None) == (attribution.nature == "random")


@pytest.mark.parametrize("name", EXPLAINERS.names())
def test_every_explainer_keeps_to_the_forwards_it_told(name):
    asked = []

    def count(masks: np.ndarray) -> np.ndarray:
        asked.append(len(masks))
        return bend(masks)

    explainer = EXPLAINERS.make(name)
    explainer(make_problem(count, n_samples=60))

    told = explainer.count_forwards(12, 2, 60)
    gradients = explainer.n_steps if name == "integrated_gradients" else 0
    assert sum(asked) + gradients == told


@pytest.mark.parametrize("name", sorted({*EXPLAINERS.names()} - {"random"}))
def test_every_explainer_solves_a_linear_model(name):
    slopes = np.array([[1.0, -2.0, 0.5, 0.0], [0.0, 0.0, 0.0, 3.0]])
    constants = np.array([0.25, -1.0])

    def answer(masks: np.ndarray) -> np.ndarray:
        return masks @ slopes.T + constants

    explainer = EXPLAINERS.make(name)
    if hasattr(explainer, "alpha"):
        explainer = EXPLAINERS.make(name, {"alpha": 0.0})
    problem = make_problem(answer, n_components=4, n_samples=40)
    object.__setattr__(
        problem,
        "differentiate",
        lambda gains: gains @ torch.tensor(slopes.T, dtype=torch.float32) + torch.tensor(constants),
    )

    attribution = explainer(problem)

    assert attribution.weights == pytest.approx(slopes, abs=1e-5)
    assert attribution.intercepts == pytest.approx(constants, abs=1e-5)
    assert attribution.check.predicted == pytest.approx(attribution.check.actual, abs=1e-4)


@pytest.mark.parametrize("name", ["exhaustive", "occlusion", "integrated_gradients"])
def test_what_is_exact_is_the_same_for_any_seed(name):
    first, second = (EXPLAINERS.make(name)(make_problem(bend, seed=seed)) for seed in (1, 2))

    assert first.nature == "exact"
    assert first.weights == pytest.approx(second.weights, abs=1e-9)


def test_exhaustive_tries_every_masking_once():
    masks = EXPLAINERS.make("exhaustive")(make_problem(bend, n_components=6)).masks

    assert len(masks) == len({tuple(mask) for mask in masks.tolist()}) == 64


def test_exhaustive_refuses_more_than_13_components():
    with pytest.raises(ComponentError, match=r"takes 13 components or fewer .*8,192.* has 14"):
        EXPLAINERS.make("exhaustive")(make_problem(bend, n_components=14))


def test_occlusion_is_blind_to_what_stands_in():
    def either(masks: np.ndarray) -> np.ndarray:
        return np.stack([masks[:, 0] | masks[:, 1], masks[:, 2]], axis=1).astype(float)

    weights = EXPLAINERS.make("occlusion")(make_problem(either, n_components=3)).weights

    assert weights.tolist() == [[0, 0, 0], [0, 0, 1]]


def test_shapley_shares_out_what_stands_in():
    def either(masks: np.ndarray) -> np.ndarray:
        return np.stack([masks[:, 0] | masks[:, 1], masks[:, 2]], axis=1).astype(float)

    weights = EXPLAINERS.make("shapley")(
        make_problem(either, n_components=3, n_samples=2000)
    ).weights

    assert weights == pytest.approx(np.array([[0.5, 0.5, 0], [0, 0, 1]]), abs=0.05)


def test_shapley_nears_the_enumerated_values_and_adds_up_exactly():
    def answer(masks: np.ndarray) -> np.ndarray:
        return bend(np.pad(masks, ((0, 0), (0, 6))))

    attribution = EXPLAINERS.make("shapley")(make_problem(answer, n_components=6, n_samples=3000))

    assert attribution.weights == pytest.approx(enumerate_shapley(answer, 6), abs=0.05)
    ends = answer(np.array([[False] * 6, [True] * 6]))
    assert attribution.weights.sum(axis=1) == pytest.approx(ends[1] - ends[0], abs=1e-5)
    assert attribution.weights == pytest.approx(attribution.halves.mean(axis=0))


def test_shapley_leaves_torchs_generator_alone_and_keeps_to_its_seed():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)

    first, again, other = (
        EXPLAINERS.make("shapley")(make_problem(bend, seed=seed)) for seed in (1, 1, 2)
    )

    assert torch.equal(torch.rand(3), expected)
    assert np.array_equal(first.weights, again.weights)
    assert not np.array_equal(first.weights, other.weights)


def test_integrated_gradients_follow_the_formula():
    weights = EXPLAINERS.make("integrated_gradients")(make_problem(bend)).weights

    # f = tanh(sum of six - 2): equal shares of f(1) - f(0). g = x0 x1 - x3 / 2: the integral of
    # its gradient (a, a, -1/2) over a from 0 to 1.
    rise = np.tanh(4) - np.tanh(-2)
    assert weights[0] == pytest.approx([rise / 6] * 6 + [0] * 6, abs=1e-4)
    assert weights[1] == pytest.approx([0.5, 0.5, 0, -0.5] + [0] * 8, abs=1e-4)


def test_integrated_gradients_of_a_model_without_gradients_get_a_sentence():
    model = MODELS.get("vibenet")()
    problem = make_problem(bend)
    object.__setattr__(problem, "differentiate", lambda gains: model.forward(gains))

    with pytest.raises(ModelError, match="Gradients need a torch model, vibenet is none"):
        EXPLAINERS.make("integrated_gradients")(problem)


def test_gradients_that_are_not_finite_get_a_sentence():
    problem = make_problem(bend)
    object.__setattr__(problem, "differentiate", lambda gains: torch.sqrt(gains - gains)[:, :2])

    with pytest.raises(ModelError, match="must be finite numbers"):
        EXPLAINERS.make("integrated_gradients")(problem)
