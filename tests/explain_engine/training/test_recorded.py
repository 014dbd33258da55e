from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile as sf

from explain_engine.data_sets.tables import DataSetError
from explain_engine.training.examples import TrainingError
from explain_engine.training.recorded import choose_recordings, read_spectrogram
from tests.explain_engine.data_sets.fixtures import write_mid_level, write_soundtracks


@pytest.fixture
def roots(tmp_path):
    """40 clips, of which 20 are tracks 2, 4 … of the 24 Soundtracks."""
    return (
        write_mid_level(tmp_path, n_songs=40, write_sound=True),
        write_soundtracks(tmp_path, n_tracks=24, write_sound=True),
    )


def test_joint_scheme_takes_tracks_with_both_ratings(roots):
    chosen = choose_recordings("a2mid2e_joint", *roots)
    recordings = [rated for part in chosen.values() for rated in part]
    assert {name: len(part) for name, part in chosen.items()} == {
        "train": 10, "validation": 1, "test": 1,
    }  # fmt: skip
    assert not any(map(math.isnan, (v for r in recordings for v in r.features + r.emotions)))


def test_emotions_alone_need_no_mid_level_set(roots):
    chosen = choose_recordings("a2e", None, roots[1])
    assert sum(map(len, chosen.values())) == 24
    assert all(math.isnan(rated.features[0]) for rated in chosen["train"])


def test_separate_scheme_takes_every_clip_once(roots):
    chosen = choose_recordings("a2mid2e", *roots)
    paths = [rated.path for part in chosen.values() for rated in part]
    assert len(paths) == len(set(paths)) == 24 + 20
    assert any(math.isnan(rated.emotions[0]) for rated in chosen["train"])


@pytest.mark.parametrize(
    ("scheme", "needs"), [("a2e", "Soundtracks"), ("a2mid2e", "Soundtracks and the mid-level set")]
)
def test_missing_data_set_is_refused_with_a_sentence(scheme, needs):
    with pytest.raises(TrainingError, match=f"The scheme {scheme} needs {needs}, one is not named"):
        choose_recordings(scheme, None, None)


def test_missing_sound_is_refused_with_a_sentence(roots):
    (roots[1] / "Set1" / "003.mp3").unlink()
    with pytest.raises(DataSetError, match="must hold the sound of track 003"):
        choose_recordings("a2e", None, roots[1])


def test_silent_ends_are_trimmed_and_the_peak_is_one(tmp_path):
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.uniform(-1, 1, 22_050)).astype(np.float32)
    sf.write(tmp_path / "a.wav", sound, 22_050, subtype="FLOAT")
    padded = np.concatenate((np.zeros(5000), 5 * sound, np.zeros(9000))).astype(np.float32)
    sf.write(tmp_path / "b.wav", padded, 22_050, subtype="FLOAT")
    first, second = (read_spectrogram(tmp_path / f"{name}.wav", tmp_path) for name in "ab")
    assert first.shape == (149, 32)
    np.testing.assert_allclose(first, second, atol=2e-3)
    np.testing.assert_array_equal(first, read_spectrogram(tmp_path / "a.wav", tmp_path))


def test_silent_recording_is_refused_with_a_sentence(tmp_path):
    sf.write(tmp_path / "a.wav", np.zeros(22_050), 22_050)
    with pytest.raises(TrainingError, match=r"must hold sound, 'a\.wav' is silent"):
        read_spectrogram(tmp_path / "a.wav", tmp_path)


def test_command_trains_on_the_data_sets(roots, tmp_path):
    command = [
        sys.executable, "-m", "explain_engine", "train",
        "--mid-level", str(roots[0]), "--soundtracks", str(roots[1]),
        "--scheme", "a2mid2e", "--width", "0.03", "--epochs", "1", "--out", str(tmp_path / "out"),
    ]  # fmt: skip
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=240, env={**os.environ, "TQDM_DISABLE": ""}
    )
    assert result.returncode == 0, result.stderr
    assert "Reading train" in result.stderr
    log = json.loads((tmp_path / "out" / "a2mid2e.json").read_text())
    assert log["n"] == {"train": 37, "validation": 3, "test": 4}
    assert log["r"]["valence"]["estimate"] is None
    assert (tmp_path / "out" / "a2mid2e.safetensors").stat().st_size > 10_000
