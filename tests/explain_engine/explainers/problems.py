"""Functions of masks to be explained."""

from __future__ import annotations

import numpy as np
import torch

from explain_engine.explainers.base import Problem


def make_problem(
    evaluate, *, n_components=12, n_targets=2, n_samples=200, seed=0, stability=None
) -> Problem:
    return Problem(
        n_components=n_components,
        n_targets=n_targets,
        n_samples=n_samples,
        rng=np.random.default_rng(seed),
        evaluate=evaluate,
        differentiate=bend_gains,
        stability=stability,
    )


def bend(masks: np.ndarray) -> np.ndarray:
    """Two outputs that are not linear in the masks."""
    return bend_gains(torch.from_numpy(masks.astype(np.float64))).numpy()


def bend_gains(x: torch.Tensor) -> torch.Tensor:
    """The same, of gains, with gradients."""
    return torch.stack([torch.tanh(x[:, :6].sum(1) - 2), x[:, 0] * x[:, 1] - 0.5 * x[:, 3]], dim=1)
