"""The messages that the sink took: in memory for its page, in `inbox.jsonl` for everybody else."""

import json
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from lab.messages import Message

_KEPT = 1000  # the page's and /inbox.json's; the file has all


class Inbox:
    """Messages, oldest first, over restarts of the lab.

    Attributes:
        revision: Changes whenever the messages do.
    """

    def __init__(self, path: Path) -> None:
        """Read what an earlier lab wrote; a line that a kill cut off is dropped."""
        self._path = path
        self._messages: deque[Message] = deque(read(path), maxlen=_KEPT)
        self._next = 1 + max((int(message.get("id", 0)) for message in self._messages), default=0)
        self.revision = 0
        path.write_text("".join(map(_line, self._messages)))
        self._file = path.open("a")

    def add(self, message: Message) -> Message:
        """Store a message with its number and the time (RFC 3339, UTC); it is in the file when this returns."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = _line({"id": self._next, "time": now} | message)
        message = json.loads(line)  # without what UTF-8 can't hold
        self._next += 1
        self._messages.append(message)
        self._file.write(line)
        self._file.flush()
        self.revision += 1
        return message

    def messages(self) -> list[Message]:
        """The last thousand, oldest first."""
        return list(self._messages)

    def clear(self) -> int:
        """Forget all of them, in the file too; returns how many there were. Numbers go on."""
        count = len(self._messages)
        self._messages.clear()
        self._file.truncate(0)
        self.revision += 1
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: Path) -> list[Message]:
    """The messages of an `inbox.jsonl`; none when there is no such file."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [message for message in map(_parse, lines) if message is not None]


def _parse(line: str) -> Message | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _line(message: Message) -> str:
    """One line of JSON; lone surrogates, which JSON may carry and UTF-8 may not, become question marks."""
    return json.dumps(message, ensure_ascii=False).encode(errors="replace").decode() + "\n"
