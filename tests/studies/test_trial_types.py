"""One contract over every trial type."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

from evalsite.common.errors import EarwitnessError
from evalsite.results.tables.frames import ABOUT_ANSWER, ABOUT_TRIAL
from evalsite.studies.blocks import read_block
from evalsite.studies.trial_types import make_trial_type, registry
from evalsite.studies.trial_types.base import Truth
from evalsite.studies.trial_types.presence import Presence
from tests.studies.trials import present_all

NAMES = registry.names()


@pytest.fixture(params=NAMES)
def trial_type(request):
    return make_trial_type(request.param, {})


@pytest.fixture(params=["items", "practice", "catch"])
def presented(request, trial_type):
    """All items of one sort as one listener gets them; there may be no catch trials."""
    return present_all(trial_type, what=request.param)


def simulate(trial_type, one, seed=0, skill=None):
    truth = Truth() if skill is None else Truth(one.key, skill)
    answer = trial_type.simulate_answer(np.random.default_rng(seed), one.shown, truth)
    return json.loads(json.dumps(answer))


def test_parameters_survive_json(trial_type):
    plain = json.loads(json.dumps(trial_type.to_parameters()))

    assert type(trial_type).from_parameters(plain) == trial_type


def test_public_parameters_make_a_trial_type(trial_type):
    plain = json.loads(json.dumps(trial_type.public_parameters()))

    assert type(trial_type).from_parameters(plain).public_parameters() == plain


def test_there_are_items_and_practice(trial_type):
    assert present_all(trial_type)
    assert present_all(trial_type, what="practice")


def test_items_and_their_order_follow_the_seed(trial_type):
    first, again = (present_all(trial_type, seed=5) for _ in range(2))

    assert [(one.shown, one.key) for one in first] == [(one.shown, one.key) for one in again]


def test_what_is_shown_and_hidden_survives_json(presented):
    for one in presented:
        assert json.loads(json.dumps([one.shown, one.key])) == [one.shown, one.key]
        labels = one.shown["labels"]
        assert len(set(labels)) == len(labels) >= len(one.plan.signals)


def test_what_is_shown_holds_no_condition(presented):
    for one in presented:
        words = json.dumps(one.shown).split('"')
        assert not {"kept", "removed", "original", "control_area"} & set(words)


def test_simulated_answers_pass_the_form_unchanged(trial_type, presented):
    for one in presented:
        for seed in range(10):
            for skill in (None, 0.0, 1.0):
                answer = simulate(trial_type, one, seed, skill)

                form = trial_type.answer_form(answer, one.shown)

                assert form.errors == {}
                assert form.cleaned == answer
                assert set(trial_type.must_hear(one.shown, answer)) <= set(one.shown["labels"])


def test_simulation_follows_its_seed(trial_type, presented):
    for one in presented:
        assert simulate(trial_type, one, 3) == simulate(trial_type, one, 3)


def test_rows_have_exactly_the_declared_columns(trial_type, presented):
    names = [column.name for column in trial_type.columns()]
    for one in presented:
        rows = trial_type.rows(simulate(trial_type, one), one.shown, one.key)

        assert rows
        for row in rows:
            assert [name for name in row if name != "signal"] == names
            assert row.get("signal", one.shown["labels"][0]) in one.shown["labels"]


def test_catch_trials_tell_the_attentive_from_others(trial_type):
    for one in present_all(trial_type, what="catch"):
        passed = {
            skill: [
                trial_type.passes_catch(simulate(trial_type, one, seed, skill), one.shown, one.key)
                for seed in range(40)
            ]
            for skill in (0.0, 1.0)
        }
        assert all(passed[1.0])
        assert not all(passed[0.0])


def test_feedback_is_a_sentence_or_nothing(trial_type, presented):
    for one in presented:
        told = trial_type.feedback(simulate(trial_type, one), one.shown, one.key)
        assert told is None or (told["message"] and told["is_correct"] in (True, False, None))


def test_columns_say_what_they_mean(trial_type):
    for column in trial_type.columns():
        assert column.type and column.meaning and column.range


def test_columns_take_no_name_of_the_core(trial_type):
    taken = {column.name for column in (*ABOUT_TRIAL, *ABOUT_ANSWER)}
    assert not taken & {column.name for column in trial_type.columns()}


@pytest.mark.parametrize("answer", [None, [], "x", 3, {}, {"anything": 1}])
def test_form_refuses_what_is_no_answer(trial_type, answer):
    form = trial_type.answer_form(answer, present_all(trial_type)[0].shown)

    assert not form.is_valid()
    assert all(sentence.endswith(".") for sentence in form.errors.values())


def test_template_and_script_exist(trial_type):
    assert get_template(trial_type.template)
    assert not trial_type.script or finders.find(trial_type.script)


def test_version_is_a_whole_number(trial_type):
    assert type(trial_type.version) is int and trial_type.version >= 1


def test_presence_without_cant_tell_refuses_it():
    presence = Presence(offer_cant_tell=False)
    [one, *_] = present_all(presence)
    answer = simulate(presence, one)
    answer["ratings"]["minorness"] = "cant_tell"

    assert list(presence.answer_form(answer, one.shown).errors) == ["ratings.minorness"]


def test_presence_asks_only_what_its_parameters_say():
    presence = Presence.from_parameters({"confidence": []})
    [one, *_] = present_all(presence)

    assert [column.name for column in presence.columns()] == [
        "quality",
        "value",
        "cant_tell",
        "is_target",
    ]
    answer = simulate(presence, one)
    assert list(answer) == ["ratings"]
    assert presence.answer_form({**answer, "confidence": 1}, one.shown).errors


def test_presence_rows_hold_one_judgment_a_quality():
    presence = Presence.from_parameters({"qualities": ["minorness", "articulation"]})
    answer = {
        "ratings": {"minorness": 7, "articulation": "cant_tell"},
        "confidence": 2,
    }

    rest = {"confidence": 2}
    told = {"quality": "minorness", "value": 7, "cant_tell": False}
    lost = {"quality": "articulation", "value": None, "cant_tell": True}
    assert presence.rows(answer, {}, {"target": "minorness"}) == [
        {**told, "is_target": True, **rest},
        {**lost, "is_target": False, **rest},
    ]
    # Items of studies from before this was kept.
    assert [row["is_target"] for row in presence.rows(answer, {}, {})] == [None, None]


def test_presence_asks_for_words_first_if_told_to():
    presence = Presence.from_parameters({"open_words": "What do you hear?", "confidence": []})
    [one, *_] = present_all(presence)
    answer = {**simulate(presence, one), "words": "  a te\u0301st  "}

    form = presence.answer_form(answer, one.shown)
    rows = presence.rows(form.cleaned, one.shown, one.key)

    assert presence.columns()[-1].name == "words"
    assert {row["words"] for row in rows} == {"a t\u00e9st"}
    for words in ("  ", None, 3, "x" * 1001):
        errors = presence.answer_form({**answer, "words": words}, one.shown).errors
        assert list(errors) == ["words"]


def test_examples_in_the_manual_are_read():
    manual = (settings.BASE_DIR / "docs" / "studies.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(trial_type: .*?)```", manual, re.DOTALL)

    blocks = [read_block(yaml.safe_load(example)) for example in examples]

    assert {block.trial_type for block in blocks} >= {"presence", "identify", "pair", "text"}


def test_unknown_trial_type_is_named():
    with pytest.raises(EarwitnessError, match=r"trial_type must be one of .*presence.*, got 'x'"):
        make_trial_type("x", {})
