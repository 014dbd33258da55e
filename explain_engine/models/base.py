"""What every model is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explain_engine.errors import ModelError
from explain_engine.front_ends import WAVEFORM

if TYPE_CHECKING:
    import torch

    from explain_engine.front_ends.picture import PictureFrontEnd


@dataclass(frozen=True)
class LinearHead:
    """The linear layer from mid-level features to emotions.

    Parameters
    ----------
    features, emotions : tuple of str
        Names of its inputs and outputs, all targets of the model.
    weights : np.ndarray, shape=(n_features, n_emotions)
        Weights.
    intercepts : np.ndarray, shape=(n_emotions,)
        Constants.
    """

    features: tuple[str, ...]
    emotions: tuple[str, ...]
    weights: np.ndarray
    intercepts: np.ndarray


@dataclass(frozen=True)
class Model(ABC):
    """A predictor from waveforms to targets.

    Class attributes name it: ``name`` (the module's), ``title``, ``targets``, ``sr`` (rate of its
    waveforms in hertz), ``input`` (``"waveform"``, or the name of the front end that it has),
    ``features`` (inputs of its linear head; none without one), ``licence``, ``card`` (what it is,
    what it was trained on, in a few sentences). They are readable without loading the weights.

    Parameters
    ----------
    device : str
        Where it runs.
    threads : int
        Threads it may use.
    dtype : str
        Precision of its inner layers, one of ``dtypes``.
    """

    device: str = "cpu"
    threads: int = 1
    dtype: str = "float32"

    dtypes: ClassVar[tuple[str, ...]] = ("float32",)

    name: ClassVar[str]
    title: ClassVar[str]
    targets: ClassVar[tuple[str, ...]]
    sr: ClassVar[int]
    input: ClassVar[str] = WAVEFORM
    features: ClassVar[tuple[str, ...]] = ()
    licence: ClassVar[str]
    card: ClassVar[str]

    @classmethod
    @abstractmethod
    def digest_weights(cls) -> str:
        """Return the sha256 of the weights' bytes, without loading them."""

    @classmethod
    def digest_parts(cls) -> dict[str, str]:
        """Return, by name, the digests of all that :meth:`digest_weights` stands for."""
        return {"weights": cls.digest_weights()}

    @abstractmethod
    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        """Predict.

        Parameters
        ----------
        waveforms : np.ndarray, shape=(batch, n_samples), float32
            Mono sound at ``sr``.

        Returns
        -------
        np.ndarray, shape=(batch, n_targets), float32
            The targets' values; each row depends on its waveform alone.
        """

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        """Predict with gradients, shape=(batch, n_samples) -> (batch, n_targets).

        Models that are torch modules override it.

        Raises
        ------
        ModelError
            If the model has no gradients.
        """
        raise self._refuse_gradients()

    @property
    def front_end(self) -> PictureFrontEnd | None:
        """What makes the model's input picture from sound; None for a model that hears sound."""
        return None

    def predict_pictures(self, pictures: np.ndarray) -> np.ndarray:
        """Predict from the front end's pictures.

        Models with a front end override it.

        Parameters
        ----------
        pictures : np.ndarray, shape=(batch, n_bands, n_frames), float32
            As ``front_end`` gives them, perhaps with cells changed.

        Returns
        -------
        np.ndarray, shape=(batch, n_targets), float32
            The targets' values.

        Raises
        ------
        ModelError
            If the model has no front end.
        """
        raise ModelError(f"Pictures need a model with a front end, {self.name} hears sound only.")

    def forward_pictures(self, pictures: torch.Tensor) -> torch.Tensor:
        """Predict from pictures with gradients, (batch, n_bands, n_frames) -> (batch, n_targets).

        Raises
        ------
        ModelError
            If the model has no gradients.
        """
        raise self._refuse_gradients()

    @property
    def linear_head(self) -> LinearHead | None:
        """The layer that level 1 explains, or None."""
        return None

    @property
    def reference_features(self) -> np.ndarray | None:
        """Features of a set of excerpts to compare with, shape=(n, n_features), or None."""
        return None

    def __call__(self, waveforms: np.ndarray) -> np.ndarray:
        """Predict, and check what came: see :meth:`predict` and :func:`check_outputs`."""
        return check_outputs(self, self.predict(waveforms), len(waveforms))

    def _refuse_gradients(self) -> ModelError:
        return ModelError(
            f"Gradients need a torch model, {self.name} is none: choose an explainer that only "
            f"asks it, such as lime."
        )


def check_outputs(model: Model, outputs: np.ndarray, n_inputs: int) -> np.ndarray:
    """Return a model's outputs as float64, shape=(n_inputs, n_targets), all finite.

    Raises
    ------
    ModelError
        If they are not that.
    """
    outputs = np.asarray(outputs, dtype=float)
    wanted = (n_inputs, len(model.targets))
    if outputs.shape != wanted:
        raise ModelError(f"Model {model.name} must return shape {wanted}, got {outputs.shape}.")
    if not np.isfinite(outputs).all():
        raise ModelError(f"Model {model.name} must return finite numbers, got NaN or infinity.")
    return outputs
