"""Sound from filtered magnitudes: the filterbank turned round, with the original's phase.

What the two-level papers describe: the bands that a mask keeps are taken back to FFT bins by the
filterbank's pseudo-inverse, and the original's phase makes a sound of them. Bands are coarser than
bins, so even everything kept is not the sound itself (some 16 dB): kept for comparison. Beyond the
formula it takes care that: magnitudes are not logarithms, and never negative; the spectrum has its
Nyquist bin; frames lie where the front end has them, a fraction of a sample's hop included, under
the same window; further frames cover both ends, so that nothing is divided by a window near zero;
the sound keeps its level and its start.

Conventions: magnitudes, shape=(n_bins, n_frames); bands, shape=(n_bands, n_frames).

Source: Chowdhury et al., "Towards Explainable Music Emotion Recognition: The Route via Mid-level
Features", ISMIR 2019, and Haunschmid et al., "Two-level Explanations in Music Emotion
Recognition", 2019, section 3 (the resynthesis).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from explain_engine.errors import EngineError


@runtime_checkable
class FilterFrontEnd(Protocol):
    """What a front end tells of its filters."""

    def __hash__(self) -> int: ...

    @property
    def n_fft(self) -> int:
        """Length of its FFT in samples."""

    @property
    def filterbank(self) -> np.ndarray:
        """Weight of each bin in each band, shape=(n_bins, n_bands), from bin 0 up."""

    def frame_centres(self, n_samples: int) -> np.ndarray:
        """Return the sample on which each frame is centred, shape=(n_frames,), rising."""
        ...


def invert_filters(
    y: np.ndarray, mask: np.ndarray, front_end: FilterFrontEnd, method: str
) -> np.ndarray:
    """Return the sound of the bands that a mask keeps, with the phase of `y`.

    Parameters
    ----------
    y : np.ndarray, shape=(n_samples,)
        The whole sound.
    mask : np.ndarray, shape=(n_bands, n_frames), in [0, 1]
        Gain of each band's magnitude.
    front_end : FilterFrontEnd
        Where frames lie and what the bands are made of.
    method : {"pinv", "nnls"}
        The Moore-Penrose pseudo-inverse, what is negative set to 0; or non-negative least squares
        (librosa's, L-BFGS-B).

    Returns
    -------
    np.ndarray, shape=(n_samples,), float32
        Sound.

    Raises
    ------
    EngineError
        If the front end's frames do not overlap by half.
    """
    centres = front_end.frame_centres(len(y))
    centres, columns = _extend_frames(centres, len(y), front_end.n_fft)
    spectrum = _analyse(y, centres, front_end.n_fft)
    bank, inverse = _invert(front_end)
    magnitudes = spectrum[: len(bank)].abs().numpy()
    bands = (bank.T @ magnitudes) * mask[:, columns]
    if method == "pinv":
        wanted = np.maximum(inverse @ bands, 0.0)
    else:
        wanted = _solve(bank, bands)
    # A bin that no filter covers has no magnitude to take: silent, as in the least-norm solution.
    spectrum[len(bank) :] = 0
    spectrum[: len(bank)] *= torch.from_numpy(wanted / np.maximum(magnitudes, 1e-30))
    return _overlap_add(spectrum, centres, len(y), front_end.n_fft)


@lru_cache(maxsize=8)
def _invert(front_end: FilterFrontEnd) -> tuple[np.ndarray, np.ndarray]:
    bank = front_end.filterbank.astype(float)
    return bank, np.linalg.pinv(bank.T)


def _solve(bank: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Return the magnitudes of 0 or more whose bands are nearest to those wanted."""
    # slow import: librosa
    import librosa

    return np.asarray(librosa.util.nnls(bank.T, bands))


def _extend_frames(
    centres: np.ndarray, n_samples: int, n_fft: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return centres of frames past both ends too, and for each the mask's column that it takes."""
    hop = float(np.diff(centres).mean()) if len(centres) > 1 else n_fft / 4
    if hop > n_fft / 2:
        raise EngineError(
            f"A filterbank is turned round only on frames that overlap by half, "
            f"got a hop of {hop:g} samples for frames of {n_fft}."
        )
    before = np.arange(centres[0] - hop, -n_fft, -hop)[::-1]
    after = np.arange(centres[-1] + hop, n_samples + n_fft, hop)
    columns = np.concatenate(
        (
            np.zeros(len(before), dtype=int),
            np.arange(len(centres)),
            np.full(len(after), len(centres) - 1),
        )
    )
    return np.concatenate((before, centres, after)).astype(int), columns


def _analyse(y: np.ndarray, centres: np.ndarray, n_fft: int) -> torch.Tensor:
    """Return the spectrum of each frame, shape=(n_bins, n_frames), complex128."""
    index = torch.from_numpy(centres - centres[0])[:, None] + torch.arange(n_fft)
    pad = n_fft // 2 - int(centres[0])
    n_after = int(centres[-1]) + n_fft // 2 - len(y)
    padded = torch.nn.functional.pad(torch.from_numpy(y).double(), (pad, n_after))
    return torch.fft.rfft(padded[index] * _window(n_fft)).T


def _overlap_add(
    spectrum: torch.Tensor, centres: np.ndarray, n_samples: int, n_fft: int
) -> np.ndarray:
    frames = torch.fft.irfft(spectrum.T, n=n_fft) * _window(n_fft)
    index = torch.from_numpy(centres - centres[0])[:, None] + torch.arange(n_fft)
    sound = torch.zeros(int(index[-1, -1]) + 1, dtype=torch.float64)
    weight = torch.zeros_like(sound)
    sound.index_add_(0, index.flatten(), frames.flatten())
    weight.index_add_(0, index.flatten(), (_window(n_fft) ** 2).repeat(len(centres)))
    first = n_fft // 2 - int(centres[0])
    inside = slice(first, first + n_samples)
    return np.asarray((sound[inside] / weight[inside]).float().numpy())


def _window(n_fft: int) -> torch.Tensor:
    return torch.from_numpy(np.hanning(n_fft))
