"""Leases: who works on a row, for how long, and whether that process still lives."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

logger = logging.getLogger(__name__)

RENEW_SECONDS = 5.0
TICK_SECONDS = 1.0


def make_lease() -> str:
    """machine:pid:start:random, at most 64 characters."""
    pid = os.getpid()
    return f"{name_machine()}:{pid}:{read_start_time(pid)}:{secrets.token_hex(8)}"


def find_lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


@lru_cache(maxsize=1)
def name_machine() -> str:
    """The same for processes that can see each other: host, boot and process namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
        processes = os.readlink("/proc/self/ns/pid")
    except OSError:
        boot = processes = ""
    name = f"{socket.gethostname()}\n{boot}\n{processes}"
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def read_start_time(pid: int) -> str:
    """When a process started, in kernel ticks; empty when it is gone (or a zombie)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return ""
    fields = stat.rsplit(")", 1)[-1].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]


def is_holder_dead(lease: str) -> bool:
    """True only if the holder ran on this machine and certainly no longer does."""
    machine, _, rest = lease.partition(":")
    pid, _, rest = rest.partition(":")
    started = rest.partition(":")[0]
    if machine != name_machine() or not pid.isdigit() or not started:
        return False
    return read_start_time(int(pid)) != started


class Heartbeat:
    """A thread that renews a lease and carries progress to the database while work goes on.

    `renew(done, total)` writes and says whether the lease is still ours.
    """

    def __init__(self, renew: Callable[[int, int], bool]) -> None:
        self._renew = renew
        self._ended = threading.Event()
        self._lost = threading.Event()
        self._progress = (0, 0)
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def note_progress(self, done: int, total: int) -> None:
        self._progress = (done, total)

    def is_lost(self) -> bool:
        return self._lost.is_set()

    def _beat(self) -> None:
        written, ticks = (0, 0), 0
        try:
            while not self._ended.wait(TICK_SECONDS):
                ticks += 1
                if self._progress == written and ticks * TICK_SECONDS < RENEW_SECONDS:
                    continue
                current = self._progress
                try:
                    if not self._renew(*current):
                        self._lost.set()
                        return
                    written, ticks = current, 0
                except DatabaseError as error:
                    logger.warning("lease not renewed, trying again: %s", error)
        finally:
            connection.close()
