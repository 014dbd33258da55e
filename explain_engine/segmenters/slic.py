"""SLIC superpixels of the picture (Achanta et al. 2012, PAMI 34: 2274-2282)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from explain_engine.analysis import Analysis


@dataclass(frozen=True)
class Slic:
    """Patches of like size that lean towards the music's edges: between a grid and Felzenszwalb.

    Parameters
    ----------
    n_components : int
        Components wanted, roughly.
    compactness : float
        Larger: squarer patches; smaller: they follow loudness.
    sigma : float
        Smoothing beforehand, in cells.
    """

    n_components: int = field(
        default=40, metadata={"help": "Components wanted, roughly", "min": 2, "max": 500}
    )
    compactness: float = field(
        default=0.2,
        metadata={"help": "Larger: squarer patches", "min": 0.001, "max": 100.0},
    )
    sigma: float = field(
        default=1.0, metadata={"help": "Smoothing, in cells", "min": 0.0, "max": 20.0}
    )

    def __call__(self, analysis: Analysis) -> np.ndarray:
        """Return labels, shape=(n_bands, n_frames), numbered from 0."""
        # slow import: scikit-image
        from skimage.segmentation import slic

        labels = slic(
            analysis.picture.astype(float),
            n_segments=self.n_components,
            compactness=self.compactness,
            sigma=self.sigma,
            start_label=0,
            channel_axis=None,
        )
        return np.unique(labels, return_inverse=True)[1].reshape(analysis.picture.shape)
