"""Ships a spool's batches: one at a time, its streams over several requests at once, so that no stream is reordered.

A batch is settled when every entry of it was stored or refused for good; until then nothing passes it. So a kill sends
one batch twice at most, and Loki stores what has the same stamp and line once.
"""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from exporters.kit.log import fields
from exporters.kit.loki import protocol
from exporters.kit.loki.answers import Answer, Kind
from exporters.kit.loki.push import Push
from exporters.kit.loki.rejects import Rejects
from exporters.kit.spool import Batch, Spool

REJECTED = "rejected"
_BATCH_BYTES = 1024 * 1024
_PART_BYTES = 256 * 1024  # a batch of more goes out in several requests at once
_PARTS = 4
_BACKOFF_S = (0.1, 30.0)
_BLOCKED_S = 30.0  # somebody has to change something


@dataclass(frozen=True, slots=True)
class Limits:
    """Loki's, as loki.yml sets them: what is beyond is set aside without asking.

    Attributes:
        oldest_s: How old a line may be.
        newest_s: How far in the future.
        line_bytes: How long.
        labels: How many labels a stream may have.
    """

    oldest_s: float = 168 * 3600 - 60
    newest_s: float = 600.0
    line_bytes: int = 256 * 1024
    labels: int = 15


@dataclass(slots=True)
class Counts:
    """What happened; they only grow."""

    pushes: Counter[str] = field(default_factory=Counter)  # by kind of answer
    retries: int = 0
    blocked: str = ""  # why nothing goes out until somebody acts; "" where it does
    last_success: float = 0.0  # seconds since 1970


