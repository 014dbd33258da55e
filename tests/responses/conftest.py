"""A real browser in front of a sitting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.support.browser import collect_troubles


@pytest.fixture
def context(browser, plain_static_names) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def page(context) -> Page:
    """A page that remembers what went wrong in it: `page.troubles`."""
    page = context.new_page()
    page.troubles = collect_troubles(page)
    return page


@pytest.fixture(params=[390, 320])
def phone(request, browser, plain_static_names) -> Iterator[Page]:
    """The page of a phone: touched, and narrow."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    yield page
    context.close()
