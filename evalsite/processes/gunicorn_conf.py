"""The web server's configuration, for `make run` and for deployments."""

from __future__ import annotations

import os
import signal
from typing import Any

from evalsite.processes.children import end_with_parent

wsgi_app = "evalsite.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
# Imported once, before the workers are forked: half the time to the first page.
preload_app = True
timeout = 120
graceful_timeout = 5
keepalive = 5
# No access log: it would hold participants' addresses and links.
accesslog = None
loglevel = "warning"
# Without this a socket appears in the user's home folder.
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Import what the first request would: once here, not in each worker."""
    from django.urls import get_resolver

    _ = get_resolver().url_patterns


def post_fork(server: Any, worker: Any) -> None:
    end_with_parent(signal.SIGKILL, worker.ppid)
