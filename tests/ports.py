"""Ports of 127.0.0.1 for programs that a test starts: free now, and nobody else's as long as this process lives.

Binding port 0 and giving it back isn't enough: the kernel soon gives the same one to another worker's connection.
These lie below its ephemeral range, and each process holds a block of them by a lock that ends with it.
"""

import fcntl
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_FIRST, _END, _BLOCK = 20_000, 32_000, 100
_locks: list[IO[str]] = []


def free_ports(number: int) -> list[int]:
    """Give ports that nothing has, neither of TCP nor of UDP; none is given twice.

    Raises:
        RuntimeError: every block is another process's, or used up.
    """
    ports = list(itertools.islice(_numbers, number))
    if len(ports) < number:
        raise RuntimeError(f"no free port is left between {_FIRST} and {_END}")
    return ports


def free_port() -> int:
    """Give one such port."""
    return free_ports(1)[0]


def free_address() -> str:
    """Give one such port as HOST:PORT."""
    return f"127.0.0.1:{free_port()}"


def _free_numbers() -> Iterator[int]:
    folder = Path(tempfile.gettempdir()) / f"sotp-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for first in range(_FIRST, _END, _BLOCK):
        lock = (folder / str(first)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _locks.append(lock)
        yield from filter(_is_free, range(first, first + _BLOCK))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


_numbers = _free_numbers()
