"""A front end whose picture is scaled before the model sees it: z-scores, as a rule.

Silence is then not 0 but what silence becomes: ``(silence - mean) / std``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

    from explain_engine.front_ends.picture import PictureFrontEnd


@dataclass(frozen=True)
class Scaled:
    """Gives ``(picture - mean) / std`` of another front end's picture.

    Parameters
    ----------
    front_end : PictureFrontEnd
        What makes the picture.
    mean, std : float
        In the picture's unit; `std` is above 0.
    """

    front_end: PictureFrontEnd
    mean: float
    std: float

    @property
    def sr(self) -> int:
        return self.front_end.sr

    @property
    def n_fft(self) -> int:
        return self.front_end.n_fft

    @property
    def hop(self) -> float:
        return self.front_end.hop

    @property
    def n_bands(self) -> int:
        return self.front_end.n_bands

    @property
    def filterbank(self) -> np.ndarray:
        """The other's filters, if it has some; scaling does not change them."""
        bank: np.ndarray = getattr(self.front_end, "filterbank")  # noqa: B009
        return bank

    def __call__(self, y: torch.Tensor) -> torch.Tensor:
        """Scaled pictures of sounds, (..., n_samples) -> (..., n_bands, n_frames)."""
        return (self.front_end(y) - self.mean) / self.std

    def find_silence(self, picture: np.ndarray) -> float:
        """What a silent cell of the scaled `picture` holds."""
        return (self.front_end.find_silence(self._unscale(picture)) - self.mean) / self.std

    def to_magnitude(self, picture: np.ndarray) -> np.ndarray:
        """Mean STFT magnitude that each cell of the scaled `picture` stands for."""
        return self.front_end.to_magnitude(self._unscale(picture))

    def band_weights(self) -> np.ndarray:
        return self.front_end.band_weights()

    def band_centres(self) -> np.ndarray:
        return self.front_end.band_centres()

    def band_edges(self) -> np.ndarray:
        return self.front_end.band_edges()

    def frame_centres(self, n_samples: int) -> np.ndarray:
        return self.front_end.frame_centres(n_samples)

    def _unscale(self, picture: np.ndarray) -> np.ndarray:
        return np.asarray(picture * self.std + self.mean)
