"""`reconstruct FILE --mask MASK.npy` on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from explain_engine.cli import main
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram

SR = 22_050


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    path = tmp_path / "sound.wav"
    soundfile.write(path, 0.2 * rng.standard_normal(2 * SR), SR, subtype="PCM_24")
    return path


def make_mask(value: float) -> np.ndarray:
    front_end = LogFilteredSpectrogram(sr=SR)
    return np.full((front_end.n_bands, len(front_end.frame_starts(2 * SR))), value)


def reconstruct(sound: Path, mask: Path, out: Path) -> int:
    return main(["reconstruct", str(sound), "--mask", str(mask), "--out", str(out)])


def test_reconstruct_of_everything_is_the_sound(sound: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "all.npy", make_mask(1.0))

    assert reconstruct(sound, tmp_path / "all.npy", tmp_path / "out.wav") == 0

    original, _ = soundfile.read(sound)
    heard, sr = soundfile.read(tmp_path / "out.wav")
    assert (sr, len(heard)) == (SR, len(original))
    assert np.abs(heard - original).max() <= 2**-22


def test_reconstruct_of_nothing_is_silence(sound: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "none.npy", make_mask(0.0))

    assert reconstruct(sound, tmp_path / "none.npy", tmp_path / "out.wav") == 0

    assert not soundfile.read(tmp_path / "out.wav")[0].any()


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda path: np.save(path, np.ones((3, 4))), "shape"),
        (lambda path: np.save(path, make_mask(1.5)), "0"),
        (lambda path: path.write_text("words"), "must hold a NumPy array of numbers"),
        (
            lambda path: np.save(path, np.array([{}], dtype=object), allow_pickle=True),
            "must hold a NumPy array of numbers",
        ),
    ],
)
def test_reconstruct_refuses_a_wrong_mask_with_a_sentence(
    sound: Path, tmp_path: Path, capsys, write, sentence: str
) -> None:
    mask = tmp_path / "mask.npy"
    write(mask)

    assert reconstruct(sound, mask, tmp_path / "out.wav") == 2

    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out.wav").exists()
