"""`make run` with real processes: what it starts, and that nothing of it stays behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.support.environment import ROOT, find_free_port
from tests.support.stack import MARKS, Stack, start_stack

RunStack = Callable[..., Stack]


def wait_until_gone(processes: list[psutil.Process], *, seconds: float = 15) -> None:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    still = [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    assert still == []


def count_processor_seconds(stack: Stack) -> float:
    total = 0.0
    for process in stack.processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            used = process.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


def start_and_expect_refusal(data_dir: Path, **options) -> str:
    stack = start_stack(data_dir, **options)
    try:
        code = stack.process.wait(timeout=60)
    finally:
        stack.stop()
    time.sleep(0.2)
    assert code == 2, stack.output
    return stack.output


def test_start_serves_a_page_and_runs_every_process(run_stack: RunStack):
    stack = run_stack()
    stack.wait_until_ready()
    assert stack.sign_in_link.startswith(stack.base_url)
    assert {name: stack.find(name).is_running() for name in MARKS} == dict.fromkeys(MARKS, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_stop_signal_leaves_no_process(run_stack: RunStack, number: signal.Signals):
    stack = run_stack()
    processes = stack.processes()
    assert len(processes) > len(MARKS)
    assert stack.stop(number) == 0
    wait_until_gone(processes, seconds=1)


def test_killed_supervisor_leaves_no_process(run_stack: RunStack):
    stack = run_stack()
    processes = stack.processes()
    os.kill(stack.process.pid, signal.SIGKILL)
    stack.process.wait()
    wait_until_gone(processes)


def test_killed_parent_leaves_no_process(tmp_path: Path):
    data_dir, port = tmp_path / "data", find_free_port()
    # Like make: a parent that only waits, and dies without a word to its child.
    launcher = (
        "import subprocess, sys, os;"
        "subprocess.run([sys.executable, '-m', 'evalsite.processes', '--no-demo',"
        f" '--port', '{port}', '--parent', str(os.getpid())])"
    )
    env = {**os.environ, "DATA_DIR": str(data_dir)}
    env.pop("BROKER_URL")
    with (tmp_path / "out").open("w") as out:
        parent = subprocess.Popen([sys.executable, "-c", launcher], cwd=ROOT, env=env, stdout=out)
    try:
        deadline = time.monotonic() + 90
        while "Sign in, once" not in (tmp_path / "out").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        processes = psutil.Process(parent.pid).children(recursive=True)
        assert len(processes) > len(MARKS)
    finally:
        parent.kill()
        parent.wait()
    wait_until_gone(processes)


@pytest.mark.parametrize("name", sorted(MARKS))
def test_killed_child_is_started_again(live_stack: Stack, name: str):
    old = live_stack.kill(name)
    assert live_stack.find(name).pid != old
    live_stack.wait_until_ready()
    assert live_stack.output.count("ended (signal SIGKILL)") >= 1


def test_restart_of_the_web_server_refuses_no_connection(live_stack: Stack):
    live_stack.kill("web")
    # The supervisor holds the listening socket: a request waits instead of failing.
    with socket.create_connection(("127.0.0.1", live_stack.port), timeout=60) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.0 200 OK")


def test_broker_listens_on_loopback_only_and_asks_for_a_password(live_stack: Stack):
    listening = [
        connection.laddr
        for connection in live_stack.find("broker").net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    with socket.create_connection(("127.0.0.1", listening[0].port), timeout=5) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(64).startswith(b"-NOAUTH")


def test_taken_port_is_a_sentence(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        output = start_and_expect_refusal(tmp_path / "data", port=port)
    assert output == (
        f"Port {port} must be free, and another program listens there: "
        f"end it, or choose another with PORT={port + 1}.\n"
    )


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"DEVICE": "abacus"}, "DEVICE must be one of auto, cpu, cuda, got 'abacus'."),
        (
            {"DATABASE_URL": "oracle://db/x"},
            "DATABASE_URL must begin with sqlite:// or postgresql://, got 'oracle://'.",
        ),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 32 characters, got 5."),
        ({"WEB_WORKERS": "many"}, "WEB_WORKERS must be a number from 1 to 64, got 'many'."),
    ],
)
def test_bad_environment_value_stops_the_start(tmp_path: Path, env, sentence: str):
    output = start_and_expect_refusal(tmp_path / "data", env=env)
    assert output.splitlines()[-1] == sentence


def test_bad_port_and_music_are_sentences(tmp_path: Path):
    port = start_and_expect_refusal(tmp_path / "a", arguments=("--port", "99999"))
    assert port == "PORT must be a number from 1 to 65535, got '99999'.\n"
    music = start_and_expect_refusal(tmp_path / "b", arguments=("--music", "/nowhere"))
    assert music == "MUSIC must be a folder with recordings, got '/nowhere'.\n"
    host = start_and_expect_refusal(tmp_path / "c", arguments=("--host", "192.0.2.1"))
    assert host == "HOST must be an address of this machine, got '192.0.2.1'.\n"


def test_second_instance_on_the_same_data_is_refused(live_stack: Stack):
    output = start_and_expect_refusal(live_stack.data_dir)
    assert f"process {live_stack.process.pid} already uses" in output


def test_second_start_keeps_data_and_is_fast(run_stack: RunStack, tmp_path: Path):
    data_dir = tmp_path / "data"
    first = run_stack(data_dir)
    code = "from django.contrib.auth.models import User; User.objects.create_user('kept')"
    first.query(code)
    key = (data_dir / "secret_key").read_text()
    assert first.stop(signal.SIGINT) == 0
    second = run_stack(data_dir)
    # Processor time, not the clock's: a busy machine must not fail it. Seconds on an idle one.
    assert count_processor_seconds(second) < 20
    names = second.query(
        "from django.contrib.auth.models import User;"
        "print(sorted(User.objects.values_list('username', flat=True)))"
    )
    assert names == "['kept', 'researcher']"
    assert (data_dir / "secret_key").read_text() == key


def test_everything_written_lies_in_the_data_folder(run_stack: RunStack, tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir()
    stack = run_stack(env={"HOME": str(home), "XDG_RUNTIME_DIR": str(home)})
    assert stack.stop(signal.SIGINT) == 0
    assert sorted(home.rglob("*")) == []
    assert (stack.data_dir / "run.lock").exists()


def test_host_opens_it_to_the_network(run_stack: RunStack):
    stack = run_stack(arguments=("--host", "0.0.0.0"))
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(stack.process.pid).net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["0.0.0.0"]
    assert stack.sign_in_link.startswith(f"http://127.0.0.1:{stack.port}/")
    with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as connection:
        host = socket.gethostname()
        connection.sendall(f"GET /healthz HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        assert connection.recv(64).startswith(b"HTTP/1.0 200 OK")
