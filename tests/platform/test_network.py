from __future__ import annotations

import socket

import pytest

from evalsite.processes.errors import StartError
from evalsite.processes.network import list_addresses, list_allowed_hosts, open_listener, parse_port


@pytest.mark.parametrize("text", ["1", "8000", "65535"])
def test_parse_port_takes_ports(text: str):
    assert parse_port(text) == int(text)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "8e3", "", " 80", "٨٠٠٠"])
def test_parse_port_refuses_the_rest(text: str):
    with pytest.raises(StartError, match="PORT must be a number from 1 to 65535"):
        parse_port(text)


def test_allowed_hosts_keep_what_was_given_and_add_this_machine():
    assert list_allowed_hosts("127.0.0.1", "a.example, b.example") == [
        "a.example",
        "b.example",
        "localhost",
        "127.0.0.1",
        "[::1]",
    ]


def test_allowed_hosts_of_an_open_server_name_every_address():
    hosts = list_allowed_hosts("0.0.0.0", None)
    assert set(list_addresses()) <= set(hosts)
    assert socket.gethostname() in hosts
    assert "*" not in hosts


def test_open_listener_refuses_a_name_that_is_no_address():
    with pytest.raises(StartError, match="HOST must be an address of this machine"):
        open_listener("no-such-host.invalid", 0)
