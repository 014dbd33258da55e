"""Names and order of the outputs of the mid-level papers.

Features: Aljanaki & Soleymani, ISMIR 2018; emotions: Eerola & Vuoskoski, Psychology of Music 39
(2011), 18-49. ``minorness`` is the data set's modality.
"""

from __future__ import annotations

FEATURES = (
    "melodiousness",
    "articulation",
    "rhythm_complexity",
    "rhythm_stability",
    "dissonance",
    "tonal_stability",
    "minorness",
)
EMOTIONS = ("valence", "energy", "tension", "anger", "fear", "happy", "sad", "tender")
