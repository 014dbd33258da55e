"""Asking the model: in batches, within the threads allowed, with progress and cancellation."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from explain_engine.errors import Cancelled, EngineError
from explain_engine.models.base import Model, check_outputs
from explain_engine.perturbation import Perturbation

BATCH_SIZE = 8
DTYPES = ("float32",)


class Asker:
    """Asks the model in batches, counts, reports, and stops when told to."""

    def __init__(
        self,
        model: Model,
        targets: tuple[str, ...],
        batch_size: int,
        progress: Callable[[int, int], None] | None,
        is_cancelled: Callable[[], bool] | None,
        total: int,
    ) -> None:
        self.model = model
        self.columns = [model.targets.index(target) for target in targets]
        self.batch_size = batch_size
        self.n_forwards = 0
        self._progress, self._is_cancelled, self._total = progress, is_cancelled, total

    def ask(
        self, inputs: np.ndarray, predict: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> np.ndarray:
        """Return every output of the model, shape=(n_inputs, n_model_targets), float64.

        `inputs` are sounds, or what `predict` takes.
        """
        outputs = [
            self._ask_batch(inputs[i : i + self.batch_size], predict or self.model.predict)
            for i in range(0, len(inputs), self.batch_size)
        ]
        return np.concatenate(outputs)

    def ask_masks(self, perturbation: Perturbation, masks: np.ndarray) -> np.ndarray:
        """Return the recipe's targets on maskings, shape=(n_masks, n_targets)."""
        outputs = [
            self._ask_batch(
                perturbation.apply(masks[i : i + self.batch_size]), perturbation.predict
            )
            for i in range(0, len(masks), self.batch_size)
        ]
        return np.concatenate(outputs)[:, self.columns]

    def ask_gains(self, perturbation: Perturbation, gains: torch.Tensor) -> torch.Tensor:
        """Return the recipe's targets with gradients, shape=(n_mixes, n_targets).

        Raises
        ------
        ModelError
            If the model has no gradients.
        """
        self._stop_if_cancelled()
        with torch.enable_grad():
            outputs = perturbation.forward(gains)[:, self.columns]
        self._count(len(gains))
        return outputs

    def finish(self) -> None:
        if self._progress is not None:
            self._progress(self._total, self._total)

    def _ask_batch(
        self, inputs: np.ndarray, predict: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        self._stop_if_cancelled()
        outputs = check_outputs(self.model, predict(inputs), len(inputs))
        self._count(len(inputs))
        return outputs

    def _stop_if_cancelled(self) -> None:
        if self._is_cancelled is not None and self._is_cancelled():
            raise Cancelled(f"Cancelled after {self.n_forwards} of {self._total} forwards.")

    def _count(self, n_forwards: int) -> None:
        self.n_forwards += n_forwards
        if self._progress is not None:
            self._progress(min(self.n_forwards, self._total), self._total)


def check_execution(device: str, dtype: str, threads: int | None, batch_size: int) -> int:
    if device not in ("cpu", "cuda"):
        raise EngineError(f"device must be cpu or cuda, got {device!r}.")
    if device == "cuda" and not torch.cuda.is_available():
        raise EngineError("device cuda needs a graphics card that torch can use, there is none.")
    if dtype not in DTYPES:
        raise EngineError(f"dtype must be {' or '.join(DTYPES)}, got {dtype!r}.")
    if batch_size < 1:
        raise EngineError(f"batch_size must be 1 or more, got {batch_size}.")
    if threads is None:
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if threads < 1:
        raise EngineError(f"threads must be 1 or more, got {threads}.")
    return threads


@contextmanager
def limit_threads(threads: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.set_num_threads(before)
