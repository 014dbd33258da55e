"""Shapley values by sampled permutations (Castro, Gómez & Tejada 2009; captum's implementation)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.explainers.base import N_CHECKS, Attribution, Explainer, Problem, check_line

if TYPE_CHECKING:
    import torch

MASKS_PER_CALL = 32


@dataclass(frozen=True)
class Shapley(Explainer):
    """Switches components on in random orders and shares out the change fairly among them."""

    def __call__(self, problem: Problem) -> Attribution:
        """Estimate Shapley values from as many permutations as `n_samples` forwards allow."""
        asked: list[tuple[np.ndarray, np.ndarray]] = []
        n_orders = _count_orders(problem.n_components, problem.n_samples)
        halves = np.stack([_sample(problem, n_orders, asked) for _ in range(2)])
        weights = halves.mean(axis=0)
        # Each half begins by asking about silence.
        intercepts = asked[0][1][0]
        return Attribution(
            weights,
            intercepts,
            np.concatenate([masks for masks, _ in asked]),
            np.concatenate([outputs for _, outputs in asked]),
            halves=halves,
            check=check_line(problem, weights, intercepts),
        )

    def count_forwards(self, n_components: int, n_targets: int, n_samples: int) -> int:
        """Return one for each step of each permutation, silence twice, and the checks."""
        return 2 * (1 + n_components * _count_orders(n_components, n_samples)) + N_CHECKS


def _count_orders(n_components: int, n_samples: int) -> int:
    """Permutations in each half, at least 1."""
    return max(1, n_samples // (2 * n_components))


def _sample(
    problem: Problem, n_orders: int, asked: list[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """Return one half's values, shape=(n_targets, n_components); note what was asked."""
    # slow import: torch, captum
    import torch
    from captum.attr import ShapleyValueSampling

    def ask(gains: torch.Tensor) -> torch.Tensor:
        masks = gains.numpy() > 0.5
        outputs = problem.evaluate(masks)
        asked.append((masks, outputs))
        return torch.from_numpy(outputs)

    # captum draws from torch's global generator: seed it here, put it back after.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(problem.rng.integers(2**31)))
        values = ShapleyValueSampling(ask).attribute(
            torch.ones(1, problem.n_components),
            baselines=0.0,
            n_samples=n_orders,
            perturbations_per_eval=MASKS_PER_CALL,
        )
    return np.asarray(values.reshape(problem.n_targets, problem.n_components).numpy(), dtype=float)
