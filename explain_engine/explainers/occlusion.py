"""Occlusion (Zeiler & Fergus 2014, section 4.2): one component off at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.explainers.base import N_CHECKS, Attribution, Explainer, Problem, check_line


@dataclass(frozen=True)
class Occlusion(Explainer):
    """Switches each component off alone: quick, and blind to what stands in for another."""

    def __call__(self, problem: Problem) -> Attribution:
        """Weigh each component by what its absence takes away; `n_samples` is of no matter."""
        masks = np.ones((problem.n_components + 1, problem.n_components), dtype=bool)
        masks[1:][np.eye(problem.n_components, dtype=bool)] = False
        outputs = problem.evaluate(masks)
        weights = (outputs[0] - outputs[1:]).T
        intercepts = outputs[0] - weights.sum(axis=1)
        return Attribution(
            weights,
            intercepts,
            masks,
            outputs,
            nature="exact",
            check=check_line(problem, weights, intercepts),
        )

    def count_forwards(self, n_components: int, n_targets: int, n_samples: int) -> int:
        """Return one for each component, one for the whole, and the checks."""
        return n_components + 1 + N_CHECKS
