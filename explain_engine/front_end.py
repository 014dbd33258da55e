"""The picture in which components are cut: a log-mel spectrogram on the transform's own frames.

Convention: shape=(n_bands, n_frames), float32 in [0, 1]: 0 is 80 dB or more below the loudest
cell, 1 the loudest; bands rise in frequency, frame ``t`` is centred on sample ``t * hop_length``.
A model's own front end lives with the model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

DYNAMIC_RANGE_DB = 80.0


@dataclass(frozen=True)
class LogMel:
    """A log-mel picture of an STFT.

    Parameters
    ----------
    sr : int
        Sample rate in hertz.
    n_fft, hop_length : int
        The STFT's.
    n_bands : int
        Mel bands (Slaney's scale) from 0 to ``sr / 2``.
    """

    sr: int
    n_fft: int = 2048
    hop_length: int = 512
    n_bands: int = 96

    def band_edges(self) -> np.ndarray:
        """Return the bands' lower edges, centres and upper edges in hertz, shape=(3, n_bands)."""
        # slow import: librosa
        import librosa

        points = librosa.mel_frequencies(self.n_bands + 2, fmin=0.0, fmax=self.sr / 2)
        return np.stack([points[:-2], points[1:-1], points[2:]])

    def count_frames(self, n_samples: int) -> int:
        """Return the number of frames centred within a signal of `n_samples`."""
        return math.ceil(n_samples / self.hop_length)

    def frame_of_stft(self, n_stft_frames: int, n_samples: int) -> np.ndarray:
        """Return the picture's frame for each STFT frame, shape=(n_stft_frames,).

        STFT frames centred outside the signal belong to the nearest frame inside.
        """
        frames = np.arange(n_stft_frames) - self._first_inside
        return np.clip(frames, 0, self.count_frames(n_samples) - 1)

    @property
    def _first_inside(self) -> int:
        return self.n_fft // (2 * self.hop_length) - 1

    def band_of_bin(self) -> np.ndarray:
        """Return the nearest band for each STFT bin, shape=(n_fft // 2 + 1,)."""
        hz = np.arange(self.n_fft // 2 + 1) * self.sr / self.n_fft
        centres = self.band_edges()[1]
        return np.abs(hz[:, None] - centres[None, :]).argmin(axis=1)

    def paint(self, power: np.ndarray, n_samples: int) -> np.ndarray:
        """Return the picture of an STFT's power.

        Parameters
        ----------
        power : np.ndarray, shape=(n_bins, n_stft_frames)
            Squared magnitudes.
        n_samples : int
            Length of the signal.

        Returns
        -------
        np.ndarray, shape=(n_bands, n_frames), float32 in [0, 1]
            The picture.
        """
        # slow import: librosa
        import librosa

        filters = librosa.filters.mel(sr=self.sr, n_fft=self.n_fft, n_mels=self.n_bands)
        first = self._first_inside
        mel = filters @ power[:, first : first + self.count_frames(n_samples)]
        level_db = 10 * np.log10(np.maximum(mel, 1e-20))
        picture = (level_db - level_db.max()) / DYNAMIC_RANGE_DB + 1
        return np.clip(picture, 0, 1).astype(np.float32)
