"""No answer is lost: closed tabs, a browser without database, two windows, the last page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from tests.responses.trial_site import TrialSite, run_trial_site

REFUSED = (503, {"error": {"code": "busy", "message": "Later."}})
TAKEN = (200, {"next": "/next/"})
WAITING = "Not sent yet, kept on this device, trying again"


@pytest.fixture
def site(plain_static_names) -> Iterator[TrialSite]:
    with run_trial_site() as site:
        yield site


def fill_in(page: Page) -> None:
    expect(page.locator("clip-player[ready]")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator("clip-player[complete]")).to_be_visible()
    for name in ("ratings.minorness", "ratings.articulation", "confidence"):
        page.locator(f'input[name="{name}"][value="1"]').check(force=True)
    page.get_by_role("button", name="Save and continue").click()


def show_page(site: TrialSite, template: str, path: str, **context) -> str:
    given = {"sitting_tag": "tag", "protocol": {"thanks": "Bye."}, **context}
    site.files[path] = render_to_string(f"responses/{template}.html", given).encode()
    return site.url + path


def test_answer_of_a_closed_tab_is_sent_by_any_later_page(context, page, site):
    site.answers = [REFUSED] * 2 + [TAKEN]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)
    expect(page.locator("#saved")).to_have_text(WAITING)
    page.close()
    site.received.clear()
    site.answers = [REFUSED, TAKEN]

    later = context.new_page()
    later.goto(show_page(site, "resume", "/resume/"))
    line = later.locator("waiting-answers")
    expect(line).to_have_text("1 answer waits to be sent, kept on this device, trying again")
    expect(line).to_be_hidden()

    assert len(site.received) == 2
    assert site.received[0]["key"] == site.received[1]["key"]
    later.reload()
    expect(line).to_be_hidden()
    assert len(site.received) == 2


def test_withdrawing_throws_away_what_waits(context, page, site):
    site.answers = [REFUSED]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)
    expect(page.locator("#saved.wait")).to_be_visible()
    page.close()

    other = context.new_page()
    other.goto(show_page(site, "withdrawn", "/withdrawn/"))
    other.wait_for_timeout(500)
    n_received = len(site.received)
    other.goto(show_page(site, "resume", "/resume/"))
    other.wait_for_timeout(500)

    assert len(site.received) == n_received


def test_another_sittings_answer_waits_for_its_own_pages(context, page, site):
    site.answers = [REFUSED]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)
    expect(page.locator("#saved.wait")).to_be_visible()
    page.close()
    n_received = len(site.received)
    site.answers = [TAKEN]

    other = context.new_page()
    other.goto(show_page(site, "resume", "/other/", sitting_tag="another"))
    other.wait_for_timeout(500)
    assert len(site.received) == n_received
    other.goto(show_page(site, "resume", "/mine/"))
    expect(other.locator("waiting-answers")).to_be_hidden()
    other.wait_for_timeout(300)

    assert len(site.received) > n_received


def test_thanks_are_said_only_when_nothing_waits(context, page, site):
    site.answers = [REFUSED]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)
    expect(page.locator("#saved.wait")).to_be_visible()
    page.close()

    thanks = context.new_page()
    thanks.goto(show_page(site, "thanks", "/thanks/"))
    expect(thanks.get_by_text("1 answer waits to be sent")).to_be_visible()
    expect(thanks.get_by_role("heading", name="Thank you")).to_be_hidden()
    site.answers = [TAKEN]
    expect(thanks.get_by_role("heading", name="Thank you")).to_be_visible(timeout=15_000)
    expect(thanks.locator("waiting-answers")).to_be_hidden()


def test_panel_is_returned_to_only_when_nothing_waits(context, page, site):
    site.answers = [REFUSED]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)
    expect(page.locator("#saved.wait")).to_be_visible()
    page.close()
    visits = []
    context.route("https://panel.example/**", lambda route: (visits.append(1), route.fulfill()))
    back = {"url": "https://panel.example/?cc=DONE", "code": "DONE", "is_at_once": True}

    thanks = context.new_page()
    thanks.goto(show_page(site, "thanks", "/thanks/", panel_return=back))
    expect(thanks.get_by_text("1 answer waits to be sent")).to_be_visible()
    expect(thanks.get_by_role("link", name="Back to the site that sent you")).to_be_hidden()
    assert visits == []
    site.answers = [TAKEN]
    thanks.wait_for_url("https://panel.example/?cc=DONE", timeout=15_000)
    thanks.goto(site.url + "/thanks/")
    expect(thanks.get_by_role("link", name="Back to the site that sent you")).to_be_visible()

    assert visits == [1]


def test_clock_that_jumps_by_a_day_changes_nothing(page, site):
    """Ahead while it plays, behind while the answer waits: times are of the steady clock."""
    page.add_init_script(
        "const now = Date.now; window.days = 1; Date.now = () => now() + window.days * 86400000;"
    )
    site.answers = [REFUSED] * 2 + [TAKEN]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)
    expect(page.locator("#saved")).to_have_text(WAITING)
    page.evaluate("window.days = -1")
    page.wait_for_url("**/next/", timeout=30_000)

    assert len({body["key"] for body in site.received}) == 1
    assert 500 <= site.received[-1]["elapsed_ms"] < 300_000
    assert all(0 <= event["ms"] < 300_000 for event in site.received[-1]["events"])


def test_without_a_database_the_page_asks_to_be_kept_open(page, site):
    page.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined});")
    site.answers = [REFUSED, TAKEN]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)

    expect(page.locator("#saved")).to_have_text("Not sent yet, trying again. Keep this page open.")
    page.wait_for_url("**/next/")
    assert len(site.received) == 2


def test_without_a_database_a_reload_still_sends(page, site):
    page.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined});")
    site.answers = [REFUSED]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)
    expect(page.locator("#saved.wait")).to_be_visible()
    site.answers = [TAKEN]

    page.reload()
    page.wait_for_url("**/next/")
    assert len({body["key"] for body in site.received}) == 1


def test_a_network_that_wants_a_login_gets_no_answer_out_of_the_outbox(page, site):
    portal = (200, {"portal": "Please sign in to this network"})
    site.answers = [portal, portal, TAKEN]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)

    expect(page.locator("#saved")).to_have_text(WAITING)
    page.wait_for_url("**/next/")
    assert len(site.received) == 3


def test_of_two_windows_the_later_goes_on_and_the_earlier_is_told(context, page, site):
    url = site.show("A", seconds=3.0)
    page.goto(url)
    expect(page.locator("clip-player[ready]")).to_be_visible()
    page.keyboard.press("Space")
    second = context.new_page()
    second.goto(url)
    expect(second.locator("clip-player[ready]")).to_be_visible()

    notice = page.get_by_text("This study goes on in another window")
    expect(notice).to_be_visible()
    assert page.evaluate("document.querySelector('clip-player').isPlaying") is False
    expect(second.get_by_text("This study goes on in another window")).to_be_hidden()
    page.get_by_role("button", name="Go on here").click()
    expect(second.get_by_text("This study goes on in another window")).to_be_visible()
    expect(page.locator("clip-player[ready]")).to_be_visible()
    expect(notice).to_be_hidden()


def test_feedback_after_practice_is_read_before_the_page_moves_on(page, site):
    feedback = {"is_correct": False, "message": "The second one was muffled."}
    site.answers = [(200, {"next": "/next/", "feedback": feedback})]
    page.goto(site.show("A", seconds=0.5))
    fill_in(page)

    expect(page.get_by_role("heading", name="That was not right")).to_be_visible()
    expect(page.get_by_text("The second one was muffled.")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/next/")
