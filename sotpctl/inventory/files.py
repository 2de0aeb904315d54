"""The files of an inventory: found, read, merged into one document; and the way back from a path to its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sotpctl.inventory.problems import Problem, Severity
from sotpctl.inventory.yaml_source import PathSteps, Source, Step, dotted, parse, read

_LISTS_THAT_ADD_UP = {"links"}
# Merged key by key, as the sections are.
_NESTED = {("alerting",), ("alerting", "receivers"), ("alerting", "time_intervals")}


class Files:
    """All files of one inventory.

    Attributes:
        folder: The folder that relative paths in the inventory are relative to, as the user named it.
        root: The same, absolute.
        data: The merged plain data.
        problems: What is wrong with the files as YAML, or with their merging.
    """

    def __init__(self, path: Path, texts: Mapping[Path, str] | None = None) -> None:
        """Read the files at a path; `texts` are read in place of what those files hold."""
        self.folder = path if is_directory(path) else path.parent
        self.root = self.folder.resolve()
        self.data: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self._links: list[tuple[Source, int]] = []
        self._left: dict[PathSteps, list[int]] = {}
        self._sources = self._read(path, texts or {})
        for source in self._sources:
            self.problems += source.problems
            self._add(source)

    @property
    def complete(self) -> bool:
        """Tell whether every file could be read: otherwise names may be missing that a broken file defines."""
        return bool(self._sources) and all(isinstance(source.data, dict) for source in self._sources)

    def only_left(self, path: PathSteps, left: list[int]) -> None:
        """Note which items are left of a list whose bad items were left out: paths given later count only those."""
        self._left[path] = left

    def problem(
        self, path: Sequence[Step], message: str, *, key: bool = False, severity: Severity = "error"
    ) -> Problem:
        """Make a problem at a path: at its value, or at the key itself."""
        source, line, column = self._find(path, key=key)
        return Problem(source.name, line, column, dotted(self._as_written(path)), message, severity)

    def place(self, path: Sequence[Step]) -> str:
        """Return `file:line` of a path's value."""
        source, line, _ = self._find(path, key=False)
        return f"{source.name}:{line}"

    def text(self, path: Sequence[Step]) -> str | None:
        """Return a scalar as it is written in its file."""
        sources, path = self._candidates(path)
        return next((text for source in sources if (text := source.text(path)) is not None), None)

    def _find(self, path: Sequence[Step], *, key: bool) -> tuple[Source, int, int]:
        sources, path = self._candidates(path)
        best = max(sources, key=lambda source: source.position(path)[0])
        return (best, *best.position(path, key=key)[1:])

    def _candidates(self, path: Sequence[Step]) -> tuple[list[Source], PathSteps]:
        """Return the files that a path may be in, and the path within them."""
        path = self._as_written(path)
        if path[:1] == ("links",) and len(path) > 1 and isinstance(path[1], int) and path[1] < len(self._links):
            source, number = self._links[path[1]]
            return [source], ("links", number, *path[2:])
        return self._sources, path

    def _as_written(self, path: Sequence[Step]) -> PathSteps:
        path = tuple(path)
        for number, step in enumerate(path):
            left = self._left.get(path[:number]) if isinstance(step, int) else None
            if left is not None and isinstance(step, int):
                path = (*path[:number], left[step], *path[number + 1 :])
        return path

    def _read(self, path: Path, texts: Mapping[Path, str]) -> list[Source]:
        try:
            found = inventory_files(path)
        except OSError as error:
            self.problems.append(Problem(str(path), 0, 0, "", f"can't be read: {error.strerror}"))
            return []
        if not found:
            self.problems.append(Problem(str(path), 0, 0, "", "this directory holds no *.yaml or *.yml file"))
        for file in _unread(path) if is_directory(path) else ():
            what = f"is not read, and so its devices aren't watched: move it into {path}"
            self.problems.append(Problem(str(file), 0, 0, "", what, "warning"))
        return [parse(texts[file], str(file)) if file in texts else read(file, str(file)) for file in found]

    def _add(self, source: Source) -> None:
        if source.root is None or (source.data is None and source.problems):
            return
        if not isinstance(source.data, dict):
            where = source.position(())[1:]
            what = "must be a mapping with the keys settings, auths, …, devices"
            self.problems.append(Problem(source.name, *where, "", what))
            return
        links = source.data.get("links")
        if isinstance(links, list):
            self._links += [(source, number) for number in range(len(links))]
        self._merge(self.data, source.data, (), source)

    def _merge(self, into: dict[str, Any], given: dict[str, Any], path: PathSteps, source: Source) -> None:
        for name, value in given.items():
            here = (*path, name)
            if value is None and not path and name in _SECTIONS:
                continue
            have = into.get(name)
            if name not in into:
                into[name] = dict(value) if isinstance(value, dict) and (not path or here in _NESTED) else value
            elif isinstance(have, dict) and isinstance(value, dict) and (not path or here in _NESTED):
                self._merge(have, value, here, source)
            elif name in _LISTS_THAT_ADD_UP and not path and isinstance(have, list) and isinstance(value, list):
                into[name] = have + value
            else:
                self._twice(here, source)

    def _twice(self, path: PathSteps, source: Source) -> None:
        first = next(one for one in self._sources if one.position(path)[0] == len(path))
        _, line, column = first.position(path, key=True)
        where = f"{first.name}:{line}:{column}"
        here = source.position(path, key=True)[1:]
        message = f"is defined twice, first at {where}: keep one"
        self.problems.append(Problem(source.name, *here, dotted(path), message))


def inventory_files(path: Path) -> list[Path]:
    """Return the files of an inventory in the order they are merged in; OSError when a directory can't be read.

    Hidden ones are an editor's: its lock, or what it saves meanwhile.
    """
    return _yaml_files(path) if is_directory(path) else [path]


def _yaml_files(folder: Path) -> list[Path]:
    files = [file for file in folder.iterdir() if file.suffix.lower() in {".yaml", ".yml"}]
    return sorted(file for file in files if not file.name.startswith(".") and not is_directory(file))


def _unread(folder: Path) -> Iterator[Path]:
    """Yield files one folder below an inventory's that look like a part of it, but aren't read."""
    for below in sorted(folder.iterdir()):
        if is_directory(below) and not below.name.startswith("."):
            with suppress(OSError, UnicodeError):  # not ours to read
                yield from (file for file in _yaml_files(below) if file.is_file() and _DEVICES.search(file.read_text()))


def is_directory(path: Path) -> bool:
    """Tell whether a path is a directory; one that no file can have (too long) is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


_DEVICES = re.compile(r"^devices\s*:", re.MULTILINE)
_SECTIONS = frozenset({"settings", "auths", "defaults", "sites", "roles", "groups", "devices", "links", "alerting"})
