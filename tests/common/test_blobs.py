"""The store: files by content, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evalsite.common.blobs import find_blob, publish_bytes, publish_file
from tests.support.environment import ROOT


@pytest.fixture(autouse=True)
def store(settings, tmp_path: Path) -> Path:
    settings.STORAGE_DIR = tmp_path / "store"
    return settings.STORAGE_DIR


def test_publish_bytes_names_a_file_by_its_content() -> None:
    sha256 = publish_bytes(b"sound")

    assert sha256 == hashlib.sha256(b"sound").hexdigest()
    assert find_blob(sha256).read_bytes() == b"sound"


def test_publish_file_twice_is_one_file(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(b"sound" * 10_000)

    first, second = publish_file(path), publish_file(path)

    assert first == second
    assert [found for found in store.rglob("*") if found.is_file()] == [find_blob(first)]


PUBLISH_FOR_EVER = """
import django
django.setup()
from django.conf import settings
from pathlib import Path
import os, sys
settings.STORAGE_DIR = Path(sys.argv[1])
from evalsite.common.blobs import publish_bytes
print("ready", flush=True)
while True:
    publish_bytes(os.urandom(2**20))
"""


def test_publish_killed_leaves_no_partial_file(store: Path) -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "evalsite.settings"}
    for delay in (0.03, 0.07, 0.11, 0.15, 0.19):
        process = subprocess.Popen(
            [sys.executable, "-c", PUBLISH_FOR_EVER, str(store)],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()

    published = [p for p in store.rglob("*") if p.is_file() and p.parent.name != "incoming"]
    assert published
    for path in published:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
