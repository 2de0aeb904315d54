"""Messages to the shipper: TCP with octet counting, a bounded buffer, reconnecting.

Plain syslog has no acknowledgement: "forwarded" is what the kernel took. A shipper that ends is noticed by its
connection's end, and what isn't sent by then waits for the next one.
"""

import asyncio
import logging
import socket
import time
from collections import Counter, deque
from contextlib import suppress

from exporters.kit.log import fields

_FIRST_S, _LONGEST_S = 0.1, 5.0
_CONNECT_S = 5.0
_FLUSH_S = 2.0
_AT_ONCE = 256


class Forwarder:
    """The way to one shipper.

    Attributes:
        forwarded: Messages that were sent.
        dropped: Messages that weren't, by reason.
        connected: Whether there is a connection.
    """

    def __init__(self, host: str, port: int, most: int) -> None:
        """Takes the shipper's address.

        Args:
            host: An address or a name.
            port: TCP.
            most: Messages that wait at most; then the oldest is dropped.
        """
        self._host, self._port, self._most = host, port, most
        self._frames: deque[bytes] = deque()
        self._sending: bytes | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._log = logging.getLogger("traps")
        self.forwarded = 0
        self.dropped: Counter[str] = Counter()
        self.connected = False

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return len(self._frames) + (self._sending is not None)

    def put(self, frame: bytes) -> None:
        """Takes a message."""
        if len(self._frames) >= self._most:
            self._frames.popleft()
            self.dropped["buffer_full"] += 1
        self._frames.append(frame)
        self._wake.set()

    def change(self, host: str, port: int, most: int) -> None:
        """Sends to another shipper from the next connection on; the old one is closed."""
        moved = (host, port) != (self._host, self._port)
        self._host, self._port, self._most = host, port, most
        if moved and self._task:
            self._task.cancel()
            self._task = asyncio.create_task(self._run())

    def start(self) -> None:
        """Connects, and sends what comes."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Sends what waits, for two seconds at most; the rest is dropped."""
        self._stopping = True
        self._wake.set()
        if self._task:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._task), _FLUSH_S if self._frames else 0.1)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self.dropped["stopped"] += len(self._frames)
        if self._frames:
            self._log.warning("messages are lost: the shipper wasn't there", extra=fields(messages=len(self._frames)))
        self._frames.clear()

    async def _run(self) -> None:
        pause = _FIRST_S
        told = False
        while not (self._stopping and not self._frames):
            try:
                sock = await self._connect()
            except (OSError, TimeoutError) as error:
                if not told:
                    self._log.warning("the shipper can't be reached, messages wait", extra=self._fields(error))
                    told = True
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_S)
                continue
            if told or pause == _FIRST_S:
                self._log.info("connected to the shipper", extra=self._fields())
            told, self.connected = False, True
            began = time.monotonic()
            try:
                await self._serve(sock)
            finally:
                self.connected = False
                sock.close()
            if not self._stopping:
                await asyncio.sleep(pause)  # one that hangs up at once isn't called again at once
                pause = _FIRST_S if time.monotonic() - began > _LONGEST_S else min(pause * 2, _LONGEST_S)

    async def _connect(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        sock = socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol)
        try:
            await asyncio.wait_for(loop.sock_connect(sock, address), _CONNECT_S)
        except BaseException:
            sock.close()
            raise
        return sock

    async def _serve(self, sock: socket.socket) -> None:
        """Sends until the connection ends, by its other end or by an error."""
        sending = asyncio.create_task(self._send(sock))
        watching = asyncio.create_task(self._watch(sock))
        try:
            await asyncio.wait((sending, watching), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, watching):
                task.cancel()
            await asyncio.gather(sending, watching, return_exceptions=True)

    async def _send(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while not (self._stopping and not self._frames):
            while self._frames:
                if _ended(sock):
                    return
                self._sending = self._frames.popleft()
                try:
                    await loop.sock_sendall(sock, self._sending)
                except BaseException as error:
                    self._frames.appendleft(self._sending)  # sent again to the next one
                    self._sending = None
                    if isinstance(error, OSError):
                        return
                    raise
                self._sending = None
                self.forwarded += 1
                if self.forwarded % _AT_ONCE == 0:
                    await asyncio.sleep(0)  # others have their turn; a turn takes 10 ms while traps are decoded
            self._wake.clear()
            if not self._stopping:
                await self._wake.wait()

    async def _watch(self, sock: socket.socket) -> None:
        """Ends when the shipper closes; it never says anything."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while await loop.sock_recv(sock, 4096):
                pass

    def _fields(self, error: BaseException | None = None) -> dict[str, object]:
        text = None if error is None else str(error) or type(error).__name__
        return fields(shipper=f"{self._host}:{self._port}", error=text)


def _ended(sock: socket.socket) -> bool:
    """Whether the other end has closed: what is written then is lost without an error."""
    try:
        return not sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
