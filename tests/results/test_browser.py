"""Results, home and export in a real browser, wide and narrow."""

from __future__ import annotations

import hashlib

import pytest
from playwright.sync_api import Page, expect

from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"desktop": (1280, 900), "phone": (390, 844), "small": (320, 640)}


@pytest.fixture
def study():
    study = factories.make_open_study()
    for n in range(4):
        factories.make_sitting(study, lambda _, condition, __, n=n: 2 + n + (condition == "kept"))
    return close_study(study=study)


@pytest.fixture
def open_page(browser, live_server, client, study, plain_static_names):
    client.force_login(study.owner)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    contexts, complaints = [], []

    def open_at(path: str, size: str = "desktop") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.add_cookies([{**cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", ["", "results", "export"])
def test_pages_fit_and_complain_of_nothing(open_page, study, page, size):
    shown = open_page(f"/studies/{study.slug}/{page}/" if page else "/", size)
    width = shown.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size][0]


def test_a_clip_plays_and_the_next_one_stops_it(open_page, study):
    page = open_page(f"/studies/{study.slug}/results/")
    buttons = page.locator("clip-button button")
    buttons.nth(0).click()
    expect(buttons.nth(0)).to_have_attribute("aria-pressed", "true")
    buttons.nth(1).click()
    expect(buttons.nth(0)).to_have_attribute("aria-pressed", "false")
    expect(page.locator("clip-button [aria-pressed=true]")).to_have_count(0)
    expect(page.locator("clip-button [data-error]").nth(0)).to_be_hidden()


def test_the_download_is_the_noted_file(open_page, study):
    page = open_page(f"/studies/{study.slug}/export/", "phone")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download: Tables").click()
    data = download.value.path().read_bytes()
    assert study.exports.get().sha256 == hashlib.sha256(data).hexdigest()
    assert download.value.suggested_filename == f"{study.slug}-csv_zip.zip"


def test_the_api_page_shows_its_operations(open_page):
    page = open_page("/api/v1/docs/")
    expect(page.get_by_text("/api/v1/ratings/", exact=True)).to_be_visible()
