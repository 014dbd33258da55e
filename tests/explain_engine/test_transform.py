from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explain_engine.transform import Stft


def level_db(error: torch.Tensor, signal: torch.Tensor) -> float:
    return float(20 * torch.log10(error.norm() / signal.norm()))


@settings(max_examples=25, deadline=None)
@given(n_samples=st.integers(1, 5_000), shape=st.sampled_from([(256, 64), (512, 128), (320, 64)]))
def test_inverse_restores_the_whole_signal(n_samples, shape):
    y = torch.from_numpy(np.random.default_rng(n_samples).standard_normal(n_samples))
    stft = Stft(*shape)

    restored = stft.inverse(stft.forward(y), n_samples)

    assert restored.shape == y.shape
    assert float((restored - y).abs().max()) < 1e-12


def test_inverse_is_exact_to_single_precision_at_both_ends():
    y = torch.randn(16_001, generator=torch.Generator().manual_seed(0))
    stft = Stft()

    error = stft.inverse(stft.forward(y), len(y)) - y

    assert level_db(error, y) < -120
    assert level_db(error[:64], y[:64]) < -110
    assert level_db(error[-64:], y[-64:]) < -110


def test_batches_equal_singles():
    y = torch.randn(3, 4_000, generator=torch.Generator().manual_seed(0))
    stft = Stft(512, 128)

    together = stft.forward(y)

    assert together.shape == (3, stft.n_bins, stft.count_frames(4_000))
    assert torch.equal(together[1], stft.forward(y[1]))


def test_a_pure_tone_peaks_in_its_bin():
    stft = Stft(512, 128)
    y = torch.sin(2 * torch.pi * 20 * torch.arange(4_000) / 512)

    power = stft.forward(y).abs()[:, 10]

    assert int(power.argmax()) == 20


@pytest.mark.parametrize("n_samples", [1, 63, 64, 65, 1000])
def test_every_sample_lies_under_all_its_windows(n_samples):
    stft = Stft(256, 64)
    starts = np.arange(stft.count_frames(n_samples)) * 64 - stft.pad

    covering = [np.sum((starts <= i) & (i < starts + 256)) for i in range(n_samples)]

    assert set(covering) == {4}
