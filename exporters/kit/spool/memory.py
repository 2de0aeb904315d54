"""Blocks in memory: those that the disk hasn't yet, and the newest of those that it has. Pure."""

from collections import deque
from collections.abc import Iterable

from exporters.kit.spool.block import Batch, Block

_RECENT_BYTES = 8 * 1024 * 1024  # of blocks that needn't be read back


class Memory:
    """Two rows of blocks.

    Attributes:
        unwritten: What the disk hasn't, in order.
    """

    def __init__(self) -> None:
        self.unwritten: deque[Block] = deque()
        self._recent: dict[int, Block] = {}  # by their first message
        self._recent_bytes = 0

    @property
    def size(self) -> int:
        """Bytes of what the disk hasn't."""
        return sum(len(block.payload) for block in self.unwritten)

    def wrote(self, end: int, following: int) -> Block | None:
        """The disk has all blocks before a message; returns the last of them that it hadn't.

        Args:
            end: The message's number.
            following: The number of the message that is shipped next: what is before it isn't needed any more.
        """
        last = None
        while self.unwritten and self.unwritten[0].end <= end:
            last = self.unwritten.popleft()
            if self._recent_bytes < _RECENT_BYTES and last.first >= following:
                self._recent[last.first] = last
                self._recent_bytes += len(last.payload)
        return last

    def forget(self, blocks: Iterable[Block]) -> None:
        """Lets go of blocks that the disk has, too."""
        for block in blocks:
            if self._recent.pop(block.first, None):
                self._recent_bytes -= len(block.payload)

    def recent(self, number: int) -> Block | None:
        """Returns the block that begins with a message, where the disk has it, too."""
        return self._recent.get(number)

    def give_up(self, out: Batch | None) -> Block | None:
        """Takes out the oldest block that the disk hasn't and that isn't being shipped; None: there is none."""
        for position, block in enumerate(self.unwritten):
            if not out or block.first >= out.end:
                del self.unwritten[position]
                return block
        return None
