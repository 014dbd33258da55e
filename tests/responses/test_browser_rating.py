"""Ratings and open words in a real browser: mouse, keyboard alone, phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from evalsite.responses.models import Response
from evalsite.results.tables.frames import ratings_frame
from tests.responses.browsing import (
    choose,
    enter,
    expect_unsaved,
    find_faults,
    focus_field,
    hear,
    open_block,
    save,
    save_by_keyboard,
)
from tests.responses.listener import Listener, make_body

pytestmark = pytest.mark.django_db(transaction=True)

TWO = {"qualities": ["energy", "tension"], "scale": "slider"}


def read_rows(study, *columns: str) -> list[tuple]:
    frame = ratings_frame(study)
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_sliders_have_no_value_until_they_are_set(page, live_server):
    study = open_block("rating", parameters=TWO)
    enter(page, live_server, study)
    energy = page.get_by_role("slider", name="Energy")

    expect(energy).to_have_attribute("aria-valuetext", "not set")
    hear(page)
    choose(page, {"familiarity": "no"})
    expect_unsaved(page, "set 2 more sliders")
    # A press in the middle, where the thumb would lie, sets it there.
    energy.click()
    expect(energy).to_have_attribute("aria-valuetext", "50")
    page.get_by_role("slider", name="Tension").fill("83")
    save(page)

    assert page.troubles == []
    assert read_rows(study, "quality", "value") == [("energy", 50), ("tension", 83)]


def test_sliders_are_set_by_keyboard_alone(page, live_server):
    study = open_block("rating", parameters=TWO)
    enter(page, live_server, study)
    page.keyboard.press("Space")

    focus_field(page, "ratings.energy")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowRight")
    focus_field(page, "ratings.tension")
    page.keyboard.press("Home")
    focus_field(page, "familiarity")
    page.keyboard.press("1")
    save_by_keyboard(page)

    assert read_rows(study, "quality", "value", "familiarity") == [
        ("energy", 61, "no"),
        ("tension", 0, "no"),
    ]


def test_labelled_steps_fit_a_phone(phone, live_server):
    labels = ["not at all", "a little", "rather", "very"]
    parameters = {"qualities": ["happy", "sad"], "points": 4, "point_labels": labels}
    study = open_block("rating", parameters=parameters)
    enter(phone, live_server, study)

    hear(phone)
    phone.locator('label:has(input[name="ratings.happy"][value="4"])').tap()
    phone.locator('label:has(input[name="ratings.sad"][value="1"])').tap()
    phone.locator('label:has(input[name="familiarity"][value="maybe"])').tap()
    faults = find_faults(phone, ".cell, .opt")
    save(phone)

    assert faults == []
    assert read_rows(study, "quality", "value") == [("happy", 4), ("sad", 1)]


def test_words_are_kept_as_they_were_written(page, live_server):
    study = open_block("text", ask_familiarity=False)
    enter(page, live_server, study)
    words = "  bass & drums +50 % “Klänge” =1+1  "

    hear(page)
    expect_unsaved(page, "write what you hear")
    page.get_by_label("What do you hear?").fill(words)
    save(page)

    assert read_rows(study, "prompt", "text") == [("words", words.strip())]


def test_words_are_written_by_keyboard_alone(page, live_server):
    prompts = [
        {"name": "words", "label": "What do you hear?", "at_least": 5},
        {"name": "more", "label": "Anything else?", "at_least": 0},
    ]
    study = open_block("text", parameters={"prompts": prompts}, ask_familiarity=False)
    enter(page, live_server, study)
    page.keyboard.press("Space")

    focus_field(page, "words.words")
    page.keyboard.type("a b")
    expect(page.locator("#todo")).to_contain_text("write 5 characters or more")
    page.keyboard.type(" c d")
    save_by_keyboard(page)

    assert read_rows(study, "prompt", "text") == [("words", "a b c d"), ("more", "")]


def test_words_fit_a_phone(phone, live_server):
    study = open_block("text", ask_familiarity=False)
    enter(phone, live_server, study)

    hear(phone)
    phone.get_by_label("What do you hear?").fill("a tune")
    faults = find_faults(phone)
    save(phone)

    assert faults == []
    assert read_rows(study, "text") == [("a tune",)]


@pytest.mark.parametrize(
    ("trial_type", "answer", "field"),
    [
        ("rating", {"ratings": {}}, "ratings.melodiousness"),
        ("text", {"words": {"words": " "}}, "words.words"),
    ],
)
def test_untouched_trial_does_not_pass_by_http(trial_type, answer, field):
    listener = Listener(open_block(trial_type, ask_familiarity=False)).pass_pages()
    trial = listener.open_trial()

    refused = listener.send(trial, make_body(trial, answer=answer))
    assert refused.status_code == 400
    assert list(refused.json()["error"]["fields"]) == [field]
    assert not Response.objects.exists()
