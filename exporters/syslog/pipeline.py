"""From the sockets to Loki, in one loop: a batch is sealed, written and synced at an interval, then shipped."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from exporters.kit.log import fields
from exporters.kit.loki.push import Push
from exporters.kit.loki.rejects import Rejects
from exporters.kit.loki.shipper import Shipper
from exporters.kit.service import StartError
from exporters.kit.spool import Batch, Spool
from exporters.kit.spool.spool import FULL
from exporters.syslog.config import Config
from exporters.syslog.intake import Intake

REJECTED_DIRECTORY = "syslog-rejected"
_BATCH_BYTES = 1024 * 1024
_FLUSHES = 16  # the slowest of the last so many tells how long the next may take


class Pipeline:
    """Intake, spool and shipper.

    Attributes:
        rejects: Where what Loki refuses is kept aside.
        on_full: Called with whether the spool is full, whenever that may have changed.
        delay: Called with seconds from a batch's first message to its acknowledgement.
        gather: Called before a batch is made: what waits in the sockets comes along.
    """

    def __init__(self, config: Config) -> None:
        """Opens the spool.

        Raises:
            StartError: The spool can't be used.
        """
        self._config = config
        self.intake = Intake(config)
        settings = config.spool
        try:
            self.spool = Spool(settings.directory, most_bytes=settings.bytes, policy=settings.policy)
        except OSError as error:
            raise StartError(
                f"settings.spool.directory: {settings.directory}: {error.strerror}; it must be a folder that the "
                "exporter's user may write to, and that no other exporter uses"
            ) from error
        self.rejects = Rejects(settings.directory.parent / REJECTED_DIRECTORY)
        self.shipper: Shipper | None = None
        self.on_full: Callable[[bool], None] = lambda _: None
        self.delay: Callable[[float], None] = lambda _: None
        self.gather: Callable[[], None] = lambda: None
        self._log = logging.getLogger("syslog")
        self._wake = asyncio.Event()
        self._begun: dict[int, float] = {}  # by a block's first number: when its first message came
        self._since = 0.0
        self._took: deque[float] = deque(maxlen=_FLUSHES)
        self._tasks: list[asyncio.Task[None]] = []  # the shipper first
        self._flushing: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begins to flush and to ship."""
        self._ship()
        self._flushing = asyncio.create_task(self._flusher())

    async def stop(self) -> None:
        """Writes what is in memory; what isn't shipped yet waits for the next start."""
        self._stopping = True
        self._wake.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._flushing:
            await self._flushing  # not cancelled: its thread may be writing
        if self.shipper:
            await self.shipper.push.close()
        self._seal()
        await self.spool.close()

    def swap(self, config: Config) -> None:
        """Puts a configuration into force; the spool's folder stays what it was."""
        changed = config.loki != self._config.loki
        self._config = config
        self.intake.swap(config)
        if changed and self._tasks:
            old = self._tasks[0]
            old.cancel()
            self._tasks.append(asyncio.create_task(self._close(old, self.shipper)))
            self._ship(at=0)

    def take(self, messages: list[bytes], sender: str, way: str) -> None:
        """Takes messages from a socket."""
        if way == "udp" and self.spool.full:  # TCP's senders wait; these can't
            self.intake.refuse(len(messages), way, FULL)
            return
        self.intake.take(messages, sender, way)
        if not self._since:
            self._since = asyncio.get_running_loop().time()
        if self.intake.streams.size >= _BATCH_BYTES:
            self._seal()
            self._wake.set()

    def _ship(self, at: int | None = None) -> None:
        self.shipper = Shipper(self.spool, Push(self._config.loki), self.rejects)
        self.shipper.on_settled = self._settled
        task = asyncio.create_task(self.shipper.run())
        if at is None:
            self._tasks.append(task)
        else:
            self._tasks[at] = task

    @staticmethod
    async def _close(task: "asyncio.Task[None]", shipper: Shipper | None) -> None:
        with suppress(asyncio.CancelledError):
            await task
        if shipper:
            await shipper.push.close()

    def _seal(self) -> None:
        """Moves the batch into the spool, with what was refused meanwhile."""
        intake = self.intake
        count, ways = intake.streams.count, intake.streams.ways
        if not count and not intake.refused:
            return
        received = ways + intake.refused_ways
        payload, oldest = intake.streams.seal()
        if count:
            self._begun[self.spool.ledger.appended] = self._since
        self.spool.put(payload, count, oldest, received, intake.refused)
        intake.refused.clear()
        intake.refused_ways.clear()
        self._since = 0.0

    async def _flusher(self) -> None:
        clock = asyncio.get_running_loop().time
        while not self._stopping:
            started = clock()
            self._wake.clear()
            if not self._stopping:
                self.gather()
            self._seal()
            try:
                await self.spool.flush()
            except Exception:  # a bug here must not end the receipt  # noqa: BLE001
                self._log.exception("the spool's flush failed, it is tried again")
            self.on_full(self.spool.full)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._rest(clock() - started))

    def _rest(self, took_s: float) -> float:
        """Seconds until the next flush: what comes now is on the disk in time if it is no slower than the last few."""
        self._took.append(took_s)
        flush_s = self._config.spool.flush_s
        return max(0.001, max(flush_s / 2, flush_s - max(self._took)) - took_s)

    def _settled(self, batch: Batch) -> None:
        now = asyncio.get_running_loop().time()
        for block in batch.blocks:
            begun = self._begun.pop(block.first, 0.0)
            if begun:
                self.delay(now - begun)
        if len(self._begun) > 10_000:  # the store is away: what was begun long ago tells nothing
            self._begun.clear()
        self.on_full(self.spool.full)

    def log_state(self) -> None:
        """Tells how much is waiting, at the start."""
        ledger = self.spool.ledger
        self._log.info(
            "spool opened", extra=fields(waiting=ledger.spooled, shipped=ledger.shipped, bytes=self.spool.bytes)
        )
