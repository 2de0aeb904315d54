r"""A TCP stream cut into messages (RFC 6587). Pure: bytes in, messages out, one `Framer` a connection.

Both framings arrive on one port. The first bytes of a connection tell which it is: `123 <` is octet counting (§3.4.1),
anything else ends its messages with a newline, or with the NUL that some devices send in its place (§3.4.2).

- A connection that ends messages with newlines does so to its end: what a user may write into a log can't make the rest
  of it look like one long message.
- One that counts may count wrongly (characters instead of bytes, a newline that wasn't counted). Then what stands where
  a count should be is a message of its own, up to the next count or newline, and counting goes on after it.

Nothing is lost or made up: the messages, the counts before them and the trailers are the stream's bytes. Only a message
of more than `most` bytes is cut, counted, and its rest skipped, so that a connection holds at most that much.
"""

import re
from dataclasses import dataclass

MOST = 64 * 1024

_COUNT = re.compile(rb"([1-9][0-9]{0,6}) ")
_OPENING = re.compile(rb"[1-9][0-9]{0,6} <")
_PARTIAL = re.compile(rb"[1-9][0-9]{0,6} ?")
_NEXT = re.compile(rb"\n|\0|(?<![0-9])(?=[1-9][0-9]{0,6} <[0-9]{1,3}>)")
_TRAILERS = b"\n\r\0"
_LONGEST_COUNT = 16
_PIECE = 4096  # of what stands in a count's place: looked for again with every read


@dataclass(slots=True)
class Counts:
    """What a framer met; they only grow."""

    truncated: int = 0  # messages of more than `most` bytes
    miscounted: int = 0  # pieces between messages of a connection that counts
    cut_short: int = 0  # counted messages that the connection's end cut

    def __add__(self, other: "Counts") -> "Counts":
        """Of both."""
        return Counts(
            self.truncated + other.truncated,
            self.miscounted + other.miscounted,
            self.cut_short + other.cut_short,
        )


class Framer:
    """Cuts one connection's bytes into messages.

    Attributes:
        counts: What it met.
    """

    __slots__ = ("_counting", "_pending", "_skip", "_skip_line", "counts", "most")

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.counts = Counts()
        self._pending = b""
        self._counting: bool | None = None  # None: nothing was read yet that tells
        self._skip = 0  # bytes left of a counted message that was too long
        self._skip_line = False  # likewise, until a newline

    def feed(self, data: bytes) -> list[bytes]:
        """Returns the messages that end with these bytes; empty ones are none."""
        if self._pending:
            data = self._pending + data
            self._pending = b""
        if self._counting is None and not self._decide(data):
            return []
        return self._counted(data) if self._counting else self._lines(data)

    def close(self) -> list[bytes]:
        """Returns what the connection's end left unfinished: at most one message."""
        rest, self._pending = self._pending, b""
        if self._counting:
            header = _COUNT.match(rest)
            if header:
                rest = rest[header.end() :]
                self.counts.cut_short += 1
            return [rest] if rest.strip(_TRAILERS) else []
        rest = rest.rstrip(b"\r")
        return [rest] if rest else []

    def _decide(self, data: bytes) -> bool:
        """Tells the framing by a connection's first bytes; False: there are too few of them."""
        start = data.lstrip(_TRAILERS)
        if not start or (len(start) < _LONGEST_COUNT and _PARTIAL.fullmatch(start)):
            self._pending = start
            return False
        self._counting = _OPENING.match(start) is not None
        return True

    def _lines(self, data: bytes) -> list[bytes]:
        if b"\0" in data:
            data = data.replace(b"\0", b"\n")
        found = data.split(b"\n")
        rest = found.pop()
        if self._skip_line and found:  # the end of what was too long
            found[0] = b""
            self._skip_line = False
        if len(data) > self.most:
            found = [self._cut(line) if len(line) > self.most else line for line in found]
        if not self._skip_line:
            if len(rest) > self.most:
                found.append(self._cut(rest))
                self._skip_line = True
            else:
                self._pending = rest
        if b"" in found or b"\r" in data:
            found = [line for line in (line.rstrip(b"\r") for line in found) if line]
        return found

    def _counted(self, data: bytes) -> list[bytes]:
        found: list[bytes] = []
        at, end = 0, len(data)
        while at < end:
            if self._skip:
                step = min(self._skip, end - at)
                self._skip -= step
                at += step
                continue
            header = _COUNT.match(data, at)
            if header:
                start = header.end()
                size = int(header[1])
                stop = start + min(size, self.most)
                if stop > end:
                    break
                piece, at = data[start:stop], stop
                if size > self.most:
                    self.counts.truncated += 1
                    self._skip = size - self.most
                if piece.strip(_TRAILERS):
                    found.append(piece)
            elif data[at] in _TRAILERS:
                at += 1
            else:
                stop, after = self._miscounted(data, at)
                if stop == at:
                    break
                found.append(data[at:stop])
                at = after
        self._pending = data[at:]
        return found

    def _miscounted(self, data: bytes, at: int) -> tuple[int, int]:
        """Where what stands in a count's place ends and what follows starts; `at` twice: that is still to come."""
        following = _NEXT.search(data, at + 1)
        if following and following.start() - at <= _PIECE:
            self.counts.miscounted += 1
            return following.start(), following.end()
        if len(data) - at > _PIECE + _LONGEST_COUNT:
            self.counts.miscounted += 1
            return at + _PIECE, at + _PIECE
        return at, at

    def _cut(self, message: bytes) -> bytes:
        self.counts.truncated += 1
        return message[: self.most]
