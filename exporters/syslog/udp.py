"""Datagrams: one message each (RFC 5426), drained from the socket at each look of its poller."""

import socket
from collections.abc import Callable

from exporters.kit import datagrams
from exporters.kit.sockets import udp_drops
from exporters.syslog.poller import Poller

_BUFFER_BYTES = 32 * 1024 * 1024
_AT_ONCE = 1024
_MOST = 65_535
_REST_S = 0.01
_ROOMY_BYTES = 16 * 1024 * 1024  # of a buffer that may fill for a rest: a datagram takes a kilobyte of it or two


class Udp:
    """A listening socket.

    Attributes:
        address: Where it listens.
        poller: Reads it, with rests where the kernel's buffer is large enough.
    """

    def __init__(self, where: tuple[str, int] | socket.socket, take: Callable[[list[bytes], str], None]) -> None:
        """Binds it, or takes one that is bound.

        Raises:
            StartError: It can't be had; with the fix.
        """
        self._take = take
        self._socket = where if isinstance(where, socket.socket) else datagrams.bind(*where, "settings.listen.udp")
        datagrams.enlarge(self._socket, _BUFFER_BYTES)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        roomy = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= _ROOMY_BYTES
        self.poller = Poller(_REST_S if roomy else 0.0)

    def start(self) -> None:
        """Begins to read."""
        self.poller.add(self._socket.fileno(), self._read)

    def close(self) -> None:
        """Reads what the kernel still holds, and ends."""
        self.poller.close()
        while self._read():
            pass
        self._socket.close()

    def drops(self) -> int:
        """How many datagrams the kernel dropped because the buffer was full."""
        return udp_drops(self._socket)

    def _read(self) -> bool:
        """Takes what is there, up to a bound: others have their turn. A sender's datagrams go together, in order."""
        receive = self._socket.recvfrom
        senders: dict[str, list[bytes]] = {}
        more = True
        for _ in range(_AT_ONCE):
            try:
                data, address = receive(_MOST)
            except BlockingIOError:
                more = False
                break
            except OSError:  # an ICMP error of something that was sent from here: nobody's message
                continue
            if data:
                sender = address[0]
                try:
                    senders[sender].append(data)
                except KeyError:
                    senders[sender] = [data]
        for sender, messages in senders.items():
            self._take(messages, sender)
        return more
