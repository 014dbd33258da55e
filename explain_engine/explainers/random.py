"""Weights drawn at random: an explanation that explains nothing, as a yardstick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.explainers.base import Attribution, Explainer, Problem


@dataclass(frozen=True)
class Random(Explainer):
    """Draws weights at random and never asks the model: a yardstick for the others."""

    def __call__(self, problem: Problem) -> Attribution:
        """Return standard normal weights; there is no surrogate and nothing was tried."""
        return Attribution(
            weights=problem.rng.standard_normal((problem.n_targets, problem.n_components)),
            intercepts=np.full(problem.n_targets, np.nan),
            masks=np.zeros((0, problem.n_components), dtype=bool),
            outputs=np.zeros((0, problem.n_targets)),
            nature="random",
        )

    def count_forwards(self, n_components: int, n_targets: int, n_samples: int) -> int:
        """Return 0."""
        return 0
