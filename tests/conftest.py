"""Fixtures for every test: what they are is told where they are defined."""

from __future__ import annotations

import pytest
from django.core.management import call_command

pytest_plugins = ["tests.support.services", "tests.support.stack", "tests.support.browser"]
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
# What a browser shows does not depend on the database behind it.
BROWSER_FIXTURES = {"page", "browser", "chromium_path", "launch_options"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all that use the test database as `database`: `make test` runs it on PostgreSQL too."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & BROWSER_FIXTURES:
            continue
        if names & DATABASE_FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def static_files() -> None:
    """Pages name style and scripts by their hashes: collected once, as an installation does."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def _collect_static_files(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("django_db") or request.node.get_closest_marker("database"):
        request.getfixturevalue("static_files")
