"""What a study must keep to be called MUSHRA, beyond what its parameters say.

References
----------
.. [1] ITU-R BS.1534-3 (2015). Method for the subjective assessment of intermediate quality level of
   audio systems.
"""

from __future__ import annotations

from evalsite.clips.models import Clip
from evalsite.common.blobs import find_blob
from evalsite.common.errors import EarwitnessError
from evalsite.studies.anchors import measure_band_limit

MAX_SECONDS = 12.0
MIN_EXCERPTS = 5
# Up to here a reference must have content to count as full band: an octave above the higher anchor.
FULL_BAND_HZ = 15_000.0


def list_obstacles(*, n_recordings: int, n_training: int, min_heard: str | float) -> list[str]:
    """What forbids opening a study with so many excerpts a listener, so many to train on."""
    found = []
    if n_recordings < MIN_EXCERPTS:
        found.append(
            f"MUSHRA needs {MIN_EXCERPTS} excerpts or more, a listener gets {n_recordings}."
        )
    if not n_training:
        found.append("MUSHRA needs training: give it one source or more, it has 0.")
    if min_heard == 0:
        found.append("MUSHRA needs every sound to be heard: min_heard must not be 0.")
    return found


def check_reference(clip: Clip) -> None:
    """Raise EarwitnessError where a clip is too long, or has too little above the anchors."""
    import soundfile

    name = f"“{clip.explanation.recording}”"
    if clip.duration > MAX_SECONDS:
        raise EarwitnessError(
            f"parameters.method can be mushra with excerpts of {MAX_SECONDS:g} s or less, that of "
            f"{name} has {clip.duration:.2f} s: method: rating takes it."
        )
    limit = clip.sample_rate / 2
    if limit >= FULL_BAND_HZ:
        y, sr = soundfile.read(find_blob(clip.blob), dtype="float64", always_2d=True)
        limit = measure_band_limit(y, sr)
    if limit < FULL_BAND_HZ:
        raise EarwitnessError(
            f"parameters.method can be mushra with references up to {FULL_BAND_HZ:g} Hz or more, "
            f"that of {name} ends at {limit:g} Hz (sample rate {clip.sample_rate} Hz): "
            "method: rating takes it."
        )
