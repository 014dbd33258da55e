"""Harmonic and percussive sources by median filters (FitzGerald 2010; Driedger et al. 2014)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from explain_engine.analysis import SoundAnalysis
    from explain_engine.sources import Sources


@dataclass(frozen=True)
class Hpss:
    """Parts what rings from what strikes; what is neither may be a source of its own.

    Parameters
    ----------
    margin : float
        How much stronger one must be than the other; above 1 there is a third source, ``residual``.
    kernel_size : int
        Length of the median filters, in frames and in bins.
    """

    finds_sources: ClassVar[bool] = True

    margin: float = field(
        default=2.0,
        metadata={
            "help": "How clear each must be; above 1 the unclear is a third source",
            "min": 1.0,
            "max": 10.0,
        },
    )
    kernel_size: int = field(
        default=31, metadata={"help": "Length of the median filters", "min": 3, "max": 101}
    )

    def __call__(self, analysis: SoundAnalysis) -> Sources:
        """Return the sources ``harmonic``, ``percussive`` and, with a margin, ``residual``."""
        # slow import: librosa, torch
        import librosa

        from explain_engine.sources import split_sources

        harmonic, percussive = librosa.decompose.hpss(
            np.sqrt(analysis.power), kernel_size=self.kernel_size, margin=self.margin, mask=True
        )
        shares, names = [harmonic, percussive], ["harmonic", "percussive"]
        if self.margin > 1:
            shares.append(np.maximum(1 - harmonic - percussive, 0))
            names.append("residual")
        return split_sources(analysis, np.stack(shares).astype(np.float32), tuple(names))
