"""Asking the model: in batches that fit its memory, with progress and cancellation."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import torch

from explain_engine.answers import Answers
from explain_engine.errors import Cancelled, EngineError
from explain_engine.execution import is_out_of_memory
from explain_engine.models.base import Model, check_outputs
from explain_engine.perturbation import Perturbation

logger = logging.getLogger(__name__)


class Asker:
    """Asks the model in batches, counts, reports, and stops when told to.

    Where memory runs out, a batch is halved, and so are those after it.

    Parameters
    ----------
    model : Model
        Who is asked.
    targets : tuple of str
        The recipe's.
    batch_size : int
        Inputs in a forward pass, at most.
    progress : callable, optional
        Called with (done, total).
    is_cancelled : callable, optional
        Asked before each batch.
    total : int
        Forwards expected.
    answers : Answers, optional
        What is known of maskings already; what is asked is added.

    Attributes
    ----------
    n_forwards : int
        Inputs that the model was asked about.
    n_reused : int
        Maskings whose answers were known.
    batch_size : int
        Inputs in a forward pass, as memory has allowed it so far.
    """

    def __init__(
        self,
        model: Model,
        targets: tuple[str, ...],
        batch_size: int,
        progress: Callable[[int, int], None] | None,
        is_cancelled: Callable[[], bool] | None,
        total: int,
        answers: Answers | None = None,
    ) -> None:
        self.model = model
        self.columns = [model.targets.index(target) for target in targets]
        self.batch_size = batch_size
        self.n_forwards = self.n_reused = 0
        self._progress, self._is_cancelled, self._total = progress, is_cancelled, total
        self._answers = answers

    def ask(
        self, inputs: np.ndarray, predict: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> np.ndarray:
        """Return every output of the model, shape=(n_inputs, n_model_targets), float64.

        `inputs` are sounds, or what `predict` takes.
        """
        return self._ask_parts(
            inputs, lambda part: self._ask_batch(part, predict or self.model.predict)
        )

    def ask_masks(self, perturbation: Perturbation, masks: np.ndarray) -> np.ndarray:
        """Return the recipe's targets on maskings, shape=(n_masks, n_targets)."""

        def answer(part: np.ndarray) -> np.ndarray:
            known = None if self._answers is None else self._answers.find(part)
            if known is not None:
                self._stop_if_cancelled()
                self.n_reused += len(part)
                self._report()
                return known
            outputs = self._ask_batch(perturbation.apply(part), perturbation.predict)
            if self._answers is not None:
                self._answers.add(part, outputs)
            return outputs

        return self._ask_parts(masks, answer)[:, self.columns]

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

    def _ask_parts(
        self, inputs: np.ndarray, answer: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        outputs, start = [], 0
        while start < len(inputs):
            part = inputs[start : start + self.batch_size]
            try:
                outputs.append(answer(part))
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._halve(len(part))
                continue
            start += len(part)
        return np.concatenate(outputs)

    def _halve(self, n_failed: int) -> None:
        if n_failed == 1:
            raise EngineError(
                f"Memory must hold one forward pass of {self.model.name}, it does not: choose a "
                f"shorter excerpt."
            )
        self.batch_size = n_failed // 2
        logger.warning("memory ran out at batch size %d, now %d", n_failed, self.batch_size)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _ask_batch(
        self, inputs: np.ndarray, predict: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        self._stop_if_cancelled()
        outputs = check_outputs(self.model, predict(inputs), len(inputs))
        self._count(len(inputs))
        return outputs

    def _stop_if_cancelled(self) -> None:
        if self._is_cancelled is not None and self._is_cancelled():
            done = self.n_forwards + self.n_reused
            raise Cancelled(f"Cancelled after {done} of {self._total} forwards.")

    def _count(self, n_forwards: int) -> None:
        self.n_forwards += n_forwards
        self._report()

    def _report(self) -> None:
        if self._progress is not None:
            self._progress(min(self.n_forwards + self.n_reused, self._total), self._total)
