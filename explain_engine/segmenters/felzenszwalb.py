"""Felzenszwalb's and Huttenlocher's graph-based segmentation of the picture (IJCV 59, 2004)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from explain_engine.analysis import Analysis


@dataclass(frozen=True)
class Felzenszwalb:
    """Follows the music's own shapes: neighbouring cells of like loudness stay together.

    Parameters
    ----------
    n_components : int
        Components wanted, roughly; reached through the smallest size allowed.
    scale : float
        Larger: larger components (the paper's 25).
    sigma : float
        Smoothing beforehand, in cells.
    min_size : int
        Smallest component in cells; 0 finds the size that gives `n_components`.
        The two-level paper (Chowdhury et al. 2019, section 4.2) uses 40, which gives several
        hundred components on 10 s: too many for a stable answer from a few hundred forwards.
    """

    n_components: int = field(
        default=40, metadata={"help": "Components wanted, roughly", "min": 2, "max": 500}
    )
    scale: float = field(
        default=25.0, metadata={"help": "Larger: larger components", "min": 0.0, "max": 10000.0}
    )
    sigma: float = field(
        default=0.8, metadata={"help": "Smoothing, in cells", "min": 0.0, "max": 20.0}
    )
    min_size: int = field(
        default=0,
        metadata={
            "help": "Smallest component in cells; 0 finds the size for the number wanted "
            "(the two-level paper: 40)",
            "min": 0,
            "max": 100000,
        },
    )

    def __call__(self, analysis: Analysis) -> np.ndarray:
        """Return labels, shape=(n_bands, n_frames)."""
        if self.min_size:
            return self._segment(analysis.picture, self.min_size)
        # The count falls as the smallest size grows, not strictly: bisect, keep the nearest.
        low, high = 1, analysis.picture.size // 2
        best = self._segment(analysis.picture, low)
        while high - low > 1:
            middle = int(np.sqrt(low * high))
            middle = min(max(middle, low + 1), high - 1)
            labels = self._segment(analysis.picture, middle)
            if self._miss(labels) < self._miss(best):
                best = labels
            if labels.max() + 1 > self.n_components:
                low = middle
            else:
                high = middle
        return best

    def _miss(self, labels: np.ndarray) -> int:
        return abs(int(labels.max()) + 1 - self.n_components)

    def _segment(self, picture: np.ndarray, min_size: int) -> np.ndarray:
        # slow import: scikit-image
        from skimage.segmentation import felzenszwalb

        labels = felzenszwalb(
            picture.astype(float), scale=self.scale, sigma=self.sigma, min_size=min_size
        )
        return np.unique(labels, return_inverse=True)[1].reshape(picture.shape)
