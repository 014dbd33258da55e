"""Chords bar by bar: functional or shaken, major or minor, consonant or crowded.

Conventions: pitch classes count from C = 0, pitches are MIDI numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
MINOR_SCALE = (0, 2, 3, 5, 7, 8, 10)
# Which degrees (from 0) may follow a degree; the plain cadence steps come first.
FOLLOWERS = {
    0: (3, 4, 5, 1, 2), 1: (4, 6, 3), 2: (5, 3, 0), 3: (4, 0, 1), 4: (0, 5, 3), 5: (3, 1, 4, 2),
    6: (0, 2, 5),
}  # fmt: skip
# Keys that a modulation goes to, in semitones from the old tonic: near and far ones.
MODULATIONS = (1, 2, 3, 4, 6, 8, 10, 11, 5, 7)


@dataclass(frozen=True)
class Bar:
    """The harmony of one bar.

    Parameters
    ----------
    tonic : int
        Pitch class of the key.
    scale : tuple of int
        Pitch classes of the key.
    root : int
        Pitch class of the chord's root.
    chord : tuple of int
        Pitch classes of the triad.
    added : tuple of int
        Pitch classes that clash with it.
    is_minor_key, is_minor_chord : bool
        Mode of the key; whether the chord's third is minor.
    """

    tonic: int
    scale: tuple[int, ...]
    root: int
    chord: tuple[int, ...]
    added: tuple[int, ...]
    is_minor_key: bool
    is_minor_chord: bool

    def snap(self, pitch: float, *, to_chord: bool) -> int:
        """Nearest pitch of the chord or of the scale."""
        allowed = self.chord if to_chord else self.scale
        candidates = np.arange(int(pitch) - 6, int(pitch) + 8)
        fitting = candidates[np.isin(candidates % 12, allowed)]
        return int(fitting[np.argmin(np.abs(fitting - pitch))])


def choose_harmony(
    rng: np.random.Generator,
    n_bars: int,
    minorness: float,
    modulation: float,
    dissonance: float,
    chromaticism: float,
) -> tuple[Bar, ...]:
    """Choose one chord for each bar.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    n_bars : int
        How many.
    minorness, modulation, dissonance, chromaticism : float
        In [0, 1]: share of minor chords and mode of the key; chance of a new key in a bar; how
        many clashing tones are added; how often chord tones leave the scale.

    Returns
    -------
    tuple of Bar
        In order.
    """
    is_minor_key = minorness > 0.5
    tonic, degree = int(rng.integers(12)), 0
    bars = []
    for index in range(n_bars):
        if index and rng.uniform() < 0.7 * modulation:
            tonic = (tonic + int(rng.choice(MODULATIONS))) % 12
            degree = 0
        elif index:
            degree = _choose_degree(rng, degree, is_minor_key, minorness)
        bars.append(_build_bar(rng, tonic, degree, is_minor_key, dissonance, chromaticism))
    return tuple(bars)


def voice_chord(bar: Bar, centre: float, previous: np.ndarray | None) -> np.ndarray:
    """Pitches of the bar's chord, close to `centre` or to the chord before; sorted.

    Parameters
    ----------
    bar : Bar
        The harmony.
    centre : float
        MIDI pitch about which the chord lies.
    previous : numpy.ndarray or None
        The chord before, for smooth voice leading.

    Returns
    -------
    numpy.ndarray, shape=(n_tones,), int
        Triad and added tones.
    """
    middle = centre if previous is None else 0.5 * centre + 0.5 * float(np.mean(previous))
    base = round(middle) - 6
    tones = [base + (pitch_class - base) % 12 for pitch_class in bar.chord + bar.added]
    return np.array(sorted(set(tones)))


def _choose_degree(
    rng: np.random.Generator, degree: int, is_minor_key: bool, minorness: float
) -> int:
    """Next degree: the key's mode fixes which degrees are minor chords, `minorness` prefers."""
    followers = np.array(FOLLOWERS[degree])
    minor_degrees = (0, 3, 4) if is_minor_key else (1, 2, 5)
    is_minor = np.isin(followers, minor_degrees)
    weights = np.where(is_minor, 0.1 + minorness, 1.1 - minorness)
    weights = weights / np.arange(2, len(followers) + 2)
    return int(rng.choice(followers, p=weights / weights.sum()))


def _build_bar(
    rng: np.random.Generator,
    tonic: int,
    degree: int,
    is_minor_key: bool,
    dissonance: float,
    chromaticism: float,
) -> Bar:
    steps = MINOR_SCALE if is_minor_key else MAJOR_SCALE
    scale = tuple((tonic + step) % 12 for step in steps)
    chord = [scale[(degree + third) % 7] for third in (0, 2, 4)]
    if is_minor_key and degree == 4 and rng.uniform() < 0.35:
        chord[1] = (chord[1] + 1) % 12  # the leading note of harmonic minor
    root = chord[0]
    is_minor_chord = (chord[1] - root) % 12 == 3
    if rng.uniform() < 0.6 * chromaticism:
        index = int(rng.integers(3))
        chord[index] = (chord[index] + int(rng.choice((-1, 1)))) % 12
    added = []
    for _ in range(int(rng.binomial(3, dissonance))):
        semitones = 1 if rng.uniform() < dissonance else 2
        clash = (int(rng.choice(chord)) + semitones * int(rng.choice((-1, 1)))) % 12
        added.append(clash)
    return Bar(
        tonic, scale, root, tuple(chord), tuple(sorted(set(added) - set(chord))), is_minor_key,
        is_minor_chord,
    )  # fmt: skip
