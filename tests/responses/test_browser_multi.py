"""Several sounds on one scale in a real browser: mouse, keyboard alone, phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from evalsite.responses.models import Response, Trial
from evalsite.results.tables.frames import ratings_frame
from tests.responses.browsing import (
    enter,
    expect_unsaved,
    find_faults,
    focus,
    hear,
    open_block,
    save,
    tab_to,
    wait_for_end,
)
from tests.responses.listener import Listener, make_body
from tests.support.browser import find_violations, measure_overflow

pytestmark = pytest.mark.django_db(transaction=True)

BESIDE = {
    "parameters": {"reference": "original", "anchors": [3500]},
    "conditions": ["original", "control_area"],
    "ask_familiarity": False,
}


def open_board(**block):
    return open_block("multi_stimulus", **{**BESIDE, **block})


def read_scores(study) -> dict[str, tuple]:
    """By label: score, condition, what it was."""
    frame = ratings_frame(study)
    names = ["value", "condition", "is_hidden_reference", "anchor_hz"]
    rows = frame.astype({"anchor_hz": object}).where(frame.notna(), None)
    return {row["signal"]: tuple(row[name] for name in names) for row in rows.to_dict("records")}


def expect_scores(study, scores: dict[str, int]) -> None:
    """What is recorded equals what was done, about the sounds that had these letters."""
    conditions = Trial.objects.get(response__isnull=False).key["conditions"]
    assert read_scores(study) == {
        label: (
            score,
            conditions[label],
            conditions[label] == "original",
            3500 if conditions[label] == "anchor_3k5" else None,
        )
        for label, score in scores.items()
    }


def test_scores_are_set_by_mouse_each_while_it_plays(page, live_server):
    study = open_board()
    enter(page, live_server, study)
    first, second, third = (page.get_by_role("slider", name=f"Score of {one}") for one in "ABC")

    expect_unsaved(page, "hear R, A, B, and C, rate A, B, and C")
    for one in (first, second, third):
        expect(one).to_be_disabled()
        expect(one).to_have_attribute("aria-valuetext", "not set")
    hear(page)
    expect(third).to_be_enabled()
    expect(first).to_be_disabled()
    # In the middle, where an invisible thumb lies: the press alone sets it.
    third.click()
    expect(third).to_have_attribute("aria-valuetext", "50, Fair")
    expect_unsaved(page, "rate A and B")
    expect(page.locator('[data-column="A"] button')).to_be_focused()
    page.locator('.play[data-signal="A"]').click()
    first.fill("83")
    page.locator('.play[data-signal="B"]').click()
    expect(first).to_be_disabled()
    second.fill("7")
    page.reload()
    expect(page.locator("clip-player[ready]")).to_be_visible()
    expect(second).to_have_attribute("aria-valuetext", "7, Bad")
    save(page)

    assert page.troubles == []
    expect_scores(study, {"A": 83, "B": 7, "C": 50})
    assert Response.objects.get().n_plays.keys() == {"R", "A", "B", "C"}


def test_scores_are_set_by_keyboard_alone(page, live_server):
    study = open_board()
    enter(page, live_server, study)

    page.keyboard.press("r")
    wait_for_end(page, "R")
    for label, keys in {"a": ["PageUp", "ArrowUp"], "b": ["Home"], "c": ["ArrowDown"]}.items():
        page.keyboard.press(label)
        slider = page.get_by_role("slider", name=f"Score of {label.upper()}")
        expect(slider).to_be_focused()
        for key in keys:
            page.keyboard.press(key)
        wait_for_end(page, label.upper())
    # The same by buttons: Tab goes from a button to its slider.
    page.get_by_role("button", name="Play A").focus()
    page.keyboard.press("Enter")
    expect(page.locator('[data-column="A"].on')).to_be_visible()
    expect(page.get_by_role("button", name="Play A")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    tab_to(page, lambda: page.evaluate("document.activeElement.textContent") == "Save and continue")
    focus(page, "Save and continue")
    url = page.url
    page.keyboard.press("Enter")
    page.wait_for_url(lambda now: now != url)

    expect_scores(study, {"A": 62, "B": 0, "C": 49})


def test_scores_are_set_on_a_phone(phone, live_server):
    study = open_board()
    enter(phone, live_server, study)
    scores = {}

    phone.locator('.play[data-signal="R"]').tap()
    wait_for_end(phone, "R")
    for label in "ABC":
        phone.locator(f'.play[data-signal="{label}"]').tap()
        slider = phone.get_by_role("slider", name=f"Score of {label}")
        slider.tap(position={"x": 40 if label == "A" else 90, "y": 24})
        wait_for_end(phone, label)
        scores[label] = int(slider.input_value())
    faults = find_faults(phone, ".fader")
    save(phone)

    assert faults == []
    assert 0 < scores["A"] < scores["B"] == scores["C"] < 100
    expect_scores(study, scores)


def test_board_has_no_violation_while_it_plays(page, live_server):
    parameters = {**BESIDE["parameters"], "only_playing": False}
    enter(page, live_server, open_board(seconds=3.0, parameters=parameters))
    first = page.get_by_role("slider", name="Score of A")
    expect(first).to_be_enabled()
    page.keyboard.press("b")
    expect(page.locator('[data-column="B"].on')).to_be_visible()
    page.keyboard.press("ArrowUp")

    expect(page.get_by_role("slider", name="Score of B")).to_have_attribute(
        "aria-valuetext", "51, Fair"
    )
    expect(first).to_be_enabled()
    assert page.locator(".track .wave path").get_attribute("d").startswith("M0 ")
    assert find_violations(page) == []
    assert measure_overflow(page) == 0


def test_unset_or_unheard_sounds_do_not_pass_by_http():
    listener = Listener(open_board()).pass_pages()
    trial = listener.open_trial()
    body = make_body(trial)
    ratings = body["answer"]["ratings"]
    some = {label: score for label, score in ratings.items() if label != "B"}
    unheard = {label: spans for label, spans in body["heard"].items() if label != "R"}

    refused = listener.send(trial, {**body, "answer": {"ratings": some}})
    assert refused.status_code == 400
    assert list(refused.json()["error"]["fields"]) == ["ratings.B"]
    assert listener.send(trial, {**body, "heard": unheard}).status_code == 422
    assert not Response.objects.exists()
    assert listener.send(trial, body).status_code == 200
