"""One way to write: a transaction, with a fair queue in front of it where the database has none."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

_process_queue = threading.Lock()
_this_thread = threading.local()


@contextmanager
def write_transaction() -> Iterator[None]:
    """SQLite's busy handler polls, so a writer can wait long behind later ones: queue for it."""
    if connection.vendor != "sqlite" or getattr(_this_thread, "is_first", False):
        with transaction.atomic():
            yield
        return
    with _process_queue, open(settings.DATA_DIR / "write.lock", "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # What runs on commit still holds the queue's place, and may write again.
        _this_thread.is_first = True
        try:
            with transaction.atomic():
                yield
        finally:
            _this_thread.is_first = False
