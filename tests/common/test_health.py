"""Is it up, and can it reach what it needs."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_healthz_answers_without_asking_anything(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


def test_readyz_is_ready_with_broker_and_store(client: Client, broker: str) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "broker": "ok", "storage": "ok"}


def test_readyz_names_the_broker_that_is_away(client: Client, settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["broker"] == "cannot be reached: ConnectionError"


def test_readyz_names_a_store_that_cannot_be_written(client: Client, settings, tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    settings.STORAGE_DIR = blocked / "store"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["storage"].startswith("cannot be written")
