"""Unified diffs of long files: difflib needs minutes for 10,000 changes, so it is given one stretch at a time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

_CONTEXT = 3
_Opcode: TypeAlias = tuple[str, int, int, int, int]


def unified(before: str, after: str, name: str) -> str:
    """Return what changes between two texts as `diff -u` writes it; nothing when they are equal."""
    old, new = _lines(before), _lines(after)
    matcher = SequenceMatcher(None, "", "")
    matcher.opcodes = _joined(_opcodes(old, new))  # type: ignore[attr-defined]  # get_opcodes() gives what is there
    parts = []
    for group in matcher.get_grouped_opcodes(_CONTEXT) if old != new else ():
        first, last = group[0], group[-1]
        parts.append(f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n")
        for tag, i, j, k, m in group:
            parts += [f" {line}" for line in old[i:j]] if tag == "equal" else [f"-{line}" for line in old[i:j]]
            parts += [f"+{line}" for line in new[k:m]] if tag != "equal" else []
    ended = [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in parts]
    return "".join([f"--- a/{name}\n+++ b/{name}\n", *ended]) if ended else ""


def _joined(opcodes: Iterable[_Opcode]) -> list[_Opcode]:
    """Make one of neighbours of a kind: context is counted from the ends of a stretch."""
    found: list[_Opcode] = []
    for opcode in opcodes:
        first = found.pop() if found and found[-1][0] == opcode[0] else opcode
        found.append((opcode[0], first[1], opcode[2], first[3], opcode[4]))
    return found


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Opcode]:
    i = k = 0
    for j, m in [*_anchors(old, new), (len(old), len(new))]:
        for tag, a, b, c, d in SequenceMatcher(None, old[i:j], new[k:m], autojunk=False).get_opcodes():
            yield tag, a + i, b + i, c + k, d + k
        if j < len(old) and m < len(new):
            yield "equal", j, j + 1, m, m + 1
        i, k = j + 1, m + 1


def _anchors(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of lines that stand once in either text, in an order that both texts have."""
    once, again = Counter(old), Counter(new)
    places = {line: number for number, line in enumerate(new) if again[line] == 1}
    reached = -1
    for number, line in enumerate(old):
        place = places.get(line, -1)
        if once[line] == 1 and place > reached:
            reached = place
            yield number, place


def _range(start: int, stop: int) -> str:
    length = stop - start
    return f"{start + 1 if length else start}" + ("" if length == 1 else f",{length}")


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)
