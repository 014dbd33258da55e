"""Deletion and insertion curves (Petsiuk, Das & Saenko 2018, section 3.3), for regression too.

Components are taken out, or put in, strongest first; the area under the model's output says how
early it changes. Both areas are means of the output, in the target's unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

N_STEPS = 10


@dataclass(frozen=True, eq=False)
class Curves:
    """One target's output while its strongest components go or come.

    Parameters
    ----------
    shares : np.ndarray, shape=(n_points,)
        Share of the components that are out, or in; from 0 to 1.
    deletion, insertion : np.ndarray, shape=(n_points,)
        The model's output there.
    """

    shares: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def deletion_area(self) -> float:
        """Mean output while components go: low for a good ranking, with ``selection="for"``."""
        return float(np.trapezoid(self.deletion, self.shares))

    @property
    def insertion_area(self) -> float:
        """Mean output while components come: high for a good ranking, with ``selection="for"``."""
        return float(np.trapezoid(self.insertion, self.shares))


def choose_steps(n_components: int) -> np.ndarray:
    """Return how many components are out, or in, at each point: 0 to all in at most 10 steps."""
    return np.unique(np.rint(np.linspace(0, n_components, N_STEPS + 1)).astype(int))


def count_curve_forwards(n_components: int) -> int:
    """Return how often the model is asked for one target's curves."""
    return 2 * len(choose_steps(n_components))


def measure_curves(
    weights: np.ndarray, selection: str, evaluate: Callable[[np.ndarray], np.ndarray]
) -> Curves:
    """Ask the model along one target's ranking.

    Parameters
    ----------
    weights : np.ndarray, shape=(n_components,)
        The target's.
    selection : {"for", "against"}
        Which end is the strongest.
    evaluate : callable
        Masks, shape=(n_masks, n_components), bool -> the target, shape=(n_masks,).

    Returns
    -------
    Curves
        From everything to nothing, and from nothing to everything.
    """
    order = np.argsort(-weights if selection == "for" else weights, kind="stable")
    rank = np.argsort(order, kind="stable")
    steps = choose_steps(len(weights))
    inserted = rank[None, :] < steps[:, None]
    outputs = evaluate(np.concatenate([~inserted, inserted]))
    return Curves(steps / len(weights), outputs[: len(steps)], outputs[len(steps) :])
