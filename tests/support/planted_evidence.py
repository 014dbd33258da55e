"""Recordings in which it is known what makes the reference model say what it says.

A piece is rendered in two parts that add up: what is planted, and the rest. Where the planted part
has most of a sounding cell's power, there lies the evidence. A recording counts only if the model
hears `MIN_EFFECT` more of the target with the planted part than without; how well anybody explains
it plays no part in the choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch

from explain_engine import Audio
from explain_engine.models import load_model
from explain_engine.training.composer import Factors, Layer, Piece, compose
from explain_engine.training.performance import Performance, perform
from explain_engine.training.synthesis import PEAK, SR, Orchestra, find_soundfonts

MIN_EFFECT = 0.15  # one standard deviation of the ratings
SOUNDING = 0.05  # of the model's picture; below it a cell is silent
# Seconds from which two spans are drawn, two seconds long each.
SPAN_STARTS, SPAN_SECONDS = ((0.3, 2.8), (5.2, 7.7)), 2.0
STRINGS, GUITAR = 49, 24
STACCATO_PROGRAMS = (0, 11, 45, GUITAR)
PLAIN = Factors(
    tempo=0.4, loudness=0.5, register=0.5, prominence=0.4, leaps=0.1, staccato=0.1,
    syncopation=0.1, variety=0.1, density=0.4, layers=0.5, looseness=0.0, drift=0.0,
    dissonance=0.0, chromaticism=0.0, modulation=0.0, minorness=0.2,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Evidence:
    """A recording with planted evidence.

    Parameters
    ----------
    kind, seed
        What was made.
    target : str
        The feature that the planted part raises.
    effect : float
        What the model says with it less what it says without.
    audio : Audio
        Both parts together.
    picture : np.ndarray, shape=(n_bands, n_frames)
        What the model is given.
    truth : np.ndarray, shape=(n_bands, n_frames), bool
        Cells that the planted part makes sound.
    """

    kind: str
    seed: int
    target: str
    effect: float
    audio: Audio
    picture: np.ndarray
    truth: np.ndarray

    def score_cells(self, weights: np.ndarray, labels: np.ndarray) -> float:
        """Area under the ROC curve of the sounding cells, each with its part of its component's
        weight: a large component spreads its weight thin.
        """
        # slow import: scikit-learn
        from sklearn.metrics import roc_auc_score

        density = (weights / np.bincount(labels.ravel()))[labels]
        sounds = self.picture > SOUNDING
        return float(roc_auc_score(self.truth[sounds], density[sounds]))


def plant_cluster_spans(rng: np.random.Generator, factors: Factors, seed: int) -> Piece:
    """The chords' neighbours in two spans of time: dissonance."""
    piece = compose(rng, factors=factors)
    beat = 60 / piece.bpm
    starts = [rng.uniform(*bounds) for bounds in SPAN_STARTS]
    chords = next(layer for layer in piece.layers if layer.role == "chords")
    seconds = chords.notes[:, 0] * beat
    inside = np.any([(seconds >= s) & (seconds < s + SPAN_SECONDS) for s in starts], axis=0)
    above, below = chords.notes[inside].copy(), chords.notes[inside].copy()
    above[:, 2] += 1
    below[:, 2] -= 1
    notes = np.concatenate([above, below])
    notes[:, 3] = np.clip(notes[:, 3] + 12, 1, 127)
    return _add(piece, chords.program, notes[np.argsort(notes[:, 0], kind="stable")])


def plant_melody_band(rng: np.random.Generator, factors: Factors, seed: int) -> Piece:
    """The melody, a fifth higher, above everything else: melodiousness."""
    piece = compose(rng, factors=replace(factors, prominence=0.75, register=0.6))
    melody = next(layer for layer in piece.layers if layer.role == "melody")
    notes = melody.notes.copy()
    notes[:, 2] += 7
    others = tuple(layer for layer in piece.layers if layer.role != "melody")
    return _add(replace(piece, layers=others), melody.program, notes)


