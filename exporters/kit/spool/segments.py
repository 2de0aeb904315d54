"""The files of a spool: named by their first message's number, appended to, deleted whole."""

import os
from dataclasses import dataclass
from pathlib import Path

from exporters.kit.spool.block import Block, encode

SUFFIX = ".segment"


@dataclass(slots=True, eq=False)
class Segment:
    """A file: the number of its first message, and how many bytes of it are whole blocks."""

    path: Path
    first: int
    size: int


class Writer:
    """Appends blocks to the newest segment; a write that fails leaves no trace."""

    def __init__(self, directory: Path, segment_bytes: int) -> None:
        self._directory = directory
        self.most = segment_bytes
        self._descriptor = -1
        self.segment: Segment | None = None  # what is written to
        self._broken = False  # the last write couldn't be undone: go on in a new file

    def write(self, block: Block) -> Segment | None:
        """Appends a block; returns the segment where a new one was begun.

        Raises:
            OSError: The disk doesn't take it.
        """
        begun = None
        if self.segment is None or self.segment.size >= self.most or self._broken:
            begun = self._begin(block.first)
        segment = self.segment
        assert segment is not None  # noqa: S101 - begun above
        at = segment.size
        try:
            for part in encode(block):
                at = _all(self._descriptor, part, at)
        except OSError:
            self._undo(segment)
            raise
        segment.size = at
        return begun

    def sync(self) -> None:
        """Makes what was written outlive a power cut.

        Raises:
            OSError: The disk doesn't take it.
        """
        if self._descriptor >= 0:
            os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Closes the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self.segment = None

    def _begin(self, first: int) -> Segment:
        path = self._directory / f"{first:020}{SUFFIX}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            sync_directory(self._directory)
            if self._descriptor >= 0:
                os.fdatasync(self._descriptor)
        except OSError:
            os.close(descriptor)
            raise
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._broken = descriptor, False
        self.segment = Segment(path, first, 0)
        return self.segment

    def _undo(self, segment: Segment) -> None:
        try:
            os.ftruncate(self._descriptor, segment.size)
        except OSError:
            self._broken = True


def found(directory: Path) -> list[Segment]:
    """Returns the segments of a directory, the oldest first.

    Raises:
        OSError: The directory can't be read.
    """
    paths = sorted(path for path in directory.iterdir() if path.suffix == SUFFIX and path.stem.isdigit())
    return [Segment(path, int(path.stem), path.stat().st_size) for path in paths]


def delete(segment: Segment) -> None:
    """Removes a file; one that is gone is as good.

    Raises:
        OSError: It can't be removed.
    """
    try:
        os.unlink(segment.path)  # noqa: PTH108 - system calls by their names, for the tests that kill at each
    except FileNotFoundError:
        return


def sync_directory(directory: Path) -> None:
    """Makes a new name outlive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _all(descriptor: int, data: bytes, at: int) -> int:
    view = memoryview(data)
    while view:
        done = os.pwrite(descriptor, view, at)
        view, at = view[done:], at + done
    return at
