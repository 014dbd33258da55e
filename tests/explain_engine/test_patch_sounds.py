from __future__ import annotations

import numpy as np
import pytest
import torch

from explain_engine.patch_sounds import BLOCK_HOPS, count_bytes, find_heard, make_patch_sounds
from explain_engine.transform import Stft

STFT = Stft(256, 64)
BLOCK = BLOCK_HOPS * STFT.hop_length


def draw_sound(n_samples: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).standard_normal(n_samples).astype(np.float32))


@pytest.mark.parametrize("n_samples", [1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 17])
def test_patch_sounds_are_those_of_the_masked_spectrum(n_samples):
    spectrum = STFT.forward(draw_sound(n_samples))
    cells = torch.from_numpy(np.random.default_rng(1).integers(0, 70, tuple(spectrum.shape)))

    heard = find_heard(cells, STFT, n_samples)
    sounds = make_patch_sounds(spectrum, cells, heard, STFT, n_samples)

    alone = STFT.inverse(spectrum * (cells == torch.arange(70)[:, None, None]), n_samples)
    assert sounds.blend(torch.eye(70)).numpy() == pytest.approx(alone.numpy(), abs=1e-6)


def test_patch_is_kept_only_where_it_is_heard():
    n_samples = 10 * BLOCK
    spectrum = STFT.forward(draw_sound(n_samples))
    cells = torch.zeros(tuple(spectrum.shape), dtype=torch.int64)
    cells[:, 24:32] = 1  # centred within the fourth block, heard in the third too

    heard = find_heard(cells, STFT, n_samples)

    assert [who.tolist() for who in heard] == [[0]] * 2 + [[0, 1]] * 2 + [[0]] * 6
    assert count_bytes(heard, STFT) == 12 * BLOCK * 4
