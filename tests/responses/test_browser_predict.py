"""Foretelling the model in a real browser: learning with its answer, then the test without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from evalsite.responses.models import Response, Trial
from evalsite.studies.services import create_study, open_study
from tests.factories import make_explanation, make_recording, make_user
from tests.responses.browsing import (
    choose,
    enter,
    expect_unsaved,
    find_faults,
    focus_field,
    hear,
    hear_by_keyboard,
    read_row,
    save,
    save_by_keyboard,
)
from tests.responses.listener import Listener, make_body
from tests.support.browser import find_violations, measure_overflow

pytestmark = pytest.mark.django_db(transaction=True)


def open_foretelling(*, training: int = 1, n_recordings: int = 2, **parameters):
    """Sources of outputs 0.13, 1.13, … whose removed clip gives more."""
    owner = make_user("hidden-owner")
    explanations = [
        make_explanation(make_recording(owner), seconds=1.0) for _ in range(n_recordings)
    ]
    for number, explanation in enumerate(explanations):
        for kind, change in (("original", 0.0), ("removed", 0.5)):
            explanation.clips.filter(kind=kind).update(
                facts={"output_after_alignment": {"valence": number + 0.13 + change}}
            )
    is_change = parameters.get("mode") == "counterfactual"
    block = {
        "trial_type": "predict_model",
        "conditions": ["removed", "control_area"] if is_change else ["kept", "control_area"],
        "practice": False,
        "training": training,
        "ask_familiarity": False,
        "parameters": parameters,
    }
    study = create_study(
        owner=owner, title="Foretold", explanations=explanations, overrides={"blocks": [block]}
    )
    return open_study(study=study)


def read_answers() -> list[tuple[bool, str]]:
    found = Response.objects.order_by("trial__sequence")
    return [(one.trial.is_practice, one.answer["choice"]) for one in found]


def test_output_is_told_in_learning_only_by_mouse(page, live_server):
    study = open_foretelling()
    enter(page, live_server, study)

    expect_unsaved(page, "say what the model will say")
    hear(page)
    choose(page, {"choice": "high"})
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator(".feedback")).to_contain_text(re.compile(r"The model says: (High|Low)\."))
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("clip-player[ready]")).to_be_visible()
    hear(page)
    choose(page, {"choice": "low"})
    save(page)

    assert page.troubles == []
    assert read_answers() == [(True, "high"), (False, "low")]
    row = read_row(study)
    key = Trial.objects.get(is_practice=False).key
    assert (row["phase"], row["mode"], row["explained"]) == ("test", "forward", True)
    assert (row["choice"], row["truth"]) == ("low", key["sought"])
    assert row["is_correct"] == (key["sought"] == "low")
    assert row["output"] == pytest.approx({"low": 0.13, "high": 1.13}[key["sought"]])


def test_output_is_foretold_by_keyboard_alone(page, live_server):
    study = open_foretelling(training=0, n_recordings=1, confidence=["guess", "sure"])
    enter(page, live_server, study)

    hear_by_keyboard(page, "RE")
    focus_field(page, "choice")
    page.keyboard.press("2")
    focus_field(page, "confidence")
    page.keyboard.press("1")
    save_by_keyboard(page)

    assert Response.objects.get().answer == {"choice": "high", "confidence": 1}


def test_change_is_foretold_on_a_phone(phone, live_server):
    study = open_foretelling(
        mode="counterfactual", training=0, n_recordings=1, explain="never", same_within=0.01
    )
    enter(phone, live_server, study)

    hear(phone)
    phone.locator('label:has(input[value="up"])').tap()
    faults = find_faults(phone)
    save(phone)

    assert faults == []
    row = read_row(study)
    assert (row["choice"], row["explained"]) == ("up", False)
    assert row["truth"] in ("up", "down")


def test_wide_page_has_no_violation(page, live_server):
    enter(page, live_server, open_foretelling(training=0))

    assert find_violations(page) == []
    assert measure_overflow(page) == 0


def test_no_page_of_the_test_tells_an_output():
    listener = Listener(open_foretelling()).pass_pages()
    received = {}
    while listener.next()["step"] == "trial":
        trial = listener.open_trial()
        answers = [listener.client.get(url) for url in ("/sitting/next/", listener.next()["url"])]
        answers.append(listener.send(trial, make_body(trial)))
        received[trial["is_practice"]] = b"".join(answer.content for answer in answers)

    outputs = re.compile(rb"[01]\.13")
    assert outputs.search(received[True])
    assert not outputs.search(received[False])
    for word in (b"sought", b"phase", b"The model says", b"hidden-owner"):
        assert word not in received[False]


def test_unheard_explanation_is_refused_by_http():
    listener = Listener(open_foretelling(training=0)).pass_pages()
    trial = listener.open_trial()
    body = make_body(trial)
    body["heard"]["E"] = []

    assert listener.send(trial, body).status_code == 422
    assert listener.send(trial, {**make_body(trial), "answer": {}}).status_code == 400
