"""A real browser in front of a sitting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright


@pytest.fixture(scope="module")
def browser(launch_options, django_db_setup) -> Iterator[Browser]:
    # Playwright's synchronous interface runs an event loop; the ORM is called between its calls.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(**launch_options)
        yield browser
        browser.close()


@pytest.fixture
def plain_static_names(settings) -> None:
    # pytest-django's server finds static files by their plain names, not by the hashed ones.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


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
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on(
        "console",
        lambda line: page.troubles.append(line.text) if "Content Security" in line.text else None,
    )
    return page


@pytest.fixture(params=[390, 320])
def phone(request, browser, plain_static_names) -> Iterator[Page]:
    """The page of a phone: touched, and narrow."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.width = request.param
    yield page
    context.close()
