"""The practice sounds: the engine's own little piece, as loud and in the format of the clips."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np

from evalsite.clips import engine
from evalsite.clips.models import Clip
from evalsite.common.blobs import find_blob, publish_bytes
from evalsite.studies.trial_types.base import PracticeSounds, Sound

PEAK_LIMIT = 10 ** (-1 / 20)
DEFAULT_LUFS = -23.0
MUFFLED_HZ = 800.0


def publish_practice_sounds(like: Clip) -> PracticeSounds:
    """Store the piece, and the piece muffled, with the rate, format and loudness of `like`."""
    # Slow import: only making a study needs it.
    import soundfile

    info = soundfile.info(find_blob(like.blob))
    level = like.loudness_after if like.loudness_after is not None else DEFAULT_LUFS
    sounds = []
    for cutoff in (None, MUFFLED_HZ):
        data, duration = render_practice(
            info.samplerate, info.channels, info.subtype, level, cutoff
        )
        sounds.append(Sound(publish_bytes(data), len(data), duration))
    return PracticeSounds(*sounds)


@lru_cache(maxsize=16)
def render_practice(
    sr: int, n_channels: int, subtype: str, level: float, cutoff: float | None = None
) -> tuple[bytes, float]:
    """The piece as a WAV file, and its seconds; with nothing above `cutoff` Hz if that is given."""
    import pyloudnorm
    import soundfile
    from scipy.signal import butter, sosfiltfilt

    y = engine.render_piece("practice", sr=sr)
    if cutoff is not None:
        y = sosfiltfilt(butter(8, cutoff, fs=sr, output="sos"), y)
    gain = 10 ** ((level - pyloudnorm.Meter(sr).integrated_loudness(y)) / 20)
    y = y * min(gain, PEAK_LIMIT / float(np.max(np.abs(y))))
    file = io.BytesIO()
    samples = np.repeat(y[:, None], n_channels, axis=1)
    soundfile.write(file, samples, sr, format="WAV", subtype=subtype)
    return file.getvalue(), len(y) / sr
