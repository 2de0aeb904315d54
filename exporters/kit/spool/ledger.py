"""What became of every message: received = shipped + dropped + spooled. Pure.

Two halves, each saved whole with what it counts: the half before the spool with every block, the half after it with
the cursor. So whatever a kill takes away, it takes from both sides of the equation:

    received = dropped before + appended             appended = shipped + dropped after + spooled
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Ledger:
    """Counts of messages; they only grow.

    Attributes:
        received: By the way they came.
        refused: Those dropped before the spool, by reason.
        shipped: Those that were acknowledged.
        lost: Those dropped after they were put in, by reason.
        appended: Those that were put in.
    """

    received: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    shipped: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    appended: int = 0

    @property
    def spooled(self) -> int:
        """Those that are still held."""
        return self.appended - self.shipped - self.lost.total()

    def dropped(self) -> Counter[str]:
        """Those that were given up, by reason."""
        return self.refused + self.lost

    def note(self) -> bytes:
        """Returns the half before the spool, for a block."""
        return _dump({"received": self.received, "refused": self.refused, "appended": self.appended})

    def take_note(self, note: bytes) -> bool:
        """Takes the half before the spool from a note, if it is a later one."""
        try:
            found = json.loads(note)
            appended = int(found["appended"])
            received, refused = _counts(found["received"]), _counts(found["refused"])
        except (ValueError, TypeError, KeyError):
            return False
        if appended < self.appended or received.total() < self.received.total():
            return False
        self.appended, self.received, self.refused = appended, received, refused
        return True

    def after(self) -> dict[str, Any]:
        """Returns the half after the spool, for the cursor."""
        return {"shipped": self.shipped, "lost": dict(self.lost)}

    def take_after(self, saved: dict[str, Any]) -> None:
        """Takes the half after the spool from the cursor."""
        self.shipped, self.lost = int(saved["shipped"]), _counts(saved["lost"])


def _counts(saved: dict[str, Any]) -> Counter[str]:
    return Counter({str(key): int(value) for key, value in saved.items()})


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
