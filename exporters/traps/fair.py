"""Each sender's share: how much of it is taken, and in which order it is decoded. Pure; the clock is an argument.

Decoding costs about a millisecond, reading from the socket some microseconds: so the socket is always drained, what a
sender sends beyond its rate is refused unread, and the rest is decoded in turns, one of each sender.
"""

from collections import OrderedDict, deque
from collections.abc import Container
from dataclasses import dataclass, field

Address = tuple[str, int] | tuple[str, int, int, int]  # as a socket gives it

_MOST_BYTES = 64 * 1024 * 1024  # of what waits


@dataclass(frozen=True, slots=True)
class Limits:
    """What one sender may do.

    Attributes:
        rate: Notifications a second for long.
        burst: Notifications at once; so many wait at most.
        size: Bytes of a datagram.
        buffer: Messages that wait for the shipper.
    """

    rate: float = 50.0
    burst: float = 1000.0
    size: int = 8192
    buffer: int = 20_000


class Bucket:
    """A token bucket."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst, self._tokens, self._at = rate, burst, burst, now

    def take(self, now: float) -> bool:
        """Whether one more may pass."""
        tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        passes = tokens >= 1
        self._tokens = tokens - passes
        return passes


@dataclass(slots=True)
class _Sender:
    bucket: Bucket
    waiting: deque[tuple[bytes, Address]] = field(default_factory=deque)


class Fair:
    """Datagrams that wait to be decoded.

    Attributes:
        waiting: How many.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._senders: dict[str, _Sender] = {}
        self._turns: OrderedDict[str, _Sender] = OrderedDict()  # those that have something waiting
        self.waiting = 0
        self._bytes = 0

    def put(self, sender: str, data: bytes, address: Address, now: float) -> str:
        """Takes a datagram of a known sender; returns why not, or ""."""
        limits = self._limits
        if len(data) > limits.size:
            return "too_large"
        found = self._senders.get(sender)
        if found is None:
            found = self._senders[sender] = _Sender(Bucket(limits.rate, limits.burst, now))
        if not found.bucket.take(now) or len(found.waiting) >= limits.burst:
            return "rate"
        if self._bytes + len(data) > _MOST_BYTES:
            return "queue_full"
        found.waiting.append((data, address))
        self._bytes += len(data)
        self._turns.setdefault(sender, found)
        self.waiting += 1
        return ""

    def get(self) -> tuple[bytes, Address] | None:
        """The next datagram: the oldest of the sender whose turn it is."""
        if not self._turns:
            return None
        name, sender = self._turns.popitem(last=False)
        taken = sender.waiting.popleft()
        if sender.waiting:
            self._turns[name] = sender
        self.waiting -= 1
        self._bytes -= len(taken[0])
        return taken

    def change(self, limits: Limits, senders: Container[str], now: float) -> None:
        """Puts other limits into force; those that are no senders any more are forgotten once nothing of theirs waits.

        Args:
            limits: From now on.
            senders: Who may send.
            now: Monotonic seconds.
        """
        if limits != self._limits:
            self._limits = limits
            for one in self._senders.values():
                one.bucket = Bucket(limits.rate, limits.burst, now)
        for name in [name for name, one in self._senders.items() if name not in senders and not one.waiting]:
            del self._senders[name]
