"""From a mask on a front end's grid back to sound.

A front end's cells overlap in frequency and its frames need not lie on an STFT's; so a mask is
first carried over to the bins and frames of a transform whose inverse is exact. Carrying over is
linear and keeps 0 and 1: a mask and its complement give sounds that add up to the original's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from scipy.sparse import csr_array

from explain_engine.audio import Audio
from explain_engine.errors import EngineError
from explain_engine.filter_inversion import FilterFrontEnd, invert_filters
from explain_engine.front_ends import OF_FILTERS
from explain_engine.transform import Stft

METHODS = ("stft_mask", *OF_FILTERS, "griffin_lim")
GRIFFIN_LIM_ITERATIONS = 32


class FrontEnd(Protocol):
    """What a front end tells of its grid."""

    def __hash__(self) -> int: ...

    @property
    def sr(self) -> int:
        """Sample rate in hertz."""

    @property
    def n_fft(self) -> int:
        """Length of its FFT in samples, a multiple of 4."""

    def band_weights(self) -> np.ndarray:
        """Return each band's part in each bin, shape=(n_fft // 2 + 1, n_bands), rows of sum 1."""
        ...

    def frame_centres(self, n_samples: int) -> np.ndarray:
        """Return the sample on which each frame is centred, shape=(n_frames,), rising."""
        ...


def reconstruct(
    audio: Audio, mask: np.ndarray, *, front_end: FrontEnd, method: str = "stft_mask"
) -> Audio:
    """Return the sound of the cells that a mask keeps.

    Parameters
    ----------
    audio : Audio
        The whole sound, at the front end's rate.
    mask : np.ndarray, shape=(n_bands, n_frames), in [0, 1]
        How much of each cell of the front end's grid to keep.
    front_end : FrontEnd
        A frozen dataclass that says where its cells lie.
    method : {"stft_mask", "pinv", "nnls", "griffin_lim"}
        ``"stft_mask"`` masks the complex STFT: exact, with the original's phase. ``"pinv"`` and
        ``"nnls"`` take the masked bands back to bins by the filterbank's pseudo-inverse or by
        non-negative least squares, with the original's phase: what bands cannot tell is lost, even
        with everything kept. ``"griffin_lim"`` keeps the masked magnitudes only and finds a phase
        for them (32 iterations of the fast algorithm, Perraudin, Balazs & Søndergaard 2013, in
        librosa; its random start is fixed).

    Returns
    -------
    Audio
        As long as `audio`.

    Raises
    ------
    EngineError
        If rate, mask or method break a rule.
    """
    if method not in METHODS:
        raise EngineError(f"method must be one of {', '.join(METHODS)}, got {method!r}.")
    if audio.sr != front_end.sr:
        raise EngineError(
            f"Sound must have the front end's rate, {front_end.sr} Hz, got {audio.sr} Hz."
        )
    weights, centres = _weigh_bands(front_end), front_end.frame_centres(len(audio.y))
    mask = _check_mask(mask, (weights.shape[1], len(centres)))
    if method in OF_FILTERS:
        if not isinstance(front_end, FilterFrontEnd):
            raise EngineError(
                f"method {method} needs a front end of filters on magnitudes, "
                f"{type(front_end).__name__} is none."
            )
        sound = invert_filters(audio.y, mask, front_end, method)
    else:
        make = _mask_stft if method == "stft_mask" else _search_phase
        stft = Stft(front_end.n_fft, front_end.n_fft // 4)
        sound = make(audio.y, mask, centres, weights, stft)
    return Audio(sound, audio.sr, audio.offset, audio.digest)


@lru_cache(maxsize=8)
def _weigh_bands(front_end: FrontEnd) -> csr_array:
    # Few bands share a bin: dense, this product costs more than the transform.
    return csr_array(front_end.band_weights())


def share_out_bins(filterbank: np.ndarray) -> np.ndarray:
    """Return the parts that bands have in bins, for filters that overlap.

    Parameters
    ----------
    filterbank : np.ndarray, shape=(n_bins, n_bands), 0 or more
        Filters; their height is of no matter.

    Returns
    -------
    np.ndarray, shape=(n_bins, n_bands)
        Rows add up to 1; a bin that no filter covers goes with the nearest bin that one does.
    """
    peaks = filterbank.max(axis=0)
    parts = np.divide(filterbank, peaks, out=np.zeros(filterbank.shape), where=peaks > 0)
    covered = np.flatnonzero(parts.sum(axis=1) > 0)
    nearest = covered[np.abs(np.arange(len(parts))[:, None] - covered).argmin(axis=1)]
    parts = parts[nearest]
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))


def _check_mask(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    mask = np.asarray(mask, dtype=float)
    if mask.shape != shape:
        raise EngineError(
            f"A mask must have the front end's {shape[0]} bands and {shape[1]} frames on this "
            f"sound, got shape {mask.shape}."
        )
    if not (np.isfinite(mask).all() and mask.min() >= 0 and mask.max() <= 1):
        raise EngineError(
            f"A mask's values must lie from 0 to 1, got {mask.min():g} to {mask.max():g}."
        )
    return mask


def _move_frames(mask: np.ndarray, centres: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return a mask at other frames, by linear interpolation; past the ends the last ones hold."""
    place = np.interp(wanted, centres, np.arange(len(centres)))
    left = np.minimum(place.astype(int), len(centres) - 1)
    right = np.minimum(left + 1, len(centres) - 1)
    share = place - left
    return np.asarray(mask[:, left] * (1 - share) + mask[:, right] * share)


def _mask_stft(
    y: np.ndarray, mask: np.ndarray, centres: np.ndarray, weights: csr_array, stft: Stft
) -> np.ndarray:
    spectrum = stft.forward(torch.from_numpy(y).double())
    frames = np.arange(spectrum.shape[1]) * stft.hop_length - stft.pad + stft.n_fft // 2
    gains = weights @ _move_frames(mask, centres, frames)
    return np.asarray(stft.inverse(spectrum * torch.from_numpy(gains), len(y)).float().numpy())


def _search_phase(
    y: np.ndarray, mask: np.ndarray, centres: np.ndarray, weights: csr_array, stft: Stft
) -> np.ndarray:
    # slow import: librosa
    import librosa

    n_fft, hop_length = stft.n_fft, stft.hop_length
    magnitude = np.abs(librosa.stft(y, n_fft=n_fft, hop_length=hop_length))
    frames = np.arange(magnitude.shape[1]) * hop_length
    sound = librosa.griffinlim(
        magnitude * (weights @ _move_frames(mask, centres, frames)),
        n_iter=GRIFFIN_LIM_ITERATIONS,
        n_fft=n_fft,
        hop_length=hop_length,
        length=len(y),
        random_state=0,
    )
    return np.asarray(sound, dtype=np.float32)
