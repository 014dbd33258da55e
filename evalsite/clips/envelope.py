"""Peaks per slice of a sound: what a waveform is drawn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile as sf

BLOCK = 512
N_SLICES = 800


def measure_block_peaks(samples: np.ndarray) -> np.ndarray:
    """Largest absolute sample of each BLOCK frames, all channels; shape=(n_samples, n_channels)."""
    loudest = np.abs(samples).max(axis=1)
    return np.maximum.reduceat(loudest, np.arange(0, len(loudest), BLOCK))


def make_envelope(block_peaks: np.ndarray, n_slices: int = N_SLICES) -> list[float]:
    """At most `n_slices` peaks from 0 to 1, rounded to what a picture can show."""
    n_slices = min(n_slices, len(block_peaks))
    first = np.arange(n_slices) * len(block_peaks) // n_slices
    peaks = np.minimum(np.maximum.reduceat(block_peaks, first), 1.0)
    return [round(float(peak), 3) for peak in peaks]


def measure_envelope(path: Path, n_slices: int) -> list[float]:
    samples, _ = sf.read(path, dtype="float32", always_2d=True)
    return make_envelope(measure_block_peaks(samples), n_slices)
