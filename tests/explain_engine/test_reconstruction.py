from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from explain_engine import Audio, reconstruct
from explain_engine.analysis import analyse
from explain_engine.components import Patches
from explain_engine.errors import EngineError
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.log_picture import LogPicture
from explain_engine.recipe import SEGMENTERS
from explain_engine.reconstruction import share_out_bins
from tests.explain_engine.conftest import make_music

SR = 8_000
PICTURE = LogPicture(SR, 1024, 256)


@dataclass(frozen=True)
class Overlapping:
    """Triangles that overlap, and frames on no STFT's hop."""

    sr: int = SR
    n_fft: int = 1024
    hop: float = 256.7

    def band_weights(self) -> np.ndarray:
        centres = np.geomspace(8, 480, 30)
        bins = np.arange(513)[:, None]
        width = 0.2 * centres
        return share_out_bins(np.maximum(0, 1 - np.abs(bins - centres) / width))

    def frame_centres(self, n_samples: int) -> np.ndarray:
        return (np.arange(int(n_samples / self.hop)) * self.hop).astype(int) + 512


FRONT_ENDS = [PICTURE, Overlapping(), LogFilteredSpectrogram(sr=SR, frame_size=1024)]


def shape_of(front_end, audio: Audio) -> tuple[int, int]:
    return front_end.band_weights().shape[1], len(front_end.frame_centres(len(audio.y)))


def snr_db(made: np.ndarray, true: np.ndarray) -> float:
    error = made.astype(float) - true
    return 20 * np.log10(np.linalg.norm(true) / max(np.linalg.norm(error), 1e-30))


@pytest.mark.parametrize("front_end", FRONT_ENDS, ids=["picture", "overlapping", "log_filtered"])
def test_everything_kept_is_the_sound_itself(music, front_end):
    made = reconstruct(music, np.ones(shape_of(front_end, music)), front_end=front_end)

    assert (made.sr, len(made.y)) == (SR, len(music.y))
    assert snr_db(made.y, music.y) >= 120


@pytest.mark.parametrize("front_end", FRONT_ENDS, ids=["picture", "overlapping", "log_filtered"])
def test_a_mask_and_its_complement_add_up_to_the_sound(music, front_end):
    mask = np.random.default_rng(0).random(shape_of(front_end, music))

    kept, removed = (reconstruct(music, m, front_end=front_end).y for m in (mask, 1 - mask))

    assert np.abs(kept.astype(float) + removed - music.y).max() <= 1e-6


@pytest.mark.parametrize("method", ["stft_mask", "griffin_lim"])
def test_nothing_kept_is_silence(music, method):
    mask = np.zeros(shape_of(PICTURE, music))

    assert not reconstruct(music, mask, front_end=PICTURE, method=method).y.any()


def test_mask_of_patches_sounds_as_the_engines_own_clip(music):
    excerpt = analyse(music.y, SR, n_fft=1024, hop_length=256)
    patches = Patches(excerpt, SEGMENTERS.make("grid")(excerpt))
    on = np.random.default_rng(1).random(patches.n) < 0.5

    made = reconstruct(music, on[patches.labels].astype(float), front_end=PICTURE)

    assert snr_db(made.y, patches.resynthesise(on[None])[0]) > 100


def test_known_source_comes_back_through_its_band():
    time = np.arange(3 * SR) / SR
    low, high = (0.2 * np.sin(2 * np.pi * hz * time) for hz in (220.0, 1760.0))
    both = Audio((low + high).astype(np.float32), SR)
    mask = np.zeros(shape_of(PICTURE, both))
    mask[PICTURE.band_centres() < 600] = 1

    assert snr_db(reconstruct(both, mask, front_end=PICTURE).y, low) > 30


def test_griffin_lim_keeps_the_magnitudes_and_its_start(music):
    mask = np.ones(shape_of(PICTURE, music))

    made, again = (
        reconstruct(music, mask, front_end=PICTURE, method="griffin_lim").y for _ in range(2)
    )

    assert np.array_equal(made, again)
    spectra = [np.sqrt(analyse(y, SR, n_fft=1024, hop_length=256).power) for y in (made, music.y)]
    assert np.linalg.norm(spectra[0] - spectra[1]) < 0.2 * np.linalg.norm(spectra[1])


def test_bins_are_shared_out_and_those_between_go_with_their_neighbours():
    filters = np.array([[0, 0], [2.0, 0], [1.0, 0.5], [0, 0.5], [0, 0], [0, 0]])

    parts = share_out_bins(filters)

    assert parts == pytest.approx(
        np.array([[1, 0], [1, 0], [1 / 3, 2 / 3], [0, 1], [0, 1], [0, 1]])
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"mask": np.ones((3, 4))},
            r"the front end's 90 bands and 94 frames .* \(3, 4\)",
        ),
        ({"mask": np.full((90, 94), 1.5)}, r"must lie from 0 to 1, got 1\.5 to 1\.5"),
        ({"mask": np.full((90, 94), np.nan)}, "must lie from 0 to 1, got nan"),
        ({"method": "magic"}, "one of stft_mask, pinv, nnls, griffin_lim, got 'magic'"),
        ({"audio": Audio(make_music(sr=16_000), 16_000)}, "front end's rate, 8000 Hz, got 16000"),
    ],
    ids=["shape", "range", "nan", "method", "rate"],
)
def test_wrong_requests_get_a_sentence(music, change, message):
    arguments = {"audio": music, "mask": np.ones((90, 94)), "method": "stft_mask", **change}

    with pytest.raises(EngineError, match=message):
        reconstruct(
            arguments["audio"],
            arguments["mask"],
            front_end=PICTURE,
            method=arguments["method"],
        )


def test_mask_on_the_papers_front_end_parts_what_its_cells_part():
    front_end = LogFilteredSpectrogram()
    time = np.arange(3 * 22_050) / 22_050
    low, high = (0.2 * np.sin(2 * np.pi * hz * time) for hz in (220.0, 1760.0))
    both = Audio((low + high).astype(np.float32), 22_050)
    picture = front_end(both.y).numpy()
    mask = np.zeros(picture.shape)
    mask[front_end.filterbank.argmax(axis=0) * 22_050 / 2048 < 600] = 1

    made = reconstruct(both, mask, front_end=front_end)

    assert shape_of(front_end, both) == picture.shape
    assert snr_db(made.y, low) > 30
