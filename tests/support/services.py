"""Real services for tests: broker, worker, PostgreSQL, browser, songs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from evalsite.processes.broker import Broker, describe_broker, wait_for_broker
from evalsite.processes.children import Child, ChildSpec, stop_all
from tests.support import provide
from tests.support.postgres import find_package, run_postgres

BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real broker: the one that settings.CELERY_BROKER_URL names."""
    folder = tmp_path_factory.mktemp("broker")
    url = os.environ["BROKER_URL"]
    parts = urlsplit(url)
    server = Broker(port=parts.port or 0, password=parts.password or "", folder=folder)
    child = Child(describe_broker(server, env=os.environ, log=folder / "broker.log"))
    child.start()
    try:
        wait_for_broker(server)
        yield url
    finally:
        stop_all([child], grace=5)


@pytest.fixture
def start_worker(
    broker: str, transactional_db: None, tmp_path: Path
) -> Iterator[Callable[[str], Child]]:
    """start_worker("engine"): a Celery worker in a process of its own on the test's database."""
    from celery.app.control import Control
    from django.db import connection

    from evalsite.celery import app

    started: list[Child] = []

    def start(queue: str) -> Child:
        env = {**os.environ, "BROKER_URL": broker, "DATABASE_URL": describe_url(connection)}
        command = (
            *(sys.executable, "-m", "celery", "-A", "evalsite.celery:app", "worker"),
            *("-Q", queue, "-P", "solo", "-n", f"{queue}{len(started)}@%h"),
            *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        )
        log = tmp_path / f"worker-{queue}{len(started)}.log"
        child = Child(ChildSpec(queue, command, env, log))
        child.start()
        started.append(child)
        deadline = time.monotonic() + 60
        while "ready." not in child.read_last_lines(50):
            if not child.is_running() or time.monotonic() > deadline:
                pytest.fail(f"The worker must start, and did not:\n{child.read_last_lines(50)}")
            time.sleep(0.1)
        return child

    yield start
    stop_all(started, grace=5)
    Control(app).purge()


@pytest.fixture
def worker(start_worker: Callable[[str], Child]) -> dict[str, Child]:
    """One running worker per queue."""
    return {queue: start_worker(queue) for queue in ("engine", "default")}


def describe_url(connection) -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return (
        f"postgresql://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL of this test run alone."""
    with run_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """The folder of pg_dump and the like, as this account may run them."""
    return find_package() / "pginstall" / "bin"


@pytest.fixture(scope="session")
def song_paths() -> list[Path]:
    """Real songs, longest first."""
    return sorted(provide.find_songs(), key=lambda path: -path.stat().st_size)


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    return provide.find_browser()


@pytest.fixture(scope="session")
def launch_options(chromium_path: Path) -> dict[str, object]:
    """For Playwright: `playwright.chromium.launch(**launch_options)`."""
    env = dict(os.environ)
    if libraries := provide.list_browser_libraries():
        env["LD_LIBRARY_PATH"] = libraries
    return {
        "executable_path": str(chromium_path),
        "headless": True,
        "args": list(BROWSER_ARGUMENTS),
        "env": env,
    }


@pytest.fixture(scope="session")
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """run_python("-m", "explain_engine", …): a command's result, its output as text."""

    def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=provide.ROOT, capture_output=True, text=True, timeout=280, **options
        )

    return run
