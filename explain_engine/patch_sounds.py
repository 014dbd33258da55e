"""Sounds of patches, kept only where they sound: a masking is a short matrix product per block.

A patch is heard under the windows of its own frames and nowhere else. Time is cut into blocks, and
each holds the sounds of the patches that are heard in it: of several hundred some tenth, so that
they need a tenth of the memory and of the additions.

Convention: block ``b`` holds samples ``b * BLOCK_HOPS * hop_length`` and those after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from explain_engine.transform import Stft

# Longer blocks hold more patches each, shorter ones repeat more of their neighbours' windows.
BLOCK_HOPS = 8
# So many patches are turned back at once, for the memory's sake.
PATCHES_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class PatchSounds:
    """The sounds of all patches of a spectrum.

    Parameters
    ----------
    heard : tuple of torch.Tensor, shape=(n_heard,), int64
        Of each block: the patches heard in it.
    sounds : tuple of torch.Tensor, shape=(n_heard, n_block_samples), float32
        Of each block: their sounds.
    """

    heard: tuple[torch.Tensor, ...]
    sounds: tuple[torch.Tensor, ...]

    def blend(self, gains: torch.Tensor) -> torch.Tensor:
        """Return the sounds weighted and added, (n_mixes, n_patches) -> (n_mixes, n_samples)."""
        blocks = zip(self.heard, self.sounds, strict=True)
        return torch.cat([gains.index_select(1, who) @ sounds for who, sounds in blocks], dim=1)


def find_heard(cells: torch.Tensor, stft: Stft, n_samples: int) -> tuple[torch.Tensor, ...]:
    """Return the patches heard in each block.

    Parameters
    ----------
    cells : torch.Tensor, shape=(n_bins, n_stft_frames), int64
        Patch of each cell of the spectrum, numbered from 0.
    stft : Stft
        The transform.
    n_samples : int
        Length of the signal.

    Returns
    -------
    tuple of torch.Tensor, shape=(n_heard,), int64
        One for each block, rising.
    """
    return tuple(torch.unique(cells[:, frames]) for frames, _ in _part_blocks(stft, n_samples))


def count_bytes(heard: tuple[torch.Tensor, ...], stft: Stft) -> int:
    """Return what the sounds of the patches heard take."""
    return sum(len(who) for who in heard) * BLOCK_HOPS * stft.hop_length * 4


def make_patch_sounds(
    spectrum: torch.Tensor,
    cells: torch.Tensor,
    heard: tuple[torch.Tensor, ...],
    stft: Stft,
    n_samples: int,
) -> PatchSounds:
    """Turn every patch of a spectrum into sound.

    Parameters
    ----------
    spectrum : torch.Tensor, shape=(n_bins, n_stft_frames), complex64
        The whole.
    cells : torch.Tensor, shape=(n_bins, n_stft_frames), int64
        Patch of each cell.
    heard : tuple of torch.Tensor
        From :func:`find_heard`.
    stft : Stft
        The transform.
    n_samples : int
        Length of the signal.
    """
    sounds = []
    for who, (frames, length) in zip(heard, _part_blocks(stft, n_samples), strict=True):
        here, part = cells[:, frames], spectrum[:, frames]
        sounds.append(
            torch.cat(
                [
                    stft.inverse(part * (here == some[:, None, None]), length)
                    for some in who.split(PATCHES_AT_ONCE)
                ]
            )
        )
    return PatchSounds(heard, tuple(sounds))


def _part_blocks(stft: Stft, n_samples: int) -> list[tuple[slice, int]]:
    """Return each block's frames of the transform, all that are heard in it, and its samples."""
    step = BLOCK_HOPS * stft.hop_length
    blocks = []
    for start in range(0, n_samples, step):
        length = min(step, n_samples - start)
        first = start // stft.hop_length
        blocks.append((slice(first, first + stft.count_frames(length)), length))
    return blocks
