"""The whole of Earwitness as `make run` starts it, in a folder and on a port of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from evalsite.processes.children import end_with_parent
from tests.support.environment import ROOT, find_free_port

MARKS = {
    "broker": "valkey-server",
    "web": "gunicorn",
    "worker-engine": "engine@%h",
    "worker-default": "default@%h",
    "beat": "beat",
}
# What the test run's own environment must not hand on.
PRIVATE = ("DATABASE_URL", "BROKER_URL", "STORAGE_URL", "SECRET_KEY", "ALLOWED_HOSTS")


@dataclass
class Stack:
    """A running instance: where it is, how to ask it, how to hurt it."""

    data_dir: Path
    port: int
    env: dict[str, str]
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sign_in_link(self) -> str:
        """The link printed at the start; `make_sign_in_link` gives a fresh one."""
        found = re.search(r"https?://\S+/sign-in/\S+", self.output)
        assert found, self.output
        return found.group()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def make_sign_in_link(self) -> str:
        return self.manage("sign_in_link", "--base-url", self.base_url).stdout.split()[-1]

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A management command on this instance's data; its failure is the test's."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def query(self, code: str) -> str:
        """What Python code prints with this instance's models at hand."""
        return self.manage("shell", "--no-imports", "-c", code).stdout.strip()

    def processes(self) -> list[psutil.Process]:
        """The supervisor and all that descend from it."""
        try:
            supervisor = psutil.Process(self.process.pid)
            return [supervisor, *supervisor.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def find(self, name: str) -> psutil.Process:
        """The direct child called broker, web, worker-engine, worker-default or beat."""
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            for child in psutil.Process(self.process.pid).children():
                # One that ends just now is not the one that is running.
                with contextlib.suppress(psutil.NoSuchProcess):
                    if MARKS[name] in " ".join(child.cmdline()):
                        return child
            time.sleep(0.1)
        raise AssertionError(f"{name} is not running:\n{self.output}")

    def kill(self, name: str) -> int:
        """kill -9 of one child with its own children; returns the pid that is gone."""
        child = self.find(name)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(timeout=10)
        return child.pid

    def kill_worker(self, queue: str = "engine") -> int:
        return self.kill(f"worker-{queue}")

    def restart_web(self) -> None:
        """kill -9 of the web server; returns when the one started after it answers."""
        self.kill("web")
        self.wait_until_ready()

    def wait_until_ready(self, *, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.base_url}/readyz", timeout=10) as answer:
                    assert answer.status == 200
                    return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def wait_for(self, text: str, *, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.output:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was not printed:\n{self.output}")
            time.sleep(0.05)

    def read_log(self, name: str) -> str:
        return (self.data_dir / "logs" / f"{name}.log").read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=40)


def start_stack(
    data_dir: Path,
    *,
    port: int | None = None,
    env: Mapping[str, str] | None = None,
    has_demo: bool = False,
    arguments: tuple[str, ...] = (),
) -> Stack:
    """Start an instance and return at once; `wait_for("Sign in")` waits until it serves."""
    port = port or find_free_port()
    inherited = {name: value for name, value in os.environ.items() if name not in PRIVATE}
    full = {**inherited, "DATA_DIR": str(data_dir), **(env or {})}
    command = [sys.executable, "-m", "evalsite.processes", "--port", str(port), *arguments]
    parent = os.getpid()
    process = subprocess.Popen(
        command if has_demo else [*command, "--no-demo"],
        cwd=ROOT,
        env=full,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: end_with_parent(signal.SIGTERM, parent),
    )
    stack = Stack(data_dir, port, full, process)
    threading.Thread(target=read_lines, args=(stack,), daemon=True).start()
    return stack


def read_lines(stack: Stack) -> None:
    assert stack.process.stdout is not None
    for line in stack.process.stdout:
        stack.lines.append(line)


@pytest.fixture
def run_stack(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """run_stack(): a served instance for one test; options as `start_stack` takes them."""
    stacks: list[Stack] = []

    def run(data_dir: Path | None = None, **options) -> Stack:
        stack = start_stack(data_dir or tmp_path / "data", **options)
        stacks.append(stack)
        stack.wait_for("Sign in, once")
        return stack

    yield run
    for stack in stacks:
        stack.stop()


@pytest.fixture(scope="module")
def live_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A served instance shared by a module's tests, without the demo."""
    stack = start_stack(tmp_path_factory.mktemp("live") / "data")
    try:
        stack.wait_for("Sign in, once")
        yield stack
    finally:
        stack.stop()
