"""The library in a real browser: files sent, the excerpt chosen, clips heard in step, the queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from evalsite.clips.models import Explanation, Model, Recording
from evalsite.clips.services import fail_explanation, finish_explanation, lease_explanation
from evalsite.clips.services.outcome import publish_outcome
from tests.clips.conftest import Run
from tests.clips.sounds import TEXT_REFUSAL, encode, make_tone
from tests.support.browser import collect_troubles, measure_overflow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(browser: Browser, live_server, user: User, plain_static_names: None) -> Iterator[Page]:
    """Signed in; every error of a script and every breach of the content policy fails the test."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    troubles = collect_troubles(page)
    yield page
    context.close()
    assert troubles == []


def test_files_are_sent_one_by_one_and_answered(page: Page, live_server, tmp_path: Path) -> None:
    (tmp_path / "good.wav").write_bytes(encode(make_tone()))
    (tmp_path / "again.wav").write_bytes(encode(make_tone()))
    (tmp_path / "notes.wav").write_text("Dear diary\n" * 99)
    page.goto(live_server.url + reverse("upload"))
    expect(page.get_by_role("button", name="Add them")).to_be_hidden()
    names = ("good.wav", "again.wav", "notes.wav")
    page.set_input_files("input[type=file]", [tmp_path / name for name in names])
    rows = page.locator(".uploads li")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("Added as “good”.")
    expect(rows.nth(1)).to_contain_text("Already in your library as “good”")
    expect(rows.nth(2)).to_contain_text(TEXT_REFUSAL)
    expect(page.locator(".uploads progress")).to_have_count(0)
    rows.nth(0).get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", name="good")).to_be_visible()
    assert Recording.objects.count() == 1


def read_excerpt(page: Page) -> tuple[float, float]:
    return tuple(float(page.locator(f"#id_{n}").input_value()) for n in ("start", "duration"))


def test_excerpt_is_chosen_by_window_keys_and_fields(
    page: Page, live_server, recording: Recording, model: Model
) -> None:
    page.goto(live_server.url + reverse("recording", args=[recording.pk]))
    assert read_excerpt(page) == (0.0, 3.0)
    page.locator("#id_duration").fill("2")
    page.keyboard.press("Tab")
    window, wave = page.locator("[data-window]"), page.locator("[data-wave]").bounding_box()
    assert float(window.get_attribute("width")) == pytest.approx(800 * 2 / 3, abs=0.1)
    middle = wave["y"] + wave["height"] / 2
    page.mouse.move(wave["x"] + wave["width"] / 3, middle)
    page.mouse.down()
    page.mouse.move(wave["x"] + wave["width"] / 2, middle, steps=5)
    page.mouse.up()
    start, length = read_excerpt(page)
    assert length == 2.0
    assert start == pytest.approx(0.5, abs=0.02)
    slider = page.get_by_role("slider", name="Start of the excerpt in seconds")
    slider.focus()
    page.keyboard.press("Home")
    assert read_excerpt(page) == (0.0, 2.0)
    page.keyboard.press("ArrowRight")
    assert read_excerpt(page) == (1.0, 2.0)
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    assert read_excerpt(page) == (0.0, 3.0)
    assert slider.get_attribute("aria-valuetext") == "0:00 to 0:03"


def test_excerpt_plays_and_stops_at_its_end(
    page: Page, live_server, recording: Recording, model: Model
) -> None:
    page.goto(live_server.url + reverse("recording", args=[recording.pk]))
    page.locator("#id_duration").fill("2")
    page.locator("#id_start").fill("0.5")
    page.keyboard.press("Tab")
    button = page.locator('[data-play="excerpt"]')
    button.click()
    expect(button).to_have_text("Stop")
    place = page.evaluate("document.querySelector('[data-audio]').currentTime")
    assert 0.49 <= place < 2.5
    expect(button).to_have_text("Play the excerpt", timeout=15_000)
    place = page.evaluate("document.querySelector('[data-audio]').currentTime")
    assert place == pytest.approx(2.5, abs=0.4)


