"""Keep a set of child processes running until a signal, or the parent's death, ends them all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import FrameType

from .children import Child, ChildSpec, end_with_parent, stop_all

POLL_SECONDS = 0.2
GRACE_SECONDS = 4.0
LONGEST_BACK_OFF = 30.0
# A child that ran this long is healthy again: its next fall starts from the shortest wait.
HEALTHY_SECONDS = 60.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked the supervisor to end."""


class Supervisor:
    def __init__(self, *, say: Callable[[str], None], parent: int | None = None) -> None:
        self.children: list[Child] = []
        self.say = say
        self.parent = parent
        self.stop_reason = ""

    def watch_signals(self) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, self._note_signal)
        if self.parent is not None:
            end_with_parent(signal.SIGTERM, self.parent)

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_reason = self.stop_reason or signal.Signals(number).name

    def add(self, spec: ChildSpec) -> Child:
        child = Child(spec)
        child.start()
        self.children.append(child)
        return child

    def check(self) -> None:
        """One look at everything: stop if asked to, start again what died."""
        if self.parent is not None and os.getppid() != self.parent:
            self.stop_reason = self.stop_reason or "the parent's death"
        if self.stop_reason:
            raise Stopped(self.stop_reason)
        for child in list(self.children):
            if not child.is_running():
                self._handle_end(child)

    def _handle_end(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            status = child.process.returncode
            # Its own children share its group; none may outlive it.
            child.signal_group(signal.SIGKILL)
            child.process = None
            if not child.spec.is_restarted:
                self.children.remove(child)
                if status:
                    self.say(f"{child.spec.name} failed; see {child.spec.log}")
                return
            if now - child.started_at > HEALTHY_SECONDS:
                child.n_failures = 0
            child.n_failures += 1
            wait = min(LONGEST_BACK_OFF, 0.5 * 2 ** (child.n_failures - 1))
            child.not_before = now + wait
            self.say(
                f"{child.spec.name} ended ({describe_status(status)}); "
                f"starting it again in {wait:g} s. Log: {child.spec.log}"
            )
        elif now >= child.not_before:
            child.start()

    def pause(self, seconds: float = POLL_SECONDS) -> None:
        time.sleep(seconds)
        self.check()

    def run_once(self, spec: ChildSpec) -> Child:
        """Run a command to its end while watching everything else; its child is returned."""
        child = Child(spec)
        child.start()
        self.children.append(child)
        try:
            while child.is_running():
                time.sleep(0.05)
                if self.stop_reason:
                    raise Stopped(self.stop_reason)
        finally:
            stop_all([child], grace=GRACE_SECONDS)
            self.children.remove(child)
        return child

    def stop(self) -> None:
        """End everything, the last started first asked; the first started (the broker) last."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._kill_everything)
        first, rest = self.children[:1], self.children[1:]
        stop_all(rest, grace=GRACE_SECONDS)
        stop_all(first, grace=GRACE_SECONDS)
        self.children.clear()

    def _kill_everything(self, number: int, frame: FrameType | None) -> None:
        # A second Ctrl-C does not wait.
        for child in self.children:
            child.signal_group(signal.SIGKILL)


def describe_status(status: int | None) -> str:
    if status is not None and status < 0:
        return f"signal {signal.Signals(-status).name}"
    return f"exit code {status}"
