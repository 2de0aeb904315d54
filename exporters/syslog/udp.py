"""Datagrams: one message each (RFC 5426), drained from the socket within the reader callback."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

from exporters.kit.service import StartError

_SO_RCVBUFFORCE = 33  # socket(7); Python has no name for it
_BUFFER_BYTES = 32 * 1024 * 1024
_AT_ONCE = 256
_MOST = 65_535


class Udp:
    """A listening socket.

    Attributes:
        address: Where it listens.
    """

    def __init__(self, host: str, port: int, take: Callable[[list[bytes], str], None]) -> None:
        """Binds it.

        Raises:
            StartError: It can't be had; with the fix.
        """
        family = socket.AF_INET6 if ":" in host or (not host and socket.has_dualstack_ipv6()) else socket.AF_INET
        self._take = take
        self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(bool(host) and host != "::"))
            _large_buffer(self._socket)
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise StartError(
                f"can't listen on UDP {host}:{port}: {error.strerror}; choose another in settings.listen.udp"
            ) from error
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self._inode = os.fstat(self._socket.fileno()).st_ino

    def start(self) -> None:
        """Begins to read."""
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def close(self) -> None:
        """Reads what the kernel still holds, and ends."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        while self._read():
            pass
        self._socket.close()

    def drops(self) -> int:
        """How many datagrams the kernel dropped because the buffer was full, by /proc/net/udp and udp6."""
        for name in ("udp", "udp6"):
            try:
                rows = Path(f"/proc/net/{name}").read_text().splitlines()[1:]
            except OSError:
                continue
            for row in rows:
                cells = row.split()
                if cells[9] == str(self._inode):
                    return int(cells[-1])
        return 0

    def _read(self) -> bool:
        """Takes what is there, up to a bound: others have their turn. Consecutive ones of a sender go together."""
        receive = self._socket.recvfrom
        run: list[bytes] = []
        sender = ""
        more = True
        for _ in range(_AT_ONCE):
            try:
                data, address = receive(_MOST)
            except BlockingIOError:
                more = False
                break
            except OSError:  # an ICMP error of something that was sent from here: nobody's message
                continue
            if address[0] != sender:
                if run:
                    self._take(run, sender)
                run, sender = [], address[0]
            if data:
                run.append(data)
        if run:
            self._take(run, sender)
        return more


def _large_buffer(made: socket.socket) -> None:
    """As much as asked where the process may (CAP_NET_ADMIN), else what the system allows."""
    try:
        made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    except OSError:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
