"""The practice clip: the engine's own little piece, as loud and in the same format as the clips."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from evalsite.clips import engine
from evalsite.clips.models import Clip
from evalsite.common.blobs import find_blob, publish_bytes

PEAK_LIMIT = 10 ** (-1 / 20)


@dataclass(frozen=True)
class PracticeClip:
    blob: str
    n_bytes: int
    duration: float


def publish_practice_clip(like: Clip) -> PracticeClip:
    """Render the piece once with the rate, format and loudness of `like`; store it."""
    # Slow imports: only making a study needs them.
    import pyloudnorm
    import soundfile

    info = soundfile.info(find_blob(like.blob))
    y = engine.render_piece("practice", sr=info.samplerate)
    loudness = pyloudnorm.Meter(info.samplerate).integrated_loudness(y)
    wanted = like.loudness_after if like.loudness_after is not None else -23.0
    gain = 10 ** ((wanted - loudness) / 20)
    y = y * min(gain, PEAK_LIMIT / float(np.max(np.abs(y))))
    file = io.BytesIO()
    samples = np.repeat(y[:, None], info.channels, axis=1)
    soundfile.write(file, samples, info.samplerate, format="WAV", subtype=info.subtype)
    data = file.getvalue()
    return PracticeClip(publish_bytes(data), len(data), len(y) / info.samplerate)
