"""The linear surrogate of LIME, fitted to maskings and what the model said about them.

It is what ``lime.lime_base.LimeBase`` fits with all features: ridge regression with an unpenalised
intercept, samples weighted by sqrt(exp(-d² / width²)) of their cosine distance d. Fitted to all
targets at once; equal to LimeBase within 1e-6 on the same masks.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from explain_engine.explainers.base import (
    Attribution,
    Check,
    Explainer,
    Problem,
    correlate_ranks,
    measure_distances,
)

FIRST_ROUND, GROWTH = 64, 1.25
# Rounds are whole batches, so that with another stability wanted the same are asked, and known.
ROUND_STEP = 8
BLOCK = 1024


class LinearSurrogate(Explainer):
    """Fits a line through what the model says.

    Attributes
    ----------
    kernel_width : float
        Width of the neighbourhood, in cosine distance.
    alpha : float
        Ridge penalty.
    """

    kernel_width: float
    alpha: float

    def sample(self, problem: Problem, n_free: int, masks: np.ndarray) -> Attribution:
        """Ask about masks in rounds and fit, stopping early where two halves agree enough.

        Parameters
        ----------
        problem : Problem
            The model, and how stable is enough.
        n_free : int
            Weights that are fitted; fewer maskings than twice as many tell nothing.
        masks : np.ndarray, shape=(n_samples, n_components), bool
            What to ask, in order.

        Returns
        -------
        Attribution
            From all that was asked.
        """
        outputs = np.zeros((0, problem.n_targets))
        for n_samples in plan_rounds(problem, n_free):
            more = problem.evaluate(masks[len(outputs) : n_samples])
            outputs = np.concatenate([outputs, more])
            if problem.stability is not None and self.is_stable(
                masks[:n_samples], outputs, problem.stability
            ):
                break
        return self.attribute(masks[: len(outputs)], outputs, "sampled")

    def attribute(
        self, masks: np.ndarray, outputs: np.ndarray, nature: Literal["sampled", "exact"]
    ) -> Attribution:
        """Return the weights fitted to all maskings, with all that tells how good they are.

        Parameters
        ----------
        masks : np.ndarray, shape=(n_samples, n_components), bool
            True where a component was on.
        outputs : np.ndarray, shape=(n_samples, n_targets)
            The model's outputs.
        nature : {"sampled", "exact"}
            Whether another seed gives other maskings; only then are there halves to compare.

        Returns
        -------
        Attribution
            Checked on a fifth of the maskings by a fit to the others.
        """
        weights, intercepts = self.fit(masks, outputs)
        n_fit = int(0.8 * len(masks))
        slopes, constants = self.fit(masks[:n_fit], outputs[:n_fit])
        rest = masks[n_fit:]
        return Attribution(
            weights,
            intercepts,
            masks,
            outputs,
            nature=nature,
            halves=self.fit_halves(masks, outputs) if nature == "sampled" else None,
            check=Check(rest @ slopes.T + constants, outputs[n_fit:], self.weigh(rest)),
        )

    def fit_halves(self, masks: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the weights of two separate halves, shape=(2, n_targets, n_components)."""
        half = len(masks) // 2
        first = self.fit(masks[:half], outputs[:half])[0]
        second = self.fit(masks[half:], outputs[half:])[0]
        return np.stack([first, second])

    def is_stable(self, masks: np.ndarray, outputs: np.ndarray, stability: float) -> bool:
        """Whether two halves rank the components alike to `stability`, for every target."""
        first, second = self.fit_halves(masks, outputs)
        return all(correlate_ranks(a, b) >= stability for a, b in zip(first, second, strict=True))

    def weigh(self, masks: np.ndarray) -> np.ndarray:
        """Return each sample's weight, shape=(n_samples,), in (0, 1]."""
        distances = measure_distances(masks)
        return np.asarray(np.sqrt(np.exp(-(distances**2) / self.kernel_width**2)))

    def fit(self, masks: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fit the surrogate.

        Parameters
        ----------
        masks : np.ndarray, shape=(n_samples, n_components), bool
            True where a component was on.
        outputs : np.ndarray, shape=(n_samples, n_targets)
            The model's outputs.

        Returns
        -------
        weights : np.ndarray, shape=(n_targets, n_components)
            Slopes.
        intercepts : np.ndarray, shape=(n_targets,)
            Values with everything off.
        """
        importance = self.weigh(masks)[:, None]
        total = importance.sum()
        y_mean = (importance * outputs).sum(axis=0) / total
        n_components = masks.shape[1]
        gram, cross = np.zeros((n_components,) * 2), np.zeros((n_components, outputs.shape[1]))
        x_sum = np.zeros(n_components)
        # A block at a time: as floats, many maskings are eight times as large as they are.
        for start in range(0, len(masks), BLOCK):
            rows = slice(start, start + BLOCK)
            x = masks[rows].astype(float)
            weighted = importance[rows] * x
            gram += x.T @ weighted
            cross += weighted.T @ (outputs[rows] - y_mean)
            x_sum += weighted.sum(axis=0)
        gram -= np.outer(x_sum, x_sum / total)
        gram[np.diag_indices(n_components)] += self.alpha
        slopes = _solve(gram, cross, self.alpha)
        return slopes.T, y_mean - (x_sum / total) @ slopes


def _solve(gram: np.ndarray, cross: np.ndarray, alpha: float) -> np.ndarray:
    """Return the slopes, shape=(n_components, n_targets)."""
    if alpha > 1e-9 * gram.diagonal().max():
        return np.linalg.solve(gram, cross)
    # Without a penalty a component that never changed leaves the system singular.
    return np.asarray(np.linalg.lstsq(gram, cross, rcond=None)[0])


def plan_rounds(problem: Problem, n_free: int) -> list[int]:
    """Return the numbers of maskings after which to look at the stability."""
    rounds = []
    if problem.stability is not None:
        size = float(max(FIRST_ROUND, 2 * n_free))
        while (n_samples := math.ceil(size / ROUND_STEP) * ROUND_STEP) < problem.n_samples:
            rounds.append(n_samples)
            size = n_samples * GROWTH
    return [*rounds, problem.n_samples]
