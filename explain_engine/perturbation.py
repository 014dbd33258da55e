"""What a masking gives the model: masked sound, or the model's own picture with cells hidden.

A perturbation turns masks into a batch of the model's inputs and asks the model about it. In the
audio domain the model analyses what a person would hear; in the spectrogram domain, the two-level
paper's way (Chowdhury et al. 2019, section 4.2), its picture is changed and nobody has heard that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import torch

from explain_engine.components import Components, SoundComponents
from explain_engine.errors import ComponentError
from explain_engine.models.base import Model
from explain_engine.picture_patches import PicturePatches


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
    components : SoundComponents
        The excerpt's.
    """

    model: Model
    components: SoundComponents

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
    components : PicturePatches
        The excerpt's.
    """

    model: Model
    components: PicturePatches

    def apply(self, masks: np.ndarray) -> np.ndarray:
        return self.components.show(masks)

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        return self.model.predict_pictures(inputs)

    def forward(self, gains: torch.Tensor) -> torch.Tensor:
        return self.model.forward_pictures(self.components.blend(gains))


def perturb(model: Model, components: Components) -> Perturbation:
    """Return the perturbation that such components are made for."""
    if isinstance(components, PicturePatches):
        return PicturePerturbation(model, components)
    if isinstance(components, SoundComponents):
        return SoundPerturbation(model, components)
    raise ComponentError(
        f"Components must be of sound or of the model's picture, got {type(components).__name__}."
    )
