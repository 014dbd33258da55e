from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import vibenet
from vibenet.backends import EfficientNetModel

from explain_engine import describe_model, load_audio, load_model
from explain_engine.errors import ModelError
from explain_engine.excerpt import resample
from tests.support.provide import find_song


@pytest.fixture(scope="module")
def waveforms() -> np.ndarray:
    rng = np.random.default_rng(0)
    songs = [
        resample(load_audio(find_song(name), start=60, duration=5), 16_000, 80_000)
        for name in ("Feelings", "Metal madness")
    ]
    quiet = 1e-3 * rng.standard_normal(80_000)
    hushed = songs[0] * (np.arange(80_000) < 20_000)
    return np.stack([*songs, quiet, hushed, np.zeros(80_000)]).astype(np.float32)


def test_outputs_equal_the_packages_own(waveforms):
    package = EfficientNetModel()
    expected = [
        [getattr(package.predict(y, sr=16_000)[0], target) for target in vibenet.labels]
        for y in waveforms
    ]

    outputs = load_model("vibenet", threads=2).predict(waveforms)

    assert np.abs(outputs - np.array(expected)).max() < 1e-4
    assert list(describe_model("vibenet").targets) == vibenet.labels


def test_batch_equals_singles(waveforms):
    model = load_model("vibenet", threads=2)

    singly = np.concatenate([model.predict(y[None]) for y in waveforms])

    assert np.abs(model.predict(waveforms) - singly).max() < 1e-5


def test_real_songs_differ(waveforms):
    outputs = load_model("vibenet", threads=2).predict(waveforms[:2])
    energy = describe_model("vibenet").targets.index("energy")

    assert outputs[1, energy] - outputs[0, energy] > 0.3


def test_sound_shorter_than_a_window_is_padded():
    assert load_model("vibenet", threads=2).predict(np.ones((1, 100), np.float32)).shape == (1, 7)


def test_description_gives_the_digest_of_the_installed_weights():
    weights = Path(vibenet.__file__).parent / "artifacts" / "efficientnet_model.onnx"

    description = describe_model("vibenet")

    assert description.weights_digest == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert (description.sr, description.licence) == (16_000, "GPL-3.0-or-later")


def test_package_is_read_as_data_and_never_imported():
    code = (
        "import sys, numpy as np; from explain_engine import load_model\n"
        "load_model('vibenet').predict(np.zeros((2, 16000), np.float32))\n"
        "print('vibenet' in sys.modules)"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "path", [])

    with pytest.raises(ModelError, match="needs the package vibenet, which is not installed"):
        describe_model("vibenet")


def test_package_without_its_weights_is_a_sentence(monkeypatch):
    monkeypatch.setattr("explain_engine.models.vibenet.WEIGHTS", "vibenet/none.onnx")

    with pytest.raises(ModelError, match="needs the package vibenet, which is not installed"):
        describe_model("vibenet")
