"""Results, home and export in a real browser, wide and narrow."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from evalsite.results import store
from evalsite.results.services import run_analysis
from evalsite.studies.services import close_study
from tests import factories
from tests.results.every_kind import answer_everything
from tests.results.with_model import make_explained_study
from tests.support.browser import find_violations

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


def test_the_download_comes_by_itself_and_is_the_noted_file(open_page, study):
    page = open_page(f"/studies/{study.slug}/export/", "phone")
    expect(page.get_by_text("The button comes by itself.").first).to_be_visible()
    run_analysis(pk=store.ask_worker(study, "models").pk)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download: Tables").click()
    data = download.value.path().read_bytes()
    assert study.exports.get().sha256 == hashlib.sha256(data).hexdigest()
    assert download.value.suggested_filename == f"{study.slug}-csv_zip.zip"


def test_a_page_tells_when_a_worker_has_computed_the_rest(open_page, study):
    page = open_page(f"/studies/{study.slug}/results/")
    expect(page.get_by_text("A worker still computes some of the figures below.")).to_be_visible()
    run_analysis(pk=store.ask_worker(study, "models").pk)
    page.get_by_role("link", name="Show them").click()
    expect(page.get_by_text("All figures are computed.")).to_be_hidden()
    expect(page.locator("#models table")).to_be_visible()


def test_the_api_page_shows_its_operations(open_page):
    page = open_page("/api/v1/docs/")
    expect(page.get_by_text("/api/v1/ratings/", exact=True)).to_be_visible()


@pytest.fixture
def explained(study):
    """Answers to several kinds of question about clips with outputs of a model, all computed."""
    rng = np.random.default_rng(2)
    found = make_explained_study(rng, n_recordings=9)
    for n in range(5):
        answer_everything(found, rng, training="10+" if n % 2 else "0")
    found.owner = study.owner
    found.save()
    found = close_study(study=found)
    run_analysis(pk=store.ask_worker(found, "models").pk)
    return found


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("small", "dark")])
def test_whatever_is_folded_is_readable_by_everybody(open_page, explained, size, scheme):
    """axe-core finds nothing, and nothing needs to be scrolled sideways, when all is unfolded."""
    for block in ("rated", "where", "which"):
        page = open_page(f"/studies/{explained.slug}/results/?block={block}", size)
        page.emulate_media(color_scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert find_violations(page) == [], block
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], block


def test_print_unfolds_everything_and_folds_it_again(open_page, explained):
    page = open_page(f"/studies/{explained.slug}/results/?block=rated")
    folded = page.locator("main details:not([open])")
    n_folded = folded.count()
    assert n_folded > 3
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(folded).to_have_count(0)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(folded).to_have_count(n_folded)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()


def test_contents_lead_to_each_section(open_page, explained):
    page = open_page(f"/studies/{explained.slug}/results/?block=rated")
    links = page.locator(".contents a")
    for n in range(links.count()):
        target = page.locator(links.nth(n).get_attribute("href"))
        expect(target).to_have_count(1)
        links.nth(n).click()
        expect(target).to_be_in_viewport()