class Shipper:
    """From a spool to Loki."""

    def __init__(
        self,
        spool: Spool,
        push: Push,
        rejects: Rejects,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], "asyncio.Future[None]"] | None = None,
        batch_bytes: int = _BATCH_BYTES,
    ) -> None:
        self.spool, self.push, self.rejects = spool, push, rejects
        self.limits = limits or Limits()
        self.counts = Counts()
        self.on_settled: Callable[[Batch], None] = lambda _: None
        self._clock, self._batch_bytes = clock, batch_bytes
        self._sleep = sleep or asyncio.sleep
        self._log = logging.getLogger("loki")
        self._retrying = False

    async def run(self) -> None:
        """Ships until it is cancelled."""
        while True:
            try:
                if not await self.once():
                    await self.spool.wait()
            except Exception:  # a bug here must not end the shipping  # noqa: BLE001
                self._log.exception("a batch couldn't be shipped, it is tried again")
                await self._sleep(_BACKOFF_S[1])

    async def once(self) -> bool:
        """Ships the next batch; False where there is none."""
        batch = await self.spool.take(self._batch_bytes)
        if batch is None:
            return False
        request = b"".join([block.payload for block in batch.blocks])
        rejected = await self._ship(request, batch)
        self.spool.settle(batch.count - rejected, {REJECTED: rejected} if rejected else {})
        self.on_settled(batch)
        return True

    async def _ship(self, request: bytes, batch: Batch) -> int:
        """Returns how many entries were refused for good."""
        rejected = 0
        if len(batch.blocks) == 1 and len(request) <= _PART_BYTES and not self._expired(batch):
            return await self._deliver(request)
        by_labels = protocol.merged(request)
        if self._expired(batch):
            rejected, by_labels = self._without_expired(by_labels)
        parts = _parted(by_labels)
        return rejected + sum(await asyncio.gather(*[self._deliver(part) for part in parts]))

    def _expired(self, batch: Batch) -> bool:
        return batch.oldest_ns < (self._clock() - self.limits.oldest_s) * 1e9

    def _without_expired(self, by_labels: dict[bytes, bytes]) -> tuple[int, dict[bytes, bytes]]:
        kept: dict[bytes, bytes] = {}
        rejected = 0
        for labels, joined in by_labels.items():
            good: list[protocol.Entry] = []
            bad: list[protocol.Entry] = []
            for one in protocol.entries(joined):
                (bad if self._wrong(one) else good).append(one)
            rejected += len(bad)
            if bad:
                self.rejects.add(labels, bad, "older or longer than Loki takes")
            if good:
                kept[labels] = b"".join([one.raw for one in good])
        return rejected, kept

    def _wrong(self, one: protocol.Entry) -> bool:
        age = self._clock() - one.stamp_ns / 1e9
        return (
            age > self.limits.oldest_s
            or age < -self.limits.newest_s
            or len(one.line.encode(errors="replace")) > self.limits.line_bytes
        )

    async def _deliver(self, request: bytes) -> int:
        """Sends until every entry was stored or refused; returns how many were refused."""
        answer = await self._answered(request)
        if answer.kind is Kind.STORED:
            return 0
        self._log.warning("loki refused a push, what is wrong in it is set aside", extra=fields(answer=answer.text))
        by_labels = protocol.merged(request)
        if answer.kind is Kind.PARTIAL:
            rejected, kept = self._without_expired(by_labels)
            if rejected and rejected == answer.ignored:
                return rejected
            if rejected:
                return rejected + (await self._deliver(_request(kept)) if kept else 0)
        return await self._bisect(by_labels, answer)

    async def _bisect(self, by_labels: dict[bytes, bytes], answer: Answer) -> int:
        """Halves what was refused: by streams, then by entries. What was stored before is the same entry to Loki."""
        if len(by_labels) > 1:
            names = list(by_labels)
            middle = len(names) // 2
            halves = [{name: by_labels[name] for name in part} for part in (names[:middle], names[middle:])]
            return sum([await self._deliver(_request(half)) for half in halves])
        labels, joined = next(iter(by_labels.items()))
        found = list(protocol.entries(joined))
        if len(found) > 1 and not (answer.kind is Kind.REFUSED and "label" in answer.text.lower()):
            middle = len(found) // 2
            parts = [b"".join([one.raw for one in part]) for part in (found[:middle], found[middle:])]
            return sum([await self._deliver(protocol.stream(labels, part)) for part in parts])
        self.rejects.add(labels, found, answer.text)
        return len(found)

    async def _answered(self, request: bytes) -> Answer:
        """Sends until there is an answer that is one: stored, or wrong."""
        attempt = 0
        while True:
            answer = await self.push.send(request)
            self.counts.pushes[answer.kind.value] += 1
            if answer.kind not in {Kind.RETRY, Kind.BLOCKED}:
                self._well(answer)
                return answer
            self._ill(answer)
            least, most = _BACKOFF_S
            wait = _BLOCKED_S if answer.kind is Kind.BLOCKED else min(most, least * 2 ** min(attempt, 20))
            await self._sleep(max(answer.wait_s, wait * random.uniform(0.5, 1.0)))  # noqa: S311 - jitter, no secret
            attempt += 1
            self.counts.retries += 1

    def _well(self, answer: Answer) -> None:
        if answer.kind is Kind.STORED:
            self.counts.last_success = self._clock()
        if self._retrying:
            self._log.info("loki takes pushes again")
        self._retrying, self.counts.blocked = False, ""

    def _ill(self, answer: Answer) -> None:
        if not self._retrying:
            text = "loki can't take pushes, they are kept and tried again"
            self._log.error(text, extra=fields(answer=answer.text, needs_somebody=answer.kind is Kind.BLOCKED or None))
        self._retrying = True
        self.counts.blocked = answer.text if answer.kind is Kind.BLOCKED else ""


def _request(by_labels: dict[bytes, bytes]) -> bytes:
    return b"".join([protocol.stream(labels, joined) for labels, joined in by_labels.items()])


def _parted(by_labels: dict[bytes, bytes]) -> list[bytes]:
    """The streams in a few requests of about the same size."""
    total = sum(map(len, by_labels.values()))
    bins: list[list[bytes]] = [[] for _ in range(max(1, min(_PARTS, total // _PART_BYTES, len(by_labels))))]
    sizes = [0] * len(bins)
    for labels, joined in sorted(by_labels.items(), key=lambda one: -len(one[1])):
        smallest = sizes.index(min(sizes))
        bins[smallest] += (protocol.stream_head(labels, len(joined)), joined)
        sizes[smallest] += len(joined)
    return [b"".join(parts) for parts in bins if parts]
