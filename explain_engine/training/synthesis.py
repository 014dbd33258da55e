"""Played notes to sound, by soundfonts that other packages carry.

Convention: mono float32 at `SR`, `SECONDS` long, peak `PEAK`.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np

from explain_engine.errors import EngineError
from explain_engine.training.composer import DRUMS, SECONDS, Piece
from explain_engine.training.performance import Performance

SR = 22050
PEAK = 0.7
BLOCK = 0.01  # s: notes start and end on this grid
FADE = 0.5  # s: how long the synthesiser lets voices fade that are cut off
# Soundfonts in packages of the Python package index: (distribution, path).
PACKAGED = (("pretty_midi", "pretty_midi/TimGM6mb.sf2"), ("scamp", "scamp/soundfonts/Merlin.sf2"))


class SoundfontError(EngineError):
    """A soundfont is missing or unreadable."""


def find_soundfonts() -> list[Path]:
    """Soundfonts of the installed packages that carry one.

    Returns
    -------
    list of pathlib.Path
        At least one.

    Raises
    ------
    SoundfontError
        When there is none.
    """
    found = []
    for package, path in PACKAGED:
        try:
            file = Path(str(distribution(package).locate_file(path)))
        except PackageNotFoundError:
            continue
        if file.is_file():
            found.append(file)
    if not found:
        raise SoundfontError(
            "Training on rendered music needs a soundfont: install pretty_midi, or name a file."
        )
    return found


class Orchestra:
    """All instruments of one soundfont.

    Parameters
    ----------
    path : pathlib.Path
        An sf2 or sf3 file with the General MIDI programs.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise SoundfontError(f"A soundfont must exist, got {path.name!r}.")
        self.path = path

    @cached_property
    def digest(self) -> str:
        """sha256 of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def play(self, piece: Piece, performance: Performance) -> np.ndarray:
        """Render a performance.

        Parameters
        ----------
        piece : Piece
            For its programs.
        performance : Performance
            The notes.

        Returns
        -------
        numpy.ndarray, shape=(n_samples,), float32
            `SECONDS` of mono sound, peak `PEAK`; the same for the same notes.
        """
        sound = self.render(piece, performance)
        peak = float(np.abs(sound).max())
        if peak < 1e-5:
            raise SoundfontError(f"The soundfont {self.path.name!r} must sound, it stays silent.")
        return sound * np.float32(PEAK / peak)

    def render(self, piece: Piece, performance: Performance) -> np.ndarray:
        """Render at the soundfont's own level, so that layers played apart add up to the piece."""
        synth, font = self._synth
        # What sounded before must not be heard in this piece.
        synth.sounds_off()
        synth.generate(round(FADE * SR))
        for index, layer in enumerate(piece.layers):
            channel = 9 if layer.program == DRUMS else index
            if layer.program == DRUMS:
                synth.program_select(channel, font, 128, 0, True)
            else:
                synth.program_select(channel, font, 0, layer.program)
        events = self._schedule(piece, performance)
        sound = np.zeros(round(SECONDS * SR), dtype=np.float32)
        position = 0
        for at_block in sorted(events):
            until = min(round(at_block * BLOCK * SR), len(sound))
            position = self._advance(synth, sound, position, until)
            for channel, pitch, velocity in events[at_block]:
                if velocity:
                    synth.noteon(channel, pitch, velocity)
                else:
                    synth.noteoff(channel, pitch)
        self._advance(synth, sound, position, len(sound))
        return sound

    @staticmethod
    def _schedule(piece: Piece, performance: Performance) -> dict[int, list[tuple[int, int, int]]]:
        """Block number to (channel, pitch, velocity); velocity 0 ends a note, ends come first."""
        starts: dict[int, list[tuple[int, int, int]]] = {}
        stops: dict[int, list[tuple[int, int, int]]] = {}
        columns = (
            performance.onsets, performance.ends, performance.pitches, performance.velocities,
            performance.layers,
        )  # fmt: skip
        for onset, end, pitch, velocity, layer in zip(*columns, strict=True):
            channel = 9 if piece.layers[layer].program == DRUMS else int(layer)
            first, last = round(onset / BLOCK), round(end / BLOCK)
            key = int(np.clip(pitch, 1, 127))
            starts.setdefault(first, []).append((channel, key, int(np.clip(velocity, 1, 127))))
            stops.setdefault(max(last, first + 2), []).append((channel, key, 0))
        return {at: stops.get(at, []) + starts.get(at, []) for at in starts.keys() | stops.keys()}

    @staticmethod
    def _advance(synth: Any, sound: np.ndarray, position: int, until: int) -> int:
        if until > position:
            raw = bytes(synth.generate(until - position))
            stereo = np.frombuffer(raw, np.float32).reshape(-1, 2)
            sound[position:until] = stereo.mean(axis=1)
        return max(position, until)

    @cached_property
    def _synth(self) -> tuple[Any, int]:
        # optional dependency: tinysoundfont
        try:
            import tinysoundfont
        except ImportError as error:
            raise SoundfontError(
                "Rendering needs the package tinysoundfont, which is not installed."
            ) from error
        synth = tinysoundfont.Synth(samplerate=SR)
        return synth, synth.sfload(str(self.path), max_voices=256)
