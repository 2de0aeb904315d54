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
from exporters.syslog.framing import Counts, Framer
from exporters.syslog.poller import Poller

_HANDSHAKE_S = 10.0
_BACKLOG = 1024
_READ_BYTES = 256 * 1024
_RECORD_BYTES = 16 * 1024  # TLS's largest
_MUCH_BYTES = 32 * 1024  # who gave so much may have filled its window, and waits: it is read again at once

Take = Callable[[list[bytes], str], None]


class Connections:
    """All connections of all listeners, and what bounds them.

    Attributes:
        open: The connections.
        refused: Those that weren't taken, by reason.
        poller: Reads them.
    """

    def __init__(self, most: int, most_of_one: int, handshakes: int) -> None:
        self.most, self.most_of_one, self.handshakes = most, most_of_one, handshakes
        self.open: set[Connection] = set()
        self.by_sender: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.shaking = 0
        self.poller = Poller()
        self.buffer = memoryview(bytearray(_READ_BYTES))
        self._ended = Counts()

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

    def end(self, connection: "Connection", counts: Counts) -> None:
        """An open connection ended; what its framer met stays counted."""
        self._ended += counts
        self.open.discard(connection)
        self.leave(connection.sender)

    @property
    def counts(self) -> Counts:
        """What the framers met, those of open connections too."""
        return sum((one.framer.counts for one in self.open), self._ended)

    def pause(self, *, paused: bool) -> None:
        """Stops reading, or goes on: senders wait by TCP's own means."""
        self.poller.pause(paused=paused)


class Connection:
    """One sender's connection.

    Attributes:
        sender: Its address.
        framer: Cuts its bytes into messages.
    """

    def __init__(self, connections: Connections, opened: socket.socket, sender: str, take: Take) -> None:
        """Reads it from now on; a handshake is over."""
        self.sender, self.framer = sender, Framer()
        self._all, self._socket, self._take = connections, opened, take
        self._tls = opened if isinstance(opened, ssl.SSLSocket) else None
        connections.open.add(self)
        connections.poller.add(opened.fileno(), self.read)

    def read(self) -> bool:
        """Takes what is there, up to a bound; returns whether there may be more."""
        buffer, size = self._all.buffer, 0
        ended = False
        try:
            size = self._socket.recv_into(buffer)
            ended = not size
            while self._tls and not ended and size <= _READ_BYTES - _RECORD_BYTES:
                count = self._tls.recv_into(buffer[size:])  # a whole record: the kernel tells of none that is begun
                size, ended = size + count, not count
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            ended = True
        if size and (messages := self.framer.feed(buffer[:size].tobytes())):
            self._take(messages, self.sender)
        if ended:
            self.close()
        return not ended and size >= _MUCH_BYTES

    def close(self) -> None:
        """Ends it: what was begun is a message, too."""
        if self._socket.fileno() < 0:
            return
        self._all.poller.remove(self._socket.fileno())
        if self._tls:
            with suppress(OSError):
                self._tls.unwrap()  # says goodbye, and waits for no answer
        self._socket.close()
        if messages := self.framer.close():
            self._take(messages, self.sender)
        self._all.end(self, self.framer.counts)


class Tcp:
    """A listener.

    Attributes:
        address: Where it listens.
    """

    def __init__(
        self,
        where: tuple[str, int] | socket.socket,
        connections: Connections,
        take: Take,
        context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        """Binds it, or takes a socket that is bound.

        Raises:
            StartError: It can't be had; with the fix.
        """
        self._socket = where if isinstance(where, socket.socket) else bind(*where)
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
        connections = self._connections
        while True:
            try:
                accepted, address = await loop.sock_accept(self._socket)
            except OSError as error:  # no file descriptors left, or the connection is gone already
                self._log.warning("a connection couldn't be accepted", extra=fields(error=error))
                await asyncio.sleep(0.1)
                continue
            sender = address[0]
            reason = connections.admit(sender, tls=self._context is not None)
            if reason:
                connections.refused[reason] += 1
                accepted.close()
                continue
            with suppress(OSError):
                accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._context is None:
                Connection(connections, accepted, sender, self._take)
            else:
                self._spawn(self._shake(accepted, sender, self._context()))

    async def _shake(self, accepted: socket.socket, sender: str, context: ssl.SSLContext) -> None:
        connections, held = self._connections, accepted
        connections.shaking += 1
        try:
            held = secure = context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
            async with asyncio.timeout(_HANDSHAKE_S):
                await _handshake(secure)
            Connection(connections, secure, sender, self._take)
        except (OSError, asyncio.CancelledError) as error:  # a time-out is an OSError, too
            held.close()
            connections.leave(sender)
            connections.refused["handshake"] += 1
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            connections.shaking -= 1


async def _handshake(secure: ssl.SSLSocket) -> None:
    """Goes on whenever the socket is ready for its next step."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            secure.do_handshake()
        except ssl.SSLWantReadError:
            add, remove = loop.add_reader, loop.remove_reader
        except ssl.SSLWantWriteError:
            add, remove = loop.add_writer, loop.remove_writer
        else:
            return
        ready = asyncio.Event()
        add(secure.fileno(), ready.set)
        try:
            await ready.wait()
        finally:
            remove(secure.fileno())
