"""Every participant's page: no axe-core violation, no sideways scroll, by keys, both directions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from evalsite.studies.questionnaire import ask_about
from tests.factories import make_open_study
from tests.responses.browsing import enter, open_block
from tests.responses.listener import Listener
from tests.responses.test_checks import answer_attempt
from tests.responses.trial_site import TrialSite, run_trial_site
from tests.support.browser import find_violations, measure_overflow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(plain_static_names) -> Iterator[TrialSite]:
    with run_trial_site() as site:
        yield site


def list_pages(listener: Listener) -> Iterator[str]:
    """Every page of a sitting with a headphone check, each when it is its turn."""
    yield listener.link
    listener.begin()
    yield reverse("consent")
    listener.agree()
    yield reverse("about")
    more = {"training": "6-9", "device": "headphones", "age": 40, "likes": 11, "mood": 1}
    listener.client.post(reverse("about"), more)
    yield reverse("instructions")
    listener.client.post(reverse("instructions"))
    yield reverse("checks")
    answer_attempt(listener, n_right=0)
    yield reverse("checks")
    listener.client.post(reverse("checks"))
    answer_attempt(listener, n_right=6)
    trial = listener.next()
    yield trial["url"]
    yield reverse("resume", args=[listener.sitting.resume_token])
    listener.answer_all()
    yield trial["url"]
    yield reverse("afterwards")
    listener.client.post(reverse("afterwards"), {"remarks": "None."})
    yield reverse("debrief")
    listener.client.post(reverse("debrief"))
    yield reverse("thanks")
    yield reverse("resume", args=[listener.sitting.resume_token])
    withdraw = reverse("withdraw", args=[listener.sitting.resume_token])
    yield withdraw
    listener.client.post(withdraw)
    yield withdraw


QUESTIONS = [
    {"name": "age", "label": "Age?", "kind": "number", "high": 120},
    {"name": "likes", "label": "I like it.", "kind": "scale", "points": 11, "labels": ["a", "b"]},
    {"name": "town", "label": "Town?", "kind": "text", "required": False},
    {"name": "mood", "label": "Mood?", "kind": "scale", "points": 7, "labels": ["Some words"] * 7},
    {"name": "remarks", "label": "Remarks?", "kind": "long_text", "help": "Any.", "when": "after"},
]


@pytest.mark.parametrize(
    ("width", "scheme", "language", "direction"),
    [(1280, "light", "en", "ltr"), (320, "dark", "de", "ltr"), (320, "light", "de", "rtl")],
    ids=["wide", "narrow_dark_german", "narrow_right_to_left"],
)
def test_pages_of_a_sitting_have_no_violation(
    browser, plain_static_names, live_server, width, scheme, language, direction
):
    study = make_open_study(
        n_recordings=3,
        blocks=[{"practice": False}],
        checks=[{"kind": "antiphase"}],
        about=[question.to_plain() for question in ask_about()] + QUESTIONS,
        debrief="This was about sound.",
        language=language,
    )
    listener = Listener(study)
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    found, overflows = [], {}
    for path in list_pages(listener):
        if "sitting" in listener.client.cookies:
            cookie = listener.client.cookies["sitting"].value
            context.add_cookies([{"name": "sitting", "value": cookie, "url": live_server.url}])
        page.goto(live_server.url + path)
        if page.locator("clip-player").count():
            expect(page.locator("clip-player[ready]")).to_be_visible()
        page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
        for summary in page.locator("summary").all():
            summary.click()
        found += find_violations(page)
        overflows[page.url] = measure_overflow(page)
    context.close()

    assert found == []
    assert set(overflows.values()) == {0}


@pytest.mark.parametrize("state", ["playing", "failed", "missing", "other_window"])
def test_states_of_a_trial_have_no_violation(context, page, site, state):
    url = site.show("R", "A", "B", "C", player={"has_loop": True})
    if state == "failed":
        site.missing.add("/clips/B.wav")
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(url)
    if state == "failed":
        expect(page.locator(".trouble")).to_be_visible()
    else:
        expect(page.locator("clip-player[ready]")).to_be_visible()
    if state == "playing":
        page.keyboard.press("l")
        page.keyboard.press("a")
    if state == "missing":
        page.get_by_role("button", name="Save and continue").click(force=True)
    if state == "other_window":
        context.new_page().goto(url)
        expect(page.get_by_text("This study goes on in another window")).to_be_visible()

    assert find_violations(page) == []
    assert measure_overflow(page) == 0


@pytest.mark.parametrize("width", [1280, 320])
def test_marked_spans_have_no_violation(page, live_server, width):
    parameters = {"picture": "waveform", "max_spans": 3}
    page.set_viewport_size({"width": width, "height": 800})
    enter(page, live_server, open_block("regions", parameters=parameters))
    for keys in ("mm", "m"):
        page.keyboard.type(keys)
    expect(page.locator(".span-list li")).to_have_count(1)
    page.get_by_role("button", name="Save and continue").click(force=True)

    assert find_violations(page) == []
    assert measure_overflow(page) == 0


def test_right_to_left_nothing_falls_off_and_time_still_goes_right(page, site):
    page.set_viewport_size({"width": 320, "height": 800})
    url = site.show("A", "B", seconds=3.0, player={"has_loop": True})
    html = site.files["/trial/"].decode().replace('<html lang="en"', '<html lang="ar" dir="rtl"')
    site.files["/trial/"] = html.encode()
    page.goto(url)
    expect(page.locator("clip-player[ready]")).to_be_visible()
    seek = page.get_by_role("slider", name="Position in clip")
    seek.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    assert measure_overflow(page) == 0
    assert page.evaluate("document.querySelector('clip-player').position") == 2
    boxes = [page.locator(f'[data-signal="{label}"]').bounding_box() for label in "AB"]
    assert boxes[0]["x"] > boxes[1]["x"]
    assert find_violations(page) == []


def test_reduced_motion_moves_nothing_by_itself(browser, site):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(site.show("A", "B"))
    expect(page.locator("clip-player[ready]")).to_be_visible()
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].map((one) => getComputedStyle(one)).filter((style) =>"
        " parseFloat(style.transitionDuration) > 0.01 || parseFloat(style.animationDuration) > 0.01"
        ").length"
    )
    context.close()

    assert moving == 0


def test_headphone_check_is_taken_by_keys_alone(page, live_server):
    study = make_open_study(blocks=[{"practice": False}], checks=[{"kind": "antiphase"}])
    listener = Listener(study).pass_pages()
    cookie = listener.client.cookies["sitting"].value
    page.context.add_cookies([{"name": "sitting", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("sitting"))
    expect(page.locator("clip-player[ready]")).to_be_visible()
    todo = page.locator("#todo")
    expect(todo).to_have_text("Still to do: hear 4 more seconds, choose one.")

    page.keyboard.press("Space")
    page.keyboard.press("2")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Pause clip").click()
    assert page.evaluate("document.querySelector('clip-player').isPlaying")
    expect(page.locator("clip-player[spent]")).to_be_visible()
    page.locator(".transport-play").click(force=True)
    assert page.evaluate("document.querySelector('clip-player').isPlaying") is False
    page.get_by_role("button", name="Save and continue").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".where")).to_have_text("Sound check, 2 of 6")

    stored = listener.sitting.check_rounds.get(number=1)
    assert stored.answer == 2
    assert stored.record["n_plays"] == {"A": 1}
