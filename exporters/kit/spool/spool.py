"""The spool: what was put in comes out in order, once the disk has it, until it is acknowledged.

One event loop uses it; only writing and syncing run in a thread, one flush at a time. One batch is out at a time.
"""

import asyncio
import enum
from collections.abc import Mapping
from pathlib import Path

from exporters.kit.spool.block import Batch, Block
from exporters.kit.spool.cursor import Cursor
from exporters.kit.spool.files import Files
from exporters.kit.spool.ledger import Ledger
from exporters.kit.spool.memory import Memory
from exporters.kit.spool.recovery import recover
from exporters.kit.spool.troubles import Troubles

DAMAGED, FULL = "damaged", "spool_full"
_SEGMENT_BYTES = 16 * 1024 * 1024
_MEMORY_BYTES = 16 * 1024 * 1024  # of blocks that the disk doesn't take


class Policy(enum.StrEnum):
    """What a full spool does."""

    DROP_OLDEST = "drop_oldest"
    STOP_READING = "stop_reading"


class Spool:
    """A directory with segments and a cursor.

    Attributes:
        ledger: The counts of all that was put in.
        troubles: What went wrong with the files.
    """

    def __init__(
        self,
        directory: Path,
        *,
        most_bytes: int,
        policy: Policy = Policy.DROP_OLDEST,
        segment_bytes: int = _SEGMENT_BYTES,
        memory_bytes: int = _MEMORY_BYTES,
    ) -> None:
        """Opens it, and goes on where it ended, however that was.

        Args:
            directory: Made where it is missing; nobody else may use it.
            most_bytes: All segments together; a segment has an eighth of it at most.
            policy: What happens when that is reached, or when the disk takes nothing.
            segment_bytes: A segment's size.
            memory_bytes: How much is held while the disk takes nothing.

        Raises:
            OSError: The directory can't be used, or another process uses it.
        """
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.ledger = Ledger()
        self.troubles = Troubles()
        self.policy, self._most, self._most_memory = policy, most_bytes, memory_bytes
        self._files = Files(directory, max(4096, min(segment_bytes, most_bytes // 8)))
        self._cursor = Cursor(directory / "cursor")
        self._memory = Memory()
        self._consumed, self._holes = recover(self._cursor.saved, self._files, self.ledger)  # all before it is settled
        self._next = self._consumed  # what is read next
        self._written = self.ledger.appended  # all before it was written
        self._note = self.ledger.note()  # of what a kill leaves
        self._out: Batch | None = None
        self._flushing = asyncio.Lock()
        self._more = asyncio.Event()
        self._more.set()

    # What comes in

    def put(
        self, payload: bytes, count: int, oldest_ns: int, counts: Mapping[str, int], refused: Mapping[str, int]
    ) -> None:
        """Takes a batch into memory; `flush` writes it.

        Args:
            payload: The messages; b"" where all were refused.
            count: How many there are.
            oldest_ns: The oldest of their stamps.
            counts: How many were received since the last call, by way; `count` and the refused ones together.
            refused: How many of those are not in the batch, by reason.
        """
        first = self.ledger.appended
        self.ledger.received.update(counts)
        self.ledger.refused.update(refused)
        self.ledger.appended += count
        if count:
            self._memory.unwritten.append(Block(first, count, oldest_ns, self.ledger.note(), payload))
        elif not self._memory.unwritten:
            self._note = self.ledger.note()

    async def flush(self) -> None:
        """Writes and syncs what was put in before; what the disk doesn't take stays in memory, and is counted."""
        async with self._flushing:
            self._make_room()
            if self._out is None and self._consumed >= self._written:
                self._files.rotate()
            blocks, buried = list(self._memory.unwritten), list(self._files.buried)
            if blocks or buried:
                done = await asyncio.to_thread(self._files.write, blocks, buried, self._cursor)
                self._files.take_over(done)
                self._wrote(done.end, self._next)
                self.troubles.wrote(done.error)
                self._more.set()
            if not self._memory.unwritten:
                self._note = self.ledger.note()  # what was refused since the last block, too
            self._save()

    @property
    def full(self) -> bool:
        """Whether nothing more should be put in."""
        return self.policy is Policy.STOP_READING and (
            self.bytes >= self._most or self._memory.size >= self._most_memory
        )

    @property
    def bytes(self) -> int:
        """How much lies on the disk."""
        return self._files.size

    # What goes out

    async def wait(self) -> None:
        """Waits until there may be a batch."""
        await self._more.wait()

    async def take(self, most_bytes: int) -> Batch | None:
        """Returns the next batch, of at most so many bytes unless a single block has more; None: there is none yet.

        It stays the next one, also after a restart, until it is settled.
        """
        if self._out is None:
            async with self._flushing:  # reading meets no segment that a flush is about to change
                self._out = self._collect(most_bytes)
            if self._out is None:
                self._more.clear()
        return self._out

    def settle(self, shipped: int, lost: Mapping[str, int]) -> None:
        """Says what became of the batch that is out: how many messages were acknowledged, and the others by reason."""
        batch, self._out = self._out, None
        if batch is None or shipped + sum(lost.values()) != batch.count:
            raise ValueError("every message of the batch that is out is settled, once")
        self.ledger.shipped += shipped
        self.ledger.lost.update(lost)
        self._consumed = max(self._consumed, batch.end)
        self._memory.forget(batch.blocks)
        self._wrote(batch.end, batch.end)  # shipped from memory: as good as written
        self._advance()
        self._save()

    async def close(self) -> None:
        """Writes what is in memory, and closes the files."""
        await self.flush()
        async with self._flushing:
            try:
                self._cursor.sync()
            except OSError as error:
                self.troubles.cursor(error)
            self._cursor.close()
            self._files.close()

    # Between the two

    def _wrote(self, end: int, following: int) -> None:
        """The disk has what comes before `end`, or needs it no more."""
        last = self._memory.wrote(end, following)
        if last:
            self._note = last.note
            self._written = max(self._written, last.end)

    def _make_room(self) -> None:
        """By the policy: drops the oldest segments, then, where the disk takes nothing, what is in memory."""
        if self.policy is not Policy.DROP_OLDEST:
            return
        waiting = self._memory.size
        while self.bytes + waiting > self._most and self._drop_segment():
            pass
        if self.troubles.error and waiting > self._most_memory // 2:
            self._drop_segment()
        while self._memory.size > self._most_memory and (block := self._memory.give_up(self._out)):
            self._lose(block.first, block.end, FULL)

    def _drop_segment(self) -> bool:
        """Gives up the oldest segment that isn't in use; False where there is none."""
        if found := self._files.oldest(self._out):
            segment, end = found
            self._lose(max(segment.first, self._consumed), end, FULL)
            self._files.bury(segment)
            self._advance()
        return found is not None

    def _lose(self, first: int, end: int, reason: str) -> int:
        """Counts the messages of a range, but for those that were counted; returns how many."""
        count = self._holes.add(first, end)
        if count:
            self.ledger.lost[reason] += count
        return count

    def _advance(self) -> None:
        """Moves the cursor over what is settled, and buries the segments before it."""
        if self._out is None:
            self._consumed = self._holes.after(self._consumed)
            self._next = max(self._next, self._consumed)
        self._holes.forget(self._consumed)
        self._files.bury_before(self._consumed)

    def _save(self) -> None:
        state = {"consumed": self._consumed, "holes": self._holes.ranges, "after": self.ledger.after()}
        try:
            self._cursor.save(state | {"note": self._note.decode()})
        except OSError as error:
            self.troubles.cursor(error)

    def _collect(self, most_bytes: int) -> Batch | None:
        blocks: list[Block] = []
        size, start = 0, self._next
        while (block := self._peek()) and (not blocks or size + len(block.payload) <= most_bytes):
            blocks.append(block)
            size += len(block.payload)
            self._next = block.end
        if blocks:
            return Batch(blocks)
        self._advance()
        if self._next != start:
            self._save()
        return None

    def _peek(self) -> Block | None:
        """The next block; what is damaged before it is counted."""
        self._next = self._holes.after(self._next)
        if recent := self._memory.recent(self._next):
            return recent
        while self._next < self._written:
            found = self._files.read(self._next, self._written)
            if isinstance(found, Block):
                return found
            self.troubles.damaged_blocks += self._lose(self._next, found, DAMAGED) > 0
            self._next = found
        if self.troubles.error:  # the disk takes nothing: what it has is shipped, the rest needn't wait for it
            return next((block for block in self._memory.unwritten if block.first >= self._next), None)
        return None
