from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import torch

from explain_engine.errors import ModelError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.models import describe_model, load_model
from explain_engine.models.a2mid2e import WEIGHTS, A2mid2e
from explain_engine.networks.a2mid2e import A2Mid2E, NetworkConfig
from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.networks.weights import save_network
from explain_engine.training.planted import WEIGHTS as PLANTED
from tests.explain_engine.conftest import make_music


@pytest.fixture(scope="module")
def model():
    return load_model("a2mid2e")


def test_description_tells_what_it_is():
    description = describe_model("a2mid2e")
    assert description.targets == EMOTIONS + FEATURES
    assert description.sr == 22_050
    assert "has heard no human ratings" in description.card
    assert description.weights_digest == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()


def test_weights_are_under_five_megabytes():
    assert WEIGHTS.stat().st_size < 5_000_000


@pytest.mark.parametrize("seconds", [0.3, 2.0, 10.0, 13.7])
def test_any_length_is_heard(model, seconds):
    outputs = model.predict(make_music(seconds, model.sr)[None])
    assert outputs.shape == (1, 15)
    assert np.isfinite(outputs).all()


def test_batch_equals_singles(model):
    sounds = np.stack([make_music(3.0, model.sr, seed) * 0.3 * (seed + 1) for seed in range(3)])
    batch = model.predict(sounds)
    for row, y in enumerate(sounds):
        np.testing.assert_allclose(batch[row], model.predict(y[None])[0], atol=1e-5, rtol=0)


def test_sound_goes_through_the_declared_front_end(model):
    y = make_music(3.0, model.sr)[None]
    pictures = LogFilteredSpectrogram()(y).numpy()
    np.testing.assert_array_equal(model.predict(y), model.predict_pictures(pictures))


def test_linear_head_gives_the_emotions(model):
    outputs = model.predict(make_music(3.0, model.sr)[None])[0]
    head = model.linear_head
    assert (head.features, head.emotions) == (FEATURES, EMOTIONS)
    assert (head.weights.shape, head.intercepts.shape) == ((7, 8), (8,))
    emotions = outputs[8:] @ head.weights + head.intercepts
    np.testing.assert_allclose(emotions, outputs[:8], atol=1e-6, rtol=0)


def test_head_returns_what_was_planted(model):
    assert np.corrcoef(model.linear_head.weights.ravel(), PLANTED.ravel())[0, 1] > 0.95


def test_card_names_what_misses_its_mark():
    card = WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    log = json.loads(WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))
    assert "It has heard no human ratings" in card
    for miss in log["misses"]:
        assert miss in card


def test_reference_features_are_those_of_the_test_pieces(model):
    assert model.reference_features.shape == (300, 7)
    assert np.abs(model.reference_features.mean(axis=0) - 0.5).max() < 0.1


def test_own_weights_are_read_from_a_path(tmp_path):
    path = tmp_path / "own.safetensors"
    save_network(A2Mid2E(NetworkConfig("a2e", 0.05)), LogFilteredSpectrogram(), path)
    model = A2mid2e(weights=str(path))
    assert model.targets == EMOTIONS
    assert model.linear_head is None
    assert model.reference_features is None
    assert model.predict(make_music(2.0, model.sr)[None]).shape == (1, 8)


def test_pickled_weights_are_refused_with_a_sentence(tmp_path):
    path = tmp_path / "own.pt"
    torch.save({}, path)
    with pytest.raises(ModelError, match="must be safetensors"):
        A2mid2e(weights=str(path))


def test_gradients_are_of_the_same_function():
    model = load_model("a2mid2e")
    y = 0.1 * np.random.default_rng(0).standard_normal((1, 44_100)).astype(np.float32)
    waveforms = torch.from_numpy(y).requires_grad_()

    outputs = model.forward(waveforms)
    outputs[0, 0].backward()

    assert outputs.detach().numpy() == pytest.approx(model.predict(y), abs=1e-5)
    assert torch.isfinite(waveforms.grad).all()
    assert waveforms.grad.abs().max() > 0


def test_gradients_do_not_care_whether_the_model_predicted_first():
    model = A2mid2e()
    picture = np.zeros((1, 149, 60), dtype=np.float32)
    model.predict_pictures(picture)
    given = torch.from_numpy(picture).requires_grad_()

    model.forward_pictures(given).sum().backward()

    assert given.grad.shape == picture.shape
