"""Ends and refusals: on a narrow screen no axe-core violation, no sideways scroll, a heading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from evalsite.responses.invitations import make_invitations
from tests.factories import make_open_study
from tests.responses.test_browser_outbox import show_page
from tests.responses.trial_site import TrialSite, run_trial_site
from tests.support.browser import find_violations, measure_overflow

BACK = {"url": "https://panel.example/?cc=DONE", "code": "DONE", "is_at_once": False}
# The page, and what it is told.
ENDS = {
    "thanks": {"panel_return": BACK},
    "full": {"panel_return": BACK},
    "screened_out": {"panel_return": BACK},
    "declined": {"panel_return": BACK},
    "closed": {"panel_return": BACK},
    "returned": {},
    "withdrawn": {},
    "invitation_spent": {"invitation": {"state": "used"}},
    "link_incomplete": {},
    "too_many": {"minutes": 3},
    "no_sitting": {},
    "not_open": {"state": "draft"},
}


@pytest.fixture
def site(plain_static_names) -> Iterator[TrialSite]:
    with run_trial_site() as site:
        yield site


def test_every_end_is_accessible_and_narrow(browser, site):
    context = browser.new_context(viewport={"width": 320, "height": 640})
    context.set_default_timeout(30_000)
    page = context.new_page()

    for name, told in ENDS.items():
        page.goto(show_page(site, name, f"/{name}/", resume_url="/r/", withdraw_url="/w/", **told))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        if "panel_return" in told:
            expect(page.get_by_role("link", name="Back to the site that sent you")).to_be_visible()
        assert (name, find_violations(page), measure_overflow(page)) == (name, [], 0)

    context.close()


@pytest.mark.django_db(transaction=True)
def test_recruiting_page_is_accessible_and_narrow(browser, plain_static_names, live_server, client):
    study = make_open_study()
    make_invitations(study=study, n=2)
    client.force_login(study.owner)
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(30_000)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()

    page.goto(live_server.url + reverse("study_recruiting", args=[study.slug]))
    page.get_by_text("Another panel than Prolific").click()
    found = (find_violations(page), measure_overflow(page))
    page.get_by_role("button", name="Take back number 1").click()

    expect(page.get_by_role("cell", name="taken back")).to_be_visible()
    assert found == ([], 0)
    context.close()
