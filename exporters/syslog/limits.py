"""What one sender may take, so that a shouting one starves no other. Pure: the clock is an argument.

Each sender has a bucket of its own, which another's messages never empty. At most `senders` have: who comes when that
many are at work shares one bucket with all others that do, so that made-up source addresses cost neither memory nor
the buckets of the real ones. A bucket that is full again was idle, and makes room.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import islice

LONGEST_BYTES = 200_000  # below Loki's 256 KB a line, which counts what the line is stored with
_ROOM = 16  # how many of the longest unused buckets are looked at for a full one


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float  # when that was so, seconds of the clock


class Limiter:
    """A token bucket a sender.

    Attributes:
        refused: How many messages were refused.
    """

    __slots__ = ("_buckets", "_burst", "_clock", "_others", "_rate", "_senders", "refused")

    def __init__(self, rate: float, burst: float, *, senders: int, clock: Callable[[], float]) -> None:
        """Takes the limits.

        Args:
            rate: Messages a second that a sender may send for long.
            burst: Messages that it may send at once.
            senders: How many have a bucket of their own.
            clock: Monotonic seconds.
        """
        self._rate = rate
        self._burst = burst
        self._senders = senders
        self._clock = clock
        self._buckets: dict[Hashable, _Bucket] = {}  # the longest unused first
        self._others = _Bucket(burst, clock())
        self.refused = 0

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, sender: Hashable, count: int = 1) -> int:
        """Returns how many of a sender's messages may pass; the rest of `count` is refused."""
        now = self._clock()
        bucket = self._bucket(sender, now)
        tokens = min(self._burst, bucket.tokens + max(0.0, now - bucket.at) * self._rate)
        passed = min(count, int(tokens))
        bucket.tokens, bucket.at = tokens - passed, now
        self.refused += count - passed
        return passed

    def _bucket(self, sender: Hashable, now: float) -> _Bucket:
        found = self._buckets.pop(sender, None)
        if found is None:
            if len(self._buckets) >= self._senders and not self._make_room(now):
                return self._others
            found = _Bucket(self._burst, now)
        self._buckets[sender] = found
        return found

    def _make_room(self, now: float) -> bool:
        """Forgets a sender that lost nothing by it: its bucket is full."""
        for sender, held in islice(self._buckets.items(), _ROOM):
            if held.tokens + (now - held.at) * self._rate >= self._burst:
                del self._buckets[sender]
                return True
        return False


def truncate(line: str, most: int = LONGEST_BYTES) -> tuple[str, bool]:
    """Cuts a line to at most `most` bytes of UTF-8, with a mark that says how much is gone; whether it was cut."""
    if len(line) * 4 <= most:
        return line, False
    raw = line.encode(errors="backslashreplace")
    if len(raw) <= most:
        return line, False
    mark = f" … [{len(raw)} bytes, truncated]"
    kept = raw[: max(0, most - len(mark.encode()))].decode(errors="ignore")
    return kept + mark, True
