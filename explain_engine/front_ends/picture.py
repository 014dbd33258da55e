"""What a model tells of the picture that it is given.

Convention: pictures are float32, shape=(..., n_bands, n_frames), bands from low to high; a cell's
value is on the model's own scale (a logarithm, decibels, z-scores), so silence may be any number.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch


class PictureFrontEnd(Protocol):
    """Turns sound into a model's input picture; a frozen dataclass.

    It is a :class:`~explain_engine.reconstruction.FrontEnd` too: a mask on its grid can be heard.
    """

    def __hash__(self) -> int: ...

    @property
    def sr(self) -> int:
        """Sample rate in hertz."""

    @property
    def n_fft(self) -> int:
        """Length of its FFT in samples, a multiple of 4."""

    @property
    def hop(self) -> float:
        """Samples from frame to frame, perhaps a fraction."""

    @property
    def n_bands(self) -> int:
        """Bands of its pictures."""

    def __call__(self, y: torch.Tensor) -> torch.Tensor:
        """Return the pictures of sounds, (..., n_samples) -> (..., n_bands, n_frames), float32."""
        ...

    def find_silence(self, picture: np.ndarray) -> float:
        """Return what a silent cell of `picture`, shape=(n_bands, n_frames), would hold."""
        ...

    def to_magnitude(self, picture: np.ndarray) -> np.ndarray:
        """Return the mean STFT magnitude that each cell stands for; silence is 0.

        As of an STFT with a periodic Hann window of `n_fft` samples, which is how sound is made.
        """
        ...

    def band_weights(self) -> np.ndarray:
        """Return each band's part in each bin, shape=(n_fft // 2 + 1, n_bands), rows of sum 1."""
        ...

    def band_centres(self) -> np.ndarray:
        """Return the bands' centres in hertz, shape=(n_bands,), rising."""
        ...

    def band_edges(self) -> np.ndarray:
        """Return the bands' lower edges and upper edges in hertz, shape=(2, n_bands)."""
        ...

    def frame_centres(self, n_samples: int) -> np.ndarray:
        """Return the sample on which each frame is centred, shape=(n_frames,), rising."""
        ...
