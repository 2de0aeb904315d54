"""YAML nodes to typed values. A mistake says where it stands: `snmp.yml:31: modules.if_mib.walk: …`.

Nodes, not values, because a node knows its line and a scalar's own text: what `on` or `1.10` means is said by the
field that it stands in, as Go's yaml.v2 has it. Composing is what libyaml does anyway; nothing is done twice.
"""

import re
from collections.abc import Iterable, Iterator

import yaml

from exporters.kit.document import ConfigError

_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"), False),
}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_DURATION = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h)")  # Go's own units
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class ModuleFileError(ConfigError):
    """A mistake in a module file.

    Attributes:
        line, column: Where, from 1; 0 where nobody knows.
        path: The keys that lead there.
        what: What is wrong.
    """

    def __init__(self, text: str, what: str, *, line: int = 0, column: int = 0, path: str = "") -> None:
        super().__init__(text)
        self.what, self.line, self.column, self.path = what, line, column, path


class Place:
    """A node and its place: what every error is said about.

    Attributes:
        file: The file's path as given.
        path: The keys that lead to it: `modules.if_mib.walk[2]`.
        node: The node.
        key: Its key's node, where it is a mapping's value.
    """

    __slots__ = ("file", "key", "node", "path")

    def __init__(self, file: str, path: str, node: yaml.Node, key: yaml.Node | None = None) -> None:
        self.file = file
        self.path = path
        self.node = node
        self.key = key

    @property
    def named(self) -> "Place":
        """The place of its name."""
        return Place(self.file, self.path, self.key or self.node)

    def error(self, what: str) -> ModuleFileError:
        """Returns the error to raise."""
        where = f"{self.path}: " if self.path else ""
        mark = self.node.start_mark
        return ModuleFileError(
            f"{self.line}: {where}{what}", what, line=mark.line + 1, column=mark.column + 1, path=self.path
        )

    @property
    def line(self) -> str:
        """Where it stands: `snmp.yml:31`."""
        return f"{self.file}:{self.node.start_mark.line + 1}"

    @property
    def empty(self) -> bool:
        """Whether nothing stands there."""
        node = self.node
        return isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NULLS

    def members(self, known: Iterable[str] | None = None) -> dict[str, "Place"]:
        """Returns a mapping's values.

        Args:
            known: The keys that there may be; None: any.

        Raises:
            ConfigError: It is no mapping, a key comes twice, or one isn't known.
        """
        if self.empty:
            return {}
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("must be a mapping")
        found: dict[str, Place] = {}
        merged: dict[str, Place] = {}
        for key, value in self.node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            place = Place(self.file, f"{self.path}.{name}" if self.path else name, value, key)
            if name == "<<" and not key.style:
                merged = place._merged(known) | merged
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise Place(self.file, self.path, key).error("a key must be a plain value")
            if name in found:
                raise place.named.error("is given twice")
            if known is not None and name not in known:
                words = ", ".join(sorted(known))
                raise Place(self.file, self.path, key).error(f'"{name}" is no key here; known are {words}')
            found[name] = place
        return merged | found if merged else found

    def _merged(self, known: Iterable[str] | None) -> dict[str, "Place"]:
        """What `<<` brings: one mapping, or several of which the first wins."""
        if isinstance(self.node, yaml.SequenceNode):
            found: dict[str, Place] = {}
            for each in self.node.value:
                found = Place(self.file, self.path, each).members(known) | found
            return found
        return self.members(known)

    def items(self) -> Iterator["Place"]:
        """Yields a list's elements.

        Raises:
            ConfigError: It is no list.
        """
        if self.empty:
            return
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("must be a list")
        for number, node in enumerate(self.node.value):
            yield Place(self.file, f"{self.path}[{number}]", node)

    def text(self) -> str:
        """Returns a scalar's text.

        Raises:
            ConfigError: It is a list or a mapping.
        """
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("must be text")
        return "" if self.empty else str(self.node.value)

    def whole(self, least: int = 0, most: int = 2**31 - 1) -> int:
        """Returns a whole number.

        Raises:
            ConfigError: It is none, or beyond the limits.
        """
        text = self.text()
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise self.error(f'must be a whole number from {least} to {most}, not "{text}"')
        return int(text)

    def number(self) -> float:
        """Returns a number.

        Raises:
            ConfigError: It is none.
        """
        text = self.text()
        if not _NUMBER.fullmatch(text):
            raise self.error(f'must be a number, not "{text}"')
        return float(text)

    def boolean(self) -> bool:
        """Returns true or false.

        Raises:
            ConfigError: It is neither.
        """
        text = self.text()
        if text not in _BOOLEANS:
            raise self.error(f'must be true or false, not "{text}"')
        return _BOOLEANS[text]

    def seconds(self) -> float:
        """Returns a duration in Go's notation (`1m30s`) in seconds.

        Raises:
            ConfigError: It is none above 0.
        """
        text = self.text()
        parts = _DURATION.findall(text)
        if not parts or "".join([number + unit for number, unit in parts]) != text:
            raise self.error(f'must be a duration, such as 5s or 500ms, not "{text}"')
        total = sum([float(number) * _UNITS[unit] for number, unit in parts])
        if not 0 < total <= 3600:
            raise self.error(f'must be above 0 and at most 1h, not "{text}"')
        return total


def compose(file: str, data: bytes) -> Place:
    """Returns a file's root.

    Raises:
        ConfigError: It is no YAML, or empty.
    """
    loader = yaml.CBaseLoader if hasattr(yaml, "CBaseLoader") else yaml.BaseLoader
    try:
        root = yaml.compose(data, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        at = f":{line}:{column}" if mark else ""
        what = f"is no YAML: {error.problem}"
        raise ModuleFileError(f"{file}{at}: {what}", what, line=line, column=column) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ModuleFileError(f"{file}: is no YAML: {error}", f"is no YAML: {error}") from error
    if root is None:
        what = "is empty; auths and modules belong there"
        raise ModuleFileError(f"{file}:1: {what}", what, line=1, column=1)
    return Place(file, "", root)
