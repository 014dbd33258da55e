from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explain_engine.effects import (
    EffectsError,
    compute_effects,
    compute_model_effects,
    list_effects,
    summarise_effects,
)
from explain_engine.effects_figure import effects_svg, excerpt_effects_svg
from explain_engine.models import load_model
from explain_engine.models.base import LinearHead

# Two features, one emotion: 2 a - b + 1.
HEAD = LinearHead(("a", "b"), ("joy",), np.array([[2.0], [-1.0]]), np.array([1.0]))


def test_effect_is_weight_times_value():
    effects = compute_effects(np.array([0.5, 3.0]), HEAD)
    np.testing.assert_array_equal(effects.effects, [[1.0], [-3.0]])
    np.testing.assert_array_equal(effects.intercepts, [1.0])
    np.testing.assert_array_equal(effects.outputs, [-1.0])
    assert effects.centred is None


def test_centred_effect_is_weight_times_distance_from_the_mean():
    effects = compute_effects(np.array([0.5, 3.0]), HEAD, means=np.array([0.25, 4.0]))
    np.testing.assert_array_equal(effects.centred, [[0.5], [1.0]])


def test_centred_effects_differ_from_the_mean_output_by_their_sum():
    means = np.array([0.25, 4.0])
    effects = compute_effects(np.array([0.5, 3.0]), HEAD, means=means)
    mean_output = means @ HEAD.weights + HEAD.intercepts
    np.testing.assert_allclose(mean_output + effects.centred.sum(axis=0), effects.outputs)


def test_shipped_model_effects_and_intercept_add_up_to_its_output():
    model = load_model("a2mid2e")
    y = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 44_100)).astype(np.float32)
    for outputs in model.predict(y):
        named = dict(zip(model.targets, map(float, outputs), strict=True))
        effects = compute_model_effects(model, named)
        expected = [named[emotion] for emotion in effects.emotions]
        np.testing.assert_allclose(effects.outputs, expected, atol=1e-6, rtol=0)


def test_list_has_the_strongest_feature_first():
    rows = list_effects(compute_effects(np.array([0.5, 3.0]), HEAD))
    assert rows == [
        {
            "emotion": "joy",
            "output": -1.0,
            "intercept": 1.0,
            "effects": [
                {"feature": "b", "weight": -1.0, "value": 3.0, "effect": -3.0, "centred": None},
                {"feature": "a", "weight": 2.0, "value": 0.5, "effect": 1.0, "centred": None},
            ],
        }
    ]


def test_unknown_emotion_is_refused_with_a_sentence():
    with pytest.raises(EffectsError, match=r"must be one of joy, got 'awe'\."):
        list_effects(compute_effects(np.zeros(2), HEAD), ["awe"])


def test_boxes_have_tukeys_parts():
    values = np.column_stack(([0.0, 1.0, 2.0, 3.0, 100.0], np.zeros(5)))
    box = summarise_effects(values, HEAD)[0]
    assert (box.feature, box.emotion, box.n) == ("a", "joy", 5)
    assert (box.low_quartile, box.median, box.high_quartile) == (2.0, 4.0, 6.0)
    assert (box.low_whisker, box.high_whisker, box.n_outside) == (0.0, 6.0, 1)
    assert box.mean == pytest.approx(42.4)
    assert box.marked is None


def test_marked_example_may_be_a_row_or_features():
    values = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
    by_row = summarise_effects(values, HEAD, marked=2)
    assert [box.marked for box in by_row] == [4.0, -2.0]
    assert summarise_effects(values, HEAD, marked=np.array([2.0, 2.0])) == by_row


def test_centred_boxes_have_mean_zero():
    values = np.random.default_rng(0).normal(3, 1, (20, 2))
    for box in summarise_effects(values, HEAD, marked=0, is_centred=True):
        assert box.mean == pytest.approx(0.0, abs=1e-12)
        assert box.marked is not None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.zeros((3, 5)), r"values of 2 features for an example or more, got shape \(3, 5\)"),
        (np.zeros((0, 2)), r"got shape \(0, 2\)"),
        (np.full((2, 2), np.nan), "finite values, got NaN or infinity"),
    ],
)
def test_bad_values_are_refused_with_a_sentence(values, sentence):
    with pytest.raises(EffectsError, match=sentence):
        summarise_effects(values, HEAD)


def test_missing_row_is_refused_with_a_sentence():
    with pytest.raises(EffectsError, match="must be one of 3 examples, got 3"):
        summarise_effects(np.zeros((3, 2)), HEAD, marked=3)


def test_model_without_linear_head_is_refused_with_a_sentence():
    with pytest.raises(EffectsError, match=r"a linear layer .*vibenet has none\."):
        compute_model_effects(load_model("vibenet"), {})


def test_figure_draws_a_row_for_each_feature_and_the_mark():
    values = np.random.default_rng(0).normal(0, 1, (20, 2))
    svg = effects_svg(summarise_effects(values, HEAD, marked=np.array([1.0, 1.0])), "joy")
    assert svg.count('class="b-hollow"') == 2
    assert svg.count('class="b-blue"') == 1
    assert svg.count('class="b-red"') == 1
    assert "style" not in svg


def test_figure_refuses_an_unknown_emotion_with_a_sentence():
    with pytest.raises(EffectsError, match=r"must be one of joy, got 'awe'\."):
        effects_svg(summarise_effects(np.zeros((2, 2)), HEAD), "awe")


def test_excerpt_figure_has_a_bar_a_feature_and_boxes_where_there_is_a_reference():
    effects = compute_effects(np.array([0.5, 3.0]), HEAD, means=np.array([0.25, 4.0]))
    svg = excerpt_effects_svg(effects, "joy")
    assert (svg.count('class="b-blue"'), svg.count('class="b-red"')) == (1, 1)
    assert 'class="b-hollow"' not in svg
    assert "joy −1.00: effects (weight × value) and a constant of 1.00" in svg
    assert "(+0.50)" in svg
    reference = np.random.default_rng(0).normal(size=(20, 2))
    boxed = excerpt_effects_svg(replace(effects, reference=reference), "joy")
    assert boxed.count('class="b-hollow"') == 2
    assert "20 reference excerpts" in boxed


def test_notebook_shows_every_emotion():
    html = compute_effects(np.array([0.5, 3.0]), HEAD)._repr_html_()
    assert html.count("<svg") == 1
    assert "<script" not in html
