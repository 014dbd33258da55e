"""Equal spans of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import ComponentError

if TYPE_CHECKING:
    from explain_engine.analysis import Analysis


@dataclass(frozen=True)
class Time:
    """Cuts the excerpt into equal spans of time: when, not what.

    Parameters
    ----------
    n_components : int
        Spans.
    """

    n_components: int = field(default=10, metadata={"help": "Spans", "min": 2, "max": 100})

    def __call__(self, analysis: Analysis) -> np.ndarray:
        """Return labels, shape=(n_bands, n_frames), from the first span on.

        Raises
        ------
        ComponentError
            If the picture has fewer frames.
        """
        n_bands, n_frames = analysis.picture.shape
        if self.n_components > n_frames:
            raise ComponentError(
                f"Time may be cut into at most {n_frames} spans on this excerpt, "
                f"got {self.n_components}."
            )
        span = np.arange(n_frames) * self.n_components // n_frames
        return np.asarray(np.tile(span, (n_bands, 1)))
