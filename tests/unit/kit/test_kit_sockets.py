"""Listening sockets, on loopback."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from exporters.kit.service import StartError
from exporters.kit.sockets import address, bind, inherited, udp_drops


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


# Prints what a process takes of what was handed over to it, or why it doesn't.
_TAKE = """
import os, sys
from exporters.kit.service import StartError
from exporters.kit.sockets import inherited, inherited_messages
try:
    names = sys.argv[1].split(",")
    web = [("http", one) for one in inherited()] if "http" in names else []
    for name, one in [*web, *inherited_messages(*names)]:
        print(name, one.getsockname()[1], os.get_inheritable(one.fileno()), end="; ")
except StartError as error:
    print(error)
"""


def taken(names: str, *handed: tuple[str, socket.socket]) -> str:
    """What a process that knows `names` takes, started as `stack up` does."""
    from sotpctl.stack import hand_over

    high = [os.dup(one.fileno()) for _, one in handed]
    with ExitStack() as closing:
        for fd in high:
            closing.callback(os.close, fd)
        pairs = ",".join(f"{name}={fd}" for (name, _), fd in zip(handed, high, strict=True))
        command = [sys.executable, hand_over.__file__, pairs, sys.executable, "-c", _TAKE, names]
        done = subprocess.run(
            command, pass_fds=high, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
        )
    return done.stdout.strip()


def test_sockets_for_messages_are_told_by_their_names() -> None:
    """HTTP takes what has another name; none is inherited by a child."""
    with ExitStack() as stack:
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        web, tcp = stack.enter_context(listening("127.0.0.1")), stack.enter_context(listening("127.0.0.1"))
        port = {name: one.getsockname()[1] for name, one in (("udp", udp), ("web", web), ("tcp", tcp))}
        assert taken("http,udp,tcp", ("udp", udp), ("web", web), ("tcp", tcp)) == (
            f"http {port['web']} False; udp {port['udp']} False; tcp {port['tcp']} False;"
        )
        assert taken("udp,tcp", ("tcp", tcp)) == f"tcp {port['tcp']} False;"
        assert taken("udp", ("udp", udp), ("tcp", tcp)) == (
            'LISTEN_FDNAMES: nothing here takes the socket "tcp" (file descriptor 4); there is udp'
        )
        assert taken("udp", ("udp", tcp)) == (
            "LISTEN_FDNAMES: file descriptor 3, named udp, is another kind of socket; "
            "use ListenDatagram= with an address and port"
        )


def test_what_the_kernel_dropped_is_known() -> None:
    """A full buffer's datagrams are counted, by the socket itself: /proc shows those of one network only."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        receiver.bind(("127.0.0.1", 0))
        assert udp_drops(receiver) == 0
        for _ in range(100):
            sender.sendto(bytes(1000), receiver.getsockname())
        receiver.setblocking(False)
        read = len(list(iter(partial(_received, receiver), 0)))
        assert udp_drops(receiver) == 100 - read > 0


def _received(receiver: socket.socket) -> int:
    """A datagram's size; 0 where none is there."""
    try:
        return len(receiver.recv(2000))
    except BlockingIOError:
        return 0
