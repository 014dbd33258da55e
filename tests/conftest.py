"""Fixtures for every test: what they are is told where they are defined."""

from __future__ import annotations

import pytest
from django.core.management import call_command

pytest_plugins = ["tests.support.services", "tests.support.stack"]


@pytest.fixture(scope="session")
def static_files() -> None:
    """Pages name style and scripts by their hashes: collected once, as an installation does."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def _collect_static_files(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("static_files")
