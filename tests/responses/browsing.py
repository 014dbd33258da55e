"""What a listener does on the pages of a sitting, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.models import Study
from tests.factories import make_open_study
from tests.responses.listener import Listener
from tests.support.browser import find_violations, measure_overflow


def open_block(trial_type: str, *, n_recordings: int = 1, seconds: float = 1.0, **block) -> Study:
    """An open study of one block without practice; `block` says what else the block holds."""
    given = {"name": "main", "trial_type": trial_type, "practice": False, **block}
    return make_open_study(n_recordings=n_recordings, seconds=seconds, blocks=[given])


def enter(page: Page, live_server, study: Study) -> Listener:
    """In front of the first trial, with the cookie of a sitting begun over HTTP."""
    listener = Listener(study).pass_pages()
    cookie = listener.client.cookies["sitting"].value
    page.context.add_cookies([{"name": "sitting", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("sitting"))
    expect(page.locator("clip-player[ready]")).to_be_visible()
    return listener


def hear(page: Page) -> None:
    """All of it, by the mouse; of several signals one after another."""
    expect(page.locator("clip-player[ready]")).to_be_visible()
    labels = page.evaluate("document.querySelector('clip-player').labels")
    if len(labels) == 1:
        page.locator("clip-player .play").first.click()
    for label in labels if len(labels) > 1 else []:
        page.locator(f'.play[data-signal="{label}"]').click()
        wait_for_end(page, label)
    expect(page.locator("clip-player[complete]")).to_be_visible()


def hear_by_keyboard(page: Page, labels: str) -> None:
    """Each signal by its letter, one after another."""
    for label in labels:
        page.keyboard.press(label.lower())
        wait_for_end(page, label)


def wait_for_end(page: Page, label: str) -> None:
    """Till this signal was heard and has ended: another one begun sooner goes on in its midst."""
    page.wait_for_function(
        """label => {
            const player = document.querySelector('clip-player');
            return !player.isPlaying && !player.missing.some((one) => one.label === label);
        }""",
        arg=label,
    )


def read_row(study: Study) -> dict:
    """The only judgment there is."""
    [row] = ratings_frame(study).to_dict("records")
    return row


def choose(page: Page, answers: dict[str, str]) -> None:
    """Radio buttons: name -> value."""
    for name, value in answers.items():
        page.locator(f'input[name="{name}"][value="{value}"]').check(force=True)


def save(page: Page) -> None:
    url = page.url
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url(lambda now: now != url)


def save_by_keyboard(page: Page) -> None:
    expect(page.locator("clip-player[complete]")).to_be_visible()
    url = page.url
    focus(page, "Save and continue")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda now: now != url)


def expect_unsaved(page: Page, sentence: str) -> None:
    """A press on the button of an unfinished trial changes nothing but says what is missing."""
    url = page.url
    expect(page.locator("#todo")).to_contain_text(sentence)
    page.get_by_role("button", name="Save and continue").click(force=True)
    expect(page.locator("#todo")).to_contain_text(sentence)
    assert page.url == url


def focus(page: Page, name: str) -> None:
    tab_to(page, lambda: page.evaluate("document.activeElement.textContent.trim()") == name)


def focus_field(page: Page, name: str) -> None:
    tab_to(page, lambda: page.evaluate("document.activeElement.name") == name)


def tab_to(page: Page, has_arrived: Callable[[], bool]) -> None:
    for _ in range(60):
        if has_arrived():
            return
        page.keyboard.press("Tab")
    pytest.fail("The keyboard must reach every control, and did not reach this one.")


def find_faults(page: Page, selector: str = ".opt") -> list[str]:
    """What keeps a trial's page from a phone: its width, too small targets, axe-core's findings."""
    faults = find_violations(page)
    if wider := measure_overflow(page):
        faults.append(f"{wider} px wider than the window")
    if (smallest := measure_targets(page, f"{selector}, .play, .gate button")) < 43.5:
        faults.append(f"something to hit has {smallest:.1f} px")
    return faults


def measure_targets(page: Page, selector: str) -> float:
    """The smallest side, in px, of what a finger has to hit."""
    return page.evaluate(
        """selector => Math.min(...[...document.querySelectorAll(selector)]
            .map((one) => one.getBoundingClientRect())
            .flatMap((box) => [box.width, box.height]))""",
        selector,
    )
