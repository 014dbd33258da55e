"""Whatever the network does, each answer is stored exactly once: twenty seeds of faults."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from evalsite.responses.models import PlayEvent, Response, Sitting
from tests.factories import make_open_study
from tests.responses.listener import Listener
from tests.support.proxy import FAULTS, run_proxy

pytestmark = pytest.mark.django_db(transaction=True)

SEEDS = 20
N_CLIPS = 2
HABITS = ("once", "double_click", "reload", "second_window", "close_window")
# Waits of half a second and more would only make the test slow.
HURRY = """
const wait = window.setTimeout;
const hurry = (ms) => (ms > 300 && ms < 1200 ? ms / 20 : ms);
window.setTimeout = (deed, ms, ...rest) => wait(deed, hurry(ms), ...rest);
"""
MOVED_ON = """(url) => {
  if (location.href === url) document.querySelector("main > p > a.button")?.click();
  return location.href !== url && document.readyState === "complete";
}"""
TOMORROW = "const now = Date.now; Date.now = () => now() + 86_400_000 * SIGN;"


@contextmanager
def faulty(live_server, rng: random.Random) -> Iterator[str]:
    """The site behind a network that fails at most four times a clip; its address."""
    faults: list[str] = []

    def choose() -> str:
        fault = "pass" if len(faults) % 5 == 4 else rng.choice(FAULTS)
        faults.append(fault)
        return fault

    port = int(live_server.url.rpartition(":")[2])
    with run_proxy(port, choose) as proxied:
        yield f"http://localhost:{proxied}"


def answer_trial(context: BrowserContext, page: Page, habit: str) -> Page:
    """Hear, rate, save; the page that is open in the end."""
    expect(page.locator("clip-player[ready]")).to_be_visible()
    url = page.url
    page.keyboard.press("Space")
    expect(page.locator("clip-player[complete]")).to_be_visible()
    for name in ("ratings.melodiousness", "confidence", "familiarity"):
        page.locator(f'input[name="{name}"]').first.check(force=True)
    button = page.get_by_role("button", name="Save and continue")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    if habit == "double_click":
        button.dblclick()
    else:
        button.click()
    if habit == "reload":
        page.reload()
    elif habit in ("second_window", "close_window"):
        # The letter is in the browser's database before anything is sent.
        page.wait_for_timeout(50)
        other = context.new_page()
        other.goto(url)
        if habit == "close_window":
            page.close()
        page = other
    # Stored before its acknowledgement was lost: a page opened anew shows it as answered.
    # By the clock: a window behind another one gets no animation frames.
    page.wait_for_function(MOVED_ON, arg=url, timeout=20_000, polling=50)
    return page


@pytest.mark.parametrize("seeds", [range(0, 10), range(10, SEEDS)], ids=["first", "second"])
def test_each_answer_is_stored_exactly_once(browser, plain_static_names, live_server, seeds):
    study = make_open_study(
        n_recordings=N_CLIPS, seconds=0.3, qualities=("melodiousness",), practice=False
    )
    for seed in seeds:
        rng = random.Random(seed)
        cookie = Listener(study).pass_pages().client.cookies["sitting"].value
        context = browser.new_context()
        context.set_default_timeout(20_000)
        context.add_init_script(HURRY)
        if seed % 3 == 0:
            context.add_init_script(TOMORROW.replace("SIGN", rng.choice(["1", "-1"])))
        with faulty(live_server, rng) as url:
            context.add_cookies([{"name": "sitting", "value": cookie, "url": url}])
            page = context.new_page()
            page.goto(url + reverse("sitting"))
            for _ in range(N_CLIPS):
                page.wait_for_url(re.compile(r"/sitting/trials/"))
                page = answer_trial(context, page, rng.choice(HABITS))
            expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        context.close()

    finished = Sitting.objects.filter(state=Sitting.State.FINISHED)
    assert finished.count() == len(seeds)
    assert Response.objects.count() == N_CLIPS * len(seeds)
    assert PlayEvent.objects.filter(kind="answer").count() == N_CLIPS * len(seeds)
