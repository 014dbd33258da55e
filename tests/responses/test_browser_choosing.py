"""Identify, pair and presence with open words in a real browser: mouse, keyboard alone, phone."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from evalsite.responses.models import Response, Trial
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import create_study, open_study
from tests.factories import make_explanation, make_recording, make_user
from tests.responses.browsing import (
    choose,
    enter,
    expect_unsaved,
    find_faults,
    focus,
    focus_field,
    hear,
    hear_by_keyboard,
    open_block,
    read_row,
    save,
    save_by_keyboard,
)
from tests.responses.listener import Listener, make_body
from tests.support.browser import find_violations

pytestmark = pytest.mark.django_db(transaction=True)

PLAIN = {"ask_familiarity": False, "conditions": ["kept", "control_area"]}
CLIP = {**PLAIN, "parameters": {"ask": "clip", "among": "conditions", "confidence": ["no", "yes"]}}
WORDS_FIRST = {
    **PLAIN,
    "parameters": {
        "open_words": "What do you hear?",
        "qualities": ["valence", "energy"],
        "confidence": [],
    },
}
SIDES = {"offer_tie": True, "strength": ["a little", "much"]}


def test_target_is_chosen_by_mouse(page, live_server):
    study = open_block("identify", **PLAIN)
    enter(page, live_server, study)

    expect_unsaved(page, "choose one")
    hear(page)
    choose(page, {"choice": "sad"})
    save(page)

    row = read_row(study)
    shown = [choice["name"] for choice in Trial.objects.get().snapshot["shown"]["choices"]]
    assert page.troubles == []
    assert (row["choice"], row["truth"], row["is_correct"]) == ("sad", "valence", False)
    assert (row["chance"], row["place"]) == (1 / 8, shown.index("sad") + 1)


def test_target_is_chosen_by_keyboard_alone(page, live_server):
    study = open_block("identify", parameters={"order": "fixed"}, **PLAIN)
    enter(page, live_server, study)
    page.keyboard.press("Space")

    focus_field(page, "choice")
    page.keyboard.press("2")
    page.keyboard.press("ArrowUp")
    save_by_keyboard(page)

    row = read_row(study)
    assert (row["choice"], row["is_correct"], row["place"]) == ("valence", True, 1)


def test_target_is_chosen_on_a_phone(phone, live_server):
    choices = ["rhythm_complexity", "tonal_stability", "valence"]
    study = open_block("identify", parameters={"choices": choices}, **PLAIN)
    enter(phone, live_server, study)

    hear(phone)
    phone.locator('label:has(input[value="rhythm_complexity"])').tap()
    faults = find_faults(phone)
    save(phone)

    assert faults == []
    assert read_row(study)["choice"] == "rhythm_complexity"


def test_clip_is_chosen_by_keyboard_alone(page, live_server):
    study = open_block("identify", **CLIP)
    enter(page, live_server, study)
    hear_by_keyboard(page, "AB")

    focus_field(page, "choice")
    page.keyboard.press("2")
    focus_field(page, "confidence")
    page.keyboard.press("1")
    assert find_violations(page) == []
    save_by_keyboard(page)

    row, key = read_row(study), Trial.objects.get().key
    assert (row["signal"], row["confidence"], row["chance"]) == ("B", 1, 0.5)
    assert row["choice"] == row["condition"] == key["conditions"]["B"]
    assert (row["truth"], row["is_correct"]) == ("kept", key["conditions"]["B"] == "kept")


def test_pair_is_compared_by_mouse(page, live_server):
    study = open_block("pair", parameters={"reference": "original"}, **with_original())
    enter(page, live_server, study)

    expect_unsaved(page, "choose A or B")
    hear(page)
    choose(page, {"choice": "B"})
    save(page)

    row, key = read_row(study), Trial.objects.get().key
    assert page.troubles == []
    assert row["condition"] == "kept vs control_area"
    assert (row["choice"], row["preferred"], row["outcome"]) == ("B", key["conditions"]["B"], 0)


def with_original() -> dict:
    return {**PLAIN, "conditions": ["original", "kept", "control_area"]}


def test_pair_is_compared_by_keyboard_alone(page, live_server):
    study = open_block("pair", parameters=SIDES, **PLAIN)
    enter(page, live_server, study)
    hear_by_keyboard(page, "AB")

    focus_field(page, "choice")
    page.keyboard.press("1")
    save_by_keyboard(page)

    assert Response.objects.get().answer == {"choice": "A2"}
    row, key = read_row(study), Trial.objects.get().key
    assert (row["choice"], row["strength"]) == ("A", 2)
    assert row["preferred"] == key["conditions"]["A"]


def test_pair_is_compared_on_a_phone(phone, live_server):
    study = open_block("pair", parameters=SIDES, **PLAIN)
    enter(phone, live_server, study)

    hear(phone)
    phone.locator('label:has(input[value="tie"])').tap()
    faults = find_faults(phone)
    save(phone)

    assert faults == []
    row = read_row(study)
    assert (row["choice"], row["is_tie"], row["outcome"]) == ("tie", True, 0.5)


def test_words_come_before_the_questions(page, live_server):
    study = open_block("presence", **WORDS_FIRST)
    enter(page, live_server, study)
    page.keyboard.press("Space")
    page.keyboard.press("3")
    go_on = page.get_by_role("button", name="On to the questions")

    expect(page.get_by_role("radio")).to_have_count(0)
    go_on.click(force=True)
    expect(page.get_by_role("radio")).to_have_count(0)
    focus_field(page, "words")
    page.keyboard.type("a slow tune")
    focus(page, "On to the questions")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What do you hear?")).not_to_be_editable()
    page.keyboard.press("2")
    focus_field(page, "ratings.energy")
    page.keyboard.press("0")
    save_by_keyboard(page)

    frame = ratings_frame(study)
    assert page.troubles == []
    names = ["quality", "value", "is_target", "words"]
    valence, energy = frame[names].to_dict("records")
    assert valence == {
        "quality": "valence",
        "value": 2,
        "is_target": True,
        "words": "a slow tune",
    }
    assert (energy["is_target"], energy["words"]) == (False, "a slow tune")


def test_words_come_first_on_a_phone(phone, live_server):
    study = open_block("presence", **WORDS_FIRST)
    enter(phone, live_server, study)

    hear(phone)
    phone.get_by_label("What do you hear?").fill("a beat")
    faults = find_faults(phone, ".go-on")
    phone.get_by_role("button", name="On to the questions").tap()
    for name, value in {"ratings.valence": "5", "ratings.energy": "cant_tell"}.items():
        phone.locator(f'label:has(input[name="{name}"][value="{value}"])').tap()
    faults += find_faults(phone, ".cell, .opt")
    save(phone)

    assert faults == []
    frame = ratings_frame(study)
    assert list(frame["words"]) == ["a beat", "a beat"]
    assert list(frame["value"].dropna()) == [5]
    assert list(frame["cant_tell"]) == [False, True]


def test_clips_of_several_recordings_do_not_go_in_step():
    owner = make_user()
    explanations = [
        make_explanation(make_recording(owner, f"Piece {target}"), target=target)
        for target in ("valence", "energy")
    ]
    parameters = {"ask": "clip", "among": "recordings"}
    block = {"trial_type": "identify", "parameters": parameters, "practice": False, **PLAIN}
    study = create_study(
        owner=owner, title="Two", explanations=explanations, overrides={"blocks": [block]}
    )
    listener = Listener(open_study(study=study)).pass_pages()

    trial = listener.open_trial()
    page = listener.client.get(reverse("trial", args=[trial["name"]])).content.decode()

    assert "data-apart" in page and "words-first" not in page
    assert listener.send(trial, make_body(trial)).status_code == 200
    assert listener.next()["step"] == "thanks"
    row = read_row(study)
    assert {row["choice"], row["truth"]} <= {"valence", "energy"}
    assert row["condition"] in PLAIN["conditions"] and row["chance"] == 0.5


@pytest.mark.parametrize("block", [("identify", CLIP), ("identify", PLAIN), ("pair", PLAIN)])
def test_untouched_trial_does_not_pass_by_http(block):
    trial_type, given = block
    listener = Listener(open_block(trial_type, **given)).pass_pages()
    trial = listener.open_trial()

    refused = listener.send(trial, make_body(trial, answer={}))

    assert refused.status_code == 400
    assert "choice" in refused.json()["error"]["fields"]
    assert not Response.objects.exists()
