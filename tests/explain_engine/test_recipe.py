from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle

import pytest

from explain_engine import Recipe
from explain_engine.errors import ComponentError, EngineError, RecipeError


def make(**changes) -> Recipe:
    return Recipe(**{"model": "vibenet", "targets": ("valence",), **changes})


def test_json_loses_nothing():
    recipe = make(
        targets=("valence", "energy"),
        start=12.345678901234567,
        duration=2.1,
        seed=2**32 - 1,
        segmenter="grid",
        segmenter_parameters={"n_times": 3},
        explainer="random",
        n_samples=77,
        n_selected=3,
        selection="against",
        controls=("control_energy",),
    )

    again = Recipe.from_json(recipe.to_json())

    assert again == recipe
    assert again.digest() == recipe.digest()
    assert hash(again) == hash(recipe)
    assert pickle.loads(pickle.dumps(recipe)) == recipe


def test_digest_is_that_of_the_canonical_json():
    text = make().to_json()

    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text
    assert make().digest() == hashlib.sha256(text.encode()).hexdigest()


def test_defaults_written_out_are_the_same_recipe():
    written = make(segmenter_parameters={"n_components": 40, "scale": 25}, start=0)

    assert written.digest() == make().digest()
    assert written.segmenter_parameters["sigma"] == 0.8


@pytest.mark.parametrize(
    "change",
    [
        {"model": "other"},
        {"targets": ("energy",)},
        {"start": 0.1},
        {"duration": 9.0},
        {"seed": 1},
        {"segmenter": "grid"},
        {"segmenter_parameters": {"n_components": 39}},
        {"explainer": "random"},
        {"explainer_parameters": {"alpha": 0.5}},
        {"n_samples": 401},
        {"n_selected": 8},
        {"selection": "against"},
        {"controls": ()},
        {"n_fft": 4096},
        {"hop_length": 256},
        {"domain": "spectrogram"},
    ],
)
def test_every_choice_changes_the_digest(change):
    assert make(**change).digest() != make().digest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": ""}, "model must be the name of a model, got ''"),
        ({"targets": ()}, "targets must name at least one output of the model, got none"),
        ({"targets": "valence"}, "targets must be a list of names, got 'valence'"),
        ({"targets": ("a", "a")}, "targets must name each once, got a, a"),
        ({"targets": (1,)}, "targets must be a list of names, got 1 in it"),
        ({"start": -0.1}, r"start must be 0 or more s, got -0\.1"),
        ({"start": float("nan")}, "start must be a finite number, got nan"),
        ({"start": "0"}, "start must be a finite number, got '0'"),
        ({"duration": 1.9}, r"duration must be 2 to 30 s, got 1\.9"),
        ({"duration": 30.1}, r"duration must be 2 to 30 s, got 30\.1"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, got -1"),
        ({"seed": True}, "seed must be a whole number"),
        ({"n_samples": 15}, "n_samples must be a whole number from 16 to 8192, got 15"),
        ({"n_samples": 400.0}, "n_samples must be a whole number"),
        ({"n_selected": 0}, "n_selected must be a whole number from 1"),
        ({"selection": "both"}, "selection must be one of for, against, got 'both'"),
        ({"domain": "image"}, "domain must be one of audio, spectrogram, got 'image'"),
        ({"fill": "pink"}, "fill must be one of silence, mean, minimum, noise, got 'pink'"),
        ({"fill": "mean"}, "fill must be silence in domain audio, got 'mean'"),
        ({"reconstruction": "magic"}, "reconstruction must be one of stft_mask, .*, got 'magic'"),
        ({"reconstruction": "nnls"}, "must be stft_mask in domain audio, .*, got 'nnls'"),
        (
            {"domain": "spectrogram", "fill": "mean", "reconstruction": "pinv"},
            "reconstruction must be stft_mask with fill mean, got 'pinv'",
        ),
        (
            {"domain": "spectrogram", "n_fft": 4096},
            "must be left at 2048 and 512 in domain spectrogram, .*, got 4096 and 512",
        ),
        (
            {"domain": "spectrogram", "segmenter": "nmf"},
            "needs components that are patches of the picture, nmf finds sources",
        ),
        ({"controls": ("control_x",)}, "controls must be one of control_area, control_energy"),
        ({"n_fft": 1000}, "n_fft must be a multiple of hop_length, got 1000 and 512"),
        ({"n_fft": 1024}, "n_fft must be 4 times hop_length or more, got 1024 and 512"),
        ({"hop_length": 1}, "hop_length must be a whole number from 64"),
        ({"segmenter_parameters": [1]}, "segmenter_parameters must map names to values"),
    ],
)
def test_broken_rule_is_named_with_the_value(change, message):
    with pytest.raises(RecipeError, match=message):
        make(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"segmenter": "slices"},
        {"segmenter": "../recipe"},
        {"explainer": "shap"},
        {"segmenter_parameters": {"n": 3}},
        {"explainer_parameters": {"alpha": -1.0}},
    ],
)
def test_unknown_components_and_parameters_are_refused(change):
    with pytest.raises(ComponentError):
        make(**change)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "A recipe must be JSON, this text is not"),
        ("[1]", r"A recipe must be an object, got \[1\]"),
        ("{}", "A recipe must have model and targets, got none"),
        (
            '{"model": "m", "targets": ["t"], "samples": 3}',
            r"takes the keys model, .*, got samples",
        ),
        ('{"model": "m", "targets": ["t"], "start": NaN}', "start must be a finite number"),
    ],
)
def test_text_that_is_no_recipe_is_refused(text, message):
    with pytest.raises(EngineError, match=message):
        Recipe.from_json(text)


def test_recipe_cannot_be_changed_behind_its_digest():
    recipe = make()

    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.seed = 1
    with pytest.raises(TypeError):
        recipe.segmenter_parameters["scale"] = 1.0


def test_digest_of_an_older_recipe_stays():
    plain = Recipe(model="vibenet", targets=("valence",), n_samples=400)

    assert "stability" not in plain.to_dict()
    assert make(stability=None).digest() != make().digest() == make(stability=0.9).digest()
    assert plain.digest() == ("66075621e3e49344e5e47e221eb22166f750ea93eadd864eb756da424919765b")


def test_silences_older_name_is_the_same_recipe():
    older, newer = make(fill="zeros"), make(fill="silence")

    assert (older.fill, older) == ("silence", newer)
    assert newer.to_dict()["fill"] == "zeros"
    assert older.digest() == make().digest()


@pytest.mark.parametrize("domain", ["audio", "spectrogram"])
def test_json_keeps_domain_fill_and_reconstruction(domain):
    choices = {"fill": "noise"} if domain == "spectrogram" else {}
    for changes in (choices, {"reconstruction": "nnls"} if choices else {}):
        recipe = make(domain=domain, **changes)
        assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize("stability", [0.4, 1.0, True, "high"])
def test_stability_out_of_range_is_refused(stability):
    with pytest.raises(RecipeError, match="stability must be"):
        Recipe(model="vibenet", targets=("valence",), stability=stability)
