"""The spool: what was put in comes out in order, once the disk has it, until it is acknowledged.

One event loop uses it; only writing and syncing run in a thread, one flush at a time. One batch is out at a time.
"""

import asyncio
import enum
import fcntl
import logging
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exporters.kit.log import fields
from exporters.kit.spool import segments
from exporters.kit.spool.block import Block, heads, load
from exporters.kit.spool.cursor import Cursor
from exporters.kit.spool.holes import Holes
from exporters.kit.spool.ledger import Ledger
from exporters.kit.spool.segments import Segment, Writer

DAMAGED, FULL = "damaged", "spool_full"
_SEGMENT_BYTES = 16 * 1024 * 1024
_MEMORY_BYTES = 16 * 1024 * 1024  # of blocks that the disk doesn't take
_RECENT_BYTES = 8 * 1024 * 1024  # of blocks that needn't be read back


class Policy(enum.StrEnum):
    """What a full spool does."""

    DROP_OLDEST = "drop_oldest"
    STOP_READING = "stop_reading"


@dataclass(slots=True)
class Batch:
    """Blocks that are shipped together."""

    blocks: list[Block]

    @property
    def count(self) -> int:
        """How many messages."""
        return sum(block.count for block in self.blocks)

    @property
    def first(self) -> int:
        """The number of its first message."""
        return self.blocks[0].first

    @property
    def end(self) -> int:
        """The number of the message after its last."""
        return self.blocks[-1].end

    @property
    def oldest_ns(self) -> int:
        """The oldest stamp in it."""
        return min(block.oldest_ns for block in self.blocks)


@dataclass(slots=True)
class Troubles:
    """What happened to the files; they only grow."""

    damaged_blocks: int = 0
    write_errors: int = 0
    error: str = ""  # the last write's; "" where it worked


