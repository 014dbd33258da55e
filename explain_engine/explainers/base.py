"""What explainers are given, and what they give back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import torch

    from explain_engine.layout import Layout

# Fresh maskings on which weights that were not fitted to maskings are checked.
N_CHECKS = 64
CHECK_KEEP_PROBABILITY = 0.7


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
    differentiate : callable
        The same with gradients: gains, torch.Tensor, shape=(n_mixes, n_components) -> outputs,
        torch.Tensor, shape=(n_mixes, n_targets). Raises ModelError for a model without gradients.
    stability : float or None
        Rank correlation of two halves at which sampling may stop before `n_samples`.
    layout : Layout or None
        Where the components lie; None if they are everywhere.
    """

    n_components: int
    n_targets: int
    n_samples: int
    rng: np.random.Generator
    evaluate: Callable[[np.ndarray], np.ndarray]
    differentiate: Callable[[torch.Tensor], torch.Tensor] | None = None
    stability: float | None = None
    layout: Layout | None = None


@dataclass(frozen=True, eq=False)
class Check:
    """What the weights predict of maskings they were not made from.

    Parameters
    ----------
    predicted, actual : np.ndarray, shape=(n_checks, n_targets)
        Intercept plus the weights of what is on, and what the model said.
    importance : np.ndarray, shape=(n_checks,)
        How much each masking counts.
    """

    predicted: np.ndarray
    actual: np.ndarray
    importance: np.ndarray


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
    nature : {"sampled", "exact", "random"}
        Whether another seed gives other weights; ``"random"``: nothing but the seed does.
    halves : np.ndarray or None, shape=(2, n_targets, n_components)
        Weights from two separate halves of what was sampled.
    check : Check or None
        Maskings held out; None if the model was asked nothing.
    """

    weights: np.ndarray
    intercepts: np.ndarray
    masks: np.ndarray
    outputs: np.ndarray
    nature: Literal["sampled", "exact", "random"] = "sampled"
    halves: np.ndarray | None = None
    check: Check | None = None


class Explainer(ABC):
    """Weighs components. Subclasses are frozen dataclasses of parameters."""

    @abstractmethod
    def __call__(self, problem: Problem) -> Attribution:
        """Explain all targets from one set of forward passes."""

    def count_forwards(self, n_components: int, n_targets: int, n_samples: int) -> int:
        """Return how often the model will be asked, at most."""
        return n_samples


def draw_masks(problem: Problem, keep_probability: float = 0.5) -> np.ndarray:
    """Return random masks, shape=(n_samples, n_components), bool: the first is all on.

    Each component is on with `keep_probability`; 1/2 is the sampler of LIME for images.
    """
    # Row by row the same draws as all at once, which would hold eight bytes for each bit.
    n, size = problem.n_samples, problem.n_components
    rows = (problem.rng.random(size) < keep_probability for _ in range(n))
    masks = np.fromiter(rows, dtype=(bool, size), count=n)
    masks[0] = True
    return masks


def measure_distances(masks: np.ndarray) -> np.ndarray:
    """Return the cosine distance of each mask from all on, shape=(n_samples,), in [0, 1].

    For s of n components on it is 1 - sqrt(s / n); all off is at 1.
    """
    share = masks.mean(axis=1)
    return np.asarray(1.0 - np.sqrt(share))


def check_line(problem: Problem, weights: np.ndarray, intercepts: np.ndarray) -> Check:
    """Ask the model about ``N_CHECKS`` fresh maskings, and the weights too.

    Parameters
    ----------
    problem : Problem
        The model and the source of randomness.
    weights : np.ndarray, shape=(n_targets, n_components)
        What each component adds.
    intercepts : np.ndarray, shape=(n_targets,)
        Values with everything off.

    Returns
    -------
    Check
        All maskings count alike; 7 in 10 components are on, as :class:`Lime` has it.
    """
    shape = (N_CHECKS, problem.n_components)
    masks = problem.rng.random(shape) < CHECK_KEEP_PROBABILITY
    actual = problem.evaluate(masks)
    return Check(masks @ weights.T + intercepts, actual, np.ones(len(masks)))


def correlate_ranks(first: np.ndarray, second: np.ndarray) -> float:
    """Return Spearman's correlation of two sets of weights, NaN if either is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(_rank(first), _rank(second))[0, 1])


def _rank(values: np.ndarray) -> np.ndarray:
    """Return ranks, equal values at their mean rank; scipy.stats would take 60 MB to import."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])
