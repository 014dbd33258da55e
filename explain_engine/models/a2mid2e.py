"""A2Mid2E-Joint: mid-level features, and emotions as a linear function of them.

The weights that come with the package are the reference model: a test bed trained on music that
the package renders itself (``explain_engine/models/weights/a2mid2e_joint.md`` is its card).
Weights of one's own training (``python -m explain_engine train``) are named by a path.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explain_engine.digests import digest_file
from explain_engine.errors import ModelError
from explain_engine.models.base import LinearHead, Model
from explain_engine.networks.names import EMOTIONS, FEATURES

if TYPE_CHECKING:
    import torch

    from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
    from explain_engine.networks.a2mid2e import A2Mid2E

WEIGHTS = Path(__file__).parent / "weights" / "a2mid2e_joint.safetensors"


@dataclass(frozen=True)
class A2mid2e(Model):
    """Eight emotions through seven mid-level features, each emotion linear in the features.

    Parameters
    ----------
    device : str
        Where it runs.
    threads : int
        Threads it may use.
    dtype : {"float32", "bfloat16"}
        Precision of its convolutions.
    weights : str
        Path of other weights, written by ``python -m explain_engine train``; empty takes those
        of the package.
    """

    weights: str = ""

    name: ClassVar[str] = "a2mid2e"
    title: ClassVar[str] = "A2Mid2E-Joint (reference)"
    targets: ClassVar[tuple[str, ...]] = EMOTIONS + FEATURES
    sr: ClassVar[int] = 22_050
    input: ClassVar[str] = "log_filtered"
    features: ClassVar[tuple[str, ...]] = FEATURES
    dtypes: ClassVar[tuple[str, ...]] = ("float32", "bfloat16")
    licence: ClassVar[str] = "Apache-2.0"
    card: ClassVar[str] = (
        "A test bed: it has heard no human ratings. A small A2Mid2E-Joint network, trained on "
        "music that this project composes and renders; the mid-level features are measured on "
        "the scores and the emotions are planted, a fixed linear function of the features plus "
        "noise. Its effects return what was planted."
    )

    def __post_init__(self) -> None:
        if not self.weights:
            return
        if self._network.config.targets != self.targets:
            # The scheme a2e has no features: an instance's own targets hide the class's.
            object.__setattr__(self, "targets", self._network.config.targets)

    @classmethod
    def digest_weights(cls) -> str:
        """Return the sha256 of the package's weights."""
        if not WEIGHTS.is_file():
            raise ModelError(
                f"The model a2mid2e needs its weights {WEIGHTS.name}, which are not installed."
            )
        return digest_file(WEIGHTS)

    def predict(self, waveforms: np.ndarray) -> np.ndarray:
        """Predict all targets, shape=(batch, n_targets), on the scale of ratings by ten."""
        # slow import: torch
        import torch

        torch.set_num_threads(self.threads)
        y = torch.from_numpy(np.array(waveforms, dtype=np.float32)).to(self.device)
        return self.predict_pictures(self.front_end(y).cpu().numpy())

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        """Predict all targets with gradients, shape=(batch, n_targets)."""
        return self.forward_pictures(self.front_end(waveforms))

    def forward_pictures(self, pictures: torch.Tensor) -> torch.Tensor:
        """Predict with gradients from the front end's pictures."""
        outputs: torch.Tensor = self._network(pictures)
        return outputs

    def predict_pictures(self, pictures: np.ndarray) -> np.ndarray:
        """Predict from the front end's pictures: emotions, then features."""
        # slow import: torch
        import torch

        x = torch.from_numpy(np.array(pictures, dtype=np.float32)).to(self.device)
        # Loaded first: what is loaded in inference mode can never be differentiated.
        network = self._network
        with torch.inference_mode():
            return np.asarray(network(x).cpu().numpy())

    @property
    def front_end(self) -> LogFilteredSpectrogram:
        """What makes the network's input from sound."""
        return self._loaded[1]

    @property
    def linear_head(self) -> LinearHead | None:
        """The layer from features to emotions; None for the scheme a2e."""
        if self._network.config.scheme == "a2e":
            return None
        layer = self._network.emotions
        return LinearHead(
            FEATURES,
            EMOTIONS,
            layer.weight.detach().cpu().numpy().T,
            layer.bias.detach().cpu().numpy(),
        )

    @property
    def reference_features(self) -> np.ndarray | None:
        """Features of the rendered test pieces, shape=(n, 7), from the log beside the weights."""
        path = self._path.with_suffix(".json")
        if not path.is_file():
            return None
        features = json.loads(path.read_text(encoding="utf-8")).get("test_features")
        return None if features is None else np.array(features, dtype=np.float32)

    @property
    def _path(self) -> Path:
        return Path(self.weights) if self.weights else WEIGHTS

    @property
    def _network(self) -> A2Mid2E:
        return self._loaded[0]

    @cached_property
    def _loaded(self) -> tuple[A2Mid2E, LogFilteredSpectrogram]:
        # slow import: torch
        import torch

        from explain_engine.networks.folding import fold_network
        from explain_engine.networks.weights import load_network

        network, front_end = load_network(self._path)
        return fold_network(network, dtype=getattr(torch, self.dtype)).to(self.device), front_end
