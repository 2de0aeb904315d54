"""Who listens where, from /proc: so that a taken port is said with its owner, before anything is started."""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from sotpctl.stack.parts import StackError

_LISTEN = "0A"  # TCP_LISTEN in /proc/net/tcp


def split(address: str) -> tuple[str, int]:
    """Split host:port; the host of `[::1]:9090` loses its brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def listen(address: str) -> socket.socket:
    """Open a listening socket; StackError that names who has the port, or why it can't be had."""
    host, port = split(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except PermissionError:
        raise StackError(f"{address}: a port below 1024 needs root; choose another in settings.endpoints") from None
    except OSError as error:
        taken = owner(port) if error.errno == errno.EADDRINUSE else None
        if taken:
            raise StackError(f"{address} is taken by {taken}: stop it, or change settings.endpoints") from None
        raise StackError(f"{address}: {error.strerror}; is it an address of this machine?") from None


def owner(port: int) -> str:
    """Say which process listens on a TCP port, as `pid 4711 (prometheus)`."""
    inodes = set(_inodes(port))
    for process in Path("/proc").glob("[0-9]*"):
        if inodes & set(_sockets(process)):
            return f"pid {process.name} ({_command(process)})"
    return "a process of another user"


def _inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for row in rows:
            columns = row.split()
            if columns[3] == _LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                yield columns[9]


def _sockets(process: Path) -> Iterator[str]:
    try:
        for entry in os.scandir(process / "fd"):
            target = str(Path(entry).readlink())
            if target.startswith("socket:["):
                yield target[8:-1]
    except OSError:
        return  # another user's, or gone


def _command(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "?"
