"""What a masking gives the model: masked sound, or the model's own picture with cells hidden.

A perturbation turns masks into a batch of the model's inputs and asks the model about it. In the
audio domain the model analyses what a person would hear; in the spectrogram domain, the two-level
paper's way (Chowdhury et al. 2019, section 4.2), its picture is changed and nobody has heard that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from explain_engine.components import Components
from explain_engine.models.base import Model


class Perturbation(ABC):
    """Asks a model about an excerpt with components switched off."""

    @abstractmethod
    def apply(self, masks: np.ndarray) -> np.ndarray:
        """Return the model's inputs, float32, first axis n_masks.

        Parameters
        ----------
        masks : np.ndarray, shape=(n_masks, n_components), bool
            True where a component is on.
        """

    @abstractmethod
    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return all the model says about such inputs, shape=(n_masks, n_model_targets)."""

    @abstractmethod
    def forward(self, gains: torch.Tensor) -> torch.Tensor:
        """Return all the model says, with gradients, shape=(n_mixes, n_model_targets).

        Parameters
        ----------
        gains : torch.Tensor, shape=(n_mixes, n_components), float32
            How much of each component is on.

        Raises
        ------
        ModelError
            If the model has no gradients.
        """


@dataclass(frozen=True, eq=False)
class SoundPerturbation(Perturbation):
    """Gives the model the sound of the components that are on.

    Parameters
    ----------
    model : Model
        The model.
    components : Components
        The excerpt's.
    """

    model: Model
    components: Components

    def apply(self, masks: np.ndarray) -> np.ndarray:
        return self.components.mix(masks)

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return self.model.predict(inputs)

    def forward(self, gains: torch.Tensor) -> torch.Tensor:
        return self.model.forward(self.components.blend(gains))


@dataclass(frozen=True, eq=False)
class PicturePerturbation(Perturbation):
    """Gives the model its own picture, with a fill where components are off.

    Parameters
    ----------
    model : Model
        A model with a front end.
    picture : np.ndarray, shape=(n_bands, n_frames), float32
        The excerpt as that front end gives it.
    labels : np.ndarray, shape=(n_bands, n_frames), int
        Component of each cell.
    fill : np.ndarray, shape=(n_bands, n_frames), float32
        What stands in a cell that is off.
    """

    model: Model
    picture: np.ndarray
    labels: np.ndarray
    fill: np.ndarray

    def apply(self, masks: np.ndarray) -> np.ndarray:
        on = torch.from_numpy(np.ascontiguousarray(masks, dtype=bool))
        shown = on.index_select(1, self._cells).view(len(masks), *self.picture.shape)
        return np.asarray(torch.where(shown, self._picture, self._fill).numpy())

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return self.model.predict_pictures(inputs)

    def forward(self, gains: torch.Tensor) -> torch.Tensor:
        shown = gains.index_select(1, self._cells).view(len(gains), *self.picture.shape)
        return self.model.forward_pictures(self._fill + shown * (self._picture - self._fill))

    @cached_property
    def _cells(self) -> torch.Tensor:
        return torch.from_numpy(self.labels.astype(np.int64).ravel())

    @cached_property
    def _picture(self) -> torch.Tensor:
        return torch.from_numpy(self.picture)

    @cached_property
    def _fill(self) -> torch.Tensor:
        return torch.from_numpy(self.fill)
