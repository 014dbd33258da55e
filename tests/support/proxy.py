"""A TCP proxy that fails as networks do: before, within and after the bytes of a request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# What happens to a POST: passed on; cut before or within its bytes, so that the server never has
# all of it; passed on and its answer lost or cut short; kept a while.
FAULTS = ("pass", "refuse", "cut_request", "lose_answer", "cut_answer", "stall")
STALL_SECONDS = 0.2
END = b"\r\n\r\n"


@contextmanager
def run_proxy(port: int, choose: Callable[[], str]) -> Iterator[int]:
    """Forward to 127.0.0.1:`port`; `choose` names the fault of each POST. Yields its own port."""
    listening = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def accept() -> None:
        while not is_over.is_set():
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    def serve(client: socket.socket) -> None:
        with client:
            try:
                forward(client, port, choose)
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        is_over.set()
        listening.close()


def forward(client: socket.socket, port: int, choose: Callable[[], str]) -> None:
    """One request a connection."""
    request = read_message(client)
    if not request:
        return
    fault = choose() if request.startswith(b"POST") else "pass"
    if fault == "refuse":
        return
    if fault == "cut_request":
        request = request[: len(request) - 40]
    request = request.replace(b"Connection: keep-alive", b"Connection: close")
    with socket.create_connection(("127.0.0.1", port), timeout=20) as server:
        server.sendall(request)
        if fault == "cut_request":
            return
        answer = b""
        while piece := server.recv(65536):
            answer += piece
    if fault == "lose_answer":
        return
    if fault == "cut_answer":
        answer = answer[: len(answer) // 2]
    if fault == "stall":
        threading.Event().wait(STALL_SECONDS)
    client.sendall(answer)


def read_message(client: socket.socket) -> bytes:
    data = b""
    while END not in data:
        piece = client.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(END)
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        piece = client.recv(65536)
        if not piece:
            return b""
        body += piece
    return head + END + body
