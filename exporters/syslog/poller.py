"""Sockets that are read together: once one has something, all are looked at, and then again after a short rest.

A process that wakes for every packet pays more for waking than for the packet. Here what came during a rest is one
read: a hundred messages cost little more than one, and the kernel's buffers hold them meanwhile. Who has been silent
is read at once.
"""

import asyncio
import logging
import select
from collections.abc import Callable

REST_S = 0.02
_BUSY_REST_S = 0.001  # after much: a sender whose window was full has only begun to go on
_AT_ONCE = 256  # sockets of one look: the loop has its turn between


class Poller:
    """An epoll of its own: a round costs one call, however many sockets there are."""

    def __init__(self, rest_s: float = REST_S) -> None:
        """Needs a running loop from `add` on.

        Args:
            rest_s: How long to let the kernel collect between two looks; 0 for not at all.
        """
        self._rest_s = rest_s
        self._epoll = select.epoll()
        self._reads: dict[int, Callable[[], bool]] = {}
        self._timer: asyncio.Handle | None = None
        self._listening = self._paused = self._busy = False

    def add(self, descriptor: int, read: Callable[[], bool]) -> None:
        """Reads a socket from now on.

        Args:
            descriptor: The socket's.
            read: Takes what is there, up to a bound, and returns whether there may be more.
        """
        self._reads[descriptor] = read
        self._epoll.register(descriptor, select.EPOLLIN | select.EPOLLRDHUP)
        self._listen()

    def remove(self, descriptor: int) -> None:
        """Reads a socket no longer; before it is closed."""
        if self._reads.pop(descriptor, None):
            self._epoll.unregister(descriptor)

    def pause(self, *, paused: bool) -> None:
        """Reads nothing, or goes on."""
        if self._epoll.closed:
            return
        self._paused = paused
        if paused:
            self._rest()
        else:
            self._listen()

    def look(self) -> None:
        """Reads what has come so far, out of turn."""
        if not (self._paused or self._epoll.closed):
            self._read()

    def close(self) -> None:
        """Ends; the sockets stay their owners'."""
        self._rest()
        self._reads.clear()
        self._epoll.close()

    def _listen(self) -> None:
        """Waits for the first that has something."""
        if not (self._listening or self._timer or self._paused):
            asyncio.get_running_loop().add_reader(self._epoll.fileno(), self._turn)
            self._listening = True

    def _rest(self) -> None:
        if self._listening:
            asyncio.get_running_loop().remove_reader(self._epoll.fileno())
            self._listening = False
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _turn(self) -> None:
        self._timer = None
        try:
            found, more = self._read()
        except Exception:  # a bug here must not end the receipt
            logging.getLogger("syslog").exception("a read failed, the others go on")
            found, more = True, False
        if self._paused:
            return
        if not found or not (more or self._rest_s):
            self._listen()
            return
        self._rest()
        loop = asyncio.get_running_loop()
        rest_s = min(self._rest_s, _BUSY_REST_S) if self._busy else self._rest_s
        self._timer = loop.call_soon(self._turn) if more else loop.call_later(rest_s, self._turn)
        self._busy = more

    def _read(self) -> tuple[bool, bool]:
        """Whether anything was there, and whether there may be more."""
        ready = self._epoll.poll(0, _AT_ONCE)
        more = len(ready) == _AT_ONCE
        for descriptor, _ in ready:
            read = self._reads.get(descriptor)  # one that was read before may have closed it
            if read and read():
                more = True
        return bool(ready), more
