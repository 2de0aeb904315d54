"""Reads a profile's YAML, strictly: an unknown key, a wrong shape or a key given twice is refused with file and line.

Scalars are taken as the text that stands in the file, so that YAML's own ideas (`no`, `1:30`, `1.3`) never apply.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from exporters.snmp.oid import Oid
from exporters.snmp.oid import parse as parse_oid
from exporters.snmp.profiles.errors import ProfileError
from exporters.snmp.profiles.expressions import Enum

_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: for messages."""

    file: str
    line: int

    def error(self, text: str) -> ProfileError:
        """Returns the error to raise."""
        return ProfileError(f"{self.file}:{self.line}: {text}")


class Entry:
    """A node of the file, with its place."""

    def __init__(self, node: yaml.Node, file: str) -> None:
        self._node = node
        self.place = Place(file, node.start_mark.line + 1)

    def is_null(self) -> bool:
        """Tells whether nothing stands there."""
        return (
            isinstance(self._node, yaml.ScalarNode) and self._node.value in ("", "null", "~") and not self._node.style
        )

    def text(self) -> str:
        """Returns a scalar's text."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.place.error("a single value is wanted here")
        return str(self._node.value)

    def texts(self) -> list[str]:
        """Returns a list's texts; a single value is a list of one."""
        return [entry.text() for entry in self.entries()]

    def entries(self) -> list["Entry"]:
        """Returns a list's entries; a single value is a list of one."""
        if isinstance(self._node, yaml.SequenceNode):
            return [Entry(node, self.place.file) for node in self._node.value]
        return [self]

    def is_mapping(self) -> bool:
        """Tells whether it has keys."""
        return isinstance(self._node, yaml.MappingNode)

    def items(self) -> Iterator[tuple[str, "Entry"]]:
        """Yields a mapping's keys and values; null is an empty one."""
        if self.is_null():
            return
        if not isinstance(self._node, yaml.MappingNode):
            raise self.place.error("keys and values are wanted here: `key: value`")
        seen = set()
        for key, value in self._node.value:
            name = Entry(key, self.place.file).text()
            if name in seen:
                raise Entry(key, self.place.file).place.error(f'"{name}" stands here twice')
            seen.add(name)
            yield name, Entry(value, self.place.file)

    def mapping(self, known: Sequence[str]) -> dict[str, "Entry"]:
        """Returns a mapping of which all keys are known."""
        found = dict(self.items())
        for name, entry in found.items():
            if name not in known:
                raise entry.place.error(f'"{name}" is no key here; there are {", ".join(known)}')
        return found

    def oid(self) -> Oid:
        """Returns an OID."""
        try:
            return parse_oid(self.text())
        except ValueError as error:
            raise self.place.error(str(error)) from None

    def enum(self) -> Enum:
        """Returns a table: numbers or words by value."""
        return {key: _number_or_word(entry.text()) for key, entry in self.items()}


def parse(text: str, file: str) -> Entry:
    """Returns the document of a profile's text.

    Raises:
        ProfileError: It is no YAML, or empty.
    """
    try:
        node = yaml.compose(text, Loader=_SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ProfileError(f"{file}:{line}: no YAML: {getattr(error, 'problem', None) or error}") from None
    if node is None:
        raise ProfileError(f"{file}:1: an empty profile; it takes at least `match:` and `rules:`")
    return Entry(node, file)


def _number_or_word(text: str) -> float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
