"""What an operator might bring: modules and functions, right ones and wrong ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

CODE = __name__
SR = 8_000
NOISE = 0.1 * np.random.default_rng(0).standard_normal((3, SR)).astype(np.float32)
HEAD = {"module": "emotions", "features": ["low", "high"], "emotions": ["calm", "lively"]}
FRONT_END = {"name": "log_filtered", "frame_size": 512, "fps": 50, "mean": 0.5, "std": 2.0}


def write_model_file(folder: Path, **entries) -> Path:
    """Write a model file; an entry of None is left out."""
    told = {
        "name": "own",
        "targets": ["calm", "lively"],
        "sr": SR,
        "licence": "MIT",
        "card": "Made for a test.",
        **entries,
    }
    # JSON's scalars and lists are TOML's; its objects are tables.
    plain, tables = [], []
    for key, value in told.items():
        if isinstance(value, dict):
            tables += [f"[{key}]", *(f"{k} = {json.dumps(v)}" for k, v in value.items())]
        elif value is not None:
            plain.append(f"{key} = {json.dumps(value)}")
    path = folder / f"{str(told['name']).strip('/')}.toml"
    path.write_text("\n".join(plain + tables), encoding="utf-8")
    return path


def save_sines(folder: Path) -> Sines:
    torch.manual_seed(0)
    module = Sines([220.0, 1760.0])
    save_file(module.state_dict(), folder / "w.safetensors")
    return module


def describe_sines(**entries) -> dict:
    return {
        "kind": "torch",
        "code": f"{CODE}:Sines",
        "arguments": {"hz": [220.0, 1760.0]},
        "weights": "w.safetensors",
        **entries,
    }


class Sines(nn.Module):
    """Correlates sound with two sines, then mixes: linear in what is switched on."""

    def __init__(self, hz: list[float], n_out: int = 2) -> None:
        super().__init__()
        self.hz = hz
        self.emotions = nn.Linear(len(hz), n_out)

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        time = torch.arange(y.shape[-1]) / SR
        sines = torch.stack([torch.sin(2 * torch.pi * hz * time) for hz in self.hz])
        return self.emotions(2 * y @ sines.T / len(time))


class Bands(nn.Module):
    """Means of the lower and upper half of a picture, shape (batch, 1, frames, bands)."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        assert x.ndim == 4
        low, high = x.squeeze(1).mean(1).tensor_split(2, dim=-1)
        return {
            "low": low.mean(-1, keepdim=True) * self.scale[0],
            "high": high.mean(-1, keepdim=True) * self.scale[1],
        }


class Bent(nn.Module):
    """Says that its last layer is linear, and bends what comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1, 1)

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.fc(y.abs().mean(-1, keepdim=True))) + 1


class Texts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1, 1)

    def forward(self, y: torch.Tensor) -> str:
        return "joyful"


def measure_level(waveforms: np.ndarray) -> np.ndarray:
    assert waveforms.dtype == np.float32
    levels = np.sqrt((waveforms.astype(float) ** 2).mean(axis=1, keepdims=True))
    waveforms[:] = np.nan  # what it is given is its own
    return np.hstack([levels, -levels])


def answer_nan(waveforms: np.ndarray) -> np.ndarray:
    return np.full((len(waveforms), 2), np.nan)


def answer_too_much(waveforms: np.ndarray) -> np.ndarray:
    return np.zeros((len(waveforms), 3))


def fail(waveforms: np.ndarray) -> np.ndarray:
    raise KeyError("no such\nlayer")


NOT_CALLABLE = 3
