"""A spool's segments as one row: appended to at the end, read in order, deleted at the beginning.

Only `write` runs in a thread, one at a time; all else is the event loop's.
"""

import fcntl
import logging
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from exporters.kit.log import fields
from exporters.kit.spool import segments
from exporters.kit.spool.block import Batch, Block, heads, load
from exporters.kit.spool.cursor import Cursor
from exporters.kit.spool.segments import Segment, Writer


@dataclass(slots=True)
class Written:
    """What a `write` did.

    Attributes:
        end: The number of the message after the last that was written.
        begun, deleted: Segments.
        error: Why not all could be done; "" where it could.
    """

    end: int = 0
    begun: list[Segment] = field(default_factory=list)
    deleted: list[Segment] = field(default_factory=list)
    error: str = ""


class Files:
    """The row.

    Attributes:
        row: The segments, the oldest first.
        buried: Those that nobody needs any more; the next `write` deletes them.
    """

    def __init__(self, directory: Path, segment_bytes: int) -> None:
        """Takes what lies in a directory.

        Raises:
            OSError: It can't be read, or another process uses it.
        """
        self._lock_file = _lock(directory)
        self.row = segments.found(directory)
        self.buried: list[Segment] = []
        self._writer = Writer(directory, segment_bytes)
        self._place: tuple[Segment, int, int] | None = None  # what is read: a segment, its descriptor, where in it
        self._log = logging.getLogger("spool")

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(segment.size for segment in self.row)

    def last_note(self) -> bytes | None:
        """Returns the newest whole block's note; None where no block is whole.

        Raises:
            OSError: A segment can't be read.
        """
        for segment in reversed(self.row):
            descriptor = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                last = next(iter(deque(heads(descriptor, 0, segment.size), 1)), None)
            finally:
                os.close(descriptor)
            if last:
                return last.note
        return None

    def forget(self, number: int) -> None:
        """Deletes the segments that begin with a message or a later one: a kill came before their first block.

        Raises:
            OSError: One can't be deleted.
        """
        while self.row and self.row[-1].first >= number:
            segments.delete(self.row.pop())

    def write(self, blocks: Sequence[Block], buried: Sequence[Segment], cursor: Cursor) -> Written:
        """Appends blocks, then deletes segments that the cursor has passed. In a thread: touches nothing but files."""
        done = Written()
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
            if buried:
                cursor.sync()
            for segment in buried:
                segments.delete(segment)
                done.deleted.append(segment)
        except OSError as error:
            done.error = done.error or error.strerror or str(error)
        return done

    def take_over(self, done: Written) -> None:
        """Takes what a `write` did into the row."""
        paths = {segment.path for segment in done.begun}
        self.row = [one for one in self.row if one.path not in paths] + done.begun
        current = self._writer.segment
        if current and current not in self.row:  # begun, but its first block wasn't taken
            self.row.append(current)
        self.buried = [segment for segment in self.buried if segment not in done.deleted]

    def bury(self, segment: Segment) -> None:
        """Takes a segment out of the row."""
        if self._place and self._place[0] is segment:
            self._leave()
        self.row.remove(segment)
        self.buried.append(segment)

    def bury_before(self, number: int) -> None:
        """Buries the segments that have nothing but messages before this one."""
        while len(self.row) > 1 and self.row[1].first <= number and self.row[0] is not self._writer.segment:
            self.bury(self.row[0])

    def rotate(self) -> None:
        """Ends a large segment of which everything was shipped: nothing else would ever bury it."""
        current = self._writer.segment
        if current and current.size >= self._writer.most:
            self._writer.close()
            self.bury(current)

    def oldest(self, out: Batch | None) -> tuple[Segment, int] | None:
        """Returns the oldest segment that isn't being shipped or written, and the number after its last message."""
        for segment, following in pairwise(self.row):
            shipping = out and segment.first < out.end and following.first > out.first
            if not shipping and segment is not self._writer.segment:
                return segment, following.first
        return None

    def read(self, number: int, end: int) -> Block | int:
        """Reads the block of a message.

        Args:
            number: The message's; it was written.
            end: All before it was written.

        Returns:
            The block, or, where the message can't be read, the number of the next that isn't lost with it.
        """
        while True:
            if self._place is None and (lost := self._enter(number, end)):
                return lost
            assert self._place is not None  # noqa: S101 - entered above
            segment, descriptor, at = self._place
            head = next(heads(descriptor, at, segment.size), None)
            if head is None:
                self._leave()
                following = next((one.first for one in self.row if one.first > segment.first), end)
                if following > number:
                    return following
            elif head.end <= number:
                self._place = segment, descriptor, head.at + head.size
            elif head.first > number:
                return head.first
            else:
                self._place = segment, descriptor, head.at  # until it is taken: it is passed then
                return load(descriptor, head) or head.end

    def close(self) -> None:
        """Closes the files."""
        self._writer.close()
        self._leave()
        os.close(self._lock_file)

    def _enter(self, number: int, end: int) -> int:
        """Opens the segment in which a message is; where that can't be, returns the number of the next to try."""
        firsts = [segment.first for segment in self.row[1:]] + [end]
        for segment, following in zip(self.row, firsts, strict=False):
            if following > number:
                try:
                    self._place = segment, os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC), 0
                except OSError as error:
                    self._log.error("a segment can't be read", extra=fields(error=error))
                    return following
                return 0
        return end

    def _leave(self) -> None:
        if self._place:
            os.close(self._place[1])
            self._place = None


def _lock(directory: Path) -> int:
    """Returns the descriptor of a file that nobody else has locked."""
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise OSError(error.errno, "another process uses it", str(directory)) from error
    return descriptor
