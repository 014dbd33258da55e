"""Equal bands of frequency."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import ComponentError

if TYPE_CHECKING:
    from explain_engine.analysis import Analysis


@dataclass(frozen=True)
class Frequency:
    """Cuts the picture into bands, low to high: which register, not when.

    Parameters
    ----------
    n_components : int
        Bands, equal steps of the log-frequency picture.
    """

    n_components: int = field(
        default=10, metadata={"help": "Bands, equal in the picture", "min": 2, "max": 100}
    )

    def __call__(self, analysis: Analysis) -> np.ndarray:
        """Return labels, shape=(n_bands, n_frames), from the lowest band on.

        Raises
        ------
        ComponentError
            If the picture has fewer bands.
        """
        n_bands, n_frames = analysis.picture.shape
        if self.n_components > n_bands:
            raise ComponentError(
                f"Frequency may be cut into at most {n_bands} bands on this excerpt, "
                f"got {self.n_components}."
            )
        band = np.arange(n_bands) * self.n_components // n_bands
        return np.asarray(np.tile(band[:, None], (1, n_frames)))
