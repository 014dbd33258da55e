"""Questions about the person: each kind is read strictly and written as it was read."""

from __future__ import annotations

import pytest

from evalsite.common.errors import EarwitnessError
from evalsite.studies.person_questions import PersonQuestion
from evalsite.studies.protocol import read_protocol

CHOICES = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
KINDS = {
    "choice": {"choices": CHOICES},
    "choices": {"choices": CHOICES},
    "number": {"low": 18, "high": 99, "whole": True, "bands": [18, 30, 60]},
    "scale": {"points": 5, "labels": ["never", "always"]},
    "text": {"at_most": 50},
    "long_text": {"at_most": 4000},
}


def make_protocol(*about, groups=None):
    return read_protocol({"title": "t", "groups": groups, "about": list(about)})


def make_entry(of, **changes):
    return {"kind": of, "name": "asked", "label": "Asked?", **KINDS[of], **changes}


@pytest.mark.parametrize("kind", KINDS)
def test_question_is_written_as_it_was_read(kind):
    entry = make_entry(kind, help="Think.", required=False, when="after")

    protocol = make_protocol(entry)

    assert protocol.to_dict()["about"] == [entry]
    assert read_protocol(protocol.to_dict()) == protocol
    assert [question.name for question in protocol.ask("after")] == ["asked"]
    assert protocol.ask("before") == ()


def test_question_without_a_kind_is_a_choice_that_must_be_made_before_the_trials():
    [question] = make_protocol({"name": "asked", "label": "Asked?", "choices": CHOICES}).about

    assert (question.kind, question.required, question.when) == ("choice", True, "before")


@pytest.mark.parametrize(
    ("kind", "change", "sentence"),
    [
        ("choice", {"points": 3}, r"about\[0\] may hold name, .*, got 'points'"),
        ("choice", {"kind": "guess"}, r"about\[0\].kind must be one of choice, choices, number"),
        ("choice", {"when": "between"}, r"about\[0\].when must be one of before, after"),
        ("choice", {"choices": CHOICES[:1]}, r"about\[0\].choices must hold 2 to 50"),
        (
            "choices",
            {"choices": [CHOICES[0], {"value": "b;c", "label": "B"}]},
            r"about\[0\].choices\[1\].value must hold no semicolon",
        ),
        ("number", {"low": 99}, r"about\[0\].low must be below high, got 99 and 99"),
        ("number", {"high": 9.5}, r"about\[0\].high must be a whole number, got 9.5"),
        ("number", {"whole": False, "high": float("nan")}, r"about\[0\].high must be a number"),
        ("number", {"bands": [30, 18]}, r"about\[0\].bands must rise, got \[30, 18\]"),
        ("scale", {"points": 1}, r"about\[0\].points must be a whole number from 2 to 11"),
        ("scale", {"labels": ["a", "b", "c"]}, r"about\[0\].labels must name both ends or all 5"),
        ("text", {"at_most": 201}, r"about\[0\].at_most must be a whole number from 1 to 200"),
        ("text", {"required": "yes"}, r"about\[0\].required must be true or false"),
    ],
)
def test_broken_rule_of_a_question_is_named(kind, change, sentence):
    with pytest.raises(EarwitnessError, match=f"^{sentence}"):
        make_protocol(make_entry(kind, **change))


@pytest.mark.parametrize("change", [{"when": "after"}, {"required": False}, {"kind": "choices"}])
def test_group_follows_from_a_choice_that_everybody_makes_before_the_trials(change):
    groups = {"question": "asked", "values": ["a"]}
    make_protocol(make_entry("choice"), groups=groups)

    with pytest.raises(EarwitnessError, match=r"^groups.question must be .* \(none\), got 'asked'"):
        make_protocol(make_entry("choice", **change), groups=groups)


@pytest.mark.parametrize(
    ("value", "band"), [(17, "<18"), (18, "18-29"), (29, "18-29"), (59, "30-59"), (60, "60+")]
)
def test_number_falls_into_one_band(value, band):
    question = PersonQuestion("age", "Age?", kind="number", high=120, bands=(18, 30, 60))

    assert question.name_band(value) == band
