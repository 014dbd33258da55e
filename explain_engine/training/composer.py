"""A small composer: pieces of some ten seconds whose character is drawn, not borrowed.

Each piece starts from `Factors`, independent numbers in [0, 1]; harmony, rhythm, melody and
texture follow from them and from one generator. Nothing here aims at beauty: it aims at music in
which the mid-level features vary widely and apart from each other.

Conventions: onsets and durations are beats, pitches MIDI numbers, velocities 1 to 127, programs
General MIDI numbers from 0; `DRUMS` in place of a program is the drum kit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from explain_engine.training.harmony import Bar, choose_harmony, voice_chord
from explain_engine.training.rhythm import Onsets, draw_pattern, metrical_weights

DRUMS = -1
SECONDS = 10.0
KICK, SNARE, HAT, SHAKER = 36, 38, 42, 70

MELODY_PROGRAMS = (
    0, 1, 4, 6, 8, 11, 12, 13, 16, 21, 22, 24, 25, 26, 40, 41, 42, 45, 52, 56, 57, 60, 64, 65, 66,
    68, 70, 71, 72, 73, 74, 75, 80, 81, 104, 105, 107,
)  # fmt: skip
CHORD_PROGRAMS = (
    0, 1, 2, 4, 5, 6, 7, 10, 11, 12, 16, 18, 19, 21, 24, 25, 26, 27, 29, 45, 46, 48, 49, 50, 51,
    52, 53, 61, 62, 71, 88, 89, 90, 91,
)  # fmt: skip
BASS_PROGRAMS = (0, 32, 33, 34, 35, 38, 42, 43, 57, 58, 70)
# Kept out of training: the instruments of one of the tests.
HELD_OUT_PROGRAMS = frozenset({2, 4, 12, 22, 25, 33, 41, 49, 53, 57, 66, 71, 74, 89, 105})


@dataclass(frozen=True)
class Factors:
    """What a piece is like; each drawn on its own from [0, 1]."""

    tempo: float
    loudness: float
    register: float
    prominence: float
    leaps: float
    staccato: float
    syncopation: float
    variety: float
    density: float
    layers: float
    looseness: float
    drift: float
    dissonance: float
    chromaticism: float
    modulation: float
    minorness: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Factors:
        """Draw all factors; what disturbs rhythm, harmony or key is absent from many pieces."""
        values = {field.name: float(rng.uniform()) for field in fields(cls)}
        for names in (("looseness", "drift"), ("dissonance",), ("chromaticism", "modulation")):
            if rng.uniform() < 0.4:
                values.update(dict.fromkeys(names, 0.0))
        return cls(**values)


@dataclass(frozen=True)
class Layer:
    """One voice of the texture, its notes sorted by onset.

    Parameters
    ----------
    role : str
        ``"melody"``, ``"chords"``, ``"bass"``, ``"counter"`` or ``"drums"``.
    program : int
        Instrument, or `DRUMS`.
    notes : numpy.ndarray, shape=(n_notes, 4)
        Onset, time to the next onset (both beats), pitch, velocity.
    """

    role: str
    program: int
    notes: np.ndarray


@dataclass(frozen=True)
class Piece:
    """A score with the factors it came from."""

    factors: Factors
    bpm: float
    beats_per_bar: int
    bars: tuple[Bar, ...]
    layers: tuple[Layer, ...]


def compose(
    rng: np.random.Generator, *, factors: Factors | None = None, held_out_programs: bool = False
) -> Piece:
    """Compose a piece a little longer than `SECONDS`.

    Parameters
    ----------
    rng : numpy.random.Generator
        All chance comes from it.
    factors : Factors, optional
        What the piece is like; drawn if not given.
    held_out_programs : bool
        Take the instruments that training never hears, and only those.

    Returns
    -------
    Piece
        The score.
    """
    factors = Factors.draw(rng) if factors is None else factors
    bpm = 56.0 * 3.0**factors.tempo
    beats_per_bar = 3 if rng.uniform() < 0.25 else 4
    n_bars = int(np.ceil((SECONDS + 1.0) * bpm / 60.0 / beats_per_bar)) + 1
    bars = choose_harmony(
        rng, n_bars, factors.minorness, factors.modulation, factors.dissonance, factors.chromaticism
    )
    writer = _Writer(rng, factors, beats_per_bar, bars, held_out_programs)
    return Piece(factors, bpm, beats_per_bar, bars, writer.write_layers())


@dataclass(frozen=True)
class _Writer:
    rng: np.random.Generator
    factors: Factors
    beats_per_bar: int
    bars: tuple[Bar, ...]
    held_out_programs: bool

    def write_layers(self) -> tuple[Layer, ...]:
        f, rng = self.factors, self.rng
        layers = []
        if f.prominence > 0.12:
            layers.append(self._write_melody("melody", self._velocity(26 * f.prominence - 8)))
        if f.prominence < 0.9 or f.layers > 0.3:
            layers.append(self._write_chords(self._velocity(-34 * (f.prominence - 0.25))))
        if f.layers > 0.35:
            layers.append(self._write_bass(self._velocity(-22 * (f.prominence - 0.4))))
        if f.layers > 0.7:
            layers.append(self._write_melody("counter", self._velocity(-28 * f.prominence - 6)))
        if rng.uniform() < 0.35:
            layers.append(self._write_drums(self._velocity(-20 * f.prominence)))
        return tuple(layers)

    def _velocity(self, offset: float) -> float:
        return float(np.clip(44 + 56 * self.factors.loudness + offset, 14, 124))

    def _choose_program(self, programs: tuple[int, ...]) -> int:
        allowed = [p for p in programs if (p in HELD_OUT_PROGRAMS) == self.held_out_programs]
        return int(self.rng.choice(allowed))

    def _draw_onsets(self, density: float, syncopation: float) -> Onsets:
        """Onsets bar by bar: a pattern that returns, or is drawn anew when variety is high."""
        f, rng = self.factors, self.rng
        weights = metrical_weights(self.beats_per_bar)
        pattern = draw_pattern(rng, weights, density, syncopation, f.variety)
        bars = []
        for _ in self.bars:
            if rng.uniform() < 0.9 * f.variety:
                pattern = draw_pattern(rng, weights, density, syncopation, f.variety)
            bars.append(pattern)
        return Onsets(self.beats_per_bar, tuple(bars))

    def _accent(self, onsets: np.ndarray, velocity: float) -> np.ndarray:
        """Velocities with the beat a little stronger and small differences."""
        on_beat = np.isclose(onsets % 1.0, 0.0)
        on_bar = np.isclose(onsets % self.beats_per_bar, 0.0)
        spread = self.rng.normal(0, 3, len(onsets))
        return np.clip(velocity + 4 * on_beat + 5 * on_bar + spread, 8, 127)

    def _write_melody(self, role: str, velocity: float) -> Layer:
        f, rng = self.factors, self.rng
        is_melody = role == "melody"
        density = 0.15 + 0.45 * f.density if is_melody else rng.uniform(0.1, 0.5)
        onsets, gaps = self._draw_onsets(density, f.syncopation).flatten()
        centre = 70 + 12 * f.register + (0 if is_melody else -9)
        pitch, pitches = centre + rng.normal(0, 3), []
        for onset in onsets:
            bar = self.bars[int(onset // self.beats_per_bar)]
            step = rng.choice((1, 2, 2, 3)) * rng.choice((-1, 1))
            if rng.uniform() < f.leaps:
                step = rng.choice((5, 7, 8, 9, 12, 14)) * rng.choice((-1, 1))
            if abs(pitch + step - centre) > 8 + 8 * f.leaps:
                step = abs(step) * np.sign(centre - pitch)
            is_strong = np.isclose(onset % 1.0, 0.0)
            pitch = bar.snap(pitch + step, to_chord=bool(is_strong))
            played = pitch
            if rng.uniform() < 0.4 * f.chromaticism:
                played += rng.choice((-1, 1))
            pitches.append(played)
        notes = np.column_stack((onsets, gaps, pitches, self._accent(onsets, velocity)))
        return Layer(role, self._choose_program(MELODY_PROGRAMS), notes)

    def _write_chords(self, velocity: float) -> Layer:
        f, rng = self.factors, self.rng
        style = rng.choice(("block", "broken", "held"), p=(0.45, 0.35, 0.2))
        centre = 62 + 8 * f.register
        rows = []
        previous: np.ndarray | None = None
        density = {"block": 0.12 + 0.4 * f.density, "broken": 0.4 + 0.5 * f.density, "held": 0.0}
        onsets, gaps = self._draw_onsets(density[str(style)], 0.8 * f.syncopation).flatten()
        for index, (onset, gap) in enumerate(zip(onsets, gaps, strict=True)):
            bar = self.bars[int(onset // self.beats_per_bar)]
            previous = voice_chord(bar, centre, previous)
            if style == "broken":
                rows.append((onset, gap, previous[index % len(previous)], velocity))
                if len(bar.added) and index % 2 == 0:
                    rows.append((onset, gap, previous[(index + 1) % len(previous)], velocity))
            else:
                rows.extend((onset, gap, pitch, velocity) for pitch in previous)
        notes = np.array(rows, dtype=float)
        notes[:, 3] = self._accent(notes[:, 0], velocity)
        return Layer("chords", self._choose_program(CHORD_PROGRAMS), notes)

    def _write_bass(self, velocity: float) -> Layer:
        f, rng = self.factors, self.rng
        onsets, gaps = self._draw_onsets(0.1 + 0.3 * f.density, 0.6 * f.syncopation).flatten()
        pitches = []
        for onset in onsets:
            bar = self.bars[int(onset // self.beats_per_bar)]
            pitch = 36 + (bar.root - 36) % 12
            pitches.append(pitch + (7 if rng.uniform() < 0.2 else 0))
        notes = np.column_stack((onsets, gaps, pitches, self._accent(onsets, velocity)))
        return Layer("bass", self._choose_program(BASS_PROGRAMS), notes)

    def _write_drums(self, velocity: float) -> Layer:
        """Kick on the bar, snare on the back beat, hats between; syncopation displaces them."""
        f, rng = self.factors, self.rng
        rows = []
        hat_step = 0.5 if f.density > 0.4 else 1.0
        for index in range(len(self.bars)):
            start = index * self.beats_per_bar
            for beat in np.arange(0, self.beats_per_bar, hat_step):
                drum = HAT if f.layers > 0.4 else SHAKER
                rows.append((start + beat, hat_step, drum, velocity - 10))
                if not np.isclose(beat % 1.0, 0.0):
                    continue
                drum = KICK if int(beat) % 2 == 0 else SNARE
                shift = rng.choice((0.25, 0.5, 0.75)) if rng.uniform() < f.syncopation / 2 else 0
                rows.append((start + beat + shift, 1.0, drum, velocity))
        notes = np.array(sorted(rows), dtype=float)
        notes[:, 3] = self._accent(notes[:, 0], velocity)
        return Layer("drums", DRUMS, notes)
