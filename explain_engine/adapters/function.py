"""A function of waveforms as a model."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explain_engine.adapters.given import GivenModel, import_code
from explain_engine.errors import ModelError
from explain_engine.models.base import check_outputs

if TYPE_CHECKING:
    from collections.abc import Callable


class FunctionModel(GivenModel):
    """Asks a function, (batch, n_samples) float32 -> (batch, n_targets)."""

    identity: ClassVar[str] = (
        "It is a function: its digest covers the file that holds it and the weights that its "
        "model file names, not what else the code reads or imports."
    )

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        """Predict all targets, shape=(batch, n_targets)."""
        # A copy: a function that writes into its input must not change the engine's sounds.
        y = np.array(waveforms, dtype=np.float32)
        with self.name_failure(y):
            outputs = np.asarray(self._function(y), dtype=float)
        return check_outputs(self, outputs, len(waveforms))

    @cached_property
    def _function(self) -> Callable[[np.ndarray], object]:
        function = import_code(self.file)
        if not callable(function):
            raise ModelError(
                f"code of model {self.name} must be a function, {self.file.code!r} is "
                f"{type(function).__name__}."
            )
        return function
