"""What an apply would change, file by file."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sotpctl.apply.manifest import read_manifest


@dataclass(frozen=True, slots=True)
class Change:
    """One file that would be added, changed or removed; `lines` is its unified diff."""

    file: str
    kind: Literal["added", "changed", "removed"]
    lines: tuple[str, ...]


def changes(current: Path | None, build: Path) -> Iterator[Change]:
    """Compare the rendered tree with the current release (None before the first apply), in name order."""
    new = read_manifest(build).files
    old = read_manifest(current).files if current else {}
    for name in sorted(old.keys() | new.keys()):
        before = _lines(current / name) if current and name in old else None
        after = _lines(build / name) if name in new else None
        if before != after:
            kind: Literal["added", "changed", "removed"] = "changed"
            if before is None:
                kind = "added"
            elif after is None:
                kind = "removed"
            yield Change(name, kind, tuple(_unified(name, before, after)))


def _unified(name: str, before: list[str] | None, after: list[str] | None) -> Iterator[str]:
    old = "/dev/null" if before is None else f"current/{name}"
    new = "/dev/null" if after is None else f"build/{name}"
    for line in difflib.unified_diff(before or [], after or [], old, new, lineterm=""):
        yield line.rstrip("\n")


def _lines(path: Path) -> list[str] | None:
    try:
        return path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return None
