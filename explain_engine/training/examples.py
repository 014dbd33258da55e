"""What a network learns from: spectrograms with ratings, and batches of them.

Conventions: ratings on the scale of ratings divided by ten, NaN where nobody rated;
spectrograms shape=(n_bands, n_frames), of any length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from explain_engine.errors import EngineError
from explain_engine.networks.names import EMOTIONS, FEATURES

N_FRAMES = 313  # of 10 s


class TrainingError(EngineError):
    """Training cannot start or go on."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Rated spectrograms.

    Parameters
    ----------
    spectrograms : sequence of numpy.ndarray, shape=(n_bands, n_frames), float16 or float32
        One array for all, or a list of arrays of different lengths.
    features : numpy.ndarray, shape=(n, 7)
        Mid-level features.
    emotions : numpy.ndarray, shape=(n, 8)
        Emotions.
    """

    spectrograms: Sequence[np.ndarray] | np.ndarray
    features: np.ndarray
    emotions: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.spectrograms)
        if n < 1:
            raise TrainingError("Training needs an example or more, got none.")
        wanted = ((n, len(FEATURES)), (n, len(EMOTIONS)))
        if (self.features.shape, self.emotions.shape) != wanted:
            raise TrainingError(
                f"{n} spectrograms need features and emotions of shapes {wanted}, "
                f"got {self.features.shape} and {self.emotions.shape}."
            )

        if np.isinf(self.features).any() or np.isinf(self.emotions).any():
            raise TrainingError("Ratings must be finite, or NaN where there is none, got infinity.")

    def __len__(self) -> int:
        return len(self.spectrograms)

    def take(self, rows: np.ndarray) -> Examples:
        """Return the examples of these rows."""
        return Examples(
            [self.spectrograms[row] for row in rows], self.features[rows], self.emotions[rows]
        )

    def measure_level(self) -> tuple[float, float]:
        """Mean and standard deviation over all cells of all spectrograms."""
        sizes = np.array([s.size for s in self.spectrograms], dtype=float)
        means = np.array([s.mean(dtype=float) for s in self.spectrograms])
        squares = np.array([np.mean(s.astype(np.float32) ** 2) for s in self.spectrograms])
        mean = float(np.average(means, weights=sizes))
        return mean, float(np.sqrt(np.average(squares, weights=sizes) - mean**2))

    def batch(
        self, rows: np.ndarray, rng: np.random.Generator | None, n_frames: int = N_FRAMES
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """A stretch of each row, with its targets.

        Parameters
        ----------
        rows : numpy.ndarray of int, shape=(n,)
            Which examples.
        rng : numpy.random.Generator or None
            Chooses where the stretch starts; None takes the middle.
        n_frames : int
            Its length; 313 are ten seconds.

        Returns
        -------
        spectrograms : torch.Tensor, shape=(n, n_bands, n_frames), float32
            Short sounds are repeated.
        targets : torch.Tensor, shape=(n, 15), float32
            Emotions, then features.
        """
        cut = np.stack([_cut(self.spectrograms[row], rng, n_frames) for row in rows])
        targets = np.concatenate((self.emotions[rows], self.features[rows]), axis=1)
        return torch.from_numpy(cut.astype(np.float32)), torch.from_numpy(
            targets.astype(np.float32)
        )


def _cut(spectrogram: np.ndarray, rng: np.random.Generator | None, n_frames: int) -> np.ndarray:
    length = spectrogram.shape[1]
    if length < n_frames:
        repeats = -(-n_frames // length)
        return np.tile(spectrogram, (1, repeats))[:, :n_frames]
    spare = length - n_frames
    first = spare // 2 if rng is None else int(rng.integers(spare + 1))
    return spectrogram[:, first : first + n_frames]
