"""Equal rectangles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import ComponentError

if TYPE_CHECKING:
    from explain_engine.analysis import Analysis


@dataclass(frozen=True)
class Grid:
    """Cuts time and frequency into equal parts, whatever the music does.

    Parameters
    ----------
    n_times : int
        Columns.
    n_bands : int
        Rows, equal steps of the picture.
    """

    n_times: int = field(default=8, metadata={"help": "Parts along time", "min": 1, "max": 100})
    n_bands: int = field(
        default=5,
        metadata={"help": "Parts along frequency, equal in the picture", "min": 1, "max": 50},
    )

    def __call__(self, analysis: Analysis) -> np.ndarray:
        """Return labels, shape=(n_bands, n_frames), row by row from the lowest band.

        Raises
        ------
        ComponentError
            If the picture has fewer cells than the grid along either axis.
        """
        rows, columns = analysis.picture.shape
        if self.n_bands > rows or self.n_times > columns:
            raise ComponentError(
                f"A grid may have at most {rows} bands and {columns} times on this excerpt, "
                f"got {self.n_bands} and {self.n_times}."
            )
        band = np.arange(rows) * self.n_bands // rows
        time = np.arange(columns) * self.n_times // columns
        return np.asarray(band[:, None] * self.n_times + time[None, :])
