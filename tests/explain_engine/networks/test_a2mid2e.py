from __future__ import annotations

import numpy as np
import pytest
import torch

from explain_engine.errors import ModelError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.networks.a2mid2e import SCHEMES, A2Mid2E, NetworkConfig
from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.networks.weights import load_network, save_network


def make_network(scheme: str = "a2mid2e_joint", width: float = 0.1) -> A2Mid2E:
    torch.manual_seed(0)
    return A2Mid2E(NetworkConfig(scheme, width)).eval()


def test_full_width_has_the_papers_five_million_parameters():
    network = A2Mid2E(NetworkConfig("a2mid2e_joint", 1.0))
    assert round(sum(p.numel() for p in network.parameters()) / 1e6, 2) == 4.99


@pytest.mark.parametrize("scheme", SCHEMES)
def test_outputs_are_the_schemes_targets(scheme):
    outputs = make_network(scheme)(torch.rand(2, 149, 313))
    expected = EMOTIONS if scheme == "a2e" else EMOTIONS + FEATURES
    assert outputs.shape == (2, len(expected))
    assert NetworkConfig(scheme).targets == expected


@pytest.mark.parametrize("scheme", ["a2mid2e", "a2mid2e_joint"])
def test_emotions_are_linear_in_the_features(scheme):
    network = make_network(scheme)
    outputs = network(torch.rand(3, 149, 100))
    emotions, features = outputs[:, : len(EMOTIONS)], outputs[:, len(EMOTIONS) :]
    expected = features @ network.emotions.weight.T + network.emotions.bias
    torch.testing.assert_close(emotions, expected, atol=1e-6, rtol=0)


def test_separate_scheme_keeps_emotions_from_bending_the_features():
    network = make_network("a2mid2e")
    network(torch.rand(2, 149, 60))[:, : len(EMOTIONS)].sum().backward()
    assert float(network.features.weight.grad.abs().max()) == 0.0
    assert float(network.emotions.weight.grad.abs().max()) > 0


@pytest.mark.parametrize("n_frames", [1, 24, 25, 313, 700])
def test_any_length_is_heard(n_frames):
    assert torch.isfinite(make_network()(torch.rand(1, 149, n_frames))).all()


def test_short_sound_is_followed_by_silence():
    network, short = make_network(), torch.rand(1, 149, 10)
    padded = torch.cat((short, torch.zeros(1, 149, 14)), dim=-1)
    torch.testing.assert_close(network(short), network(padded), atol=0, rtol=0)


def test_batch_equals_singles():
    network, spectrograms = make_network(), torch.rand(4, 149, 120)
    batch = network(spectrograms)
    for row in range(4):
        single = network(spectrograms[row : row + 1])[0]
        torch.testing.assert_close(batch[row], single, atol=1e-5, rtol=0)


def test_fitted_emotions_are_the_least_squares_regression():
    rng = np.random.default_rng(0)
    features, weights = rng.normal(size=(50, 7)), rng.normal(size=(7, 8))
    network = make_network("a2mid2e")
    network.fit_emotions(features, features @ weights + 2.0)
    np.testing.assert_allclose(network.emotions.weight.detach().numpy().T, weights, atol=1e-5)
    np.testing.assert_allclose(network.emotions.bias.detach().numpy(), 2.0, atol=1e-5)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_saved_network_predicts_the_same(scheme, tmp_path):
    network, front_end = make_network(scheme), LogFilteredSpectrogram(fps=31.3)
    network.mean.fill_(0.3)
    path = tmp_path / "network.safetensors"
    save_network(network, front_end, path)
    loaded, loaded_front_end = load_network(path)
    spectrograms = torch.rand(2, 149, 80)
    assert torch.equal(loaded(spectrograms), network(spectrograms))
    assert (loaded.config, loaded_front_end) == (network.config, front_end)


def test_same_network_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_network(make_network(), LogFilteredSpectrogram(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_pickle_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "weights.safetensors"
    torch.save({"weight": torch.zeros(2)}, path)
    with pytest.raises(ModelError, match=r"is a torch archive .*which can run code"):
        load_network(path)


def test_foreign_safetensors_are_refused_with_a_sentence(tmp_path):
    from safetensors.torch import save_file

    path = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(ModelError, match="must hold a network of the format earwitness-a2mid2e-1"):
        load_network(path)


def test_missing_weights_are_refused_with_a_sentence(tmp_path):
    with pytest.raises(ModelError, match=r"A weights file must exist, got 'none\.safetensors'\."):
        load_network(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"scheme": "a2x"}, "scheme must be one of a2e, a2mid2e, a2mid2e_joint, got 'a2x'."),
        ({"width": 0.0}, "width must lie above 0 and not above 4, got 0."),
        ({"dropout": 1.0}, r"dropout must lie in \[0, 1\), got 1."),
    ],
)
def test_bad_configuration_is_refused_with_a_sentence(parameters, sentence):
    with pytest.raises(ModelError, match=sentence):
        NetworkConfig(**parameters)