def test_switching_clips_keeps_the_place(page: Page, live_server, done: Explanation) -> None:
    page.goto(live_server.url + reverse("explanation", args=[done.pk]))
    rows = page.locator("[data-clip]")
    expect(rows).to_have_count(5)
    page.evaluate(
        "document.querySelectorAll('.seek')[0].value = 1;"
        "document.querySelectorAll('.seek')[0].dispatchEvent(new Event('input'))"
    )
    page.get_by_role("button", name="Play original").click()
    expect(page.get_by_role("button", name="Pause original")).to_be_visible()
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Pause kept")).to_be_visible()
    expect(page.get_by_role("button", name="Play original")).to_be_visible()
    assert float(page.locator(".seek").nth(1).input_value()) > 1.0
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play kept")).to_be_visible()
    places = {page.locator(".seek").nth(i).input_value() for i in range(5)}
    assert len(places) == 1
    assert float(places.pop()) > 1.0


def test_lost_clip_is_a_sentence(page: Page, live_server, done: Explanation) -> None:
    page.goto(live_server.url + reverse("explanation", args=[done.pk]))
    page.route("**/library/clips/**", lambda route: route.abort())
    page.get_by_role("button", name="Play kept").click()
    alert = page.locator("clip-deck [data-error]")
    expect(alert).to_have_text(
        "This clip could not be loaded. Check the connection and press play again."
    )
    page.unroute("**/library/clips/**")
    page.get_by_role("button", name="Play kept").click()
    expect(page.get_by_role("button", name="Pause kept")).to_be_visible()
    expect(alert).to_be_hidden()


def test_queue_follows_a_job_to_its_failure(page: Page, live_server, queued: Explanation) -> None:
    page.goto(live_server.url + reverse("library"))
    job = page.locator(f'[data-job="{queued.pk}"]')
    expect(job.locator("[data-word]")).to_have_text("Waiting")
    expect(job.get_by_role("button", name="Cancel")).to_be_visible()
    leased = lease_explanation(pk=queued.pk)
    assert leased is not None
    Explanation.objects.update(progress_done=120, progress_total=400)
    expect(job.locator("[data-word]")).to_have_text("120 of 400")
    expect(job.locator("progress")).to_have_attribute("max", "400")
    fail_explanation(explanation=leased, sentence="The excerpt is silent.")
    expect(job.locator("[data-sentence]")).to_have_text("The excerpt is silent.")
    job.get_by_role("button", name="Retry").click()
    page.wait_for_url("**/library/explanations/**")
    queued.refresh_from_db()
    assert queued.state == Explanation.State.QUEUED


def test_waiting_page_becomes_the_explanation(
    page: Page, live_server, queued: Explanation, real_run: Run
) -> None:
    page.goto(live_server.url + reverse("explanation", args=[queued.pk]))
    expect(page.get_by_role("heading", name="Asking the model about")).to_be_visible()
    leased = lease_explanation(pk=queued.pk)
    assert leased is not None
    outcome = publish_outcome(leased, real_run.manifest, real_run.folder)
    finish_explanation(explanation=leased, outcome=outcome, seconds=1.0)
    expect(page.get_by_role("heading", name="Why did the model hear valence?")).to_be_visible()


def test_library_marks_what_got_done(
    page: Page, live_server, queued: Explanation, real_run: Run
) -> None:
    page.goto(live_server.url + reverse("library"))
    leased = lease_explanation(pk=queued.pk)
    assert leased is not None
    outcome = publish_outcome(leased, real_run.manifest, real_run.folder)
    finish_explanation(explanation=leased, outcome=outcome, seconds=1.0)
    badge = page.locator(f'[data-badge-of="{queued.pk}"] .badge')
    expect(badge).to_have_class("badge done")
    expect(badge).to_have_text("valence, energy")
    expect(page.locator("[data-job]")).to_have_count(0)
    expect(page.get_by_text("Nothing waits.")).to_be_visible()


@pytest.mark.parametrize("width", [390, 320])
def test_pages_fit_a_phone(page: Page, live_server, done: Explanation, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for url in (
        reverse("library"),
        reverse("upload"),
        reverse("recording", args=[done.recording_id]),
        reverse("explanation", args=[done.pk]),
    ):
        page.goto(live_server.url + url)
        assert measure_overflow(page) == 0, url
