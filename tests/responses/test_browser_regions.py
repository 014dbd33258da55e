"""Spans on the time line in a real browser: mouse, keyboard alone, phone; the picture beside."""

from __future__ import annotations

import struct

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from evalsite.responses.models import Response, Sitting
from tests.responses.browsing import (
    enter,
    expect_unsaved,
    find_faults,
    focus,
    hear,
    open_block,
    read_row,
    save,
    save_by_keyboard,
    tab_to,
)
from tests.responses.listener import Listener, make_body

pytestmark = pytest.mark.django_db(transaction=True)

BLOCK = {"conditions": ["kept", "control_area"], "ask_familiarity": False, "seconds": 2.0}
PICTURED = {"parameters": {"picture": "spectrogram", "max_spans": 2}}


def drag(page, first: float, last: float) -> None:
    """Over the track, from one share of its width to another."""
    page.locator(".marks-track").scroll_into_view_if_needed()
    box = page.locator(".marks-track").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + first * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + (first + last) / 2 * box["width"], y, steps=3)
    page.mouse.move(box["x"] + last * box["width"], y)
    page.mouse.up()


def read_spans() -> list[list[float]]:
    return Response.objects.get().answer["spans"]["marked"]


def test_spans_are_drawn_moved_and_removed_by_mouse(page, live_server):
    study = open_block("regions", **PICTURED, **BLOCK)
    enter(page, live_server, study)
    expect(page.locator(".marks-track img")).to_have_js_property("naturalWidth", 1200)

    expect_unsaved(page, "mark 1 more span or choose “Nowhere”")
    hear(page)
    drag(page, 0.1, 0.3)
    drag(page, 0.6, 0.8)
    expect(page.get_by_role("button", name="Begin a span here")).to_have_attribute(
        "aria-disabled", "true"
    )
    drag(page, 0.3, 0.4)
    page.get_by_role("button", name="Remove span 2").click()
    page.reload()
    expect(page.locator(".span-list li")).to_have_count(1)
    save(page)

    assert page.troubles == []
    row = read_row(study)
    assert (row["prompt"], row["span"], row["is_none"]) == ("marked", 1, False)
    assert row["condition"] in ("kept", "control_area")
    assert abs(row["start"] - 0.2) < 0.02 and abs(row["end"] - 0.8) < 0.02


def test_spans_are_set_by_keyboard_alone(page, live_server):
    study = open_block("regions", **BLOCK)
    enter(page, live_server, study)

    page.keyboard.press("m")
    expect_begun = page.get_by_role("button", name="End the span here")
    expect(expect_begun).to_be_visible()
    page.keyboard.press(" ")
    expect(page.locator("clip-player[complete]")).to_be_visible()
    page.keyboard.press("m")
    tab_to(page, lambda: "End of span 1" in page.evaluate("document.activeElement.ariaLabel ?? ''"))
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    save_by_keyboard(page)

    [[start, end]] = read_spans()
    assert start == 0
    # The shortest allowed, .2 s, and four steps of .05 s.
    assert abs(end - 0.4) < 0.011


def test_nowhere_is_an_answer(page, live_server):
    study = open_block("regions", **BLOCK)
    enter(page, live_server, study)

    page.keyboard.press(" ")
    expect(page.locator("clip-player[complete]")).to_be_visible()
    focus(page, "Begin a span here")
    page.keyboard.press("Tab")
    page.keyboard.press(" ")
    save_by_keyboard(page)

    row = read_row(study)
    assert (row["span"], row["is_none"]) == (0, True)


def test_spans_fit_a_phone(phone, live_server):
    study = open_block("regions", **PICTURED, **BLOCK)
    enter(phone, live_server, study)

    hear(phone)
    drag(phone, 0.2, 0.7)
    faults = find_faults(phone, ".opt, .marks button")
    sliders = phone.evaluate(
        "[...document.querySelectorAll('.marks .hslide')].map((one) => one.offsetHeight)"
    )
    save(phone)

    assert faults == []
    assert min(sliders) >= 43.5
    [[start, end]] = read_spans()
    assert abs(start - 0.4) < 0.02 and abs(end - 1.4) < 0.02


def test_unheard_and_unmarked_are_refused_by_http():
    listener = Listener(open_block("regions", **BLOCK)).pass_pages()
    trial = listener.open_trial()
    body = make_body(trial)

    assert listener.send(trial, {**body, "answer": {"spans": {}}}).status_code == 400
    assert listener.send(trial, {**body, "heard": {}}).status_code == 422
    assert not Response.objects.exists()


@pytest.mark.parametrize("picture", ["waveform", "spectrogram"])
def test_picture_is_one_in_all_conditions_and_for_this_sitting_only(picture):
    study = open_block("regions", **{**BLOCK, "parameters": {"picture": picture}})
    received = {}
    for _ in range(2):
        listener = Listener(study).begin()
        Sitting.objects.filter(pk=listener.sitting.pk).update(seed=1)
        trial = listener.go_on().open_trial()
        url = reverse("trial_picture", args=[trial["name"]])
        condition = listener.sitting.trials.get().item.condition
        received[condition] = listener.client.get(url).content
        assert Client().get(url).status_code == 403

    assert set(received) == {"kept", "control_area"}
    assert len(set(received.values())) == 1
    width, height = struct.unpack(">II", received["kept"][16:24])
    assert (width, height) == (1200, 160)
    assert b"tEXt" not in received["kept"]


def test_picture_of_a_trial_to_come_is_not_served():
    study = open_block("regions", n_recordings=2, **{**PICTURED, **BLOCK})
    listener = Listener(study).pass_pages()
    later = listener.sitting.trials.order_by("sequence").last()

    answer = listener.client.get(reverse("trial_picture", args=[later.name]))

    assert answer.status_code == 404


def test_blind_marks_have_no_picture():
    listener = Listener(open_block("regions", **BLOCK)).pass_pages()
    trial = listener.open_trial()

    answer = listener.client.get(reverse("trial_picture", args=[trial["name"]]))

    assert answer.status_code == 404
