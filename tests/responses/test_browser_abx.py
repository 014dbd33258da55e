"""ABX in a real browser: mouse, keyboard alone, phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from evalsite.responses.models import Response, Trial
from tests.responses.browsing import (
    choose,
    enter,
    expect_unsaved,
    find_faults,
    focus_field,
    hear,
    hear_by_keyboard,
    open_block,
    read_row,
    save,
    save_by_keyboard,
)
from tests.responses.listener import Listener, make_body

pytestmark = pytest.mark.django_db(transaction=True)

BLOCK = {"conditions": ["kept", "control_area"], "ask_familiarity": False}


def expect_row(study, choice: str) -> None:
    row = read_row(study)
    key = Trial.objects.get().key
    assert row["condition"] == "kept vs control_area"
    assert (row["choice"], row["x_is"]) == (choice, key["x"])
    assert row["is_correct"] == (choice == key["x"])
    assert [row["condition_a"], row["condition_b"]] == [key["conditions"][one] for one in "AB"]


def test_three_sounds_are_compared_by_mouse(page, live_server):
    study = open_block("abx", **BLOCK)
    enter(page, live_server, study)

    expect_unsaved(page, "say which one X is")
    hear(page)
    choose(page, {"choice": "B"})
    save(page)

    assert page.troubles == []
    expect_row(study, "B")


def test_three_sounds_are_compared_by_keyboard_alone(page, live_server):
    study = open_block("abx", parameters={"confidence": ["guess", "sure"]}, **BLOCK)
    enter(page, live_server, study)

    hear_by_keyboard(page, "ABX")
    focus_field(page, "choice")
    page.keyboard.press("1")
    focus_field(page, "confidence")
    page.keyboard.press("2")
    save_by_keyboard(page)

    assert Response.objects.get().answer == {"choice": "A", "confidence": 2}
    expect_row(study, "A")


def test_three_sounds_fit_a_phone(phone, live_server):
    study = open_block("abx", **BLOCK)
    enter(phone, live_server, study)

    hear(phone)
    phone.locator('label:has(input[name="choice"][value="A"])').tap()
    faults = find_faults(phone)
    save(phone)

    assert faults == []
    expect_row(study, "A")


def test_answer_before_all_three_were_heard_is_refused_by_http():
    listener = Listener(open_block("abx", **BLOCK)).pass_pages()
    trial = listener.open_trial()
    body = make_body(trial)
    body["heard"]["X"] = []

    refused = listener.send(trial, body)

    assert refused.status_code == 422
    assert not Response.objects.exists()


def test_same_sound_under_two_labels_has_two_addresses(page, live_server):
    study = open_block("abx", **BLOCK)
    listener = enter(page, live_server, study)
    urls = [signal["url"] for signal in listener.next()["trial"]["signals"]]

    tags = {listener.client.get(url).headers.get("ETag") for url in urls}

    assert len(set(urls)) == 3
    assert len(tags) in (1, 3) and (len(tags) == 3 or tags == {None})
    expect(page.locator(".signal")).to_have_count(3)
