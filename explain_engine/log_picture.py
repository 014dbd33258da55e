"""The picture in which components are cut: a log-frequency spectrogram on the transform's frames.

Convention: shape=(n_bands, n_frames), float32 in [0, 1]: 0 is 80 dB or more below the loudest
cell, 1 the loudest; bands rise in frequency, frame ``t`` is centred on sample ``t * hop_length``.
Every STFT bin belongs to exactly one band (the one whose centre is nearest in log frequency), so
that a cell of the picture is exactly the sound that is switched with it.
A model's own front end lives with the model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

DYNAMIC_RANGE_DB = 80.0


@dataclass(frozen=True)
class LogPicture:
    """A log-frequency picture of an STFT.

    Parameters
    ----------
    sr : int
        Sample rate in hertz.
    n_fft, hop_length : int
        The STFT's; `n_fft` is a multiple of `hop_length`.
    bands_per_octave : int
        Bands in an octave; below some frequency the STFT's bins are wider, and are the bands.
    fmin : float
        Centre of the lowest band in hertz; what lies below belongs to it.
    """

    sr: int
    n_fft: int = 2048
    hop_length: int = 512
    bands_per_octave: int = 16
    fmin: float = 40.0

    @property
    def hop(self) -> float:
        """Samples from frame to frame."""
        return float(self.hop_length)

    def band_centres(self) -> np.ndarray:
        """Return the bands' centres in hertz, shape=(n_bands,), each on a bin of the STFT."""
        n_steps = math.floor(self.bands_per_octave * math.log2(self.sr / 2 / self.fmin))
        hz = self.fmin * 2.0 ** (np.arange(n_steps + 1) / self.bands_per_octave)
        bins = np.rint(hz * self.n_fft / self.sr).astype(int).clip(1)
        return np.asarray(np.unique(bins) * self.sr / self.n_fft)

    def band_edges(self) -> np.ndarray:
        """Return the bands' lower edges and upper edges in hertz, shape=(2, n_bands)."""
        return part_bands(self.band_centres(), self.sr)

    def band_of_bin(self) -> np.ndarray:
        """Return the band of each STFT bin, shape=(n_fft // 2 + 1,)."""
        hz = np.arange(self.n_fft // 2 + 1) * self.sr / self.n_fft
        return np.asarray(np.searchsorted(self.band_edges()[1][:-1], hz))

    def band_weights(self) -> np.ndarray:
        """Return 1 where a bin belongs to a band, else 0, shape=(n_fft // 2 + 1, n_bands)."""
        bands = self.band_of_bin()
        return np.asarray(np.eye(int(bands.max()) + 1)[bands])

    def frame_centres(self, n_samples: int) -> np.ndarray:
        """Return the sample on which each frame is centred, shape=(n_frames,)."""
        return np.arange(self.count_frames(n_samples)) * self.hop_length

    def count_frames(self, n_samples: int) -> int:
        """Return the number of frames centred within a signal of `n_samples`."""
        return math.ceil(n_samples / self.hop_length)

    def frame_of_stft(self, n_stft_frames: int, n_samples: int) -> np.ndarray:
        """Return the picture's frame for each STFT frame, shape=(n_stft_frames,).

        STFT frames centred outside the signal belong to the nearest frame inside.
        """
        frames = np.arange(n_stft_frames) - self._first_inside
        return np.clip(frames, 0, self.count_frames(n_samples) - 1)

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
            Mean power of each band's bins, in decibels, scaled.
        """
        level_db = 10 * np.log10(np.maximum(self.pool(power, n_samples), 1e-20))
        picture = (level_db - level_db.max()) / DYNAMIC_RANGE_DB + 1
        return np.asarray(np.clip(picture, 0, 1).astype(np.float32))

    def pool(self, power: np.ndarray, n_samples: int) -> np.ndarray:
        """Return the mean power of each band's bins, shape=(n_bands, n_frames), float64.

        `power` is an STFT's, shape=(n_bins, n_stft_frames), of a signal of `n_samples`.
        """
        first = self._first_inside
        inside = power[:, first : first + self.count_frames(n_samples)].astype(float)
        bands = self.band_of_bin()
        starts = np.flatnonzero(np.diff(bands, prepend=-1))
        return np.asarray(np.add.reduceat(inside, starts, axis=0) / np.bincount(bands)[:, None])

    @property
    def _first_inside(self) -> int:
        return self.n_fft // (2 * self.hop_length) - 1


def part_bands(centres: np.ndarray, sr: int) -> np.ndarray:
    """Return lower edges and upper edges in hertz, shape=(2, n_bands), half-way in log frequency.

    `centres` in hertz rise; the lowest band goes down to 0, the highest up to half of `sr`.
    """
    between = np.sqrt(centres[:-1] * centres[1:])
    return np.stack([np.append(0.0, between), np.append(between, sr / 2)])
