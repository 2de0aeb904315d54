"""What is wrong with an inventory: one `Problem` a mistake, and the words that help to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

_LISTED_AT_MOST = 12
_LONGEST_VALUE = 80
_LONGEST_MESSAGE = 600
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake and what would be right. Line and column count from 1; a line of 0 is the file as a whole."""

    file: str
    line: int
    column: int
    path: str
    message: str
    severity: Severity = "error"

    def __post_init__(self) -> None:
        """Make what comes from the files safe for a terminal: escaped, and no longer than a message should be."""
        object.__setattr__(self, "path", printable(self.path))
        object.__setattr__(self, "message", _shortened(printable(self.message)))

    def __str__(self) -> str:
        """Return `inventory.yaml:31:15: devices.a.snmp.auth: no auth is called …`."""
        position = f":{self.line}:{self.column}" if self.line else ""
        path = f" {self.path}:" if self.path else ""
        return f"{self.file}{position}:{path} {self.message}"


def printable(text: str) -> str:
    """Escape what a terminal would obey or hide: control characters, line breaks, marks of direction."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _shortened(message: str) -> str:
    if len(message) <= _LONGEST_VALUE:
        return message
    message = _QUOTED.sub(lambda match: _cut(match.group(), _LONGEST_VALUE), message)
    return _cut(message, _LONGEST_MESSAGE)


def _cut(text: str, most: int) -> str:
    """Leave out the middle of a text that is too long, and say how long it was."""
    if len(text) <= most:
        return text
    tail = most // 4
    return f"{text[: most - tail]} … {text[-tail:]} ({len(text)} characters)"


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort by place and drop repetitions, so that the same inventory always gives the same list."""
    return tuple(sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.path, p.message, p.severity)))


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return `; did you mean "…"?` when something close is known, the whole choice when it is short, else nothing."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    if not close:
        close = [name for name in sorted(known) if name.casefold() == word.casefold()]
    if close:
        return f'; did you mean "{close[0]}"?'
    return one_of(known) if 0 < len(known) <= _LISTED_AT_MOST else ""


def one_of(known: Iterable[str]) -> str:
    """Return `; it is one of a, b, c`."""
    return "; it is one of " + ", ".join(sorted(known))
