"""One contract over every trial type."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.template.loader import get_template

from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types import make_trial_type, registry
from evalsite.studies.trial_types.presence import Presence

NAMES = registry.names()


@pytest.fixture(params=NAMES)
def trial_type(request):
    return make_trial_type(request.param, {})


def test_there_is_one():
    assert NAMES == ["presence"]


def test_parameters_survive_json(trial_type):
    plain = json.loads(json.dumps(trial_type.to_parameters()))

    assert type(trial_type).from_parameters(plain) == trial_type


def test_simulated_answers_pass_the_form_unchanged(trial_type):
    rng = np.random.default_rng(0)
    for _ in range(200):
        answer = json.loads(json.dumps(trial_type.simulate_answer(rng)))

        form = trial_type.answer_form(answer)

        assert form.errors == {}
        assert form.cleaned == answer


def test_simulation_follows_its_seed(trial_type):
    answers = [trial_type.simulate_answer(np.random.default_rng(3)) for _ in range(2)]

    assert answers[0] == answers[1]


def test_rows_have_exactly_the_declared_columns(trial_type):
    answer = trial_type.simulate_answer(np.random.default_rng(0))
    names = [column.name for column in trial_type.columns()]

    rows = trial_type.rows(answer)

    assert rows
    assert all(list(row) == names for row in rows)


def test_columns_say_what_they_mean(trial_type):
    for column in trial_type.columns():
        assert column.type and column.meaning and column.range


@pytest.mark.parametrize("answer", [None, [], "x", 3, {}, {"anything": 1}])
def test_form_refuses_what_is_no_answer(trial_type, answer):
    form = trial_type.answer_form(answer)

    assert not form.is_valid()
    assert all(sentence.endswith(".") for sentence in form.errors.values())


def test_template_exists(trial_type):
    assert get_template(trial_type.template)


def test_version_is_a_whole_number(trial_type):
    assert type(trial_type.version) is int and trial_type.version >= 1


def test_presence_without_cant_tell_refuses_it():
    presence = Presence(offer_cant_tell=False)
    answer = presence.simulate_answer(np.random.default_rng(0))
    answer["ratings"]["minorness"] = "cant_tell"

    assert list(presence.answer_form(answer).errors) == ["ratings.minorness"]


def test_presence_asks_only_what_its_parameters_say():
    presence = Presence.from_parameters({"confidence": [], "ask_familiarity": False})

    assert [column.name for column in presence.columns()] == ["quality", "value", "cant_tell"]
    answer = presence.simulate_answer(np.random.default_rng(0))
    assert list(answer) == ["ratings"]
    assert presence.answer_form({**answer, "confidence": 1}).errors


def test_presence_rows_hold_one_judgment_a_quality():
    presence = Presence.from_parameters({"qualities": ["minorness", "articulation"]})
    answer = {
        "ratings": {"minorness": 7, "articulation": "cant_tell"},
        "confidence": 2,
        "familiarity": "maybe",
    }

    rest = {"confidence": 2, "familiarity": "maybe"}
    assert presence.rows(answer) == [
        {"quality": "minorness", "value": 7, "cant_tell": False, **rest},
        {"quality": "articulation", "value": None, "cant_tell": True, **rest},
    ]


def test_unknown_trial_type_is_named():
    with pytest.raises(EarwitnessError, match="trial_type must be one of presence, got 'x'"):
        make_trial_type("x", {})
