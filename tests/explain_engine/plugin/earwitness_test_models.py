"""A third-party distribution with models simple enough to be solved by hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.front_ends.scaled import Scaled
from explain_engine.models.base import Model


@dataclass(frozen=True)
class _Simple(Model):
    title: ClassVar[str] = "A test model"
    sr: ClassVar[int] = 8_000
    licence: ClassVar[str] = "Apache-2.0"
    card: ClassVar[str] = "It has heard nothing."

    @classmethod
    def digest_weights(cls) -> str:
        return hashlib.sha256(cls.__name__.encode()).hexdigest()


@dataclass(frozen=True)
class Sines(_Simple):
    """Correlates the sound with sines: exactly linear in what is switched on."""

    name: ClassVar[str] = "sines"
    targets: ClassVar[tuple[str, ...]] = ("low", "high", "low minus high")

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        return self.forward(torch.from_numpy(waveforms)).numpy()

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        time = torch.arange(waveforms.shape[1], dtype=torch.float64) / self.sr
        sines = torch.stack([torch.sin(2 * torch.pi * hz * time) for hz in (220.0, 1760.0)])
        low, high = (2 * waveforms.double() @ sines.T / len(time)).T
        return torch.stack([low, high, low - high], dim=1)


@dataclass(frozen=True)
class Narrow(Sines):
    """The same with memory for so many sounds at a time."""

    name: ClassVar[str] = "narrow"
    most: ClassVar[int] = 3

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        if len(waveforms) > self.most:
            raise torch.OutOfMemoryError("out of memory")
        return super().predict(waveforms)


@dataclass(frozen=True)
class Tiles(_Simple):
    """Means of the lower and the upper bands of its picture: exactly linear in what is shown."""

    name: ClassVar[str] = "tiles"
    targets: ClassVar[tuple[str, ...]] = ("low", "high")
    input: ClassVar[str] = "log_filtered"

    @property
    def front_end(self) -> LogFilteredSpectrogram | Scaled:
        return LogFilteredSpectrogram(sr=self.sr, frame_size=1024, fmax=4_000.0)

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        return self.forward(torch.from_numpy(waveforms)).numpy()

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        return self.forward_pictures(self.front_end(waveforms))

    def predict_pictures(self, pictures: np.ndarray) -> np.ndarray:
        return self.forward_pictures(torch.from_numpy(pictures)).numpy()

    def forward_pictures(self, pictures: torch.Tensor) -> torch.Tensor:
        middle = pictures.shape[1] // 2
        halves = pictures[:, :middle], pictures[:, middle:]
        return torch.stack([half.double().mean(dim=(1, 2)) for half in halves], dim=1)


@dataclass(frozen=True)
class ScaledTiles(Tiles):
    """The same of z-scores."""

    name: ClassVar[str] = "scaled_tiles"

    @property
    def front_end(self) -> Scaled:
        return Scaled(LogFilteredSpectrogram(sr=self.sr, frame_size=1024, fmax=4_000.0), 0.2, 0.5)


@dataclass(frozen=True)
class Deaf(_Simple):
    """Answers one half, whatever it hears."""

    name: ClassVar[str] = "deaf"
    targets: ClassVar[tuple[str, ...]] = ("anything",)

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        return np.full((len(waveforms), 1), 0.5)


@dataclass(frozen=True)
class Opposed(_Simple):
    """Energy, and its opposite: whatever sounds speaks for the one and against the other."""

    name: ClassVar[str] = "opposed"
    targets: ClassVar[tuple[str, ...]] = ("energy", "calm")

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        energy = np.mean(waveforms**2, axis=1, dtype=np.float64)
        return np.stack((energy, -energy), axis=1)


@dataclass(frozen=True)
class Broken(_Simple):
    """Returns NaN."""

    name: ClassVar[str] = "broken"
    targets: ClassVar[tuple[str, ...]] = ("anything",)

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        return np.full((len(waveforms), 1), np.nan)


@dataclass(frozen=True)
class Misshapen(_Simple):
    """Returns one value too many."""

    name: ClassVar[str] = "misshapen"
    targets: ClassVar[tuple[str, ...]] = ("anything",)

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        return np.zeros((len(waveforms), 2))


@dataclass(frozen=True)
class Everything:
    """Finds one component: everything."""

    def __call__(self, analysis: object) -> np.ndarray:
        return np.zeros(analysis.picture.shape, dtype=int)  # type: ignore[attr-defined]
