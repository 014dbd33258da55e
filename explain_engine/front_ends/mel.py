"""Mel spectrograms in decibels, floored a fixed range below the excerpt's loudest cell.

Conventions: power spectra of periodic Hann windows, zero-padded to the FFT; Slaney mel bands;
float32, shape=(..., n_bands, n_frames), decibels of power. Frame ``i`` begins at sample
``i * hop_length``. A silent cell holds the floor, which each excerpt has of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.log_picture import part_bands

if TYPE_CHECKING:
    import torch

SMALLEST_POWER = 1e-10


@dataclass(frozen=True)
class MelDecibels:
    """A mel spectrogram in decibels.

    Parameters
    ----------
    sr : int
        Sample rate in hertz.
    n_fft : int
        Length of the FFT in samples, a multiple of 4.
    win_length, hop_length : int
        Window, at most `n_fft`, and hop in samples.
    n_mels : int
        Bands up to half of `sr`.
    range_db : float
        How far below the loudest cell the floor lies.
    """

    sr: int
    n_fft: int
    win_length: int
    hop_length: int
    n_mels: int = 128
    range_db: float = 80.0

    @property
    def hop(self) -> float:
        return float(self.hop_length)

    @property
    def n_bands(self) -> int:
        return self.n_mels

    @cached_property
    def filters(self) -> np.ndarray:
        """Weight of each bin's power in each band, shape=(n_bands, n_fft // 2 + 1), float32."""
        # slow import: librosa
        import librosa

        return np.asarray(librosa.filters.mel(sr=self.sr, n_fft=self.n_fft, n_mels=self.n_mels))

    def __call__(self, y: torch.Tensor) -> torch.Tensor:
        """Return pictures, (..., n_samples) -> (..., n_bands, n_frames), float32, decibels."""
        # slow import: torch
        import torch

        y = y.to(torch.float32)
        if y.shape[-1] < self.win_length:
            y = torch.nn.functional.pad(y, (0, self.win_length - y.shape[-1]))
        window = torch.hann_window(self.win_length, device=y.device)
        frames = y.unfold(-1, self.win_length, self.hop_length) * window
        spectrum = torch.view_as_real(torch.fft.rfft(frames, n=self.n_fft))
        power = (spectrum**2).sum(-1)
        filters = torch.from_numpy(self.filters).to(y.device)
        level_db = 10.0 * torch.log10((filters @ power.mT).clamp_min(SMALLEST_POWER))
        floor_db = level_db.amax(dim=(-2, -1), keepdim=True) - self.range_db
        return torch.maximum(level_db, floor_db)

    def find_silence(self, picture: np.ndarray) -> float:
        """Return the floor: what a silent cell beside the picture's loudest holds."""
        return max(float(picture.max()) - self.range_db, 10 * math.log10(SMALLEST_POWER))

    def to_magnitude(self, picture: np.ndarray) -> np.ndarray:
        """Return the mean STFT magnitude that each cell stands for; silence is 0."""
        level_db = np.asarray(picture, dtype=float)
        heights = self.filters.sum(axis=1, dtype=float)[:, None]
        # A longer window gathers more power.
        gain = self.n_fft / self.win_length
        magnitude = np.sqrt(10 ** (level_db / 10) / heights * gain)
        return np.where(level_db > self.find_silence(level_db), magnitude, 0.0)

    def band_weights(self) -> np.ndarray:
        """Return each band's part in each bin, shape=(n_fft // 2 + 1, n_bands), rows of sum 1."""
        from explain_engine.reconstruction import share_out_bins

        return share_out_bins(self.filters.T)

    def band_centres(self) -> np.ndarray:
        """Return the bands' centres in hertz, shape=(n_bands,), rising."""
        # slow import: librosa
        import librosa

        return np.asarray(librosa.mel_frequencies(self.n_mels + 2, fmax=self.sr / 2)[1:-1])

    def band_edges(self) -> np.ndarray:
        """Return the bands' lower edges and upper edges in hertz, shape=(2, n_bands)."""
        return part_bands(self.band_centres(), self.sr)

    def frame_centres(self, n_samples: int) -> np.ndarray:
        """Return the sample on which each frame is centred, shape=(n_frames,), rising."""
        n_frames = max(0, n_samples - self.win_length) // self.hop_length + 1
        return np.arange(n_frames) * self.hop_length + self.win_length // 2
