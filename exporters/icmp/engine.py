"""Drives the pinger: sockets and timer on the event loop.

One timer, no task and no timer for a request. It ticks at most every 10 ms and sends what has come due. A small fleet's
answers wake the loop when they come; from `_BUSY_RATE` requests a second on, the tick reads them instead: the kernel
has stamped them, so waiting costs no accuracy, and a wake-up for every answer would cost more than the answer.
Before a time-out is judged the sockets are read dry: an answer that waits in a buffer while the loop was held up came
in time.
"""

import asyncio
import logging
import math
import socket
import time
from collections.abc import Callable, Iterable

from exporters.icmp.pinger import Pinger
from exporters.icmp.socket import FAILED, IcmpSocket, Mode, new_cookie, open_socket
from exporters.icmp.target import Target
from exporters.icmp.targets import SECOND_NS, Config, Destination
from exporters.kit.log import fields
from exporters.kit.service import StartError

TICK_S = 0.01
READER_BATCH = 256
TICK_BATCH = 4096

_TICK_NS = round(TICK_S * SECOND_NS)
_BUSY_RATE = 1 / TICK_S
_LEAST_BURST = 32
_HEADROOM = 4  # a tick may send this many times what it sends on average, then the rest waits for the next

log = logging.getLogger("icmp")


class Sockets:
    """The socket of each family in use (pinger.Transport).

    Attributes:
        open: By family.
    """

    def __init__(self, mode: Mode = "auto") -> None:
        self.open: dict[int, IcmpSocket] = {}
        self._mode: Mode = mode
        self._cookie = new_cookie()

    def ensure(self, families: Iterable[int]) -> dict[int, OSError | StartError]:
        """Opens what isn't open yet; returns the families that can't be had, with the reason."""
        failed: dict[int, OSError | StartError] = {}
        for family in families:
            if family not in self.open:
                try:
                    self.open[family] = open_socket(family, self._cookie, self._mode)
                except (OSError, StartError) as error:
                    failed[family] = error
        return failed

    def send(self, destination: Destination, sequence: int, index: int, sent_ns: int) -> int:
        """Sends one request; without a socket for the family it fails."""
        sock = self.open.get(destination.family)
        return sock.send(destination.sockaddr, sequence, index, sent_ns) if sock else FAILED

    def close(self) -> None:
        """Closes all."""
        for sock in self.open.values():
            sock.close()
        self.open.clear()


class Engine:
    """The pinger in an event loop.

    Attributes:
        pinger: The state machine.
        sockets: Its transport.
        on_lag: Called with each tick's lateness in seconds.
    """

    def __init__(self, *, mode: Mode = "auto", first_sequence: int = 0, on_lost: Callable[[Target], None]) -> None:
        self.sockets = Sockets(mode)
        self.pinger = Pinger(self.sockets, on_lost=on_lost, first_sequence=first_sequence)
        self.on_lag: Callable[[float], object] = lambda _: None
        self._burst = _LEAST_BURST
        self._busy = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wanted: set[int] = set()
        self._reading: set[int] = set()

    def swap(self, config: Config) -> None:
        """Puts a configuration into force, before or after `start`."""
        self.pinger.swap(config)
        rate = sum(SECOND_NS / spec.interval_ns for spec in config.specs.values())
        self._burst = max(_LEAST_BURST, math.ceil(rate * TICK_S * _HEADROOM))
        self._busy = rate >= _BUSY_RATE
        self._wanted = families(config)
        if self._loop:
            for family, error in self._open().items():
                _log_unavailable(family, error)
            self.wake()

    def start(self) -> None:
        """Opens the sockets and begins.

        Raises:
            StartError: No socket may be opened, or none of the families in use can be had.
        """
        self._loop = asyncio.get_running_loop()
        failed = self._open()
        for error in failed.values():
            if isinstance(error, StartError):
                raise error
        if failed and not self.sockets.open:
            reasons = "; ".join([f"{family_name(family)}: {error}" for family, error in failed.items()])
            raise StartError(f"icmp: this host can't open a socket for any address family in use: {reasons}")
        for family, error in failed.items():
            _log_unavailable(family, error)
        self.wake()

    def stop(self) -> None:
        """Ends everything; no packet leaves after it."""
        if self._timer:
            self._timer.cancel()
        self._read(())
        self._loop = None
        self.sockets.close()

    def wake(self) -> None:
        """Looks at the schedule again: something may be due earlier than it was."""
        if self._loop:
            self._arm(self._loop, at_once=True)

    def _open(self) -> dict[int, OSError | StartError]:
        before = set(self.sockets.open)
        failed = self.sockets.ensure(sorted(self._wanted))
        for family, sock in self.sockets.open.items():
            if family not in before:
                kind = "raw" if sock.raw else "ping"
                log.info("socket open", extra=fields(family=family_name(family), kind=kind, identifier=sock.identifier))
        self._read(() if self._busy else self.sockets.open.values())
        return failed

    def _read(self, socks: Iterable[IcmpSocket]) -> None:
        """Has the loop read these sockets, and no others any more."""
        wanted = {sock.fileno(): sock for sock in socks}
        if self._loop:
            for descriptor in self._reading - wanted.keys():
                self._loop.remove_reader(descriptor)
            for descriptor in wanted.keys() - self._reading:
                self._loop.add_reader(descriptor, wanted[descriptor].drain, self.pinger, READER_BATCH)
            self._reading = set(wanted)

    def _arm(self, loop: asyncio.AbstractEventLoop, *, at_once: bool = False) -> None:
        if self._timer:
            self._timer.cancel()
        due = self.pinger.next_event()
        if due is None:
            self._timer = None
            return
        now = time.monotonic_ns()
        if self._busy:
            due = min(due, now + _TICK_NS)
        when = max(due, now if at_once else now + _TICK_NS) / SECOND_NS  # asyncio's clock is time.monotonic
        self._timer = loop.call_at(when, self._tick, loop, when)

    def _tick(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        now = time.monotonic_ns()
        self.on_lag(max(0.0, now / SECOND_NS - when))
        # What came before `now` is read first; while there is more than one tick should take, nothing is unanswered.
        if (self._busy or self.pinger.overdue(now)) and self._drain():
            self.pinger.expire(now)
        self.pinger.send_due(now, self._burst)
        self._timer = None
        self._arm(loop)

    def _drain(self) -> bool:
        return all([sock.drain(self.pinger, TICK_BATCH) for sock in self.sockets.open.values()])  # noqa: C419  # each


def families(config: Config) -> set[int]:
    """The address families that a configuration needs: a name without a family may need either."""
    wanted: set[int] = set()
    for spec in config.specs.values():
        wanted |= {spec.family} if spec.family else {int(socket.AF_INET), int(socket.AF_INET6)}
    return wanted


def _log_unavailable(family: int, error: Exception) -> None:
    log.error(
        "address family unavailable: its targets count as unanswered",
        extra=fields(family=family_name(family), error=error),
    )


def family_name(family: int) -> str:
    """Returns "ipv4" or "ipv6"."""
    return "ipv4" if family == socket.AF_INET else "ipv6"
