"""LIME's surrogate on every masking there is: nothing is drawn, so nothing is left to chance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from explain_engine.errors import ComponentError
from explain_engine.explainers._linear import LinearSurrogate
from explain_engine.explainers.base import Attribution, Problem

MAX_COMPONENTS = 13


@dataclass(frozen=True)
class Exhaustive(LinearSurrogate):
    """Tries every combination of at most 13 components: another seed changes nothing.

    Parameters
    ----------
    kernel_width : float
        Width of the neighbourhood, in cosine distance.
    alpha : float
        Ridge penalty.
    """

    kernel_width: float = field(
        default=0.25, metadata={"help": "Width of the neighbourhood", "min": 0.01, "max": 10.0}
    )
    alpha: float = field(default=1.0, metadata={"help": "Ridge penalty", "min": 0.0, "max": 1000.0})

    def __call__(self, problem: Problem) -> Attribution:
        """Explain all targets from all 2**n_components maskings; `n_samples` is of no matter.

        Raises
        ------
        ComponentError
            If there are more than 13 components.
        """
        n = problem.n_components
        if n > MAX_COMPONENTS:
            raise ComponentError(
                f"The explainer exhaustive takes {MAX_COMPONENTS} components or fewer (2 to that "
                f"power are {2**MAX_COMPONENTS:,} forwards), this segmentation has {n}."
            )
        order = problem.rng.permutation(2**n)
        masks = ((order[:, None] >> np.arange(n)) & 1).astype(bool)
        return self.attribute(masks, problem.evaluate(masks), "exact")

    def count_forwards(self, n_components: int, n_targets: int, n_samples: int) -> int:
        """Return 2**n_components."""
        return int(2 ** min(n_components, MAX_COMPONENTS))
