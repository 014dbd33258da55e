"""From score to played notes: tempo, drift, loose timing, staccato.

Conventions: times in seconds from the excerpt's start; a played note is a row of
`PERFORMANCE_FIELDS`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.training.composer import DRUMS, SECONDS, Piece

# Instruments whose sound dies away by itself within a fraction of a second.
SHORT_DECAYS = {12: 0.35, 13: 0.2, 45: 0.3, 105: 0.5, 107: 0.7, 6: 1.2, 10: 1.2, DRUMS: 0.15}
MAX_JITTER = 0.12  # s, standard deviation of the loosest playing


@dataclass(frozen=True)
class Performance:
    """Played notes, all arrays of shape=(n_notes,), sorted by onset.

    Parameters
    ----------
    onsets, ends : numpy.ndarray
        Seconds.
    gaps : numpy.ndarray
        Seconds from the onset to the layer's next one, as played.
    pitches, velocities : numpy.ndarray of int
        MIDI numbers.
    layers : numpy.ndarray of int
        Index into the piece's layers.
    beats : numpy.ndarray
        Onset in the score, beats.
    """

    onsets: np.ndarray
    ends: np.ndarray
    gaps: np.ndarray
    pitches: np.ndarray
    velocities: np.ndarray
    layers: np.ndarray
    beats: np.ndarray


def perform(piece: Piece, rng: np.random.Generator) -> Performance:
    """Play a piece; notes that would start after `SECONDS` are left out.

    Parameters
    ----------
    piece : Piece
        The score.
    rng : numpy.random.Generator
        Source of chance for timing.

    Returns
    -------
    Performance
        What is sent to the instruments.
    """
    f = piece.factors
    n_beats = len(piece.bars) * piece.beats_per_bar
    clock = _draw_clock(rng, piece.bpm, n_beats, f.drift)
    rows = []
    for index, layer in enumerate(piece.layers):
        beats, gaps, pitches, velocities = layer.notes.T
        starts, stops = clock(beats), clock(np.minimum(beats + gaps, n_beats))
        places, inverse = np.unique(beats, return_inverse=True)
        # One hand plays a chord: its notes move together, layers apart.
        jitter = rng.normal(0, MAX_JITTER * f.looseness, len(places))[inverse]
        onsets = np.maximum(starts + jitter, 0.0)
        seconds = np.maximum(stops - starts, 0.05)
        ratio = np.clip(_staccato_ratio(f.staccato) + rng.normal(0, 0.04, len(beats)), 0.08, 1.0)
        ends = onsets + np.maximum(ratio * seconds, 0.04)
        layers = np.full(len(beats), index)
        rows.append(np.column_stack((onsets, ends, seconds, pitches, velocities, layers, beats)))
    notes = np.concatenate(rows)
    notes = notes[notes[:, 0] < SECONDS - 0.05]
    notes = notes[np.argsort(notes[:, 0], kind="stable")]
    as_int = notes.round().astype(int)
    return Performance(
        notes[:, 0], notes[:, 1], notes[:, 2], as_int[:, 3], as_int[:, 4], as_int[:, 5], notes[:, 6]
    )


def audible_ratios(piece: Piece, performance: Performance) -> np.ndarray:
    """Share of the time to the next onset that each note sounds, shape=(n_notes,), in [0, 1]."""
    programs = np.array([layer.program for layer in piece.layers])[performance.layers]
    limits = np.array([SHORT_DECAYS.get(int(program), np.inf) for program in programs])
    sounding = np.minimum(performance.ends - performance.onsets, limits)
    return np.clip(sounding / performance.gaps, 0.0, 1.0)


def _staccato_ratio(staccato: float) -> float:
    return 1.0 - 0.85 * staccato


class _Clock:
    """Beats to seconds along a tempo that changes from beat to beat."""

    def __init__(self, seconds_per_beat: np.ndarray) -> None:
        self._times = np.concatenate(([0.0], np.cumsum(seconds_per_beat)))

    def __call__(self, beats: np.ndarray) -> np.ndarray:
        return np.interp(beats, np.arange(len(self._times)), self._times)


def _draw_clock(rng: np.random.Generator, bpm: float, n_beats: int, drift: float) -> _Clock:
    walk = np.cumsum(rng.normal(0, 1, n_beats + 1))
    wave = np.sin(np.linspace(0, rng.uniform(2, 9), n_beats + 1) + rng.uniform(0, 6))
    change = 0.35 * drift * wave + 0.08 * drift * walk
    return _Clock(60.0 / bpm * np.exp(np.clip(change, -0.7, 0.7)))