@dataclass(slots=True)
class _Written:
    """What a flush did."""

    end: int = 0
    begun: list[Segment] = field(default_factory=list)
    deleted: list[Segment] = field(default_factory=list)
    error: str = ""


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
        self.policy, self._most, self._memory = policy, most_bytes, memory_bytes
        self._log = logging.getLogger("spool")
        self._lock_file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock_file)
            raise OSError(error.errno, "another process uses it", str(directory)) from error
        self._cursor = Cursor(directory / "cursor")
        self._segments = segments.found(directory)
        self._writer = Writer(directory, max(4096, min(segment_bytes, most_bytes // 8)))
        self._holes = Holes()
        self._consumed = 0  # all before it is settled
        self._recover()
        self._next = self._consumed  # what is read next
        self._written = self.ledger.appended  # all before it was written
        self._note = self.ledger.note()  # of what a kill leaves
        self._unwritten: deque[Block] = deque()
        self._recent: dict[int, Block] = {}
        self._recent_bytes = 0
        self._dead: list[Segment] = []
        self._reading: tuple[Segment, int, int] | None = None  # with its descriptor and the place in it
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
            self._unwritten.append(Block(first, count, oldest_ns, self.ledger.note(), payload))
        elif not self._unwritten:
            self._note = self.ledger.note()

    async def flush(self) -> None:
        """Writes and syncs what was put in before; what the disk doesn't take stays in memory, and is counted."""
        async with self._flushing:
            self._make_room()
            self._rotate()
            blocks = list(self._unwritten)
            if blocks or self._dead:
                done = await asyncio.to_thread(self._write, blocks, list(self._dead))
                self._flushed(done)
            if not self._unwritten:
                self._note = self.ledger.note()  # what was refused since the last block, too
            self._save()

    @property
    def full(self) -> bool:
        """Whether nothing more should be put in."""
        return self.policy is Policy.STOP_READING and (
            self.bytes >= self._most or self._unwritten_bytes() >= self._memory
        )

    @property
    def bytes(self) -> int:
        """How much lies on the disk."""
        return sum(segment.size for segment in self._segments)

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
        for block in batch.blocks:
            if self._recent.pop(block.first, None):
                self._recent_bytes -= len(block.payload)
        while self._unwritten and self._unwritten[0].end <= batch.end:  # shipped from memory
            self._note = self._unwritten.popleft().note
            self._written = max(self._written, batch.end)
        self._advance()
        self._save()

    async def close(self) -> None:
        """Writes what is in memory, and closes the files."""
        await self.flush()
        async with self._flushing:
            self._sync_cursor()
            self._writer.close()
            self._cursor.close()
            self._leave()
            os.close(self._lock_file)

    # Recovery

    def _recover(self) -> None:
        saved = self._cursor.saved
        if saved:
            self.ledger.take_after(saved["after"])
            self.ledger.take_note(saved["note"])
            self._consumed, self._holes = int(saved["consumed"]), Holes(saved["holes"])
        for segment in reversed(self._segments):
            if self._take_last(segment):
                break
        if not saved and self._segments:  # the cursor is gone: what the oldest segment lacks was shipped
            self._consumed = self.ledger.shipped = self._segments[0].first
        self.ledger.appended = max(self.ledger.appended, self._consumed)
        for segment in [one for one in self._segments if one.first >= self.ledger.appended]:
            self._segments.remove(segment)  # a kill came before its first block
            segments.delete(segment)

    def _take_last(self, segment: Segment) -> bool:
        descriptor = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            last = next(iter(deque(heads(descriptor, 0, segment.size), 1)), None)
        finally:
            os.close(descriptor)
        if last is None:
            return False
        self.ledger.take_note(last.note)
        return True

    # Writing

    def _write(self, blocks: list[Block], dead: list[Segment]) -> _Written:
        """In a thread: touches nothing but files."""
        done = _Written()
        try:
            for block in blocks:
                begun = self._writer.write(block)
                if begun:
                    done.begun.append(begun)
                done.end = block.end
            if blocks:
                self._writer.sync()
        except OSError as error:
            done.error = error.strerror or str(error)
        try:
            if dead:
                self._cursor.sync()
            for segment in dead:
                segments.delete(segment)
                done.deleted.append(segment)
        except OSError as error:
            done.error = done.error or error.strerror or str(error)
        return done

    def _flushed(self, done: _Written) -> None:
        current = self._writer.segment
        paths = {segment.path for segment in done.begun}
        self._segments = [one for one in self._segments if one.path not in paths] + done.begun
        if current and current not in self._segments:  # begun, but its first block wasn't taken
            self._segments.append(current)
        self._dead = [segment for segment in self._dead if segment not in done.deleted]
        self._written = max(self._written, done.end)
        while self._unwritten and self._unwritten[0].end <= done.end:
            block = self._unwritten.popleft()
            self._note = block.note
            if self._recent_bytes < _RECENT_BYTES and block.first >= self._next:
                self._recent[block.first] = block
                self._recent_bytes += len(block.payload)
        if done.error and done.error != self.troubles.error:
            self._log.error("the spool can't be written, messages are held in memory", extra=fields(error=done.error))
        elif self.troubles.error and not done.error:
            self._log.info("the spool can be written again")
        self.troubles.write_errors += bool(done.error)
        self.troubles.error = done.error
        self._more.set()

    def _unwritten_bytes(self) -> int:
        return sum(len(block.payload) for block in self._unwritten)

    def _make_room(self) -> None:
        """By the policy: drops the oldest segments, then, where the disk takes nothing, what is in memory."""
        if self.policy is not Policy.DROP_OLDEST:
            return
        waiting = self._unwritten_bytes()
        while self.bytes + waiting > self._most and self._drop_segment():
            pass
        if self.troubles.error and waiting > self._memory // 2:
            self._drop_segment()
        while self._unwritten_bytes() > self._memory:
            position = 1 if self._out and self._unwritten[0].first < self._out.end else 0
            while position < len(self._unwritten) and self._out and self._unwritten[position].first < self._out.end:
                position += 1
            if position >= len(self._unwritten):
                return
            block = self._unwritten[position]
            del self._unwritten[position]
            self._lose(block.first, block.end, FULL)

    def _rotate(self) -> None:
        """Ends a large segment of which everything was shipped: nothing else would ever bury it."""
        current = self._writer.segment
        if current and self._out is None and self._consumed >= self._written and current.size >= self._writer.most:
            self._writer.close()
            self._bury(current)

    def _drop_segment(self) -> bool:
        """Gives up the oldest segment that isn't being shipped or written; False where there is none."""
        for index, segment in enumerate(self._segments[:-1]):
            end = self._segments[index + 1].first
            if segment is self._writer.segment or (
                self._out and segment.first < self._out.end and end > self._out.first
            ):
                continue
            self._lose(max(segment.first, self._consumed), end, FULL)
            self._bury(segment)
            self._advance()
            return True
        return False

    def _bury(self, segment: Segment) -> None:
        if self._reading and self._reading[0] is segment:
            self._leave()
        self._segments.remove(segment)
        self._dead.append(segment)

    def _lose(self, first: int, end: int, reason: str) -> None:
        """Counts the messages of a range, but for those that were counted."""
        count = self._holes.add(first, end)
        if count:
            self.ledger.lost[reason] += count

    def _advance(self) -> None:
        """Moves the cursor over what is settled, and buries the segments before it."""
        if self._out is None:
            self._consumed = self._holes.after(self._consumed)
            self._next = max(self._next, self._consumed)
        self._holes.forget(self._consumed)
        while len(self._segments) > 1 and self._segments[1].first <= self._consumed:
            if self._segments[0] is self._writer.segment:
                return
            self._bury(self._segments[0])

    def _save(self) -> None:
        try:
            self._cursor.save(
                {
                    "consumed": self._consumed,
                    "holes": self._holes.ranges,
                    "after": self.ledger.after(),
                    "note": self._note.decode(),
                }
            )
        except OSError as error:
            self.troubles.write_errors += 1
            self._log.error("the cursor can't be written", extra=fields(error=error))

    def _sync_cursor(self) -> None:
        try:
            self._cursor.sync()
        except OSError as error:
            self.troubles.write_errors += 1
            self._log.error("the cursor can't be synced", extra=fields(error=error))

    # Reading

    def _collect(self, most_bytes: int) -> Batch | None:
        blocks: list[Block] = []
        size, start = 0, self._next
        while True:
            block = self._peek()
            if block is None or (blocks and size + len(block.payload) > most_bytes):
                break
            blocks.append(block)
            size += len(block.payload)
            self._next = block.end
        if not blocks:
            self._advance()
            if self._next != start:
                self._save()
            return None
        return Batch(blocks)

    def _peek(self) -> Block | None:
        """The next block; what is damaged before it is counted."""
        self._next = self._holes.after(self._next)
        if self._next in self._recent:
            return self._recent[self._next]
        if self._next < self._written:
            block = self._from_disk()
            if block:
                return block
        if self.troubles.error:  # the disk takes nothing: what it has is shipped, the rest needn't wait for it
            return next((block for block in self._unwritten if block.first >= self._next), None)
        return None

    def _from_disk(self) -> Block | None:
        while self._next < self._written:
            if self._reading is None and not self._enter():
                break
            assert self._reading is not None  # noqa: S101 - entered above
            segment, descriptor, at = self._reading
            for head in heads(descriptor, at, segment.size):
                self._reading = segment, descriptor, head.at + head.size
                if head.end <= self._next:
                    continue
                if head.first > self._next:
                    self._damaged(head.first)
                block = load(descriptor, head)
                if block:
                    self._reading = segment, descriptor, head.at  # until it is taken: `_next` passes it then
                    return block
                self._damaged(head.end)
            following = next((one for one in self._segments if one.first > segment.first), None)
            self._leave()
            if following is None:
                break
            if following.first > self._next:
                self._damaged(following.first)
        if self._next < self._written:
            self._damaged(self._written)
        return None

    def _damaged(self, end: int) -> None:
        """Skips to a message: what lies before it can't be read."""
        before = self.ledger.lost.total()
        self._lose(self._next, end, DAMAGED)
        self.troubles.damaged_blocks += self.ledger.lost.total() > before
        self._next = end

    def _enter(self) -> bool:
        """Opens the segment in which the next message is, or the first after it."""
        for index, segment in enumerate(self._segments):
            following = self._segments[index + 1].first if index + 1 < len(self._segments) else None
            if following is None or following > self._next:
                try:
                    self._reading = segment, os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC), 0
                except OSError as error:
                    self._log.error("a segment can't be read", extra=fields(error=error))
                    if following is None:
                        return False
                    self._damaged(following)
                    continue
                return True
        return False

    def _leave(self) -> None:
        if self._reading:
            os.close(self._reading[1])
            self._reading = None

    def state(self) -> dict[str, Any]:
        """What an operator may want to know: where everything is."""
        return {"consumed": self._consumed, "next": self._next, "written": self._written, "bytes": self.bytes}
