from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.training.measures import (
    MEASURES,
    RECIPES,
    Standard,
    _correlate_keys,
    _syncopation,
    measure,
    measure_chord_roughness,
    measure_periodicity,
    measure_timing_error,
)
from explain_engine.training.performance import perform
from explain_engine.training.planted import (
    NOISE_SHARE,
    SOURCES,
    WEIGHTS,
    plant_emotions,
    rate_features,
)
from explain_engine.training.rhythm import STEPS, metrical_weights
from tests.explain_engine.training.test_composer import STEADY, compose_with

FULL = np.array([100, 100])


def measure_with(monkeypatch, **changes):
    """Measures of the same seeds under changed factors, averaged over eight pieces."""
    values = []
    for seed in range(8):
        piece = compose_with(monkeypatch, replace(STEADY, **changes), seed)
        values.append(measure(piece, perform(piece, np.random.default_rng(seed))))
    return dict(zip(MEASURES, np.mean(values, axis=0), strict=True))


@pytest.mark.parametrize(
    ("factor", "low", "high", "name", "sign"),
    [
        ("prominence", 0.2, 0.95, "melody_share", 1),
        ("leaps", 0.0, 1.0, "melody_leap", 1),
        ("staccato", 0.0, 1.0, "gap_share", 1),
        ("syncopation", 0.0, 1.0, "syncopation", 1),
        ("variety", 0.0, 1.0, "interval_entropy", 1),
        ("layers", 0.1, 1.0, "n_rhythms", 1),
        ("looseness", 0.0, 1.0, "periodicity", -1),
        ("drift", 0.0, 1.0, "periodicity", -1),
        ("looseness", 0.0, 1.0, "timing_error", 1),
        ("drift", 0.0, 1.0, "timing_error", 1),
        ("dissonance", 0.0, 1.0, "roughness", 1),
        ("chromaticism", 0.0, 1.0, "key_clarity", -1),
        ("modulation", 0.0, 1.0, "key_clarity", -1),
        ("chromaticism", 0.0, 1.0, "local_clarity", -1),
        ("minorness", 0.1, 0.9, "minor_chords", 1),
        ("minorness", 0.1, 0.9, "minor_key", 1),
    ],
)
def test_measure_follows_its_factor(monkeypatch, factor, low, high, name, sign):
    less, more = (measure_with(monkeypatch, **{factor: value})[name] for value in (low, high))
    assert sign * (more - less) > 0


def test_semitone_is_rougher_than_a_fifth_and_a_fifth_than_a_lone_tone():
    semitone = measure_chord_roughness(np.array([60, 61]), FULL)
    fifth = measure_chord_roughness(np.array([60, 67]), FULL)
    lone = measure_chord_roughness(np.array([60]), FULL[:1])
    assert semitone > 2 * fifth > 2 * lone


def test_strictly_periodic_onsets_are_more_periodic_than_random_ones():
    periodic = measure_periodicity(np.arange(0, 10, 0.5), np.full(20, 90))
    chance = np.sort(np.random.default_rng(0).uniform(0, 10, 20))
    assert periodic > 0.85
    assert measure_periodicity(chance, np.full(20, 90)) < 0.4


def test_timing_error_is_that_of_the_best_steady_beat():
    beats = np.arange(20.0)
    error = np.where(np.arange(20) % 2 == 0, 0.1, -0.1)
    assert measure_timing_error(0.3 + 0.5 * beats, beats) == -2.0  # 10 ms and below
    assert measure_timing_error(0.3 + 0.5 * beats + error, beats) == pytest.approx(-1.0, abs=0.01)


def test_syncopation_counts_the_rise_to_the_place_held_over():
    weights = metrical_weights(4)
    on_beats = np.arange(0, 4) * STEPS
    off_beats = on_beats + STEPS // 2  # strength 2, held over beats of 3, 4 and 3
    assert _syncopation(on_beats, weights) == 0.0
    assert _syncopation(off_beats, weights) == pytest.approx((1 + 2 + 1) / 3)


def test_scale_of_c_fits_c_major_best():
    profile = np.bincount([0, 2, 4, 5, 7, 9, 11, 0, 7], minlength=12).astype(float)
    assert int(np.argmax(_correlate_keys(profile))) == 0


def test_every_feature_has_a_recipe_and_every_weight_a_source_or_is_zero():
    assert tuple(RECIPES) == FEATURES
    assert WEIGHTS.shape == (len(FEATURES), len(EMOTIONS))
    for row, feature in enumerate(FEATURES):
        for column, emotion in enumerate(EMOTIONS):
            assert (SOURCES[feature, emotion] == "-") == (WEIGHTS[row, column] == 0)


def test_features_have_the_stated_mean_and_spread():
    measures = np.random.default_rng(0).normal(3, 2, (500, len(MEASURES)))
    scores = Standard.fit(measures).score_features(measures)
    features = rate_features(scores, scores.mean(axis=0), scores.std(axis=0))
    np.testing.assert_allclose(features.mean(axis=0), 0.5, atol=0.01)
    np.testing.assert_allclose(features.std(axis=0), 0.15, atol=0.01)


def test_planted_emotions_are_linear_but_for_the_stated_noise():
    features = np.random.default_rng(0).normal(0.5, 0.15, (20_000, len(FEATURES)))
    emotions = plant_emotions(features, np.random.default_rng(1))
    design = np.column_stack((features, np.ones(len(features))))
    solution, residual, _, _ = np.linalg.lstsq(design, emotions, rcond=None)
    np.testing.assert_allclose(solution[:-1], WEIGHTS, atol=0.02)
    share = residual / len(features) / emotions.var(axis=0)
    np.testing.assert_allclose(share, NOISE_SHARE, atol=0.02)
