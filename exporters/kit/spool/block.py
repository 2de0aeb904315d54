"""A batch as it lies in a segment: a head with its own checksum, a note, the payload. Pure, but for `pread`.

    magic 4 · head CRC 4 · payload size 4 · payload CRC 4 · first 8 · count 4 · note size 4 · oldest 8 · note · payload

All little-endian. The head's CRC covers what follows it up to the note's end, so that a damaged payload is skipped by
its length and its messages are still counted. The checksum is CRC-32 (zlib): it is in C in every Python, where CRC-32C
would be another dependency or a hundred times slower; both find every error of up to two bits and every burst of up to
32 in a block of this size.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"SPB1"
MOST_PAYLOAD = 64 * 1024 * 1024
MOST_NOTE = 64 * 1024

_HEAD = struct.Struct("<4sIIIQIIq")
_SEARCHED = 1024 * 1024


@dataclass(slots=True)
class Block:
    """A batch of messages.

    Attributes:
        first: The number of its first message; messages are numbered from 0 as they are put in.
        count: How many messages.
        oldest_ns: The oldest of their stamps, so that the reader needn't look.
        note: The ledger as it was with the block's last message.
        payload: The messages, in whatever form.
    """

    first: int
    count: int
    oldest_ns: int
    note: bytes
    payload: bytes

    @property
    def end(self) -> int:
        """The number of the message after its last."""
        return self.first + self.count


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


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a block before its payload is read; `at` and `size` are bytes of the file."""

    at: int
    size: int
    first: int
    count: int
    oldest_ns: int
    note: bytes
    payload_size: int
    payload_crc: int

    @property
    def end(self) -> int:
        """The number of the message after its last."""
        return self.first + self.count


def encode(block: Block) -> tuple[bytes, bytes]:
    """Returns what is written: head with note, and payload."""
    rest = _HEAD.pack(
        MAGIC, 0, len(block.payload), zlib.crc32(block.payload), block.first, block.count, len(block.note),
        block.oldest_ns,
    )[8:] + block.note  # fmt: skip
    return MAGIC + zlib.crc32(rest).to_bytes(4, "little") + rest, block.payload


def heads(descriptor: int, at: int, end: int) -> Iterator[Head]:
    """Yields the blocks of a segment from a place on, as far as they are whole; what lies between is skipped.

    Raises:
        OSError: The file can't be read.
    """
    while at + _HEAD.size <= end:
        head = head_at(descriptor, at, end)
        if head is None:
            found = _search(descriptor, at + 1, end)
            if found is None:
                return
            at = found
            continue
        yield head
        at += head.size


def head_at(descriptor: int, at: int, end: int) -> Head | None:
    """Returns the block that starts at a place, None where none does or where it isn't whole."""
    data = os.pread(descriptor, _HEAD.size + 1024, at)
    if len(data) < _HEAD.size or data[:4] != MAGIC:
        return None
    _, head_crc, size, crc, first, count, note_size, oldest = _HEAD.unpack_from(data)
    start = _HEAD.size + note_size
    if size > MOST_PAYLOAD or note_size > MOST_NOTE or at + start + size > end:
        return None
    if len(data) < start:
        data = os.pread(descriptor, start, at)
    if zlib.crc32(data[8:start]) != head_crc:
        return None
    return Head(at, start + size, first, count, oldest, data[_HEAD.size : start], size, crc)


def load(descriptor: int, head: Head) -> Block | None:
    """Reads a block's payload; None where it is damaged."""
    payload = os.pread(descriptor, head.payload_size, head.at + head.size - head.payload_size)
    if len(payload) != head.payload_size or zlib.crc32(payload) != head.payload_crc:
        return None
    return Block(head.first, head.count, head.oldest_ns, head.note, payload)


def _search(descriptor: int, at: int, end: int) -> int | None:
    """The next place where a block may start."""
    while at < end:
        data = os.pread(descriptor, _SEARCHED, at)
        found = data.find(MAGIC)
        if found >= 0:
            return at + found
        if len(data) < _SEARCHED:
            return None
        at += len(data) - len(MAGIC) + 1
    return None
