"""A logarithmic filterbank of overlapping triangles, corner on corner, as madmom makes it.

Source: ``LogarithmicFilterbank`` of madmom 0.17.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from explain_engine.errors import EngineError

A4 = 440.0  # Hz: the frequency that the bands are counted from


class FrontEndError(EngineError):
    """A front end's parameter breaks a rule."""


@lru_cache(maxsize=32)
def make_filterbank(
    sr: int, n_bins: int, bands_per_octave: int, fmin: float, fmax: float, norm_filters: bool
) -> npt.NDArray[np.float32]:
    """Overlapping triangles between FFT bins, shape ``(n_bins, n_bands)``, read-only.

    Parameters
    ----------
    sr : int
        Sample rate, Hz.
    n_bins : int
        Bins of the FFT, without the one at the Nyquist frequency.
    bands_per_octave : int
        Triangles to the octave, before those that fall on one bin are merged.
    fmin, fmax : float
        Lowest and highest frequency of a triangle's corner, Hz.
    norm_filters : bool
        Divide each triangle by its sum; else its peak is 1.

    Raises
    ------
    FrontEndError
        If fewer than 3 bins lie between the limits.
    """
    corners = _corner_bins(sr, n_bins, bands_per_octave, fmin, fmax)
    if len(corners) < 3:
        raise FrontEndError(
            f"the bands need 3 FFT bins or more between fmin {fmin:g} Hz and fmax {fmax:g} Hz, "
            f"got {len(corners)}."
        )
    bank = np.zeros((n_bins, len(corners) - 2), dtype=np.float32)
    for band in range(bank.shape[1]):
        start, centre, stop = (int(corner) for corner in corners[band : band + 3])
        triangle = _triangle(start, centre, stop, norm_filters)
        first = centre if stop - start < 2 else start
        bank[first : first + len(triangle), band] = triangle
    bank.flags.writeable = False
    return bank


def _corner_bins(
    sr: int, n_bins: int, bands_per_octave: int, fmin: float, fmax: float
) -> npt.NDArray[np.int64]:
    """FFT bins nearest to the tempered frequencies; ties go up, doubles are merged."""
    lowest = math.floor(math.log2(fmin / A4) * bands_per_octave)
    highest = math.ceil(math.log2(fmax / A4) * bands_per_octave)
    frequencies = A4 * 2.0 ** (np.arange(lowest, highest) / bands_per_octave)
    frequencies = frequencies[(frequencies >= fmin) & (frequencies <= fmax)]
    bin_frequencies = np.arange(n_bins) * sr / (2.0 * n_bins)
    right = np.clip(np.searchsorted(bin_frequencies, frequencies), 1, n_bins - 1)
    is_left_nearer = frequencies - bin_frequencies[right - 1] < bin_frequencies[right] - frequencies
    return np.unique(right - is_left_nearer)


def _triangle(start: int, centre: int, stop: int, norm_filters: bool) -> npt.NDArray[np.float32]:
    """Rise from `start` to `centre`, fall to `stop`; a triangle too narrow is a single bin."""
    if stop - start < 2:
        return np.ones(1, dtype=np.float32)
    triangle = np.concatenate(
        (
            np.linspace(0, 1, centre - start, endpoint=False),
            np.linspace(1, 0, stop - centre, endpoint=False),
        )
    ).astype(np.float32)
    return triangle / triangle.sum() if norm_filters else triangle
