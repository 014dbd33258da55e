"""The two-level network with weights of one's own training (``python -m explain_engine train``)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explain_engine.adapters.given import GivenModel
from explain_engine.errors import ModelError
from explain_engine.model_files import ModelFile
from explain_engine.models.a2mid2e import A2mid2e
from explain_engine.models.base import LinearHead
from explain_engine.networks.names import FEATURES

if TYPE_CHECKING:
    import torch

    from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram


class TrainedModel(GivenModel):
    """Asks an A2Mid2E network, which brings front end and linear head in its weights file."""

    dtypes: ClassVar[tuple[str, ...]] = A2mid2e.dtypes

    @classmethod
    def declare(cls, file: ModelFile) -> dict[str, object]:
        """Return ``input`` and ``features``; without features among the targets, the scheme a2e."""
        return {
            "input": A2mid2e.input,
            "features": tuple(name for name in FEATURES if name in file.targets),
        }

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        """Predict all targets, shape=(batch, n_targets), on the scale of ratings by ten."""
        return self._model.predict(waveforms)

    def predict_pictures(self, pictures: np.ndarray) -> np.ndarray:
        """Predict from the front end's pictures."""
        return self._model.predict_pictures(pictures)

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        """Predict all targets with gradients, shape=(batch, n_targets)."""
        return self._model.forward(waveforms)

    def forward_pictures(self, pictures: torch.Tensor) -> torch.Tensor:
        """Predict with gradients from the front end's pictures."""
        return self._model.forward_pictures(pictures)

    @property
    def front_end(self) -> LogFilteredSpectrogram:
        """What makes the network's input from sound."""
        return self._model.front_end

    @property
    def linear_head(self) -> LinearHead | None:
        """The layer from features to emotions; None for the scheme a2e."""
        return self._model.linear_head

    @property
    def reference_features(self) -> np.ndarray | None:
        """Features of the excerpts in the log beside the weights, shape=(n, 7), or None."""
        return self._model.reference_features

    @cached_property
    def _model(self) -> A2mid2e:
        model = A2mid2e(self.device, self.threads, self.dtype, weights=str(self.file.weights))
        told = (self.targets, self.sr)
        if told != (model.targets, model.front_end.sr):
            raise ModelError(
                f"Model file {self.file.path.name!r} must have the targets "
                f"{', '.join(model.targets)} and the rate {model.front_end.sr} of its weights."
            )
        return model
