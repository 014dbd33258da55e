"""VibeNet: an EfficientNet distilled on the Free Music Archive, from the package ``vibenet``.

The package is under the GPL (3.0 or later) and optional: a user installs it. Its weights are read
as data; none of its code is imported or copied. The input it expects is its documented one: mono
at 16 kHz, power spectra of 640-sample periodic Hann windows every 320 samples, zero-padded to
1024, 128 Slaney mel bands up to 8 kHz, in decibels, floored 80 dB below the excerpt's maximum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explain_engine.digests import digest_file
from explain_engine.errors import ModelError
from explain_engine.front_ends.mel import MelDecibels
from explain_engine.models.base import Model

if TYPE_CHECKING:
    from explain_engine.adapters.onnx import OnnxGraph

WEIGHTS = "vibenet/artifacts/efficientnet_model.onnx"
FRONT_END = MelDecibels(sr=16_000, n_fft=1024, win_length=640, hop_length=320, n_mels=128)
# The network gives these as logits; the others are read directly, limited to 0 to 1.
LIKELIHOODS = ("acousticness", "instrumentalness", "liveness")


@dataclass(frozen=True)
class Vibenet(Model):
    """Valence, energy and five more, from the sound alone (EfficientNet, 16 kHz)."""

    name: ClassVar[str] = "vibenet"
    title: ClassVar[str] = "VibeNet"
    targets: ClassVar[tuple[str, ...]] = (
        "acousticness",
        "danceability",
        "energy",
        "instrumentalness",
        "liveness",
        "speechiness",
        "valence",
    )
    sr: ClassVar[int] = 16_000
    input: ClassVar[str] = "mel"
    licence: ClassVar[str] = "GPL-3.0-or-later"
    card: ClassVar[str] = (
        "EfficientNet student distilled from a larger teacher on the Free Music Archive with "
        "its audio-feature labels, by Jaeheon Shim. Seven outputs from 0 to 1; it hears mono "
        "sound up to 8 kHz. It has no linear head, so only level 2 explains it. The labels it "
        "learned are a commercial service's, not listeners' ratings."
    )

    @classmethod
    def digest_weights(cls) -> str:
        """Return the sha256 of the ONNX file."""
        return digest_file(_find_weights())

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        """Predict the seven targets, shape=(batch, 7), in [0, 1]."""
        # slow import: torch
        import torch

        y = torch.from_numpy(np.ascontiguousarray(waveforms, dtype=np.float32))
        return self.predict_pictures(np.asarray(self.front_end(y).numpy()))

    @property
    def front_end(self) -> MelDecibels:
        """What makes the network's input from sound."""
        return FRONT_END

    def predict_pictures(self, pictures: np.ndarray) -> np.ndarray:
        """Predict from the front end's pictures, shape=(batch, 7), in [0, 1]."""
        logits = self._graph.run(pictures)
        values = np.clip(logits, 0.0, 1.0)
        for i, target in enumerate(self.targets):
            if target in LIKELIHOODS:
                values[:, i] = 1.0 / (1.0 + np.exp(-logits[:, i]))
        return values

    @cached_property
    def _graph(self) -> OnnxGraph:
        # slow import: onnx, onnxruntime
        from explain_engine.adapters.onnx import OnnxGraph

        example = (
            np.random.default_rng(0).uniform(-80, 0, (3, FRONT_END.n_mels, 100)).astype(np.float32)
        )
        return OnnxGraph.load(_find_weights(), example=example, threads=self.threads)


def _find_weights() -> Path:
    try:
        path = Path(str(distribution("vibenet").locate_file(WEIGHTS)))
    except PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise ModelError(
            "The model vibenet needs the package vibenet, which is not installed "
            "(pip install --no-deps vibenet)."
        )
    return path
