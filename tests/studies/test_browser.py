"""The builder in a real browser: a draft is changed by keyboard and mouse, at two widths."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from evalsite.responses.beginning import begin_sitting
from evalsite.responses.queries import Entrance
from evalsite.studies.queries import protocol_of
from tests.factories import make_study, make_user
from tests.journey.steps import SIZES, take_pictures
from tests.support.browser import collect_troubles, find_violations, measure_overflow

pytestmark = pytest.mark.django_db(transaction=True)
SELECTED = """() => {
  const { value, selectionStart, selectionEnd } = document.activeElement;
  return value.slice(selectionStart, selectionEnd);
}"""
SECTIONS = ("words", "sources", "listeners", "design", "more", "file")


@pytest.fixture
def study():
    return make_study(make_user(), title="Chopin, kept and control")


@pytest.fixture
def page(browser, live_server, client, study, plain_static_names):
    client.force_login(study.owner)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])
    page = context.new_page()
    troubles = collect_troubles(page)
    page.goto(live_server.url + reverse("study", args=[study.slug]))
    yield page
    context.close()
    assert troubles == []


def test_a_draft_is_built_on_its_pages(page: Page, study, live_server):
    expect(page.get_by_label("Pilot link")).to_have_value(re.compile(f"/s/{study.pilot_token}/$"))
    take_pictures(page, "study-draft")
    assert find_violations(page) == []
    page.get_by_role("link", name="Edit", exact=True).click()
    for section in SECTIONS:
        page.goto(live_server.url + reverse("study_edit", args=[study.slug, section]))
        take_pictures(page, f"edit-{section}")
        assert find_violations(page) == []
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            assert measure_overflow(page) <= 0, (section, width)
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_label("Add a block").select_option("rating")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Block “rating”")).to_be_visible()
    expect(page.get_by_role("group", name="presence")).to_be_hidden()
    take_pictures(page, "edit-block")
    assert find_violations(page) == []
    page.get_by_label("Trial type").select_option("pair")
    expect(page.get_by_role("group", name="rating")).to_be_hidden()
    page.get_by_role("group", name="pair").get_by_label("Offer tie").check()
    page.get_by_label("Catch trials").fill("500")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("catch must be a whole number from 0 to 100, got 500")).to_be_visible()
    page.get_by_label("Catch trials").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    page.get_by_role("button", name="Earlier").click()
    expect(page.locator(".outline a[aria-current]")).to_have_text("3Block “rating”pair")
    study.refresh_from_db()
    first, second = protocol_of(study).blocks
    assert (first.trial_type, first.parameters["offer_tie"], first.catch) == ("pair", True, 1)
    assert second.name == "main"

    page.get_by_role("link", name="Protocol file").click()
    field = page.get_by_label("Protocol", exact=True)
    field.fill(field.input_value().replace("catch: 1", "catch: none"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("blocks[0].catch must be a whole number")).to_be_visible()
    assert page.evaluate(SELECTED).strip() == "catch: none"
    take_pictures(page, "edit-refused")

    page.get_by_role("link", name="What it will take").click()
    page.get_by_label("Ratings an item").fill("2")
    page.get_by_role("button", name="Work it out again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "6 listeners give every item 2 ratings"
    )
    take_pictures(page, "forecast")
    assert find_violations(page) == []

    page.get_by_role("link", name=study.title).click()
    page.get_by_role("button", name="Delete the draft…").click()
    expect(page.get_by_role("heading", name=f"Delete “{study.title}”?")).to_be_visible()
    take_pictures(page, "delete-draft")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=f"Delete “{study.title}”?")).to_be_hidden()
    page.get_by_role("button", name="Open the study").click()
    page.clock.install()
    page.get_by_role("link", name="Progress").click()
    expect(page.get_by_text("nobody has come yet")).to_be_visible()
    study.refresh_from_db()
    begin_sitting(entrance=Entrance(study, is_pilot=False))
    page.clock.fast_forward(11_000)
    expect(page.get_by_text("of 1 who began")).to_be_visible(timeout=30_000)
    take_pictures(page, "progress")
    assert find_violations(page) == []
    page.get_by_role("link", name="To the study").click()
    page.get_by_role("button", name="Close the study…").click()
    take_pictures(page, "close-study")
    page.get_by_role("dialog").get_by_role("button", name="Close the study").click()
    expect(page.get_by_text("The study is closed.")).to_be_visible()
