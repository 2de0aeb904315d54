"""TCP and TLS (RFC 6587, RFC 5425): connections are bounded before they cost anything."""

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress

from exporters.kit.log import fields
from exporters.kit.sockets import bind
from exporters.syslog.framing import Framer

_HANDSHAKE_S = 10.0
_BACKLOG = 1024

Take = Callable[[list[bytes], str], None]


class Connections:
    """All connections of all listeners, and what bounds them.

    Attributes:
        open: The connections.
        paused: Whether nothing is read.
        refused: Those that weren't taken, by reason.
        truncated, miscounted, cut_short: What the framers met in connections that have ended.
    """

    def __init__(self, most: int, most_of_one: int, handshakes: int) -> None:
        self.most, self.most_of_one, self.handshakes = most, most_of_one, handshakes
        self.open: set[Connection] = set()
        self.by_sender: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.shaking = 0
        self.paused = False
        self.truncated = self.miscounted = self.cut_short = 0

    def admit(self, sender: str, *, tls: bool) -> str:
        """Says why a connection isn't taken; "" where it is, and then it counts."""
        if sum(self.by_sender.values()) >= self.most:
            return "connections"
        if self.by_sender[sender] >= self.most_of_one:
            return "connections_per_sender"
        if tls and self.shaking >= self.handshakes:
            return "handshakes"
        self.by_sender[sender] += 1
        return ""

    def leave(self, sender: str) -> None:
        """A connection ended."""
        self.by_sender[sender] -= 1
        if self.by_sender[sender] <= 0:
            del self.by_sender[sender]

    def pause(self, *, paused: bool) -> None:
        """Stops reading, or goes on: senders wait by TCP's own means."""
        if paused == self.paused:
            return
        self.paused = paused
        for one in self.open:
            one.pause(paused=paused)


class Connection(asyncio.Protocol):
    """One sender's connection."""

    def __init__(self, all_of_them: Connections, sender: str, take: Take) -> None:
        self._all, self._sender, self._take = all_of_them, sender, take
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open, and the handshake is over."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream's is
        self._transport = transport
        self._all.open.add(self)
        if self._all.paused:
            transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Takes what was sent."""
        messages = self._framer.feed(data)
        if messages:
            self._take(messages, self._sender)

    def connection_lost(self, exc: Exception | None) -> None:
        """It ended: what was begun is a message, too."""
        del exc
        messages = self._framer.close()
        if messages:
            self._take(messages, self._sender)
        counts = self._framer.counts
        self._all.truncated += counts.truncated
        self._all.miscounted += counts.miscounted
        self._all.cut_short += counts.cut_short
        self._all.open.discard(self)
        self._all.leave(self._sender)

    def pause(self, *, paused: bool) -> None:
        """Stops reading, or goes on."""
        if self._transport and not self._transport.is_closing():
            (self._transport.pause_reading if paused else self._transport.resume_reading)()

    def close(self) -> None:
        """Ends it."""
        if self._transport:
            self._transport.abort()


class Tcp:
    """A listener.

    Attributes:
        address: Where it listens.
    """

    def __init__(
        self,
        where: tuple[str, int],
        connections: Connections,
        take: Take,
        context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        """Binds it.

        Raises:
            StartError: It can't be had; with the fix.
        """
        self._socket = bind(*where)
        self._socket.listen(_BACKLOG)
        self._socket.setblocking(False)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self._connections, self._take, self._context = connections, take, context
        self._log = logging.getLogger("syslog")
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begins to accept."""
        self._spawn(self._accept())

    async def close(self) -> None:
        """Accepts no more; open connections stay to their owner."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._socket.close()

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, address = await loop.sock_accept(self._socket)
            except OSError as error:  # no file descriptors left, or the connection is gone already
                self._log.warning("a connection couldn't be accepted", extra=fields(error=error))
                await asyncio.sleep(0.1)
                continue
            sender = address[0]
            reason = self._connections.admit(sender, tls=self._context is not None)
            if reason:
                self._connections.refused[reason] += 1
                accepted.close()
                continue
            self._spawn(self._open(accepted, sender))

    async def _open(self, accepted: socket.socket, sender: str) -> None:
        connections = self._connections
        made = Connection(connections, sender, self._take)
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        try:
            if self._context is None:
                await loop.connect_accepted_socket(lambda: made, accepted)
                return
            connections.shaking += 1
            try:
                await loop.connect_accepted_socket(
                    lambda: made, accepted, ssl=self._context(), ssl_handshake_timeout=_HANDSHAKE_S
                )
            finally:
                connections.shaking -= 1
        except (OSError, ssl.SSLError):
            connections.refused["handshake"] += 1
            accepted.close()
            if made not in connections.open:
                connections.leave(sender)
