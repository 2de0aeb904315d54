"""Listening TCP sockets: bound by us, or handed over by systemd."""

import errno
import os
import socket
import stat

from exporters.kit.service import StartError

_FIRST_FD = 3  # SD_LISTEN_FDS_START
_BACKLOG = 128


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
    """Returns the listening sockets that the parent process hands over: sd_listen_fds(3).

    Raises:
        StartError: There are none, or one is no listening stream socket.
    """
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdigit() or int(count) == 0:
        raise StartError(
            "--web.systemd-socket: no socket was handed over (LISTEN_PID and LISTEN_FDS, sd_listen_fds(3)); "
            "start it by a systemd .socket unit, or leave the option out"
        )
    return [_adopt(fd) for fd in range(_FIRST_FD, _FIRST_FD + int(count))]


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
