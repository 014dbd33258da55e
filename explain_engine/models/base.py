"""What every model is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explain_engine.errors import ModelError

if TYPE_CHECKING:
    import torch


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
    waveforms in hertz), ``licence``, ``card`` (what it is, what it was trained on, in a few
    sentences). They are readable without loading the weights.

    Parameters
    ----------
    device : str
        Where it runs.
    threads : int
        Threads it may use.
    """

    device: str = "cpu"
    threads: int = 1

    name: ClassVar[str]
    title: ClassVar[str]
    targets: ClassVar[tuple[str, ...]]
    sr: ClassVar[int]
    licence: ClassVar[str]
    card: ClassVar[str]

    @classmethod
    @abstractmethod
    def digest_weights(cls) -> str:
        """Return the sha256 of the weights' bytes, without loading them."""

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
        raise ModelError(
            f"Gradients need a torch model, {self.name} is none: choose an explainer that only "
            f"asks it, such as lime."
        )

    @property
    def linear_head(self) -> LinearHead | None:
        """The layer that level 1 explains, or None."""
        return None

    @property
    def reference_features(self) -> np.ndarray | None:
        """Features of a set of excerpts to compare with, shape=(n, n_features), or None."""
        return None

    def __call__(self, waveforms: np.ndarray) -> np.ndarray:
        return self.predict(waveforms)
