"""Where components lie in the picture and how much of it sounds: what tells neighbours apart.

Conventions: seconds count from the excerpt's start; heights from 0, the picture's lowest band, to
1, its highest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from explain_engine.components import Components


@dataclass(frozen=True, eq=False)
class Layout:
    """Where components lie.

    Parameters
    ----------
    seconds, heights : np.ndarray, shape=(n_components,)
        Middle of each component's cells.
    areas : np.ndarray, shape=(n_components,)
        Share of the picture's cells.
    brightness : np.ndarray, shape=(n_components,), in [0, 1]
        Mean of its cells: 0 where nothing sounds.
    """

    seconds: np.ndarray
    heights: np.ndarray
    areas: np.ndarray
    brightness: np.ndarray


def lay_out(components: Components) -> Layout | None:
    """Return where components lie; None for sources, which are everywhere."""
    if components.labels is None:
        return None
    analysis, labels = components.analysis, components.labels.ravel()
    counts = np.bincount(labels)
    bands, frames = (axis.ravel().astype(float) for axis in np.indices(components.labels.shape))

    def average(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(labels, values) / counts)

    return Layout(
        seconds=average(analysis.front_end.frame_centres(analysis.n_samples)[frames.astype(int)])
        / analysis.sr,
        heights=average(bands) / max(1, components.labels.shape[0] - 1),
        areas=counts / labels.size,
        brightness=average(analysis.brightness.ravel().astype(float)),
    )
