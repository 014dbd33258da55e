"""Networks of one's own training, described by a model file."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explain_engine import Audio, Recipe, describe_model, explain, load_model
from explain_engine.errors import ModelError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.models import use_model_files
from explain_engine.networks.a2mid2e import A2Mid2E, NetworkConfig
from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.networks.weights import save_network
from explain_engine.training.description import describe_weights
from tests.explain_engine.conftest import make_music


@pytest.fixture
def train(tmp_path):
    """Write weights that nothing trained, and their model file."""

    def write(scheme: str):
        torch.manual_seed(0)
        path = tmp_path / f"{scheme}.safetensors"
        save_network(A2Mid2E(NetworkConfig(scheme, 0.05)), LogFilteredSpectrogram(), path)
        return describe_weights(path, "nothing")

    return write


@pytest.mark.parametrize(
    ("scheme", "features"), [("a2e", ()), ("a2mid2e", FEATURES), ("a2mid2e_joint", FEATURES)]
)
def test_every_scheme_is_explained_by_its_name(train, scheme, features):
    use_model_files([train(scheme)])
    audio = Audio(make_music(2.1, 22_050), 22_050)
    name = f"trained_{scheme}"

    result = explain(
        audio, Recipe(name, ("valence",), duration=2.0, domain="spectrogram", n_samples=16)
    )

    described = describe_model(name)
    assert described.targets == EMOTIONS + features
    assert (described.input, described.features) == ("log_filtered", features)
    assert (result.effects is None) == (scheme == "a2e")
    assert np.isfinite(result.weights).all()


def test_file_that_names_other_targets_than_the_weights_is_refused(train):
    file = train("a2e")
    file.write_text(file.read_text().replace('"valence", ', ""))
    use_model_files([file])

    with pytest.raises(ModelError, match=r"'a2e\.toml' must have the targets valence, energy"):
        load_model("trained_a2e").predict(np.zeros((1, 22_050), np.float32))
