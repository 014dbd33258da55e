"""Where the web server listens, and what others on the network call this machine."""

from __future__ import annotations

import errno
import fcntl
import socket
import struct

from .errors import StartError

SIOCGIFADDR = 0x8915


def parse_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise StartError(f"PORT must be a number from 1 to 65535, got {text!r}.")
    return int(text)


def open_listener(host: str, port: int) -> socket.socket:
    """The listening socket; held by the supervisor, so that a restart of the server drops none."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise StartError(f"HOST must be an address of this machine, got {host!r}.") from error
    listener = socket.socket(family, kind, proto)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise StartError(explain_bind_error(error, host, port)) from error
    return listener


def explain_bind_error(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} must be free, and another program listens there: "
            f"end it, or choose another with PORT={port + 1 if port < 65535 else port - 1}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs a privileged user: choose one above 1023, such as PORT=8000."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST must be an address of this machine, got {host!r}."
    return f"HOST {host!r} and PORT {port} must be free to listen on: {error.strerror}."


def is_any_address(host: str) -> bool:
    return host in {"", "0.0.0.0", "::"}


def list_addresses() -> list[str]:
    """The IPv4 addresses of this machine's interfaces, without the loopback."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, request)
            except OSError:
                continue
            address = socket.inet_ntoa(answer[20:24])
            if not address.startswith("127."):
                found.append(address)
    return found


def list_allowed_hosts(host: str, given: str | None) -> list[str]:
    """What the site answers to: what the environment says, and always this machine itself."""
    hosts = [part.strip() for part in (given or "").split(",") if part.strip()]
    hosts += ["localhost", "127.0.0.1", "[::1]"]
    if is_any_address(host):
        hosts += [*list_addresses(), socket.gethostname()]
    else:
        hosts.append(f"[{host}]" if ":" in host else host)
    return list(dict.fromkeys(hosts))
