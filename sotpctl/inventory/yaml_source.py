"""Reads one YAML file strictly, and knows the line and column of everything in it.

libyaml parses and composes the nodes; the plain values are built here instead of by PyYAML's constructor. That is ten
times faster, keeps every node's position, and sees what PyYAML swallows: duplicate keys, keys that YAML 1.1 turns into
truth values or numbers, aliases that multiply.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from sotpctl.inventory import yaml_errors
from sotpctl.inventory.problems import Problem

Step = str | int
PathSteps = tuple[Step, ...]
Plain: TypeAlias = Any  # nested dicts and lists of text, numbers, truth values, None and `Trap`

_TAG = "tag:yaml.org,2002:"
_STR, _MAP, _SEQ, _NULL = _TAG + "str", _TAG + "map", _TAG + "seq", _TAG + "null"
_BOOL, _INT, _FLOAT, _MERGE = _TAG + "bool", _TAG + "int", _TAG + "float", _TAG + "merge"
_TEXT = {_STR, _TAG + "timestamp", _TAG + "value"}  # dates stay text: their fields know how to read them
_BOOLS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_PLAIN_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_PLAIN_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?|[-+]?\.[0-9]+")

_LONGEST_STEP = 80
_BINARY = "the file is binary, no text: an inventory is YAML in UTF-8"

_MOST_DEPTH = 32
_MOST_EXPANSION = 4  # values for each character of the file: without aliases it is less than one
_FREE_EXPANSION = 100_000  # beyond these, which cost nothing


@dataclass(frozen=True, slots=True)
class Trap:
    """A plain scalar that YAML 1.1 reads as something nobody meant: `1:30` is 90, `0755` is 493. No field takes it."""

    text: str

    @property
    def reading(self) -> str:
        """Say what YAML makes of it, for the message."""
        return str(yaml.load(self.text, yaml.CSafeLoader))


@dataclass(slots=True)
class Source:
    """One file: its plain data (dicts, lists, text, numbers), and its nodes for positions."""

    name: str
    data: Plain = None
    root: yaml.Node | None = None
    problems: list[Problem] = field(default_factory=list)
    _children: dict[int, dict[str, tuple[yaml.Node, yaml.Node]]] = field(default_factory=dict)

    def position(self, path: Sequence[Step], *, key: bool = False) -> tuple[int, int, int]:
        """Find a path: (how many of its steps exist here, line, column), the position of the key itself if `key`."""
        node, depth, mark = self.root, 0, None
        for step in path:
            found = self._step(node, step)
            if found is None:
                break
            mark, node = found[0].start_mark, found[1]
            depth += 1
        if node is None:
            return 0, 0, 0
        if mark is None or not (key and depth == len(path)):
            mark = node.start_mark
        return depth, mark.line + 1, mark.column + 1

    def text(self, path: Sequence[Step]) -> str | None:
        """Return a scalar exactly as it is written, None when the path is no scalar."""
        node = self.node(path)
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def node(self, path: Sequence[Step]) -> yaml.Node | None:
        """Return what stands at a path, None where nothing does."""
        node = self.root
        for step in path:
            found = self._step(node, step)
            if found is None:
                return None
            node = found[1]
        return node

    def _step(self, node: yaml.Node | None, step: Step) -> tuple[yaml.Node, yaml.Node] | None:
        if isinstance(node, yaml.SequenceNode):
            inside = isinstance(step, int) and 0 <= step < len(node.value)
            return (node.value[step], node.value[step]) if inside else None
        if not isinstance(node, yaml.MappingNode):
            return None
        children = self._children.get(id(node))
        if children is None:
            children = self._children[id(node)] = _flat_children(node)
        return children.get(str(step))


def read(file: Path, name: str) -> Source:
    """Read one file; whatever is wrong with it as YAML is in the source's problems, never raised."""
    text = read_text(file)
    if isinstance(text, str):
        return parse(text, name)
    return _failed(Source(name), *text)


