"""Child processes that end with the process that started them, whatever ends it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_BYTES_KEPT = 5 * 2**20

_prctl: Callable[..., int] | None = None
if sys.platform == "linux":
    # Loaded here: between fork and exec it would be too late.
    _prctl = ctypes.CDLL(None, use_errno=True).prctl


def end_with_parent(signal_number: int, parent: int) -> None:
    """Have the kernel signal this process when its parent dies; at once if it is dead already."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal_number)


@dataclass(frozen=True)
class ChildSpec:
    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    pass_fds: tuple[int, ...] = ()
    is_restarted: bool = True


@dataclass
class Child:
    spec: ChildSpec
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    n_failures: int = 0
    not_before: float = field(default=0.0)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        parent = os.getpid()
        self.spec.log.parent.mkdir(parents=True, exist_ok=True)
        shorten_log(self.spec.log)
        with self.spec.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.spec.command,
                env=dict(self.spec.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches the supervisor only, which ends the rest.
                start_new_session=True,
                pass_fds=self.spec.pass_fds,
                preexec_fn=lambda: end_with_parent(signal.SIGKILL, parent),
            )
        self.started_at = time.monotonic()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal_group(self, signal_number: int) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal_number)
        except (ProcessLookupError, PermissionError):
            return

    def read_last_lines(self, n_lines: int = 12) -> str:
        try:
            text = self.spec.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-n_lines:])


def shorten_log(path: Path) -> None:
    if path.exists() and path.stat().st_size > LOG_BYTES_KEPT:
        path.replace(path.with_suffix(".old.log"))


def stop_all(children: Sequence[Child], *, grace: float) -> None:
    """Ask all to end, wait together, then kill what is left of each group."""
    for child in children:
        if child.is_running():
            child.signal_group(signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(child.is_running() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in children:
        child.signal_group(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()
