"""Fixtures for every test: what they are is told where they are defined."""

from __future__ import annotations

pytest_plugins = ["tests.support.services", "tests.support.stack"]
