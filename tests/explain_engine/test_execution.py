"""Batches that fit the memory, precisions that are checked, devices that are there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from explain_engine import Audio, Recipe, explain, load_model
from explain_engine.errors import EngineError, ModelError
from explain_engine.execution import check_precision, limit_threads
from tests.explain_engine.conftest import make_music
from tests.explain_engine.test_explanation import make_recipe

pytestmark = pytest.mark.usefixtures("plugin")


def test_batch_is_halved_until_it_fits_the_memory(music):
    usual = explain(music, make_recipe(n_samples=40), threads=1)

    narrow = explain(music, make_recipe(model="narrow", n_samples=40), threads=1)

    assert usual.run["batch_size"] == 8
    assert narrow.run["batch_size"] == 2
    assert narrow.weights == pytest.approx(usual.weights, abs=1e-5)


def test_memory_for_not_even_one_is_a_sentence(music, monkeypatch):
    model = type(load_model("narrow"))
    monkeypatch.setattr(model, "most", 0)

    with pytest.raises(EngineError, match="Memory must hold one forward pass of narrow"):
        explain(music, make_recipe(model="narrow", n_samples=40))


class Asked:
    """What maskings are asked through, with an error added to every output."""

    def __init__(self, error: float) -> None:
        self.error = error

    def apply(self, masks: np.ndarray) -> np.ndarray:
        return masks.astype(float)

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return inputs.mean(axis=1, keepdims=True) + self.error


def test_precision_is_measured_against_the_outputs_range():
    share = check_precision(Asked(0.0), Asked(0.01), 10, {"low": 0})

    masks = np.random.default_rng(0).random((16, 10)) < 0.7
    assert share == pytest.approx(0.01 / np.ptp(masks.mean(axis=1)))


def test_precision_that_is_too_rough_is_refused():
    with pytest.raises(
        ModelError, match=r"must be 10% of the outputs' range or less, it is .* low"
    ):
        check_precision(Asked(0.0), Asked(0.5), 10, {"low": 0})


def test_threads_are_those_asked_for_in_matrix_libraries_too():
    def count() -> set[int]:
        pools = (pool for pool in threadpool_info() if pool["user_api"] == "blas")
        return {torch.get_num_threads(), *(pool["num_threads"] for pool in pools)}

    with threadpool_limits(2, user_api="blas"), limit_threads(1):
        assert count() == {1}


def test_lower_precision_is_only_for_models_that_have_it(music):
    with pytest.raises(ModelError, match="The dtype of sines must be float32, got 'bfloat16'"):
        explain(music, make_recipe(), dtype="bfloat16")


def test_reference_model_in_lower_precision_says_nearly_the_same(music):
    recipe = Recipe(model="a2mid2e", targets=("valence", "energy"), duration=2.0, n_samples=32)

    exact = explain(music, recipe, threads=1)
    rough = explain(music, recipe, threads=1, dtype="bfloat16")

    spread = np.ptp(exact.attribution.outputs, axis=0)
    error = np.abs(rough.attribution.outputs - exact.attribution.outputs).max(axis=0)
    assert (error <= 0.1 * spread).all()
    assert rough.dtype == "bfloat16"


@pytest.mark.gpu
def test_card_says_the_same_as_the_processor(music):
    if not torch.cuda.is_available():
        pytest.skip("there is no graphics card here: CUDA has never run")
    on_processor = explain(music, make_recipe(n_samples=40))

    on_card = explain(music, make_recipe(n_samples=40), device="cuda")

    assert on_card.weights == pytest.approx(on_processor.weights, abs=1e-5)


@pytest.mark.parametrize(("model", "target"), [("a2mid2e", "valence"), ("vibenet", "energy")])
def test_batch_size_is_of_no_matter_to_trained_models(model, target):
    audio = Audio(make_music(2.0, 22_050), 22_050)
    recipe = Recipe(model=model, targets=(target,), duration=2.0, n_samples=16)

    found = [explain(audio, recipe, threads=1, batch_size=size) for size in (8, 3)]

    outputs = [result.attribution.outputs for result in found]
    assert np.ptp(outputs[0]) > 1e-3
    assert outputs[1] == pytest.approx(outputs[0], abs=1e-5)
