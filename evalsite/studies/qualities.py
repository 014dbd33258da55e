"""Ready-made qualities: the seven mid-level features of Aljanaki & Soleymani (2018)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """A bipolar scale: what is rated, and what its two ends mean."""

    name: str
    label: str
    low: str
    high: str


MID_LEVEL = (
    Quality("melodiousness", "Melodiousness", "no tune", "a tune to sing back"),
    Quality("articulation", "Articulation", "legato", "staccato"),
    Quality("rhythm_stability", "Rhythmic stability", "hard to march to", "easy"),
    Quality("rhythm_complexity", "Rhythmic complexity", "simple", "layered"),
    Quality("dissonance", "Dissonance", "smooth", "clashing"),
    Quality("tonal_stability", "Tonal stability", "wandering", "a clear home note"),
    Quality("minorness", "Mode", "major", "minor"),
)

READY_MADE = {quality.name: quality for quality in MID_LEVEL}
