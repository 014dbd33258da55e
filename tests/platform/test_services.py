"""The services that other tests stand on are real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from evalsite.celery import app
from evalsite.processes.children import Child
from tests.support import provide
from tests.support.environment import ROOT


def test_broker_is_a_server_that_keeps_its_queue(broker: str):
    assert broker == settings.CELERY_BROKER_URL
    with redis.Redis.from_url(broker) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.info("server")["server_name"] == "valkey"


@pytest.mark.django_db
def test_database_is_the_one_that_was_asked_for():
    asked = os.environ.get("DATABASE_URL", "sqlite://").partition(":")[0]
    assert connection.vendor == asked
    get_user_model().objects.create_user("somebody")
    assert get_user_model().objects.count() == 1


@pytest.mark.parametrize("queue", ["engine", "default"])
def test_worker_is_another_process_on_the_test_database(
    start_worker: Callable[[str], Child], queue: str
):
    child = start_worker(queue)
    assert child.pid != os.getpid()
    (answer,) = app.control.ping(timeout=20, limit=1)
    (name,) = answer
    assert name.startswith(queue)
    environ = psutil.Process(child.pid).environ()
    assert str(connection.settings_dict["NAME"]) in environ["DATABASE_URL"]


def test_postgres_ends_with_the_process_that_started_it():
    code = (
        "import os, signal, psycopg\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as connection:\n"
        "    for name in ('server_version', 'port', 'data_directory'):\n"
        "        print(connection.execute(f'SHOW {name}').fetchone()[0], flush=True)\n"
        "os.kill(os.getppid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-m", "tests.support.postgres", sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    version, port, data = done.stdout.split()
    assert int(version.partition(".")[0]) >= 14
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    psutil.wait_procs(find_postgres(port), timeout=20)
    shutil.rmtree(Path(data).parent)
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url, connect_timeout=5)


def find_postgres(port: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words and words[0].endswith("/bin/postgres") and port in words:
            found.append(process)
    return found


def test_songs_are_real(song_paths: list[Path]):
    assert len(song_paths) == 4
    assert [path.read_bytes()[:4] for path in song_paths] == [b"OggS"] * 4


def test_browser_starts(launch_options: dict[str, object]):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options)
        page = browser.new_page()
        page.set_content("<h1>heard</h1>")
        assert page.inner_text("h1") == "heard"
        browser.close()


def test_missing_browser_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(provide, "BROWSER_NAMES", ())
    monkeypatch.setattr(provide, "CACHE", tmp_path)
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(provide.MissingError, match="The tests need a Chromium"):
        provide.find_browser()
    monkeypatch.setenv("CHROMIUM", "/nowhere")
    with pytest.raises(provide.MissingError, match="CHROMIUM must be the path of a browser"):
        provide.find_browser()
