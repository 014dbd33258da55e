"""Sounds and models for the engine's tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from explain_engine import Audio
from explain_engine.analysis import Analysis, analyse

PLUGIN = Path(__file__).parent / "plugin"


@pytest.fixture(autouse=True)
def _two_threads():
    torch.set_num_threads(2)


@pytest.fixture
def plugin(monkeypatch, tmp_path_factory):
    """Another distribution's models, installed for one test."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(PLUGIN, site, dirs_exist_ok=True)
    monkeypatch.syspath_prepend(str(site))
    return site


def make_music(seconds: float = 3.0, sr: int = 8_000, seed: int = 0) -> np.ndarray:
    """Two tones with onsets and a noise floor: something to segment, low and high."""
    time = np.arange(round(seconds * sr)) / sr
    pulse = np.exp(-3.0 * (time % 0.5))
    low = 0.3 * np.sin(2 * np.pi * 220.0 * time) * (time < seconds * 0.75)
    high = 0.2 * np.sin(2 * np.pi * 1760.0 * time) * (time > seconds * 0.25)
    noise = 0.003 * np.random.default_rng(seed).standard_normal(len(time))
    return ((low + high) * pulse + noise).astype(np.float32)


@pytest.fixture
def music() -> Audio:
    return Audio(make_music(), 8_000)


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    return analyse(make_music(), 8_000, n_fft=1024, hop_length=256)


@pytest.fixture
def music_file(tmp_path, music) -> Path:
    path = tmp_path / "music.wav"
    sf.write(path, music.y, music.sr, subtype="PCM_16")
    return path
