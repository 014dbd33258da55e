"""The environment of a test run, set before Django's settings are read (see pyproject.toml)."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepare() -> None:
    data_dir = tempfile.mkdtemp(prefix="earwitness-test-")
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    os.environ.update(
        DATA_DIR=data_dir,
        SECRET_KEY="only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
        # Where the `broker` fixture starts one; without it nothing listens there.
        BROKER_URL=f"redis://:only-for-tests@127.0.0.1:{find_free_port()}/0",
        DEVICE="cpu",
        TQDM_DISABLE="1",
    )
    for name in ("STORAGE_URL", "ALLOWED_HOSTS", "HTTPS", "DEBUG", "MEDIA_ACCEL_PREFIX", "MODELS"):
        os.environ.pop(name, None)


prepare()
