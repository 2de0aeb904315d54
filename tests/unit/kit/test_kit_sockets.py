"""Listening sockets, on loopback."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from exporters.kit.service import StartError
from exporters.kit.sockets import address, bind, inherited


@contextmanager
def listening(host: str, port: int = 0) -> Iterator[socket.socket]:
    """A socket that is closed afterwards."""
    with bind(host, port) as one:
        yield one


def test_port_0_takes_a_free_port_that_can_be_told() -> None:
    """The address in the log is the one that a client connects to; a name is IPv4 where it is both."""
    for host, shown in (("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1")):
        with listening(host) as one:
            name, _, port = address(one).rpartition(":")
            assert name == shown
            socket.create_connection((host, int(port))).close()


def test_ipv6_stands_in_brackets() -> None:
    """[::1]:port, as it is written in a URL."""
    try:
        made = bind("::1", 0)
    except StartError as error:
        pytest.skip(str(error))
    with made:
        assert address(made).startswith("[::1]:")


def test_no_host_is_every_address_of_both_families() -> None:
    """`:port` takes IPv4 connections too, where sockets can be of both families."""
    with listening("") as one:
        socket.create_connection(("127.0.0.1", one.getsockname()[1])).close()


def test_reasons_come_with_the_fix() -> None:
    """In use, not of this machine, no such host: each says what to do."""
    with listening("127.0.0.1") as one, pytest.raises(StartError, match=r"in use; see who has it with `ss -ltnp"):
        bind("127.0.0.1", one.getsockname()[1])
    with pytest.raises(StartError, match=r"192\.0\.2\.1:0: this machine has no such address"):
        bind("192.0.2.1", 0)
    with pytest.raises(StartError, match="no such host"):
        bind("no host", 0)


def test_nothing_handed_over_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets meant for another process (LISTEN_PID) aren't taken, and the variables don't reach children."""
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))
    monkeypatch.setenv("LISTEN_FDS", "1")
    with pytest.raises(StartError, match="no socket was handed over"):
        inherited()
    assert "LISTEN_FDS" not in os.environ


def test_what_does_not_listen_is_refused() -> None:
    """A pipe, a closed descriptor and an unconnected socket are named by their number."""
    from exporters.kit.sockets import _adopt

    with ExitStack() as stack:
        reader, writer = os.pipe()
        stack.callback(os.close, reader)
        with pytest.raises(StartError, match=f"descriptor {reader} is no socket"):
            _adopt(reader)
        os.close(writer)
        with pytest.raises(StartError, match=f"descriptor {writer} isn't open"):
            _adopt(writer)
        idle = socket.socket()
        with pytest.raises(StartError, match="doesn't listen"):
            _adopt(idle.detach())
