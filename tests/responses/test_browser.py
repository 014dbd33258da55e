"""A sitting in a real browser: keyboard alone, phone size, reload, dead network."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from evalsite.responses.models import PlayEvent, Response, Sitting
from tests.factories import make_open_study
from tests.responses.browsing import choose, enter, focus, focus_field, hear, save
from tests.responses.listener import Listener, make_body

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("plain_static_names"),
]

QUALITIES = ("melodiousness", "articulation", "minorness")
SECONDS = 3.0
TRIAL = re.compile(r"/sitting/trials/[\w-]+/$")


@pytest.fixture
def study():
    return make_open_study(n_recordings=3, seconds=SECONDS, qualities=QUALITIES, practice=False)


ANSWERS = {
    "ratings.melodiousness": "6",
    "ratings.articulation": "cant_tell",
    "ratings.minorness": "1",
    "confidence": "3",
    "familiarity": "no",
}
STORED = {
    "ratings": {"melodiousness": 6, "articulation": "cant_tell", "minorness": 1},
    "confidence": 3,
    "familiarity": "no",
}


def test_whole_sitting_by_keyboard_alone(page, live_server, study):
    press = page.keyboard.press
    page.goto(live_server.url + reverse("welcome", args=[study.link_token]))
    focus(page, "Begin")
    press("Enter")
    page.wait_for_url("**/consent/")
    focus_field(page, "agree")
    press("Space")
    focus(page, "Agree and go on")
    press("Enter")
    page.wait_for_url("**/about/")
    for name in ("training", "device"):
        focus_field(page, name)
        press("ArrowDown")
    focus(page, "Go on")
    press("Enter")
    page.wait_for_url("**/instructions/")
    focus(page, "Go on to the first clip")
    press("Enter")
    for _ in range(3):
        page.wait_for_url(TRIAL)
        url = page.url
        expect(page.locator("clip-player[ready]")).to_be_visible()
        press("Space")
        for digit in "60132":
            press(digit)
            press("Tab")
        expect(page.locator("clip-player[complete]")).to_be_visible()
        focus(page, "Save and continue")
        press("Enter")
        page.wait_for_url(lambda now, before=url: now != before)

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expected = {
        "ratings": {"melodiousness": 6, "articulation": "cant_tell", "minorness": 1},
        "confidence": 3,
        "familiarity": "maybe",
    }
    assert [response.answer for response in Response.objects.all()] == [expected] * 3
    assert Sitting.objects.get().state == Sitting.State.FINISHED
    assert page.troubles == []


@pytest.mark.parametrize("width", [390, 320])
def test_trial_fits_a_phone_and_is_taken_by_touch(browser, live_server, study, width):
    context = browser.new_context(viewport={"width": width, "height": 844}, has_touch=True)
    page = context.new_page()
    enter(page, live_server, study)

    sizes = page.evaluate(
        """() => [...document.querySelectorAll('.cell, .opt, .play, .gate button')]
            .map((one) => one.getBoundingClientRect()).map((box) => [box.width, box.height])"""
    )
    overflow = page.evaluate("document.documentElement.scrollWidth")
    page.locator(".play").tap()
    for name, value in ANSWERS.items():
        page.locator(f'label:has(input[name="{name}"][value="{value}"])').tap()
    expect(page.locator("clip-player[complete]")).to_be_visible()
    url = page.url
    page.get_by_role("button", name="Save and continue").tap()
    page.wait_for_url(lambda now: now != url)
    context.close()

    assert overflow == width
    assert min(min(size) for size in sizes) >= 43.5
    assert Response.objects.get().answer == STORED


def test_untouched_trial_says_what_is_missing_and_goes_there(page, live_server, study):
    enter(page, live_server, study)
    todo = page.locator("#todo")

    expect(todo).to_have_text(
        "Still to do: hear 3 more seconds, rate 3 more qualities, say how sure you are, "
        "say whether you knew the piece."
    )
    page.get_by_role("button", name="Save and continue").click(force=True)

    assert page.evaluate("document.activeElement.name") == "ratings.melodiousness"
    expect(page.locator(".missing-note").first).to_have_text("not rated yet")
    choose(page, ANSWERS)
    expect(todo).to_have_text("Still to do: hear 3 more seconds.")
    page.get_by_role("button", name="Save and continue").click(force=True)
    assert page.evaluate("document.activeElement.className").startswith("play")
    assert Response.objects.count() == 0


def test_record_says_what_was_heard(page, live_server, study):
    enter(page, live_server, study)
    play = page.get_by_role("button", name="Play clip")

    play.click()
    page.wait_for_timeout(900)
    page.get_by_role("button", name="Pause clip").click()
    play.click()
    expect(page.locator("clip-player[complete]")).to_be_visible()
    # All of it counts as heard a moment before the sound has ended.
    expect(play).to_be_visible()
    choose(page, ANSWERS)
    save(page)

    response = Response.objects.get()
    assert response.answer == STORED
    assert response.n_plays == {"A": 2}
    heard = sum(end - start for start, end in response.heard["A"])
    assert SECONDS - 0.25 <= heard <= SECONDS + 0.01
    assert response.elapsed_ms >= 1000 * SECONDS
    kinds = [event["kind"] for event in PlayEvent.objects.get(kind="answer").payload["events"]]
    assert kinds == ["loaded", "play", "pause", "play", "ended"]


def test_skipping_ahead_leaves_the_skipped_seconds_open(page, live_server, study):
    enter(page, live_server, study)
    seek = page.get_by_role("slider", name="Position in clip")

    seek.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("#todo")).to_contain_text("hear 2 more seconds")
    page.wait_for_timeout(1500)

    assert page.locator("clip-player[complete]").count() == 0
    expect(page.locator("#todo")).to_contain_text("hear 2 more seconds")


def test_reload_keeps_what_was_chosen_and_heard(page, live_server, study):
    enter(page, live_server, study)
    hear(page)
    choose(page, ANSWERS)
    url = page.url

    page.reload()

    expect(page.locator("clip-player[complete]")).to_be_visible()
    assert page.url == url
    expect(page.locator("#todo")).to_have_text("All done.")
    save(page)
    assert Response.objects.get().answer == STORED


def test_double_click_sends_once(page, live_server, study):
    enter(page, live_server, study)
    hear(page)
    choose(page, ANSWERS)
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    url = page.url

    page.get_by_role("button", name="Save and continue").dblclick()
    page.wait_for_url(lambda now: now != url)

    assert len(sent) == 1
    assert Response.objects.count() == 1


def test_dead_network_keeps_the_answer_and_sends_it_later(page, live_server, study):
    enter(page, live_server, study)
    hear(page)
    choose(page, ANSWERS)
    url = page.url

    page.context.set_offline(True)
    page.get_by_role("button", name="Save and continue").click()
    saved = page.locator("#saved")
    expect(saved).to_have_text("Not sent yet, kept on this device, trying again")
    assert page.url == url
    page.context.set_offline(False)
    page.wait_for_url(lambda now: now != url)

    assert Response.objects.get().answer == STORED
    expect(page.locator("#saved")).to_have_text("Clip 1 saved")


def test_answer_whose_acknowledgement_was_lost_is_not_stored_twice(page, live_server, study):
    enter(page, live_server, study)
    hear(page)
    choose(page, ANSWERS)
    n_lost = []

    def lose_first(route):
        if n_lost:
            route.continue_()
        else:
            n_lost.append(route.fetch().status)
            route.abort()

    page.route("**/answer", lose_first)
    save(page)

    assert n_lost == [200]
    assert Response.objects.count() == 1


def test_reload_while_an_answer_waits_sends_it(page, live_server, study):
    enter(page, live_server, study)
    hear(page)
    choose(page, ANSWERS)
    page.route("**/answer", lambda route: route.abort())
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator("#saved.wait")).to_be_visible()
    url = page.url

    page.unroute("**/answer")
    page.reload()
    page.wait_for_url(lambda now: now != url)

    assert Response.objects.get().answer == STORED


def test_second_tab_is_led_on_and_the_first_answer_stays(page, live_server, study):
    listener = enter(page, live_server, study)
    hear(page)
    choose(page, ANSWERS)
    trial = listener.next()["trial"]
    listener.hear(trial["name"])
    first = make_body(trial)
    assert listener.send(trial, first).status_code == 200

    save(page)

    assert page.url.endswith(listener.next()["url"])
    assert Response.objects.get().answer == first["answer"]
    assert PlayEvent.objects.filter(kind="late_answer").count() == 1


def test_back_button_shows_the_answered_clip_as_answered(page, live_server, study):
    enter(page, live_server, study)
    hear(page)
    choose(page, ANSWERS)
    save(page)
    expect(page.locator("clip-player[ready]")).to_be_visible()

    page.go_back()

    expect(page.get_by_role("heading", name="Clip 1 has been answered")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    expect(page.locator(".where")).to_contain_text("Clip 2 of 3")


def test_clip_that_does_not_load_says_so_and_is_tried_again(page, live_server, study):
    page.route("**/*.wav", lambda route: route.abort())
    listener = Listener(study).pass_pages()
    cookie = listener.client.cookies["sitting"].value
    page.context.add_cookies([{"name": "sitting", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("sitting"))

    expect(page.get_by_text("The clip could not be loaded.")).to_be_visible()
    page.unroute("**/*.wav")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator("clip-player[ready]")).to_be_visible()
    expect(page.get_by_text("The clip could not be loaded.")).to_be_hidden()


def test_sound_the_browser_keeps_off_is_explained(page, live_server, study):
    page.add_init_script(
        "AudioContext.prototype.resume = () => new Promise(() => {});"
        "Object.defineProperty(AudioContext.prototype, 'state', {get: () => 'suspended'});"
    )
    enter(page, live_server, study)

    page.get_by_role("button", name="Play clip").click()

    expect(page.get_by_text("The browser keeps the sound off.")).to_be_visible()
    expect(page.locator("#todo")).to_contain_text("hear 3 more seconds")


def test_resume_link_goes_on_in_another_browser(browser, page, live_server, study):
    enter(page, live_server, study)
    hear(page)
    choose(page, ANSWERS)
    save(page)
    expect(page.locator(".where")).to_contain_text("Clip 2 of 3")
    page.get_by_text("Continue on another device").click()
    address = page.locator(".address", has_text="resume").inner_text()
    context = browser.new_context()
    other = context.new_page()

    other.goto(address)
    other.get_by_role("button", name="Continue here").click()

    expect(other.locator(".where")).to_contain_text("Clip 2 of 3")
    page.goto(live_server.url + reverse("sitting"))
    expect(page.get_by_role("heading", name="Nothing goes on on this device")).to_be_visible()
    context.close()


def test_page_without_scripts_says_what_it_needs(study):
    client = Client()
    listener = Listener(study)
    listener.client = client
    listener.pass_pages()

    page = client.get(listener.next()["url"]).content.decode()

    assert "This study needs JavaScript" in page
