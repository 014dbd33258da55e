"""The log-filtered spectrogram against madmom's own arrays and a slow loop.

The arrays were made with madmom 0.17.dev0; ``params`` in each file says how.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from explain_engine.front_ends.log_filtered import (
    FrontEndError,
    LogFilteredSpectrogram,
    log_filtered_spectrogram,
)

REFERENCE = Path(__file__).parents[2] / "data" / "frontend"
FILES = ("bursts_paper", "sweep2_paper")


def make_sound(n_samples: int = 9000, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    time = np.arange(n_samples) / 22050
    tone = 0.4 * np.sin(2 * np.pi * (300 + 2000 * time) * time)
    return (tone + 0.1 * rng.standard_normal(n_samples)).astype(np.float32)


def compute_slowly(y: np.ndarray, p: LogFilteredSpectrogram) -> np.ndarray:
    """The definition, frame by frame and band by band, without torch."""
    hop = p.hop_size if p.hop_size is not None else p.sr / p.fps
    half = p.frame_size // 2
    shift = {"future": -half, "past": half - 1}.get(p.origin, p.origin)
    frequencies, step = [], math.floor(math.log2(p.fmin / 440) * p.bands_per_octave)
    while step < math.ceil(math.log2(p.fmax / 440) * p.bands_per_octave):
        frequency = 440 * 2 ** (step / p.bands_per_octave)
        if p.fmin <= frequency <= p.fmax:
            frequencies.append(frequency)
        step += 1
    corners = []
    for frequency in frequencies:
        # The nearest bin from 1 to the one below Nyquist, but never bin 0; ties go up.
        distances = [(abs(frequency - k * p.sr / p.frame_size), -k) for k in range(half)]
        nearest = -min(distances)[1]
        corners.append(max(nearest, 0))
    corners = sorted(set(corners))
    columns = []
    for frame in range(math.ceil(len(y) / hop)):
        start = int(frame * hop) - half - shift
        samples = [
            float(y[i]) if 0 <= i < len(y) else 0.0 for i in range(start, start + p.frame_size)
        ]
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(p.frame_size) / (p.frame_size - 1))
        spectrum = np.abs(np.fft.fft(np.array(samples) * window))[:half]
        bands = []
        for low, centre, high in zip(corners, corners[1:], corners[2:], strict=False):
            weights = np.zeros(half)
            for k in range(low, centre):
                weights[k] = (k - low) / (centre - low)
            for k in range(centre, high):
                weights[k] = 1 - (k - centre) / (high - centre)
            if p.norm_filters:
                weights /= weights.sum()
            bands.append(math.log10(p.mul * float(spectrum @ weights) + p.add))
        columns.append(bands)
    return np.array(columns).T


@pytest.mark.parametrize("name", FILES)
def test_filterbank_equals_the_reference(name):
    with np.load(REFERENCE / f"{name}.npz") as reference:
        assert LogFilteredSpectrogram().filterbank.shape == (1024, 149)
        np.testing.assert_allclose(
            LogFilteredSpectrogram().filterbank, reference["filterbank"], atol=1e-7, rtol=0
        )


@pytest.mark.parametrize("name", FILES)
def test_log_spectrogram_equals_the_reference(name):
    with np.load(REFERENCE / f"{name}.npz") as reference:
        p = json.loads(str(reference["params"]))
        spectrogram = log_filtered_spectrogram(
            reference["signal"],
            p["sample_rate"],
            frame_size=p["frame_size"],
            fps=p["fps"],
            origin=p["origin"],
            bands_per_octave=p["num_bands_per_octave"],
            fmin=p["fmin"],
            fmax=p["fmax"],
            mul=p["mul"],
            add=p["add"],
            norm_filters=p["norm_filters"],
        )
        assert spectrogram.dtype == np.float32
        np.testing.assert_allclose(spectrogram, reference["logfilt"].T, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", FILES)
def test_frames_start_where_the_reference_says(name):
    with np.load(REFERENCE / f"{name}.npz") as reference:
        starts = LogFilteredSpectrogram().frame_starts(len(reference["signal"]))
        np.testing.assert_array_equal(starts, reference["frame_starts"])


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"origin": 0},
        {"origin": "past"},
        {"origin": 300, "fps": 31.3},
        {"origin": -700, "hop_size": 441.0},
        {"hop_size": 705.6, "fps": 1.0},
        {"bands_per_octave": 12, "fmin": 30.0, "fmax": 17000.0},
        {"bands_per_octave": 24, "fmin": 30.0, "fmax": 17000.0, "norm_filters": False},
        {"fmax": 11025.0, "mul": 5.0, "add": 0.5},
        {"frame_size": 1024, "sr": 44100, "fps": 100.0},
    ],
    ids=str,
)
def test_every_parameter_equals_the_slow_loop(parameters):
    front_end = LogFilteredSpectrogram(**parameters)
    y = make_sound(5000)
    np.testing.assert_allclose(
        front_end(y).numpy(), compute_slowly(y, front_end), atol=1e-5, rtol=0
    )


def test_ten_seconds_give_313_frames_of_149_bands():
    assert LogFilteredSpectrogram()(np.zeros(220_500, np.float32)).shape == (149, 313)


@pytest.mark.parametrize(
    ("fmin", "fmax", "n_bands"), [(30, 17000, 148), (20, 11025, 148), (20, 16000, 149)]
)
def test_number_of_bands_follows_the_limits(fmin, fmax, n_bands):
    assert LogFilteredSpectrogram(fmin=fmin, fmax=fmax).n_bands == n_bands


def test_hop_size_wins_over_fps():
    by_hop = log_filtered_spectrogram(make_sound(), 22050, hop_size=705.6, fps=10.0)
    np.testing.assert_array_equal(by_hop, log_filtered_spectrogram(make_sound(), 22050))


def test_batch_equals_singles():
    sounds = np.stack([make_sound(seed=seed) for seed in range(4)])
    batch = LogFilteredSpectrogram()(sounds.reshape(2, 2, -1))
    for index, y in enumerate(sounds):
        single = LogFilteredSpectrogram()(y)
        torch.testing.assert_close(batch[index // 2, index % 2], single, atol=1e-6, rtol=0)


def test_integers_are_sound_whose_largest_is_full_scale():
    y = np.round(32767 * make_sound() / 2).astype(np.int16)

    found = log_filtered_spectrogram(y, 22050)

    assert np.array_equal(found, log_filtered_spectrogram(y / 32767, 22050))


def test_silence_is_zero():
    assert float(LogFilteredSpectrogram()(np.zeros(4000, np.float32)).abs().max()) == 0.0


def test_read_only_sound_is_taken_without_a_warning(recwarn):
    y = make_sound()
    y.flags.writeable = False
    LogFilteredSpectrogram()(y)
    assert [str(w.message) for w in recwarn] == []


def test_gradients_flow_to_the_sound():
    y = torch.from_numpy(make_sound(3000)).requires_grad_()
    LogFilteredSpectrogram()(y).sum().backward()
    assert torch.isfinite(y.grad).all()
    assert float(y.grad.abs().max()) > 0


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"sr": 0}, "sr must be 1 Hz or more, got 0."),
        ({"frame_size": 2047}, "frame_size must be even and 4 or more, got 2047."),
        ({"fps": 0.0}, "the hop must be from 1 sample to 60 s, got inf samples"),
        ({"hop_size": 0.5}, "the hop must be from 1 sample to 60 s, got 0.5 samples"),
        ({"hop_size": math.nan}, "the hop must be from 1 sample to 60 s, got nan samples"),
        ({"origin": "centre"}, 'origin must be a number of samples, "future" or "past", got'),
        ({"bands_per_octave": 0}, "bands_per_octave must be 1 or more, got 0."),
        ({"fmin": 0.0}, "fmin must lie above 0 Hz and below fmax, got 0 and 16000."),
        ({"fmin": 500.0, "fmax": 400.0}, "fmin must lie above 0 Hz and below fmax"),
        ({"add": 0.0}, "mul and add must be above 0, got 1 and 0."),
    ],
)
def test_bad_parameter_is_refused_with_a_sentence(parameters, sentence):
    with pytest.raises(FrontEndError) as error:
        LogFilteredSpectrogram(**parameters)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (np.zeros(100, np.int16), "y must hold floating-point samples"),
        (np.zeros(0, np.float32), "y must hold 1 sample or more"),
        (np.float32(1.0), "y must hold 1 sample or more"),
    ],
)
def test_bad_sound_is_refused_with_a_sentence(y, sentence):
    with pytest.raises(FrontEndError, match=sentence):
        LogFilteredSpectrogram()(y)


def test_too_few_bins_are_refused_with_a_sentence():
    with pytest.raises(FrontEndError, match="the bands need 3 FFT bins or more"):
        log_filtered_spectrogram(make_sound(), 22050, fmin=1000.0, fmax=1010.0)
