"""Fades and loudness alignment: all clips of an explanation equally loud, none clipped.

Loudness is integrated loudness after ITU-R BS.1770-4 (``pyloudnorm``), in LUFS; true peak is the
peak after 4 times oversampling (BS.1770-4, annex 2), in dBTP. The common loudness is -23 LUFS, or
lower, down to -38 LUFS, where one clip cannot get there: gain is capped at +20 dB, true peak at
-1 dBTP. A clip that does not even get to -38 LUFS stays softer than the others, which it would make
too soft to judge. One that is silent (below -70 LUFS, BS.1770's absolute gate, even at the cap) is
left as it is.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

TARGET_LUFS = -23.0
SOFTEST_LUFS = -38.0
MAX_GAIN_DB = 20.0
# Oversampling filters differ from meter to meter: aim a little below the -1 dBTP promised.
CEILING_DBTP = -1.2
FADE_SECONDS = 0.010
N_CORRECTIONS = 4


@dataclass(frozen=True, eq=False)
class AlignedClip:
    """One clip after alignment, at the resolution of its 16-bit file.

    Parameters
    ----------
    y : np.ndarray, shape=(n_samples,), float32
        Samples, multiples of 2**-15.
    loudness_before, loudness_after : float
        LUFS; minus infinity if silent.
    gain_db : float
        What was added.
    is_gain_capped, is_peak_limited : bool
        Whether the cap, or the true peak, kept this clip from -23 LUFS.
    true_peak_dbtp : float
        After alignment; minus infinity if nothing sounds.
    is_silent : bool
        Whether alignment left it alone.
    """

    y: np.ndarray
    loudness_before: float
    loudness_after: float
    gain_db: float
    is_gain_capped: bool
    is_peak_limited: bool
    true_peak_dbtp: float
    is_silent: bool


def fade_edges(y: np.ndarray, sr: int, seconds: float = FADE_SECONDS) -> np.ndarray:
    """Return `y`, shape=(n_samples,), with raised-cosine fades at both ends."""
    n = min(round(seconds * sr), len(y) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)).astype(np.float32)
    faded = y.astype(np.float32, copy=True)
    faded[:n] *= ramp
    faded[len(y) - n :] *= ramp[::-1]
    return faded


def measure_loudness(y: np.ndarray, sr: int) -> float:
    """Return integrated loudness in LUFS, minus infinity below the absolute gate.

    `y`, shape=(n_samples,), lasts 0.4 s (one gating block) or more.
    """
    # slow import: pyloudnorm
    import pyloudnorm

    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        loudness = float(pyloudnorm.Meter(sr).integrated_loudness(y.astype(float)))
    return loudness if math.isfinite(loudness) else -math.inf


def measure_true_peak(y: np.ndarray) -> float:
    """Return the true peak of `y`, shape=(n_samples,), in dBTP by 4 times oversampling."""
    # slow import: scipy.signal
    from scipy.signal import resample_poly

    peak = max(float(np.abs(resample_poly(y.astype(float), 4, 1)).max()), float(np.abs(y).max()))
    return 20 * math.log10(peak) if peak > 0 else -math.inf


def quantise(y: np.ndarray) -> np.ndarray:
    """Return `y` rounded to 16 bits, float32 multiples of 2**-15, without dither."""
    steps = np.clip(np.rint(y.astype(np.float64) * 32768), -32768, 32767)
    return (steps / 32768).astype(np.float32)


def align_loudness(
    sounds: Mapping[str, np.ndarray], sr: int
) -> tuple[float, dict[str, AlignedClip]]:
    """Bring sounds to one loudness, all but those that cannot get to -38 LUFS.

    Parameters
    ----------
    sounds : mapping of str to np.ndarray, shape=(n_samples,)
        Faded sounds.
    sr : int
        Their rate in hertz.

    Returns
    -------
    target : float
        The common loudness in LUFS, -38 to -23.
    clips : dict of str to AlignedClip
        The sounds, aligned and quantised.
    """
    before = {key: _measure_quiet(y, sr) for key, y in sounds.items()}
    headroom = {key: CEILING_DBTP - measure_true_peak(y) for key, y in sounds.items()}
    # Measured at the largest gain, not added up: the absolute gate lets quiet blocks in there.
    reach = [
        measure_loudness(y * 10 ** (min(MAX_GAIN_DB, headroom[key]) / 20), sr)
        for key, y in sounds.items()
        if math.isfinite(before[key])
    ]
    target = min([TARGET_LUFS, *(one for one in reach if one >= SOFTEST_LUFS)])
    return target, {
        key: _align_one(y, sr, target, before[key], headroom[key]) for key, y in sounds.items()
    }


def _measure_quiet(y: np.ndarray, sr: int) -> float:
    """Loudness, looking below the absolute gate by as much as the gain could lift a clip."""
    loudness = measure_loudness(y, sr)
    if math.isfinite(loudness):
        return loudness
    return measure_loudness(y * 10 ** (MAX_GAIN_DB / 20), sr) - MAX_GAIN_DB


def _align_one(
    y: np.ndarray, sr: int, target: float, before: float, headroom_db: float
) -> AlignedClip:
    is_silent = not math.isfinite(before)
    limit_db = min(MAX_GAIN_DB, headroom_db)
    gain_db = 0.0 if is_silent else min(target - before, limit_db)
    # The absolute gate lets other blocks in at another gain, so the first gain may miss a little.
    for _ in range(0 if is_silent else N_CORRECTIONS):
        miss = target - measure_loudness(quantise(y * 10 ** (gain_db / 20)), sr)
        if abs(miss) < 0.02 or not math.isfinite(miss):
            break
        gain_db = min(gain_db + miss, limit_db)
    aligned = quantise(y * 10 ** (gain_db / 20))
    wanted_db = TARGET_LUFS - before
    return AlignedClip(
        y=aligned,
        loudness_before=before,
        loudness_after=-math.inf if is_silent else measure_loudness(aligned, sr),
        gain_db=gain_db,
        is_gain_capped=not is_silent and wanted_db > MAX_GAIN_DB,
        is_peak_limited=not is_silent and wanted_db > headroom_db,
        true_peak_dbtp=measure_true_peak(aligned),
        is_silent=is_silent,
    )
