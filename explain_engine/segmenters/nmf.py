"""Sources by non-negative matrix factorisation (Lee & Seung 2001; Wiener-like masks)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from explain_engine.analysis import SoundAnalysis
    from explain_engine.sources import Sources


@dataclass(frozen=True)
class Nmf:
    """Finds spectra that recur, a note or a drum each, and parts the sound among them.

    Parameters
    ----------
    n_components : int
        Sources.
    n_iterations : int
        Steps of the factorisation, at most.
    """

    finds_sources: ClassVar[bool] = True

    n_components: int = field(default=8, metadata={"help": "Sources", "min": 2, "max": 30})
    n_iterations: int = field(
        default=200, metadata={"help": "Steps of the factorisation", "min": 10, "max": 2000}
    )

    def __call__(self, analysis: SoundAnalysis) -> Sources:
        """Return the sources, loudest first; the start of the factorisation is fixed."""
        # slow import: scikit-learn, torch
        from sklearn.decomposition import NMF
        from sklearn.exceptions import ConvergenceWarning

        from explain_engine.sources import split_sources

        magnitude = np.sqrt(analysis.power)
        model = NMF(
            self.n_components,
            init="nndsvda",
            random_state=0,
            max_iter=self.n_iterations,
            tol=1e-3,
        )
        with warnings.catch_warnings():
            # Where max_iter ends it: any factorisation parts the sound exactly.
            warnings.simplefilter("ignore", ConvergenceWarning)
            spectra = model.fit_transform(magnitude)
        layers = np.einsum("fk,kt->kft", spectra, model.components_)
        order = np.argsort(-layers.sum(axis=(1, 2)), kind="stable")
        names = tuple(f"source {i + 1}" for i in range(self.n_components))
        return split_sources(analysis, layers[order].astype(np.float32), names)
