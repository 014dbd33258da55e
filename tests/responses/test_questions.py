"""Questions before and after the trials, and the debriefing."""

from __future__ import annotations

import numpy as np
import pytest
from django.urls import reverse

from evalsite.responses.models import Sitting
from evalsite.responses.rehearsal import simulate_background
from tests.factories import make_open_study
from tests.responses.listener import Listener

pytestmark = [pytest.mark.database, pytest.mark.django_db]

INSTRUMENTS = [{"value": "piano", "label": "Piano"}, {"value": "voice", "label": "Voice"}]
ABOUT = [
    {"name": "hears", "label": "Do you hear well?", "choices": INSTRUMENTS[:2]},
    {"name": "plays", "label": "You play?", "kind": "choices", "choices": INSTRUMENTS},
    {"name": "age", "label": "Age?", "kind": "number", "low": 16, "high": 120, "bands": [16, 30]},
    {"name": "hours", "label": "Hours?", "kind": "number", "high": 24, "whole": False},
    {"name": "likes", "label": "I like it.", "kind": "scale", "points": 5, "required": False},
    {"name": "town", "label": "Town?", "kind": "text", "at_most": 10, "required": False},
    {"name": "remarks", "label": "Remarks?", "kind": "long_text", "when": "after"},
]
BEFORE = {"hears": "piano", "plays": ["piano", "voice"], "age": "44", "hours": "1.5", "town": " "}
STORED = {"hears": "piano", "plays": ["piano", "voice"], "age": 44, "hours": 1.5}
DEBRIEF = "Some clips were cut.\n\nThank you for <bearing> with them."


@pytest.fixture
def study():
    return make_open_study(
        about=ABOUT, groups=None, debrief=DEBRIEF, n_recordings=1, blocks=[{"practice": False}]
    )


def come_to_questions(study) -> Listener:
    return Listener(study).begin().agree()


def come_to_the_end(study) -> Listener:
    listener = come_to_questions(study)
    listener.client.post(reverse("about"), BEFORE)
    listener.client.post(reverse("instructions"))
    return listener.answer_all()


def test_answers_are_stored_in_their_kind(study):
    listener = come_to_the_end(study)
    assert listener.sitting.state == Sitting.State.AGREED
    assert listener.next()["step"] == "afterwards"

    listener.client.post(reverse("afterwards"), {"remarks": "Hm.\r\nNo e\u0301."})

    assert listener.sitting.background == {**STORED, "remarks": "Hm.\nNo \u00e9."}
    assert listener.sitting.state == Sitting.State.FINISHED


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hears": ""}, b"Choose one answer."),
        ({"hears": "tuba"}, b"tuba"),
        ({"plays": []}, b"Choose at least one answer."),
        ({"age": "15"}, b"greater than or equal to 16"),
        ({"age": "17.5"}, b"whole number"),
        ({"hours": "nan"}, b"Enter a number."),
        ({"likes": "6"}, b"Select a valid choice"),
        ({"town": "x" * 11}, b"at most 10 characters"),
    ],
)
def test_broken_answer_is_named_and_the_others_stay_filled_in(study, change, sentence):
    listener = come_to_questions(study)

    page = listener.client.post(reverse("about"), {**BEFORE, **change})

    assert sentence in page.content
    assert b'value="voice" checked' in page.content or "plays" in change
    assert listener.next()["step"] == "about"
    assert listener.sitting.background == {}


def test_program_learns_the_questions_and_its_answers_are_checked_alike(study):
    listener = come_to_questions(study)
    step = listener.next()

    listener.client.post(
        step["url"], simulate_background(step["questions"], np.random.default_rng(0))
    )

    assert [question["name"] for question in step["questions"]] == [q["name"] for q in ABOUT[:6]]
    assert listener.next()["step"] == "instructions"
    assert set(listener.sitting.background) == {q["name"] for q in ABOUT[:6]}


def test_last_questions_wait_for_the_last_answer(study):
    listener = come_to_questions(study)
    listener.client.post(reverse("about"), BEFORE)

    response = listener.client.post(reverse("afterwards"), {"remarks": "too soon"})

    assert response.url == reverse("instructions")
    assert "remarks" not in listener.sitting.background


def test_debriefing_comes_once_after_the_end_as_plain_text(study):
    listener = come_to_the_end(study)
    listener.client.post(reverse("afterwards"), {"remarks": "x"})

    assert listener.next()["step"] == "debrief"
    page = listener.client.get(reverse("debrief")).content
    assert b"<p>Some clips were cut.</p>" in page and b"&lt;bearing&gt;" in page
    assert listener.client.get(reverse("thanks")).url == reverse("debrief")
    listener.client.post(reverse("debrief"))
    assert listener.next()["step"] == "thanks"
    listener.client.post(reverse("debrief"))
    assert listener.sitting.steps.count("debrief") == 1


def test_debriefing_is_not_told_before_the_end(study):
    listener = come_to_questions(study)

    assert listener.client.get(reverse("debrief")).url == reverse("about")
    listener.client.post(reverse("debrief"))
    assert listener.sitting.steps == []
