"""Sound from filtered magnitudes: as it was printed, as it has to be, and why masking wins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np
import pytest
import torch

from explain_engine import Audio, reconstruct
from explain_engine.errors import EngineError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.log_picture import LogPicture
from explain_engine.rendering import render

SR = 22_050
FRONT_END = LogFilteredSpectrogram()
REFERENCE = Path(__file__).parents[1] / "data" / "frontend"
INSIDE = slice(2048, -2048)


def snr_db(made: np.ndarray, true: np.ndarray) -> float:
    error = made.astype(float) - true
    return 20 * np.log10(np.linalg.norm(true) / np.linalg.norm(error))


def si_sdr_db(made: np.ndarray, true: np.ndarray) -> float:
    made, true = made.astype(float), true.astype(float)
    return snr_db(made * (true @ true) / (made @ true), true)


def keep_all(n_samples: int) -> np.ndarray:
    return np.ones((FRONT_END.n_bands, len(FRONT_END.frame_centres(n_samples))))


@pytest.mark.parametrize(("name", "expected_db"), [("sweep2_paper", 35.5), ("bursts_paper", 10.3)])
def test_the_recipe_as_printed_loses_the_sound_and_mended_it_does_not(name, expected_db):
    with np.load(REFERENCE / f"{name}.npz") as reference:
        y = reference["signal"].astype(float)
        # The printed form: pseudo-inverse times spectrogram, the original's phase, librosa.istft.
        magnitudes = reference["logfilt"] @ np.linalg.pinv(reference["filterbank"])
    phases = np.angle(FRONT_END.stft(torch.from_numpy(y)).numpy())
    spectrum = magnitudes * np.exp(1j * phases)
    printed = librosa.istft(spectrum.T, hop_length=706, length=len(y))
    # Logarithms are no magnitudes, some are below 0, 1024 bins mean windows of 2046 samples, the
    # hop is 705.6, and frames begin at the first sample: 1024 later than istft takes them.
    on_time = np.roll(printed, 1012)

    mended = reconstruct(
        Audio(y.astype(np.float32), SR), keep_all(len(y)), front_end=FRONT_END, method="pinv"
    ).y

    assert si_sdr_db(printed[INSIDE], y[INSIDE]) < -20
    assert snr_db(on_time[INSIDE], y[INSIDE]) < 0.5
    assert snr_db(mended[INSIDE], y[INSIDE]) == pytest.approx(expected_db, abs=0.3)


def test_the_ends_are_as_good_as_the_middle():
    y = np.random.default_rng(0).standard_normal(2 * SR).astype(np.float32) * 0.1

    made = reconstruct(Audio(y, SR), keep_all(len(y)), front_end=FRONT_END, method="pinv").y

    assert len(made) == len(y)
    whole, middle = snr_db(made, y), snr_db(made[INSIDE], y[INSIDE])
    assert middle > 9
    assert snr_db(made[:2048], y[:2048]) > middle - 1
    assert snr_db(made[-2048:], y[-2048:]) > middle - 1
    assert whole == pytest.approx(middle, abs=0.2)


def make_drums(n_samples: int) -> np.ndarray:
    beat = np.arange(n_samples) / SR % 0.25
    return 0.3 * np.exp(-30 * beat) * np.random.default_rng(1).standard_normal(n_samples)


def make_chords(n_samples: int) -> np.ndarray:
    """A chord with its overtones that moves up a fourth half-way."""
    step = np.where(np.arange(n_samples) < n_samples / 2, 1.0, 4 / 3)
    phase = 2 * np.pi * np.cumsum(step) / SR
    overtones = [(k, hz) for hz in (220.0, 277.2, 329.6) for k in (1, 2, 3, 4, 5)]
    return 0.08 * sum(np.sin(k * hz * phase) / k for k, hz in overtones)


def play_prelude(n_samples: int) -> np.ndarray:
    y = render("bach_prelude_c", sr=SR).y[SR : SR + n_samples].astype(float)
    return 0.4 * y / np.abs(y).max()


@pytest.mark.parametrize("make_tones", [make_chords, play_prelude])
def test_masking_the_stft_gives_known_sources_back_better_than_least_squares(make_tones):
    n_samples = round(0.3 * SR)
    sources = make_tones(n_samples), make_drums(n_samples)
    mixture = Audio(np.sum(sources, axis=0).astype(np.float32), SR)
    tones, drums = (FRONT_END(source).numpy() for source in sources)

    for source, mask in zip(sources, (tones > drums, tones <= drums), strict=True):
        masked, solved, inverted = (
            si_sdr_db(reconstruct(mixture, mask, front_end=FRONT_END, method=method).y, source)
            for method in ("stft_mask", "nnls", "pinv")
        )
        assert masked >= solved + 1
        assert masked >= inverted + 1
        assert masked > si_sdr_db(mixture.y, source) + 5


def test_nothing_kept_is_silence():
    y = np.random.default_rng(0).standard_normal(SR).astype(np.float32)

    mask = 0 * keep_all(len(y))

    for method in ("pinv", "nnls"):
        assert not reconstruct(Audio(y, SR), mask, front_end=FRONT_END, method=method).y.any()


@dataclass(frozen=True)
class Sparse:
    """Frames with gaps between them."""

    sr: int = SR
    n_fft: int = 1024

    @property
    def filterbank(self) -> np.ndarray:
        return np.eye(513)

    def band_weights(self) -> np.ndarray:
        return np.eye(513)

    def frame_centres(self, n_samples: int) -> np.ndarray:
        return np.arange(0, n_samples, 1100)


def test_front_ends_that_cannot_be_turned_round_get_a_sentence():
    y = Audio(np.ones(SR, np.float32), SR)
    picture = LogPicture(SR)
    mask = np.ones((len(picture.band_centres()), picture.count_frames(SR)))

    with pytest.raises(EngineError, match=r"pinv needs a front end of filters .* LogPicture is"):
        reconstruct(y, mask, front_end=picture, method="pinv")
    with pytest.raises(EngineError, match=r"overlap by half, got a hop of 1100 samples .* 1024"):
        reconstruct(y, np.ones((513, 21)), front_end=Sparse(), method="nnls")
