"""A real browser for tests that ask the database between its calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

AXE = Path(__file__).parent / "axe" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture(scope="module")
def browser(launch_options: dict, django_db_setup: None) -> Iterator[Browser]:
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


def collect_troubles(page: Page) -> list[str]:
    """What goes wrong in a page from now on: errors of scripts, breaches of the content policy."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda line: troubles.append(line.text) if "Content Security" in line.text else None,
    )
    return troubles


def measure_overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    page.wait_for_load_state("load")
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def find_violations(page: Page) -> list[str]:
    """What axe-core says of the page once its colours have changed, with the elements it means."""
    page.evaluate(
        """() => Promise.allSettled(document.getAnimations()
            .filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""
    )
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(
        "tags => axe.run({runOnly: tags}).then(({violations}) => violations"
        ".map(({id, nodes}) => `${id}: ${nodes.map((one) => one.html).join(' ')}`))",
        TAGS,
    )
    return [f"{page.url} {line[:300]}" for line in found]
