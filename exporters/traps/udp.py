"""Datagrams: drained from the socket within the reader callback, so that the kernel's buffer stays empty."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from exporters.kit import datagrams
from exporters.kit.sockets import udp_drops
from exporters.traps.fair import Address

_BUFFER_BYTES = 8 * 1024 * 1024
_AT_ONCE = 1024
_MOST = 65_535


class Udp:
    """A listening socket.

    Attributes:
        address: Where it listens.
    """

    def __init__(self, where: tuple[str, int] | socket.socket, take: Callable[[bytes, Address], None]) -> None:
        """Binds it, or takes one that is bound.

        Raises:
            StartError: It can't be had; with the fix.
        """
        self._take = take
        self._socket = where if isinstance(where, socket.socket) else datagrams.bind(*where, "settings.listen")
        datagrams.enlarge(self._socket, _BUFFER_BYTES)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]

    def start(self) -> None:
        """Begins to read."""
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def close(self) -> None:
        """Reads what the kernel still holds, and ends."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        while self._read():
            pass
        self._socket.close()

    def send(self, data: bytes, address: Address) -> None:
        """Answers; an answer that can't be sent now is asked for again by its sender."""
        with suppress(OSError):
            self._socket.sendto(data, address)

    def drops(self) -> int:
        """How many datagrams the kernel dropped because the buffer was full."""
        return udp_drops(self._socket)

    def _read(self) -> bool:
        """Takes what is there, up to a bound: others have their turn; whether there may be more."""
        for _ in range(_AT_ONCE):
            try:
                data, address = self._socket.recvfrom(_MOST)
            except BlockingIOError:
                return False
            except OSError:  # an ICMP error of an answer: nobody's message
                continue
            self._take(data, address)
        return True
