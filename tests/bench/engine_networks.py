"""The networks that the engine is measured with, and the song.

The paper's network at full width has random weights: what it says is of no matter here, how long
it takes is.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from explain_engine import Audio, load_audio
from explain_engine.digests import digest_file
from explain_engine.excerpt import resample
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.models.a2mid2e import A2mid2e
from explain_engine.networks.a2mid2e import A2Mid2E, NetworkConfig
from explain_engine.networks.weights import load_network, save_network
from tests.support.provide import find_song

SONG, START, SECONDS = "Escape from chaosland", 20.0, 10.0
WEIGHTS = Path(os.environ.get("BENCH_FOLDER", tempfile.gettempdir())) / "paper.safetensors"
TARGETS = A2mid2e.targets


@dataclass(frozen=True)
class Paper(A2mid2e):
    """The paper's network at full width."""

    weights: str = str(WEIGHTS)
    name: ClassVar[str] = "paper"

    @classmethod
    def digest_weights(cls) -> str:
        return digest_file(WEIGHTS)


@dataclass(frozen=True)
class Null(A2mid2e):
    """Answers at once: what is left is the explainer's own work."""

    name: ClassVar[str] = "null"

    def predict_pictures(self, pictures: np.ndarray) -> np.ndarray:
        return answer_at_once(pictures)


def answer_at_once(pictures: np.ndarray) -> np.ndarray:
    return pictures[:, 40, : len(TARGETS)].astype(np.float64)


def write_paper() -> None:
    """Random weights, normalised by what runs through them, as training would leave it."""
    if WEIGHTS.exists():
        return
    torch.manual_seed(0)
    network, front_end = A2Mid2E(NetworkConfig(dropout=0.0)), LogFilteredSpectrogram()
    audio = load_song()
    y = resample(audio, front_end.sr, round(SECONDS * front_end.sr))
    picture = front_end(torch.from_numpy(y))
    network.mean.copy_(picture.mean())
    network.std.copy_(picture.std())
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    columns = torch.arange(picture.shape[1])
    network.train()(torch.stack([picture * (columns % n > 0) for n in range(2, 10)]))
    save_network(network.eval(), front_end, WEIGHTS)


def load_song() -> Audio:
    return load_audio(find_song(SONG), start=START, duration=SECONDS)


@cache
def load_plain() -> A2Mid2E:
    """The network as training leaves it: how anybody would give it to lime or captum."""
    return load_network(WEIGHTS)[0]


def ask_plain(pictures: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return load_plain()(torch.from_numpy(np.ascontiguousarray(pictures))).numpy()
