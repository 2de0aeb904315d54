"""Where a spool goes on, however it ended: the cursor and the newest block each know a half of the counts."""

from typing import Any

from exporters.kit.spool.files import Files
from exporters.kit.spool.holes import Holes
from exporters.kit.spool.ledger import Ledger


def recover(saved: dict[str, Any] | None, files: Files, ledger: Ledger) -> tuple[int, Holes]:
    """Sets a ledger to what became of every message, and deletes segments that a kill left empty.

    Args:
        saved: What the cursor says; None where it is gone.
        files: The segments.
        ledger: A new one.

    Returns:
        The number of the first message that isn't settled, and the ranges that were given up after it.

    Raises:
        OSError: The segments can't be read, or one not deleted.
    """
    consumed, holes = 0, Holes()
    if saved:
        ledger.take_after(saved["after"])
        ledger.take_note(saved["note"])
        consumed, holes = int(saved["consumed"]), Holes(saved["holes"])
    elif files.row:  # what the oldest segment lacks was shipped
        consumed = ledger.shipped = files.row[0].first
    if note := files.last_note():
        ledger.take_note(note)
    ledger.appended = max(ledger.appended, consumed)
    files.forget(ledger.appended)
    return consumed, holes
