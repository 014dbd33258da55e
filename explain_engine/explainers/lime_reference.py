"""The reference implementation of LIME's surrogate, one target at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.explainers.base import measure_distances
from explain_engine.explainers.lime import Lime


@dataclass(frozen=True)
class LimeReference(Lime):
    """Calls ``lime.lime_base.LimeBase`` itself: the same answer as ``lime``, slower.

    Parameters
    ----------
    keep_probability : float
        Share of components on in a masking.
    kernel_width : float
        Width of the neighbourhood, in cosine distance.
    alpha : float
        Ridge penalty.
    """

    def fit(self, masks: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fit by LimeBase; see :meth:`explain_engine.explainers.lime.Lime.fit`."""
        # slow import: lime, scikit-learn
        from lime.lime_base import LimeBase
        from sklearn.linear_model import Ridge

        def kernel(distances: np.ndarray) -> np.ndarray:
            return np.asarray(np.sqrt(np.exp(-(distances**2) / self.kernel_width**2)))

        n_components = masks.shape[1]
        weights = np.zeros((outputs.shape[1], n_components))
        intercepts = np.zeros(outputs.shape[1])
        for target in range(outputs.shape[1]):
            intercept, terms, _, _ = LimeBase(kernel, random_state=0).explain_instance_with_data(
                masks.astype(float),
                outputs,
                measure_distances(masks),
                target,
                n_components,
                feature_selection="none",
                model_regressor=Ridge(alpha=self.alpha, fit_intercept=True),
            )
            for component, weight in terms:
                weights[target, component] = weight
            intercepts[target] = intercept
        return weights, intercepts
