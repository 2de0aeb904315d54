"""The cursor: how far everything was acknowledged, and the counts that go with it, in a file of two slots.

A write goes to the older slot, so that one that is torn leaves the other. The file keeps its size: a full disk stops no
cursor. It is written at every acknowledgement and synced before a segment is deleted: losing an unsynced one to a power
cut sends a batch twice, no more.
"""

import json
import os
import zlib
from pathlib import Path
from typing import Any

_SLOT = 16 * 1024


class Cursor:
    """The file; `saved` is what it said when it was opened, None for a new one."""

    def __init__(self, path: Path) -> None:
        """Opens or creates it.

        Raises:
            OSError: It can't be had.
        """
        self._path = path
        self._turn = 0
        self.saved: dict[str, Any] | None = None
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._descriptor).st_size < 2 * _SLOT:
            _all(self._descriptor, bytes(2 * _SLOT), 0)
            os.fsync(self._descriptor)
        for slot in (0, 1):
            found = _read(os.pread(self._descriptor, _SLOT, slot * _SLOT))
            if found and found["turn"] >= self._turn:
                self._turn, self.saved = found["turn"] + 1, found

    def save(self, state: dict[str, Any]) -> None:
        """Writes a state; a kill after it finds this one.

        Raises:
            OSError: It can't be written; the one before holds.
        """
        text = json.dumps({"turn": self._turn, **state}, separators=(",", ":")).encode()
        data = zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text
        if len(data) > _SLOT:
            raise OSError(0, "the state doesn't fit into its slot", str(self._path))
        _all(self._descriptor, data, self._turn % 2 * _SLOT)
        self._turn += 1

    def sync(self) -> None:
        """Makes the last state outlive a power cut.

        Raises:
            OSError: The disk doesn't take it.
        """
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._descriptor)


def _read(data: bytes) -> dict[str, Any] | None:
    size = int.from_bytes(data[4:8], "little")
    text = data[8 : 8 + size]
    if not size or len(text) != size or zlib.crc32(text) != int.from_bytes(data[:4], "little"):
        return None
    found: dict[str, Any] = json.loads(text)
    return found


def _all(descriptor: int, data: bytes, at: int) -> None:
    while data:
        done = os.pwrite(descriptor, data, at)
        data, at = data[done:], at + done