def plant_cluster_stem(rng: np.random.Generator, factors: Factors, seed: int) -> Piece:
    """Strings that hold three neighbouring tones throughout: dissonance."""
    piece = compose(rng, factors=factors)
    half = piece.beats_per_bar / 2
    rows = [
        (2 * half * index + k * half, half, 60 + bar.root % 12 + step, 80)
        for index, bar in enumerate(piece.bars)
        for k in range(2)
        for step in range(3)
    ]
    return _add(piece, STRINGS, np.array(rows, dtype=float))


def plant_staccato_stem(rng: np.random.Generator, factors: Factors, seed: int) -> Piece:
    """Short chord tones on all beats, or halves of them, over a legato: articulation."""
    quiet = replace(factors, staccato=0.0, layers=0.2, density=0.1, prominence=0.2)
    piece = compose(rng, factors=quiet)
    beat = 60 / piece.bpm
    rows = []
    for i, onset in enumerate(np.arange(0, 12 / beat, 0.5 if beat > 0.45 else 1.0)):
        bar = piece.bars[min(int(onset // piece.beats_per_bar), len(piece.bars) - 1)]
        for k in range(3):
            rows.append((onset, 0.12 / beat, 72 + bar.chord[(i + k) % 3] % 12 - 12 * k, 110))
    return _add(piece, STACCATO_PROGRAMS[seed % 4], np.array(rows, dtype=float))


Plant = Callable[[np.random.Generator, Factors, int], Piece]
KINDS: dict[str, tuple[str, Plant, float | None]] = {
    # kind: target, who plants it, longest planted note in seconds
    "dissonance in two spans": ("dissonance", plant_cluster_spans, None),
    "melody in a band": ("melodiousness", plant_melody_band, None),
    "dissonance in a stem": ("dissonance", plant_cluster_stem, None),
    "staccato in a stem": ("articulation", plant_staccato_stem, 0.08),
}


def make_evidence(kind: str, seed: int) -> Evidence:
    """Compose, render, ask the model with and without, and mark the cells."""
    target, plant, longest = KINDS[kind]
    rng = np.random.default_rng((seed, list(KINDS).index(kind)))
    tempo, register, density = rng.uniform(0.2, 0.7), rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.6)
    piece = plant(rng, replace(PLAIN, tempo=tempo, register=register, density=density), seed)
    played = perform(piece, np.random.default_rng((seed, 1)))
    is_planted = played.layers == len(piece.layers) - 1
    if longest is not None:
        ends = np.where(is_planted, np.minimum(played.ends, played.onsets + longest), played.ends)
        played = replace(played, ends=ends)
    planted, rest = (
        _open_orchestra().render(piece, _choose(played, notes))
        for notes in (is_planted, ~is_planted)
    )
    gain = np.float32(PEAK / np.abs(planted + rest).max())
    sounds = np.stack([planted + rest, rest, planted]) * gain
    model = load_model("a2mid2e", device="cpu", threads=1)
    pictures = np.asarray(model.front_end(torch.from_numpy(sounds)).numpy())
    outputs = model.predict(sounds)[:, model.targets.index(target)]
    truth = (pictures[2] > pictures[1]) & (pictures[0] > SOUNDING)
    return Evidence(
        kind, seed, target, float(outputs[0] - outputs[1]), Audio(sounds[0], SR), pictures[0], truth
    )


def find_evidence(kind: str, first_seed: int = 0) -> Iterator[Evidence]:
    """Recordings whose planted part matters to the model, one after the other."""
    seed = first_seed
    while True:
        evidence = make_evidence(kind, seed)
        if evidence.effect >= MIN_EFFECT:
            yield evidence
        seed += 1


def _add(piece: Piece, program: int, notes: np.ndarray) -> Piece:
    return replace(piece, layers=(*piece.layers, Layer("planted", program, notes)))


def _choose(played: Performance, notes: np.ndarray) -> Performance:
    return Performance(**{name: values[notes] for name, values in vars(played).items()})


@lru_cache(maxsize=1)
def _open_orchestra() -> Orchestra:
    return Orchestra(find_soundfonts()[0])
