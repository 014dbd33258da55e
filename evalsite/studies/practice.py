"""The practice clip: the engine's own little piece, as loud and in the same format as the clips."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evalsite.clips import engine
from evalsite.clips.models import Clip
from evalsite.common.blobs import find_blob, publish_bytes

PEAK_LIMIT = 10 ** (-1 / 20)
DEFAULT_LUFS = -23.0


@dataclass(frozen=True)
class PracticeClip:
    blob: str
    n_bytes: int
    duration: float


def publish_practice_clip(like: Clip) -> PracticeClip:
    """Store the piece with the rate, format and loudness of `like`."""
    # Slow import: only making a study needs it.
    import soundfile

    info = soundfile.info(find_blob(like.blob))
    level = like.loudness_after if like.loudness_after is not None else DEFAULT_LUFS
    data, duration = render_practice(info.samplerate, info.channels, info.subtype, level)
    return PracticeClip(publish_bytes(data), len(data), duration)


@lru_cache(maxsize=8)
def render_practice(sr: int, n_channels: int, subtype: str, level: float) -> tuple[bytes, float]:
    """The piece as a WAV file, and its seconds."""
    import pyloudnorm
    import soundfile

    y = engine.render_piece("practice", sr=sr)
    gain = 10 ** ((level - pyloudnorm.Meter(sr).integrated_loudness(y)) / 20)
    y = y * min(gain, PEAK_LIMIT / float(np.max(np.abs(y))))
    file = io.BytesIO()
    samples = np.repeat(y[:, None], n_channels, axis=1)
    soundfile.write(file, samples, sr, format="WAV", subtype=subtype)
    return file.getvalue(), len(y) / sr