def parse(text: str, name: str) -> Source:
    """Read a file's text; `name` is what its problems call it."""
    source = Source(name)
    _compose(source, text)
    if source.root is None:
        return source
    builder = _Builder(source, len(text))
    data = builder.build(source.root, (), 0)
    if not builder.burst:
        source.data = data
    return source


def read_text(file: Path) -> str | tuple[str, int, int]:  # noqa: PLR0911 - a case each
    """Return a file's text without its byte order mark, or why there is none: a message, line and column."""
    try:
        if file.exists() and not file.is_file():
            return "is no file: an inventory is a regular file, or a directory of them", 0, 0
        raw = file.read_bytes()
    except FileNotFoundError:
        return "there is no such file; `-i PATH` names another one, `sotpctl init` writes a first one", 0, 0
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        return f"can't be read: {getattr(error, 'strerror', None) or error}", 0, 0
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "the file is UTF-16: save it as UTF-8", 0, 0
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in raw:
            return _BINARY, 0, 0
        before = raw[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        return f"byte 0x{raw[error.start]:02x} is not UTF-8: save the file as UTF-8", line, column
    return (_BINARY, 0, 0) if "\0" in text else text


def _failed(source: Source, message: str, line: int = 0, column: int = 0) -> Source:
    source.problems.append(Problem(source.name, line, column, "", message))
    return source


class _Loader(yaml.CSafeLoader):
    """libyaml's composer with a bound on depth, as it recurses on the C stack, and with a faster look at scalars."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self._tags: dict[str, str] = {}

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: tuple[bool, bool]) -> str:
        """Return the tag of a node without one: by the text of a plain scalar, which mostly has been seen before."""
        if kind is not yaml.ScalarNode:
            return _MAP if kind is yaml.MappingNode else _SEQ
        if not implicit[0] or value is None:
            return _STR
        tag = self._tags.get(value)
        if tag is None:
            tag = self._tags[value] = str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]
        return tag

    def descend_resolver(self, current_node: yaml.Node | None, current_index: object) -> None:  # noqa: ARG002 its hook
        """Count the way down (PyYAML's path resolvers, which this hook is for, are not used)."""
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            mark = current_node.start_mark if current_node is not None else None
            raise yaml.MarkedYAMLError(None, None, f"more than {_MOST_DEPTH} levels are nested", mark)

    def ascend_resolver(self) -> None:
        """Count the way up."""
        self.depth -= 1


def _compose(source: Source, text: str) -> None:
    try:
        loader = _Loader(text)
        try:
            source.root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        _failed(source, yaml_errors.said(error, text, line), line, column)
    except yaml.YAMLError as error:  # a control character: a ReaderError, which has a position and no mark
        position = getattr(error, "position", None)
        before = text[:position] if isinstance(position, int) else ""
        character = text[position : position + 1] if isinstance(position, int) else ""
        what = f"U+{ord(character):04X} is a control character" if character else "not YAML"
        _failed(source, f"{what}: remove it", before.count("\n") + 1, len(before) - before.rfind("\n"))
    else:
        if source.root is None:
            _failed(source, "the file is empty; it needs at least `devices:`")


class _Builder:
    """Turns nodes into plain values, and collects what is wrong with keys, tags and aliases."""

    def __init__(self, source: Source, length: int) -> None:
        self._source = source
        self._budget = _FREE_EXPANSION + _MOST_EXPANSION * length

    @property
    def burst(self) -> bool:
        """Tell whether aliases made more of the file than can be meant."""
        return self._budget < 0

    def build(self, node: yaml.Node, path: PathSteps, depth: int) -> Plain:
        """Return the node's value; an alias is built again at each use, within the budget."""
        if depth > _MOST_DEPTH or self._budget < 0:
            if self._budget >= 0:
                self._problem(node, (), f"more than {_MOST_DEPTH} levels: an alias contains itself")
                self._budget = -1
            return None
        kind = type(node)
        if kind is yaml.ScalarNode:
            return node.value if node.tag == _STR else self._scalar(node, path)
        self._budget -= len(node.value) + 1
        if self._budget < 0:
            self._problem(node, (), "the aliases of this file multiply without end: write the values out")
            return None
        if kind is yaml.MappingNode and node.tag == _MAP:
            return self._mapping(node, path, depth)
        if kind is yaml.SequenceNode and node.tag == _SEQ:
            return [self.build(item, (*path, number), depth + 1) for number, item in enumerate(node.value)]
        self._problem(node, path, _no_tag(node.tag))
        return None

    def _mapping(self, node: yaml.Node, path: PathSteps, depth: int) -> dict[str, Plain]:
        built: dict[str, Plain] = {}
        merged: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                self._merge(merged, value_node, path, depth)
                continue
            key = self._key(key_node, path)
            if key is None:
                continue
            value = self.build(value_node, (*path, key), depth + 1)
            if key in built:
                self._duplicate(node, key_node, key, path)
            else:
                built[key] = value
        return merged | built if merged else built

    def _merge(self, merged: dict[str, Plain], node: yaml.Node, path: PathSteps, depth: int) -> None:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for one in nodes:
            if not isinstance(one, yaml.MappingNode):
                self._problem(one, path, "<< takes a mapping, by an alias")
                continue
            for key, value in self._mapping(one, path, depth + 1).items() if depth <= _MOST_DEPTH else ():
                merged.setdefault(key, value)

    def _key(self, node: yaml.Node, path: PathSteps) -> str | None:
        if isinstance(node, yaml.ScalarNode):
            if node.tag in _TEXT:
                return str(node.value)
            reading = {_BOOL: "a truth value", _NULL: "nothing"}.get(node.tag, "a number")
            self._problem(node, path, f'the key {node.value or "~"} is {reading} in YAML: quote it, "{node.value}"')
        else:
            self._problem(node, path, "a key is one word, not a list or a mapping")
        return None

    def _duplicate(self, mapping: yaml.Node, key_node: yaml.Node, key: str, path: PathSteps) -> None:
        first = next(k for k, _ in mapping.value if isinstance(k, yaml.ScalarNode) and k.value == key)
        line, column = first.start_mark.line + 1, first.start_mark.column + 1
        where = f"{self._source.name}:{line}:{column}"
        self._problem(key_node, (*path, key), f"the key stands here twice, first at {where}: keep one")

    def _scalar(self, node: yaml.Node, path: PathSteps) -> Plain:
        tag, text = node.tag, node.value
        if tag in _TEXT:
            return text
        if tag == _NULL:
            return None
        if tag == _BOOL:
            return _BOOLS.get(text.lower())
        if tag == _INT:
            return int(text) if len(text) < 20 and _PLAIN_INT.fullmatch(text) else Trap(text)
        if tag == _FLOAT:
            return float(text) if _PLAIN_FLOAT.fullmatch(text) else Trap(text)
        self._problem(node, path, _no_tag(tag))
        return None

    def _problem(self, node: yaml.Node, path: PathSteps, message: str) -> None:
        mark = node.start_mark
        self._source.problems.append(Problem(self._source.name, mark.line + 1, mark.column + 1, dotted(path), message))


def _no_tag(tag: str) -> str:
    """Say that a tag means nothing; one of the user's own may be a password that begins with "!", so it isn't said."""
    if tag.startswith(_TAG):
        return f"the tag !!{tag.removeprefix(_TAG)} has no meaning here: remove it"
    return 'what begins with "!" is a tag in YAML, and this one has no meaning here: quote it if it is text'


def dotted(path: Sequence[Step]) -> str:
    """Write a path as people read it: `devices.waw-core-1.parents[0]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            shown = step if len(step) <= _LONGEST_STEP else f"{step[: _LONGEST_STEP - 16]}…"
            text += f".{shown}" if text else shown
    return text


def _flat_children(node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Index a mapping's children by key; what `<<` brings in stands behind the mapping's own keys."""
    own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key, value in node.value:
        if key.tag != _MERGE:
            own.setdefault(str(key.value), (key, value))
            continue
        for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if isinstance(one, yaml.MappingNode) and one is not node:
                for name, pair in _flat_children(one).items():
                    merged.setdefault(name, pair)
    return merged | own
