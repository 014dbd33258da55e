"""What explainers are given, and what they give back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, eq=False)
class Problem:
    """A model around one excerpt, seen through its components.

    Parameters
    ----------
    n_components, n_targets : int
        Sizes.
    n_samples : int
        Maskings allowed.
    rng : np.random.Generator
        The only source of randomness.
    evaluate : callable
        Masks, shape=(n_masks, n_components), bool -> outputs, shape=(n_masks, n_targets),
        float64: the model's targets on the sound of the components that are on.
    """

    n_components: int
    n_targets: int
    n_samples: int
    rng: np.random.Generator
    evaluate: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Attribution:
    """Weights of components.

    Parameters
    ----------
    weights : np.ndarray, shape=(n_targets, n_components)
        What switching a component on adds to a target, in the target's unit.
    intercepts : np.ndarray, shape=(n_targets,)
        The surrogate's value with everything off; NaN if there is no surrogate.
    masks : np.ndarray, shape=(n_samples, n_components), bool
        What was tried; shape=(0, n_components) if nothing was.
    outputs : np.ndarray, shape=(n_samples, n_targets)
        What came out.
    """

    weights: np.ndarray
    intercepts: np.ndarray
    masks: np.ndarray
    outputs: np.ndarray


class Surrogate(Protocol):
    """An explainer that fits a linear surrogate: its scores can be told on held-out maskings."""

    def fit(self, masks: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return weights, shape=(n_targets, n_components), and intercepts, shape=(n_targets,)."""
        ...

    def weigh(self, masks: np.ndarray) -> np.ndarray:
        """Return the weight of each masking in the fit, shape=(n_samples,)."""
        ...


def draw_masks(problem: Problem, keep_probability: float = 0.5) -> np.ndarray:
    """Return random masks, shape=(n_samples, n_components), bool: the first is all on.

    Each component is on with `keep_probability`; 1/2 is the sampler of LIME for images.
    """
    masks = problem.rng.random((problem.n_samples, problem.n_components)) < keep_probability
    masks[0] = True
    return masks


def measure_distances(masks: np.ndarray) -> np.ndarray:
    """Return the cosine distance of each mask from all on, shape=(n_samples,), in [0, 1].

    For s of n components on it is 1 - sqrt(s / n); all off is at 1.
    """
    share = masks.mean(axis=1)
    return np.asarray(1.0 - np.sqrt(share))
