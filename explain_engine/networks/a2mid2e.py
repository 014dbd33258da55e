"""The network of the two-level papers: spectrogram to mid-level features to emotions.

Three schemes: ``a2e`` predicts the emotions from the last layer; ``a2mid2e`` predicts the
features, and a linear regression fitted afterwards gives the emotions; ``a2mid2e_joint`` trains
both together. In the last two every emotion is a linear function of the seven features.

Conventions: spectrograms float32, shape=(batch, n_bands, n_frames), as the front end gives them
(0 is silence); outputs shape=(batch, n_targets), on the scale of ratings divided by ten.

Source: Chowdhury, Vall, Haunschmid & Widmer, "Towards Explainable Music Emotion Recognition: The
Route via Mid-level Features", ISMIR 2019, section 4 and table 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from explain_engine.errors import ModelError
from explain_engine.networks.names import EMOTIONS, FEATURES

SCHEMES = ("a2e", "a2mid2e", "a2mid2e_joint")
# (channels, kernel, stride, padding); "pool" halves both axes and drops out.
LAYERS: tuple[tuple[int, int, int, int] | str, ...] = (
    (64, 5, 2, 2), (64, 3, 1, 1), "pool",
    (128, 3, 1, 1), (128, 3, 1, 1), "pool",
    (256, 3, 1, 1), (256, 3, 1, 1), (384, 3, 1, 1), (512, 3, 1, 1), (256, 3, 1, 0),
)  # fmt: skip
MIN_FRAMES = 24  # what the layers without padding need; shorter sound is followed by silence


@dataclass(frozen=True)
class NetworkConfig:
    """What makes a network beside its weights.

    Parameters
    ----------
    scheme : str
        One of `SCHEMES`.
    width : float
        Factor on the number of channels; 1 is the paper's network of 5 million parameters.
    dropout : float
        Share of activations dropped after each pooling while training.
    """

    scheme: str = "a2mid2e_joint"
    width: float = 1.0
    dropout: float = 0.3

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise ModelError(f"scheme must be one of {', '.join(SCHEMES)}, got {self.scheme!r}.")
        if not 0 < self.width <= 4:
            raise ModelError(f"width must lie above 0 and not above 4, got {self.width:g}.")
        if not 0 <= self.dropout < 1:
            raise ModelError(f"dropout must lie in [0, 1), got {self.dropout:g}.")

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the outputs: the emotions, then (but for ``a2e``) the features."""
        return EMOTIONS if self.scheme == "a2e" else EMOTIONS + FEATURES


class A2Mid2E(nn.Module):
    """The network in one of its schemes, input normalisation included.

    Parameters
    ----------
    config : NetworkConfig
        Scheme, width, dropout.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("std", torch.ones(()))
        self.layers, n_channels = _build_layers(config)
        if config.scheme == "a2e":
            self.emotions = nn.Linear(n_channels, len(EMOTIONS))
        else:
            self.features = nn.Linear(n_channels, len(FEATURES))
            self.emotions = nn.Linear(len(FEATURES), len(EMOTIONS))

    def forward(self, spectrograms: torch.Tensor) -> torch.Tensor:
        """Predict all targets, shape=(batch, n_targets): emotions, then features."""
        missing = MIN_FRAMES - spectrograms.shape[-1]
        if missing > 0:
            spectrograms = nn.functional.pad(spectrograms, (0, missing))
        x = ((spectrograms - self.mean) / self.std).unsqueeze(1)
        x = self.layers(x.to(self._dtype)).float().mean(dim=(-2, -1))  # (batch, n_channels)
        # The heads stay in full precision: effects must add up to the output.
        with torch.autocast(x.device.type, enabled=False):
            return self._predict_targets(x)

    @property
    def _dtype(self) -> torch.dtype:
        """Precision of the convolutions."""
        return next(self.layers.parameters()).dtype

    def _predict_targets(self, x: torch.Tensor) -> torch.Tensor:
        if self.config.scheme == "a2e":
            return self.emotions(x)
        features = self.features(x)
        # The separate scheme's second layer must not bend the first.
        source = features.detach() if self.config.scheme == "a2mid2e" else features
        return torch.cat((self.emotions(source), features), dim=-1)

    def fit_emotions(self, features: np.ndarray, emotions: np.ndarray) -> None:
        """Set the last layer to the least-squares regression of emotions on features.

        Parameters
        ----------
        features : numpy.ndarray, shape=(n, 7)
            Predicted features.
        emotions : numpy.ndarray, shape=(n, 8)
            Their emotions.
        """
        design = np.column_stack((features, np.ones(len(features))))
        solution = np.linalg.lstsq(design, emotions, rcond=None)[0]
        with torch.no_grad():
            self.emotions.weight.copy_(torch.from_numpy(solution[:-1].T))
            self.emotions.bias.copy_(torch.from_numpy(solution[-1]))


def _build_layers(config: NetworkConfig) -> tuple[nn.Sequential, int]:
    layers: list[nn.Module] = []
    n_before = 1
    for layer in LAYERS:
        if isinstance(layer, str):
            layers += [nn.MaxPool2d(2), nn.Dropout2d(config.dropout)]
            continue
        n_channels = max(1, round(layer[0] * config.width))
        layers += [
            nn.Conv2d(n_before, n_channels, layer[1], stride=layer[2], padding=layer[3]),
            nn.BatchNorm2d(n_channels),
            nn.ReLU(),
        ]
        n_before = n_channels
    return nn.Sequential(*layers), n_before
