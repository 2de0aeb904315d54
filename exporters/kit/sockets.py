"""Listening sockets: bound by us, or handed over by systemd (sd_listen_fds(3)), by the lab's network too."""

import errno
import os
import socket
import stat
import struct
from collections.abc import Mapping
from types import MappingProxyType

from exporters.kit.service import StartError

FIRST_FD = 3
"""SD_LISTEN_FDS_START."""
MESSAGES: Mapping[str, socket.SocketKind] = MappingProxyType(
    {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM, "tls": socket.SOCK_STREAM}
)
"""The names (LISTEN_FDNAMES) of sockets that take devices' messages, and their kinds; any other takes HTTP."""

_BACKLOG = 128
_SO_MEMINFO, _DROPS = 55, 8  # socket(7), linux/sock_diag.h: SK_MEMINFO_DROPS
_waiting: list[tuple[str, int]] = []  # handed over, by name, and not taken yet


def bind(host: str, port: int) -> socket.socket:
    """Returns a listening socket; port 0 takes a free one, an empty host every address of both families.

    Raises:
        StartError: It can't be had; with the fix.
    """
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        if not host and socket.has_dualstack_ipv6():
            return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=_BACKLOG)
        family, address = _resolve(host or "0.0.0.0", port)  # noqa: S104  # the user asked for every address
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except OSError as error:
        raise StartError(f"can't listen on {shown}: {_reason(error, port)}") from error


def inherited() -> list[socket.socket]:
    """Returns the listening sockets for HTTP that the parent process hands over: sd_listen_fds(3).

    Raises:
        StartError: There are none, or one is no listening stream socket.
    """
    found = _take(messages=False)
    if not found:
        raise StartError(
            "--web.systemd-socket: no socket was handed over (LISTEN_PID and LISTEN_FDS, sd_listen_fds(3)); "
            "start it by a systemd .socket unit, or leave the option out"
        )
    return [_adopt(fd) for _, fd in found]


def inherited_messages(*names: str) -> list[tuple[str, socket.socket]]:
    """Returns the bound sockets that the parent process hands over for devices' messages, each with its name.

    They are in addition to what the configuration listens on: a port below 1024, a socket of another network.

    Args:
        names: Those of `MESSAGES` that the caller can use.

    Raises:
        StartError: One has a name that isn't used here, or isn't what its name says.
    """
    found = _take(messages=True)
    for name, fd in found:
        if name not in names:
            raise StartError(
                f'LISTEN_FDNAMES: nothing here takes the socket "{name}" (file descriptor {fd}); '
                f"there is {', '.join(names)}"
            )
    return [(name, _bound(name, fd)) for name, fd in found]


def udp_drops(one: socket.socket) -> int:
    """Returns how many datagrams the kernel dropped because the socket's buffer was full, whatever its network."""
    try:
        return int(struct.unpack_from("=9I", one.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 9 * 4))[_DROPS])
    except (OSError, struct.error):  # a kernel before Linux 4.12
        return 0


def address(listening: socket.socket) -> str:
    """Returns where a socket listens: `127.0.0.1:10021`, `[::1]:10021` or a path."""
    name = listening.getsockname()
    if isinstance(name, tuple):
        return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
    return str(name)


def _resolve(host: str, port: int) -> tuple[int, tuple[str, int]]:
    """The first IPv4 address of a host, else its first IPv6 address."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    best = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return best[0], best[4]  # type: ignore[return-value]  # an IPv6 address has two parts more


def _reason(error: OSError, port: int) -> str:
    if isinstance(error, socket.gaierror):
        return f"no such host ({error.strerror}); give an address of this machine with --web.listen-address"
    if error.errno == errno.EADDRINUSE:
        return (
            f"address already in use; see who has it with `ss -ltnp 'sport = :{port}'`, "
            "stop it or choose another with --web.listen-address"
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "permission denied; a port below 1024 needs a privilege: choose a higher one with --web.listen-address"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address; give one that it has with --web.listen-address"
    return f"{error.strerror or error}; choose another with --web.listen-address"


def _take(*, messages: bool) -> list[tuple[str, int]]:
    """The descriptors for messages, or the others; what isn't taken waits. The variables don't reach children."""
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    if pid == str(os.getpid()) and count.isdigit():
        names += [""] * (int(count) - len(names))
        _waiting.extend((names[number], FIRST_FD + number) for number in range(int(count)))
    found = [one for one in _waiting if (one[0] in MESSAGES) == messages]
    _waiting[:] = [one for one in _waiting if one not in found]
    return found


def _bound(name: str, fd: int) -> socket.socket:
    """The socket of a descriptor for messages, not listening yet where it could: its owner sets the backlog."""
    where = f"LISTEN_FDNAMES: file descriptor {fd}, named {name},"
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            raise StartError(f"{where} is no socket")
    except OSError as error:
        raise StartError(f"{where} isn't open ({error.strerror})") from error
    os.set_inheritable(fd, False)
    taken = socket.socket(fileno=fd)
    if taken.family not in {socket.AF_INET, socket.AF_INET6} or taken.type != MESSAGES[name]:
        listen = "ListenDatagram" if name == "udp" else "ListenStream"
        raise StartError(f"{where} is another kind of socket; use {listen}= with an address and port")
    taken.setblocking(False)
    return taken


def _adopt(fd: int) -> socket.socket:
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            raise StartError(f"--web.systemd-socket: file descriptor {fd} is no socket")
    except OSError as error:
        raise StartError(f"--web.systemd-socket: file descriptor {fd} isn't open ({error.strerror})") from error
    os.set_inheritable(fd, False)
    taken = socket.socket(fileno=fd)
    if taken.type != socket.SOCK_STREAM or not taken.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise StartError(f"--web.systemd-socket: file descriptor {fd} doesn't listen; use ListenStream=, Accept=no")
    return taken
