"""Anchors of a multi-stimulus trial: the reference without what lies above a frequency.

References
----------
.. [1] ITU-R BS.1534-3 (2015). Method for the subjective assessment of intermediate quality level of
   audio systems, section 5.1 (anchors).
"""

from __future__ import annotations

import io

import numpy as np

from evalsite.clips.models import Clip
from evalsite.common.blobs import find_blob, publish_bytes
from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types.base import Sound

# What an anchor's condition is called, by its cutoff in Hz.
ANCHORS = {3500: "anchor_3k5", 7000: "anchor_7k"}
# From the cutoff to where next to nothing is left. The recommendation asks of the lower anchor for
# 25 dB at 4 kHz and 50 dB at 4.5 kHz; both anchors have 60 dB there.
TRANSITION_HZ = 450.0
STOP_DB = 65.0
RANGE_DB = 80.0
ABOVE_ROUNDING_DB = 10.0
BAND_HZ = 200.0


def filter_lowpass(y: np.ndarray, sr: float, cutoff: float) -> np.ndarray:
    """Take out what lies above `cutoff`, in time with the input to the sample.

    Parameters
    ----------
    y : np.ndarray
        shape=(n_samples,) or (n_samples, n_channels).
    sr : float
        Sample rate in Hz.
    cutoff : float
        Upper end of what is left as it is, Hz.

    Returns
    -------
    np.ndarray
        Same shape. A symmetric filter of odd length, centred: no frequency leads or lags.
    """
    from scipy.signal import firwin, kaiserord, oaconvolve

    if sr <= 2 * (cutoff + TRANSITION_HZ):
        raise EarwitnessError(
            f"An anchor of {cutoff:g} Hz must be made of a sound with a sample rate above "
            f"{2 * (cutoff + TRANSITION_HZ):g} Hz, got {sr:g} Hz."
        )
    n_taps, beta = kaiserord(STOP_DB, TRANSITION_HZ / (sr / 2))
    taps = firwin(n_taps | 1, cutoff + TRANSITION_HZ / 2, window=("kaiser", beta), fs=sr)
    half = len(taps) // 2
    padded = np.pad(y, [(half, half), *[(0, 0)] * (y.ndim - 1)])
    return oaconvolve(padded, taps.reshape(-1, *[1] * (y.ndim - 1)), mode="valid", axes=0)


def measure_band_limit(y: np.ndarray, sr: float) -> float:
    """The highest frequency at which there is something to hear.

    That is the upper end of the highest band, 200 Hz wide, whose mean power lies within 80 dB of
    the strongest band's and 10 dB above what rounding to 16 bits leaves; 0 for silence.
    """
    from scipy.signal import welch

    y = y.mean(axis=1) if y.ndim == 2 else y
    n = min(4096, len(y))
    frequencies, power = welch(y, sr, nperseg=n)
    band = (frequencies / BAND_HZ).astype(int)
    means = np.bincount(band, power) / np.maximum(np.bincount(band), 1)
    rounding = (2.0**-15) ** 2 / 12 / (sr / 2)
    floor = max(means.max() * 10 ** (-RANGE_DB / 10), rounding * 10 ** (ABOVE_ROUNDING_DB / 10))
    is_heard = np.flatnonzero(means >= floor)
    return min(float(is_heard[-1] + 1) * BAND_HZ, sr / 2) if len(is_heard) else 0.0


def publish_anchor(reference: Clip, cutoff: int) -> Sound:
    """Store the anchor of a clip: same rate, length, format and bytes, and not made louder.

    What the filter takes away is missing in its loudness too, as the recommendation has it.
    """
    import soundfile

    path = find_blob(reference.blob)
    info = soundfile.info(path)
    y, sr = soundfile.read(path, dtype="float64", always_2d=True)
    filtered = filter_lowpass(y, sr, cutoff)
    peak = float(np.max(np.abs(filtered), initial=0.0))
    if peak > 1.0:
        raise EarwitnessError(
            f"An anchor must stay below full scale, that of {cutoff} Hz of “"
            f"{reference.explanation.recording}” reaches {20 * np.log10(peak):.2f} dBFS: make its "
            "clips quieter."
        )
    file = io.BytesIO()
    soundfile.write(file, filtered, sr, format=info.format, subtype=info.subtype)
    data = file.getvalue()
    if len(data) != reference.n_bytes:
        raise EarwitnessError(
            f"An anchor must have the {reference.n_bytes} bytes of its reference, that of "
            f"“{reference.explanation.recording}” has {len(data)}."
        )
    return Sound(publish_bytes(data), len(data), reference.duration)
