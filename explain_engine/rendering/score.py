"""Scores as text: voices of notes with pitch, length, dynamics and articulation.

A voice is written as tokens separated by blanks, read from left to right:

===========  ======================================================================
``c4:1``     pitch (letter, ``#`` or ``b``, octave; c4 is middle C) and length in beats
``c4+e4:2``  a chord
``r:1.5``    a rest
``c4``       the length of the note before
``|``        a bar line, for the reader
``mf``       dynamics from here on: pp p mp mf f ff
``stacc``    articulation from here on: legato, tenuto, normal, stacc
===========  ======================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from explain_engine.errors import EngineError

DYNAMICS = {"pp": 36, "p": 50, "mp": 64, "mf": 78, "f": 96, "ff": 114}
# Share of its written length that a note sounds.
ARTICULATION = {"legato": 1.02, "tenuto": 0.96, "normal": 0.88, "stacc": 0.42}
_PITCH = re.compile(r"([a-g])(#|b)?(\d)")
_STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


@dataclass(frozen=True)
class Note:
    """A sounding note.

    Parameters
    ----------
    key : int
        MIDI key, 60 is middle C.
    start, length : float
        In beats.
    velocity : int
        1 to 127.
    """

    key: int
    start: float
    length: float
    velocity: int


@dataclass(frozen=True)
class Voice:
    """A line of music on one instrument.

    Parameters
    ----------
    program : int
        General MIDI programme, 0 to 127.
    text : str
        The notes, as the module describes.
    transpose : int
        Semitones added to every pitch.
    gain : float
        Factor on velocities, for balance.
    """

    program: int
    text: str
    transpose: int = 0
    gain: float = 1.0

    def read(self) -> list[Note]:
        """Return the notes.

        Raises
        ------
        EngineError
            If a token cannot be read.
        """
        return self._parse()[0]

    def count_beats(self) -> float:
        """Return the voice's length in beats, rests included."""
        return self._parse()[1]

    def _parse(self) -> tuple[list[Note], float]:
        notes: list[Note] = []
        beat, length, dynamic, share = 0.0, 1.0, DYNAMICS["mf"], ARTICULATION["normal"]
        for token in self.text.split():
            if token == "|":
                continue
            if token in DYNAMICS:
                dynamic = DYNAMICS[token]
            elif token in ARTICULATION:
                share = ARTICULATION[token]
            else:
                pitches, _, written = token.partition(":")
                length = float(written) if written else length
                if pitches != "r":
                    velocity = max(1, min(127, round(dynamic * self.gain)))
                    notes += [
                        Note(read_pitch(pitch) + self.transpose, beat, length * share, velocity)
                        for pitch in pitches.split("+")
                    ]
                beat += length
        return notes, beat


@dataclass(frozen=True)
class Score:
    """An excerpt of a piece.

    Parameters
    ----------
    name, title, composer : str
        What it is.
    character : str
        How it should sound, in a few words.
    tempo : tuple of (float, float)
        (beat, beats per minute) pairs; between them the tempo changes linearly over beats.
    voices : tuple of Voice
        The music.
    seconds : float
        Length of the excerpt.
    """

    name: str
    title: str
    composer: str
    character: str
    tempo: tuple[tuple[float, float], ...]
    voices: tuple[Voice, ...]
    seconds: float

    def second_at(self, beat: float) -> float:
        """Return the second at which a beat falls, integrating the tempo in steps of 1/16 beat."""
        seconds, at, step = 0.0, 0.0, 1 / 16
        while at < beat:
            here = min(step, beat - at)
            seconds += here * 60.0 / self._bpm(at + here / 2)
            at += here
        return seconds

    def _bpm(self, beat: float) -> float:
        before = self.tempo[0]
        for after in self.tempo:
            if after[0] > beat:
                span = after[0] - before[0]
                share = (beat - before[0]) / span if span else 0.0
                return before[1] + share * (after[1] - before[1])
            before = after
        return before[1]


def read_pitch(text: str) -> int:
    """Return the MIDI key of a pitch such as ``f#3``.

    Raises
    ------
    EngineError
        If it is none.
    """
    match = _PITCH.fullmatch(text)
    if match is None:
        raise EngineError(f"A pitch must be a letter, # or b, and an octave, got {text!r}.")
    letter, accidental, octave = match.groups()
    shift = {"#": 1, "b": -1, None: 0}[accidental]
    return 12 * (int(octave) + 1) + _STEPS[letter] + shift
