"""Plays a score with tinysoundfont and the General MIDI soundfont inside the package pretty_midi.

Deterministic: the same score gives the same samples. No code of pretty_midi is imported.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np

from explain_engine.audio import Audio
from explain_engine.errors import EngineError
from explain_engine.rendering.score import Score

SOUNDFONT = "pretty_midi/TimGM6mb.sf2"
PEAK = 0.7
RELEASE_SECONDS = 0.6


def play(score: Score, sr: int) -> Audio:
    """Return the sound of a score, mono, peak 0.7, shape=(score.seconds * sr,).

    Raises
    ------
    EngineError
        If the player or the soundfont is not installed.
    """
    try:
        # optional dependency: tinysoundfont
        import tinysoundfont
    except ImportError as error:
        raise EngineError(
            "Rendering scores needs the package tinysoundfont, which is not installed "
            "(pip install --no-deps tinysoundfont)."
        ) from error
    synth = tinysoundfont.Synth(gain=-6, samplerate=sr)
    font = synth.sfload(str(_find_soundfont()), max_voices=512)
    for channel, voice in enumerate(score.voices):
        # Channel 10 (9 from zero) is for drums in General MIDI.
        synth.program_select(_channel(channel), font, 0, voice.program)
    y = _run_events(synth, _list_events(score, sr), round(score.seconds * sr))
    y = _fade_out(y, sr)
    peak = float(np.abs(y).max())
    return Audio((y * (PEAK / peak)).astype(np.float32), sr)


def _channel(index: int) -> int:
    return index if index < 9 else index + 1


def _list_events(score: Score, sr: int) -> list[tuple[int, int, int, int, int]]:
    """(sample, 0 off or 1 on, channel, key, velocity), offs before ons at the same sample."""
    events = []
    for index, voice in enumerate(score.voices):
        for note in voice.read():
            on = round(score.second_at(note.start) * sr)
            off = max(on + 1, round(score.second_at(note.start + note.length) * sr))
            events.append((on, 1, _channel(index), note.key, note.velocity))
            events.append((off, 0, _channel(index), note.key, 0))
    return sorted(events)


def _run_events(
    synth: object, events: list[tuple[int, int, int, int, int]], n_samples: int
) -> np.ndarray:
    at, parts = 0, []
    for sample, is_on, channel, key, velocity in [*events, (n_samples, 0, 0, 0, 0)]:
        until = min(sample, n_samples)
        if until > at:
            block = np.frombuffer(synth.generate(until - at), dtype=np.float32)  # type: ignore[attr-defined]
            parts.append(block.reshape(-1, 2).mean(axis=1))
            at = until
        if sample >= n_samples:
            break
        if is_on:
            synth.noteon(channel, key, velocity)  # type: ignore[attr-defined]
        else:
            synth.noteoff(channel, key)  # type: ignore[attr-defined]
    return np.concatenate(parts)


def _fade_out(y: np.ndarray, sr: int) -> np.ndarray:
    n = round(RELEASE_SECONDS * sr)
    faded = y.copy()
    faded[-n:] *= np.linspace(1.0, 0.0, n, dtype=np.float32) ** 2
    return faded


def _find_soundfont() -> Path:
    try:
        path = Path(str(distribution("pretty_midi").locate_file(SOUNDFONT)))
    except PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise EngineError(
            "Rendering scores needs the soundfont in the package pretty_midi, "
            "which is not installed (pip install pretty_midi)."
        )
    return path
