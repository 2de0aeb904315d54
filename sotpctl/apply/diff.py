"""What an apply would change, file by file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sotpctl.apply.manifest import NAME, ApplyError, read_manifest
from sotpctl.apply.words import Tree
from sotpctl.inventory.textdiff import unified

# Of the manifest, only this is not a consequence of the other files.
_OWN = ("endpoints", "secrets", "web")


@dataclass(frozen=True, slots=True)
class Change:
    """One file that would be added, changed or removed; `lines` is its unified diff."""

    file: str
    kind: Literal["added", "changed", "removed"]
    lines: tuple[str, ...]

    @property
    def added(self) -> int:
        """How many lines come."""
        return sum(line.startswith("+") for line in self.lines[2:])

    @property
    def removed(self) -> int:
        """How many lines go."""
        return sum(line.startswith("-") for line in self.lines[2:])


def trees(current: Path | None, build: Path) -> tuple[Tree, Tree]:
    """Read the current release (None before the first apply) and the rendered tree.

    A file of the current release that is missing, or a folder now, isn't in its tree: whatever somebody did there, the
    next apply puts it right.

    Raises:
        ApplyError: The rendered tree isn't whole, or a file may not be read.
    """
    return (_read(current, _names(current)) if current else {}), _read(build, list(read_manifest(build).files))


def changes(current: Path | None, build: Path) -> Iterator[Change]:
    """Compare the rendered tree with the current release, in name order."""
    return compare(*trees(current, build))


def compare(old: Tree, new: Tree) -> Iterator[Change]:
    """Compare two trees file by file, in name order."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            if name != NAME:
                yield Change(name, "added", _unified(name, None, after))
        elif after is None:
            yield Change(name, "removed", _unified(name, before, None))
        elif before != after:
            yield Change(name, "changed", _unified(name, before, after))


def _unified(name: str, before: bytes | None, after: bytes | None) -> tuple[str, ...]:
    old = "/dev/null" if before is None else f"current/{name}"
    new = "/dev/null" if after is None else f"build/{name}"
    lines = unified(_text(before), _text(after), name).removesuffix("\n").split("\n")
    return (f"--- {old}", f"+++ {new}", *lines[2:])


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="backslashreplace")


def _names(release: Path) -> list[str]:
    try:
        return list(read_manifest(release).files)
    except ApplyError:  # somebody damaged it: what stands there counts
        return [str(path.relative_to(release)) for path in release.rglob("*") if path.is_file() and path.name != NAME]


def _read(tree: Path, names: list[str]) -> Tree:
    found: dict[str, bytes] = {}
    try:
        for name in names:
            try:
                found[name] = (tree / name).read_bytes()
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                continue
        found[NAME] = _manifest(tree)
    except OSError as error:
        raise ApplyError(f"{error.filename}: can't be read: {error.strerror}") from None
    return found


def _manifest(tree: Path) -> bytes:
    """Return what the manifest alone says; a damaged one says nothing."""
    try:
        document = json.loads((tree / NAME).read_bytes())
        own = {key: document[key] for key in _OWN if key in document}
    except (FileNotFoundError, IsADirectoryError, ValueError, TypeError, RecursionError):
        own = {}
    return (json.dumps(own, indent=2, sort_keys=True) + "\n").encode()
