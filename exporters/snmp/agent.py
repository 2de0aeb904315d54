"""What is known of a device between two polls: where it is, how to speak with it, how much it answers at once. Pure."""

import socket
from collections import deque
from typing import Any, Final

from exporters.snmp.oid import Oid
from exporters.snmp.session import Community, PlainSession, SecureSession, Session
from exporters.snmp.usm import User

START: Final = 60  # bindings an answer: some 1,300 bytes of IF-MIB, which any path carries whole
MOST: Final = 300  # some 6 KB in 5 fragments
DOUBTS: Final = 2
LEAST: Final = 10  # below it only what the agent itself says is too big

_GROWS_AFTER = 3  # full, fast answers
_FORGET_S = 3600.0  # then what a bad hour taught is tried again

Sockaddr = tuple[str, int] | tuple[str, int, int, int]


class Pace:
    """How many bindings to ask a device for at once: it grows while the answers are full and fast.

    Attributes:
        budget: Bindings an answer.
        instances: How many a GET may ask for; some agents drop a longer request, or can't send a longer answer.
        bulk: Whether GETBULK is of use.
        doubts: What speaks against it: a point for each request that only GETNEXT got answered; `DOUBTS` are enough.
    """

    __slots__ = ("_ceiling", "_dropped", "_lowered", "_streak", "budget", "bulk", "doubts", "instances")

    def __init__(self) -> None:
        self.budget = self.instances = START
        self.bulk = True
        self.doubts = 0
        self._ceiling = MOST
        self._dropped = MOST + 1  # for so many no answer came, for fewer one did
        self._lowered = 0.0
        self._streak = 0

    def begin(self, now: float) -> None:
        """A walk begins; `now` in monotonic seconds, as below."""
        if now - self._lowered > _FORGET_S:
            self._ceiling = MOST
            self.instances = START
            self.with_bulk()

    def answered(self, asked: int, delay: float, timeout: float, now: float) -> None:
        """A whole answer came after `delay` seconds."""
        if asked >= self._dropped:
            self._dropped = MOST + 1
        if delay > timeout / 2:
            self._lower(max(LEAST, min(asked, self.budget) // 2), now)
        elif asked * 2 >= self.budget and delay < timeout / 8:
            self._streak += 1
            if self._streak >= _GROWS_AFTER:
                self._streak = 0
                self.budget = min(self._ceiling, self.budget * 3 // 2 + 1)

    def truncated(self, got: int, now: float) -> None:
        """The agent left away what didn't fit: to ask for more costs it work and gains nothing."""
        self._lower(max(1, got), now)

    def too_big(self, asked: int, now: float) -> None:
        """The agent said tooBig."""
        self._lower(max(1, asked // 2), now)

    def lost(self, asked: int, now: float) -> None:
        """No answer came: it may have been too much for the agent, or its fragments for the path."""
        if asked > START:
            self._lower(max(START, asked * 2 // 3), now)
        self.budget = min(self.budget, max(LEAST, asked // 2))
        self._streak = 0

    def answered_less(self, dropped: int, asked: int, now: float) -> None:
        """For `dropped` no answer came, for `asked` one did: once is chance, twice running is what it can't answer."""
        if dropped >= self._dropped:
            self._dropped = MOST + 1
            self._lower(max(LEAST, asked), now)
        else:
            self._dropped = dropped

    def fewer_instances(self, instances: int, now: float) -> None:
        """A GET for so many is what the agent bears."""
        self.instances = min(self.instances, instances)
        self._lowered = now

    def with_bulk(self) -> None:
        """Nothing speaks against GETBULK."""
        self.bulk = True
        self.doubts = 0

    def without_bulk(self, now: float) -> None:
        """GETNEXT worked where GETBULK did not."""
        self.bulk = False
        self._lowered = now

    def _lower(self, budget: int, now: float) -> None:
        self.budget = self._ceiling = budget
        self._lowered = now
        self._streak = 0


class Agent:
    """A device's SNMP agent. Keep it between polls: it remembers what was learned.

    Attributes:
        sockaddr: Its numeric address and port.
        family: AF_INET or AF_INET6.
        session: How to speak with it.
        timeout: Seconds to wait for an answer.
        retries: How often a request is repeated.
        repetitions: The most rows that a request asks for; 0: as many as the pace allows.
        gap: The least seconds between two requests.
        any_source: Whether an answer may come from another address than was asked (a device with several).
        pace: How much it answers at once.
        rows: How many rows a column had the last time.
        kept: What modules keep of it between polls, by the module.
        answered: Whether it answered the last operation; None before there was one.
        delay: Seconds that it takes to answer, smoothed; 0.0 before it did.
        waiting: Operations that wait for their turn; the engine's.
        busy: Whether one is under way; the engine's.
        ready_at: When the next request may leave, monotonic seconds; the engine's.
    """

    __slots__ = (
        "answered",
        "any_source",
        "busy",
        "delay",
        "family",
        "gap",
        "kept",
        "pace",
        "ready_at",
        "repetitions",
        "retries",
        "rows",
        "session",
        "sockaddr",
        "timeout",
        "waiting",
    )

    def __init__(
        self,
        sockaddr: Sockaddr,
        credentials: Community | User,
        *,
        timeout: float = 2.0,
        retries: int = 2,
        repetitions: int = 0,
        gap: float = 0.0,
        any_source: bool = False,
    ) -> None:
        self.sockaddr = sockaddr
        self.family = int(socket.AF_INET6 if ":" in sockaddr[0] else socket.AF_INET)
        self.session: Session = (
            PlainSession(credentials) if isinstance(credentials, Community) else SecureSession(credentials)
        )
        self.timeout = timeout
        self.retries = retries
        self.repetitions = repetitions
        self.gap = gap
        self.any_source = any_source
        self.pace = Pace()
        self.rows: dict[Oid, int] = {}
        self.kept: dict[str, Any] = {}
        self.answered: bool | None = None
        self.delay = 0.0
        self.waiting: deque[Any] = deque()
        self.busy = False
        self.ready_at = 0.0
