"""What Loki refuses for good, kept aside for people: JSON lines, two files, bounded."""

import json
from collections.abc import Iterable
from pathlib import Path

from exporters.kit.loki.protocol import Entry


class Rejects:
    """A directory with `rejected.jsonl` and, of before, `rejected.1.jsonl`.

    Attributes:
        unwritten: How many entries couldn't be written; they are counted as rejected all the same.
    """

    def __init__(self, directory: Path, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._directory, self._most = directory, most_bytes // 2
        self.unwritten = 0

    def add(self, labels: bytes, entries: Iterable[Entry], reason: str) -> None:
        """Appends entries with the reason."""
        rows = [
            json.dumps(
                {
                    "reason": reason,
                    "labels": labels.decode(errors="replace"),
                    "stamp_ns": one.stamp_ns,
                    "line": one.line,
                    "metadata": dict(one.metadata),
                },
                ensure_ascii=False,
            )
            for one in entries
        ]
        data = "".join([row + "\n" for row in rows]).encode(errors="replace")
        path = self._directory / "rejected.jsonl"
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            if path.exists() and path.stat().st_size + len(data) > self._most:
                path.replace(path.with_name("rejected.1.jsonl"))
            with path.open("ab") as file:
                file.write(data)
        except OSError:
            self.unwritten += len(rows)
