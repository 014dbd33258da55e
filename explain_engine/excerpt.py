"""Excerpts: which seconds of a recording, at which rate."""

from __future__ import annotations

import numpy as np

from explain_engine.audio import Audio
from explain_engine.errors import AudioError


def cut_excerpt(audio: Audio, start: float, duration: float) -> Audio:
    """Return `duration` seconds of `audio` from second `start` of the recording.

    Raises
    ------
    AudioError
        If `audio` does not hold that excerpt.
    """
    first = round((start - audio.offset) * audio.sr)
    n_samples = round(duration * audio.sr)
    # One sample of grace: a duration in seconds rarely is a whole number of samples.
    if first < 0 or first + n_samples > len(audio.y) + 1:
        end = audio.offset + audio.seconds
        raise AudioError(
            f"The excerpt {start:g} to {start + duration:g} s must lie within the recording's "
            f"{audio.offset:g} to {end:.2f} s."
        )
    return Audio(audio.y[first : first + n_samples], audio.sr, offset=start, digest=audio.digest)


def resample(audio: Audio, sr: int, n_samples: int) -> np.ndarray:
    """Return the samples of `audio` at rate `sr`, shape=(n_samples,), float32 (soxr, high quality).

    The filter's rounding may leave one sample too many or too few: cut, or padded by zero.
    """
    y = audio.y
    if audio.sr != sr:
        # slow import: soxr (what librosa calls; importing librosa takes 120 MB)
        import soxr

        y = soxr.resample(y, audio.sr, sr, quality="soxr_hq")
    y = y[:n_samples]
    return np.pad(y, (0, n_samples - len(y))).astype(np.float32, copy=False)
