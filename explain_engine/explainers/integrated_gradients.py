"""Integrated gradients (Sundararajan, Taly & Yan 2017, equation 1; captum's implementation)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import ModelError
from explain_engine.explainers.base import N_CHECKS, Attribution, Explainer, Problem, check_line

if TYPE_CHECKING:
    import torch

BATCH = 8


@dataclass(frozen=True)
class IntegratedGradients(Explainer):
    """Fades all components in together and adds up the slope of each; for torch models only.

    Parameters
    ----------
    n_steps : int
        Points on the way from silence to the recording.
    """

    n_steps: int = field(
        default=32, metadata={"help": "Points from silence to the recording", "min": 8, "max": 512}
    )

    def __call__(self, problem: Problem) -> Attribution:
        """Weigh components by their gains' gradients; `n_samples` is of no matter.

        Raises
        ------
        ModelError
            If the model has no gradients, or returns some that are not finite.
        """
        # slow import: torch, captum
        import torch
        from captum.attr import IntegratedGradients as CaptumIntegratedGradients

        if problem.differentiate is None:
            raise ModelError("Integrated gradients need a model with gradients, this one has none.")
        method = CaptumIntegratedGradients(problem.differentiate)
        method.gradient_func = _share_forwards()
        weights = np.concatenate(
            [
                method.attribute(
                    torch.ones(1, problem.n_components),
                    baselines=0.0,
                    target=target,
                    n_steps=self.n_steps,
                    internal_batch_size=BATCH,
                )
                .numpy()
                .astype(float)
                for target in range(problem.n_targets)
            ]
        )
        if not np.isfinite(weights).all():
            raise ModelError(
                "Integrated gradients must be finite numbers, the model's gradients are not."
            )
        masks = np.array([[False], [True]]).repeat(problem.n_components, axis=1)
        outputs = problem.evaluate(masks)
        return Attribution(
            weights,
            outputs[0],
            masks,
            outputs,
            nature="exact",
            check=check_line(problem, weights, outputs[0]),
        )

    def count_forwards(self, n_components: int, n_targets: int, n_samples: int) -> int:
        """Return the steps, silence, the whole, and the checks."""
        return self.n_steps + 2 + N_CHECKS


def _share_forwards() -> Callable[..., tuple[torch.Tensor]]:
    """Return what captum calls for gradients: at each point one forward pass serves all targets.

    captum asks for one target after another, for each at the same points.
    """
    # slow import: torch
    import torch

    known: dict[bytes, list[torch.Tensor]] = {}

    def find_slopes(
        forward_fn: Callable[[torch.Tensor], torch.Tensor],
        inputs: tuple[torch.Tensor],
        target_ind: int,
        additional_forward_args: None = None,
    ) -> tuple[torch.Tensor]:
        (gains,) = inputs
        point = gains.detach().numpy().tobytes()
        if point not in known:
            with torch.enable_grad():
                totals = forward_fn(gains).sum(dim=0).unbind()
            known[point] = [
                torch.autograd.grad(total, gains, retain_graph=total is not totals[-1])[0]
                for total in totals
            ]
        return (known[point][target_ind],)

    return find_slopes
