from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explain_engine.training import composer
from explain_engine.training.composer import DRUMS, HELD_OUT_PROGRAMS, SECONDS, Factors, compose
from explain_engine.training.harmony import choose_harmony
from explain_engine.training.performance import audible_ratios, perform
from explain_engine.training.rhythm import draw_pattern, metrical_weights

PLAIN = Factors(**dict.fromkeys(Factors.__dataclass_fields__, 0.5))
STEADY = replace(PLAIN, looseness=0.0, drift=0.0, dissonance=0.0, chromaticism=0.0, modulation=0.0)


def compose_with(monkeypatch, factors, seed=0):
    monkeypatch.setattr(composer.Factors, "draw", classmethod(lambda cls, rng: factors))
    return compose(np.random.default_rng(seed))


def test_same_seed_gives_the_same_piece():
    first, again, other = (compose(np.random.default_rng(seed)) for seed in (3, 3, 4))
    for a, b in zip(first.layers, again.layers, strict=True):
        np.testing.assert_array_equal(a.notes, b.notes)
    assert first.factors != other.factors


@pytest.mark.parametrize("seed", range(40))
def test_piece_fills_its_seconds_and_its_range(seed):
    piece = compose(np.random.default_rng(seed))
    assert len(piece.bars) * piece.beats_per_bar * 60 / piece.bpm > SECONDS
    assert piece.layers
    for layer in piece.layers:
        assert (np.diff(layer.notes[:, 0]) >= 0).all()
        assert (layer.notes[:, 1] > 0).all()
        assert layer.notes[:, 2].min() >= 20
        assert layer.notes[:, 2].max() <= 110
        assert layer.notes[:, 3].min() >= 1


@pytest.mark.parametrize("seed", range(10))
def test_held_out_instruments_stay_apart(seed):
    for is_held_out in (False, True):
        piece = compose(np.random.default_rng(seed), held_out_programs=is_held_out)
        for layer in piece.layers:
            if layer.program != DRUMS:
                assert (layer.program in HELD_OUT_PROGRAMS) == is_held_out


def test_steady_piece_is_played_on_the_grid(monkeypatch):
    piece = compose_with(monkeypatch, STEADY)
    performance = perform(piece, np.random.default_rng(0))
    np.testing.assert_allclose(
        performance.onsets, performance.beats * 60 / piece.bpm, atol=1e-9, rtol=0
    )


def test_looseness_moves_onsets(monkeypatch):
    piece = compose_with(monkeypatch, replace(STEADY, looseness=1.0))
    performance = perform(piece, np.random.default_rng(0))
    late = performance.onsets - performance.beats * 60 / piece.bpm
    assert 0.08 < late.std() < 0.16


def test_staccato_shortens_notes(monkeypatch):
    ratios = []
    for staccato in (0.0, 1.0):
        piece = compose_with(monkeypatch, replace(STEADY, staccato=staccato))
        performance = perform(piece, np.random.default_rng(0))
        ratios.append(audible_ratios(piece, performance).mean())
    assert ratios[0] > 0.7
    assert ratios[1] < 0.35


def test_minorness_chooses_key_and_chords():
    for minorness, is_minor in ((0.0, False), (1.0, True)):
        bars = choose_harmony(np.random.default_rng(0), 40, minorness, 0.0, 0.0, 0.0)
        assert {bar.is_minor_key for bar in bars} == {is_minor}
        assert np.mean([bar.is_minor_chord == is_minor for bar in bars]) > 0.6


def test_consonant_chords_are_triads_of_the_key():
    for bar in choose_harmony(np.random.default_rng(1), 30, 0.2, 0.0, 0.0, 0.0):
        assert set(bar.chord) <= set(bar.scale)
        assert bar.added == ()


def test_modulation_changes_the_tonic():
    keys = [
        len({bar.tonic for bar in choose_harmony(np.random.default_rng(0), 12, 0.5, m, 0, 0)})
        for m in (0.0, 1.0)
    ]
    assert keys[0] == 1
    assert keys[1] > 3


def test_syncopation_prefers_weak_places():
    weights = metrical_weights(4)
    strengths = [
        np.mean(
            [
                weights[
                    list(draw_pattern(np.random.default_rng(s), weights, 0.3, value, 0.0))
                ].mean()
                for s in range(30)
            ]
        )
        for value in (0.0, 1.0)
    ]
    assert strengths[0] > strengths[1] + 0.8
