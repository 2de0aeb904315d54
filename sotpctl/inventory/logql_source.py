"""LogQL rules of one's own, loki/rules/*.yml beside the inventory: found, and read with the place of everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sotpctl.inventory.files import is_directory
from sotpctl.inventory.logql_model import LogqlFile
from sotpctl.inventory.problems import Problem, Severity
from sotpctl.inventory.yaml_source import PathSteps, Source, Step, dotted, parse, read_text

FOLDER = Path("loki", "rules")


class RuleSource:
    """One file: its plain data, what is wrong with it as YAML, and the way back from a path to its place."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = Path(source.name).name
        self.data = source.data
        self.problems = source.problems  # as YAML

    def problem(
        self, path: Sequence[Step], message: str, *, key: bool = False, severity: Severity = "error"
    ) -> Problem:
        """Make a problem at a path: at its value, or at the key itself."""
        _, line, column = self._source.position(path, key=key)
        return Problem(self._source.name, line, column, dotted(path), message, severity)

    def text(self, path: Sequence[Step]) -> str | None:
        """Return a scalar as it is written."""
        return self._source.text(path)

    def place(self, path: Sequence[Step]) -> str:
        """Return `file:line:column`."""
        return "{}:{}:{}".format(self._source.name, *self._source.position(path)[1:])

    def groups(self) -> Iterator[tuple[PathSteps, Mapping[str, Any]]]:
        """Yield what can be taken for a group, with its path."""
        return items(self.data, ())

    def rules(self) -> Iterator[tuple[PathSteps, Mapping[str, Any]]]:
        """Yield what can be taken for a rule, with its path."""
        for path, group in self.groups():
            yield from items(group, path, "rules")


@dataclass(frozen=True, slots=True)
class Rules:
    """What lies in loki/rules: the files that could be read, and what is wrong with the folder."""

    sources: tuple[RuleSource, ...]
    problems: tuple[Problem, ...]

    def files(self) -> Iterator[LogqlFile]:
        """Yield the files as the resolved inventory has them: after all checks have passed."""
        for one in self.sources:
            yield LogqlFile(one.name, tuple(group for _, group in one.groups()))


def read_rules(inventory: Path) -> Rules:
    """Read the rules beside an inventory, if there are any; what only looks like a rule file is a problem."""
    folder = (inventory if is_directory(inventory) else inventory.parent) / FOLDER
    found, problems = [], []
    try:
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        return Rules((), (Problem(str(folder), 0, 0, "", f"can't be read: {error.strerror}"),))
    for path in entries:
        if path.name.startswith("."):
            continue  # an editor's
        if path.suffix == ".yml" and not path.is_dir():
            found.append(RuleSource(_read(path)))
        elif path.is_dir() or path.suffix == ".yaml":
            wanted = "move its files up into this folder" if path.is_dir() else "call it *.yml"
            problems.append(Problem(str(path), 0, 0, "", f"is not read, as rules are loki/rules/*.yml: {wanted}"))
    return Rules(tuple(found), tuple(problems))


def _read(path: Path) -> Source:
    text = read_text(path)
    if isinstance(text, str):
        if any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
            return parse(text, str(path))
        text = "the file is empty: it needs groups: [{name: …, rules: [{alert: …}]}]; remove it if there are none", 0, 0
    source = Source(str(path))
    message, line, column = text
    source.problems.append(Problem(source.name, line, column, "", message))
    return source


def items(data: object, path: PathSteps, key: str = "groups") -> Iterator[tuple[PathSteps, Mapping[str, Any]]]:
    """Yield the mappings of a list within data that may be anything, with their paths."""
    listed = data.get(key) if isinstance(data, dict) else None
    for number, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield (*path, key, number), item
