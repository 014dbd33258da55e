"""A model in one function: how bright and how loud a sound is, 0 to 1."""

from __future__ import annotations

import numpy as np


def hear(waveforms: np.ndarray) -> np.ndarray:
    """Waveforms, shape=(batch, n_samples), to (batch, 2): brightness, loudness."""
    power = np.abs(np.fft.rfft(waveforms, axis=1)) ** 2 + 1e-12
    share = np.linspace(0.0, 1.0, power.shape[1])
    brightness = (power * share).sum(axis=1) / power.sum(axis=1)
    loudness = np.sqrt(np.mean(waveforms**2, axis=1))
    return np.stack((brightness, loudness), axis=1).astype(np.float32)
