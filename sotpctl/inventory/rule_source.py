"""Rules of one's own, beside the inventory: found, and read with the place of everything.

LogQL's are loki/rules/*.yml, PromQL's prometheus/rules/*.yml, each called as the folder that it is rendered to. A
folder `tests` among them is not read: there lie tests of them, which promtool runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sotpctl.inventory.files import is_directory
from sotpctl.inventory.problems import Problem, Severity
from sotpctl.inventory.yaml_source import PathSteps, Source, Step, dotted, parse, read_text

LOGQL = Path("loki", "rules")
PROMQL = Path("prometheus", "rules")
TESTS = "tests"


class RuleSource:
    """One file: its plain data, what is wrong with it as YAML, and the way back from a path to its place."""

    def __init__(self, source: Source, text: str = "") -> None:
        self._source, self._lines = source, text.splitlines()
        self.name = Path(source.name).name
        self.data = source.data
        self.problems = source.problems  # as YAML

    def problem(
        self, path: Sequence[Step], message: str, *, key: bool = False, severity: Severity = "error"
    ) -> Problem:
        """Make a problem at a path: at its value, or at the key itself."""
        _, line, column = self._source.position(path, key=key)
        return Problem(self._source.name, line, column, dotted(path), message, severity)

    def problem_within(self, path: Sequence[Step], message: str, line: int, column: int) -> Problem:
        """Make a problem at a place in a text, both from 1: in the file's own line where the text stands as it is."""
        return Problem(self._source.name, *self._within(path, line, column), dotted(path), message)

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
            for place, rule in items(group, path, "rules"):
                yield place, with_labels_of(group, rule)

    def _within(self, path: Sequence[Step], line: int, column: int) -> tuple[int, int]:
        node = self._source.node(path)
        if not isinstance(node, yaml.ScalarNode):
            return self._source.position(path)[1:]
        row, start = node.start_mark.line, node.start_mark.column
        if node.style == "|":
            first = next(one for one in self._lines[row + 1 :] if one.strip())
            return row + 1 + line, len(first) - len(first.lstrip()) + column
        start += node.style in {'"', "'"}
        as_it_is = self._lines[row][start:].startswith(node.value)
        return (row + 1, start + column) if as_it_is else self._source.position(path)[1:]


@dataclass(frozen=True, slots=True)
class OwnRules:
    """One checked file: its name without a folder, its groups as they are written, and where that is."""

    name: str
    groups: tuple[Mapping[str, Any], ...]
    source: RuleSource = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Rules:
    """What lies in one of the folders: the files that could be read, and what is wrong with the folder."""

    sources: tuple[RuleSource, ...]
    problems: tuple[Problem, ...]

    def files(self) -> tuple[OwnRules, ...]:
        """Return the files as the resolved inventory has them: after all checks have passed."""
        return tuple(OwnRules(one.name, tuple(group for _, group in one.groups()), one) for one in self.sources)


def read_rules(inventory: Path, where: Path) -> Rules:
    """Read the rules beside an inventory, if there are any; what only looks like a rule file is a problem.

    Args:
        inventory: Its path, as the user named it.
        where: `LOGQL` or `PROMQL`.
    """
    folder = (inventory if is_directory(inventory) else inventory.parent) / where
    found, problems = [], []
    try:
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        return Rules((), (Problem(str(folder), 0, 0, "", f"can't be read: {error.strerror}"),))
    for path in entries:
        if path.name.startswith(".") or (path.name == TESTS and path.is_dir()):
            continue  # an editor's; promtool's
        if path.suffix == ".yml" and not path.is_dir():
            found.append(_read(path))
        elif path.is_dir() or path.suffix == ".yaml":
            wanted = "move its files up into this folder" if path.is_dir() else "call it *.yml"
            problems.append(Problem(str(path), 0, 0, "", f"is not read, as rules are {where}/*.yml: {wanted}"))
    return Rules(tuple(found), tuple(problems))


def _read(path: Path) -> RuleSource:
    text = read_text(path)
    if isinstance(text, str):
        if any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
            return RuleSource(parse(text, str(path)), text)
        text = "the file is empty: it needs groups: [{name: …, rules: [{alert: …}]}]; remove it if there are none", 0, 0
    source = Source(str(path))
    message, line, column = text
    source.problems.append(Problem(source.name, line, column, "", message))
    return RuleSource(source)


def with_labels_of(group: Mapping[str, Any], rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a rule with the labels of its group, as Prometheus evaluates it."""
    theirs, own = group.get("labels"), rule.get("labels", {})
    return {**rule, "labels": theirs | own} if isinstance(theirs, dict) and isinstance(own, dict) else rule


def items(data: object, path: PathSteps, key: str = "groups") -> Iterator[tuple[PathSteps, Mapping[str, Any]]]:
    """Yield the mappings of a list within data that may be anything, with their paths."""
    listed = data.get(key) if isinstance(data, dict) else None
    for number, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield (*path, key, number), item
