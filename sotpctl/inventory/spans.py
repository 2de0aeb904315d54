"""Places in a YAML text, by the spans of libyaml's nodes, and the small edits at them.

An edit is (from, to, what stands there instead); `applied` makes several at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

from sotpctl.inventory.yaml_source import PathSteps, parse

NULL = "tag:yaml.org,2002:null"
Entry: TypeAlias = tuple[yaml.Node, yaml.Node]
Edit: TypeAlias = tuple[int, int, str]  # from, to, what stands there instead


class EditError(ValueError):
    """The text can't be edited so; the message says what to do by hand."""


def nested(pairs: Mapping[tuple[str, ...], str] | Mapping[PathSteps, str]) -> dict[str, object]:
    """Return the nested mapping that paths and their YAML texts make."""
    tree: dict[str, object] = {}
    for path, value in pairs.items():
        node = tree
        for step in path[:-1]:
            inner = node.setdefault(str(step), {})
            if not isinstance(inner, dict):
                raise EditError(f"{step} is given a value and keys of its own")
            node = inner
        node[str(path[-1])] = value
    return tree


def flow(value: object) -> str:
    """Write a value as flow YAML; texts stand for themselves."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def scalar(text: str) -> str:
    """Write a text so that YAML reads that text."""
    return text if text and reads(text) == text else json.dumps(text, ensure_ascii=False)


def reads(text: str) -> object:
    """Return what a scalar in a flow mapping is read as, None when it is not one scalar."""
    source = parse(f"{{k: {text}}}", "")
    value = source.data.get("k") if isinstance(source.data, dict) and len(source.data) == 1 else None
    return None if isinstance(value, (dict, list)) else value


def entry(mapping: yaml.Node | None, key: str | int) -> Entry | None:
    """Return the key's and the value's node of a mapping, None where it has no such key."""
    if not isinstance(mapping, yaml.MappingNode):
        return None
    return next((pair for pair in mapping.value if pair[0].value == key and isinstance(pair[0], yaml.ScalarNode)), None)


def assignment(text: str, mapping: yaml.MappingNode, path: PathSteps, value: str) -> Edit:
    """Give what stands at a path below a mapping a value (YAML text)."""
    for number, step in enumerate(path):
        found = entry(mapping, step)
        rest = flow(nested({path[number + 1 :]: value})) if path[number + 1 :] else value
        if found is None:
            return insertion(text, mapping, f"{scalar(str(step))}: {rest}")
        inner = found[1]
        if number == len(path) - 1 or inner.tag == NULL:
            return replacement(text, *found, rest)
        if not isinstance(inner, yaml.MappingNode) or is_alias(*found):
            raise EditError(f"{step} is an alias or no mapping: set {step} as a whole, or edit the file by hand")
        mapping = inner
    raise EditError("which setting?")


def replacement(text: str, key: yaml.Node, value: yaml.Node, new: str) -> Edit:
    """Put a new text in a value's place."""
    colon = re.compile(r"\s*:").match(text, key.end_mark.index)
    if colon is None:
        return key.end_mark.index, key.end_mark.index, f": {new}"
    block = isinstance(value, yaml.CollectionNode) and not value.flow_style
    folded = isinstance(value, yaml.ScalarNode) and value.style in {"|", ">"}
    start, end = value.start_mark.index, value.end_mark.index
    if block or folded or is_alias(key, value) or start == end:
        return colon.end(), max(content_end(text, key, value), colon.end()), f" {new}"
    if isinstance(value, yaml.ScalarNode) and value.style == '"' and new[:1] not in {'"', "'", "[", "{"}:
        new = new if new == "null" else json.dumps(new, ensure_ascii=False)
    return start, end, new


def insertion(text: str, mapping: yaml.MappingNode, new: str) -> Edit:
    """Put a further entry behind a mapping's last."""
    if not mapping.value:
        at = text.index("{", mapping.start_mark.index) + 1
        return at, mapping.end_mark.index - 1, new
    key, value = mapping.value[-1]
    if mapping.flow_style:
        at = content_end(text, key, value)
        return at, at, f", {new}"
    at = line_end(text, content_end(text, key, value))
    return at, at, f"{newline(text)}{' ' * mapping.value[0][0].start_mark.column}{new}"


def removal(text: str, mapping: yaml.MappingNode, gone: Entry) -> Edit:
    """Take an entry out of its mapping."""
    number = mapping.value.index(gone)
    key, value = gone
    if not mapping.flow_style:
        start = text.rfind("\n", 0, key.start_mark.index) + 1
        end = block_end(text, key, value)
        if end == len(text) and start:
            return start - len(newline(text)), end, ""
        return start, min(end + len(newline(text)), len(text)), ""
    if number:
        return content_end(text, *mapping.value[number - 1]), content_end(text, key, value), ""
    following = mapping.value[1][0].start_mark.index if len(mapping.value) > 1 else content_end(text, key, value)
    return key.start_mark.index, following, ""


def is_alias(key: yaml.Node, value: yaml.Node) -> bool:
    """Tell whether a value stands elsewhere: an anchor is always before its aliases."""
    return bool(value.start_mark.index < key.start_mark.index)


def content_end(text: str, key: yaml.Node, value: yaml.Node) -> int:
    """Return where an entry's content ends; the mark of a block's end is that of what follows it."""
    if is_alias(key, value):
        alias = re.compile(r"\s*:\s*\*[^\s,\]}]+").match(text, key.end_mark.index)
        return alias.end() if alias else key.end_mark.index
    end: int = value.end_mark.index
    if isinstance(value, yaml.ScalarNode) and value.style not in {"|", ">"}:
        if value.start_mark.index == end:
            colon = re.compile(r"\s*:").match(text, key.end_mark.index)
            return colon.end() if colon else key.end_mark.index
        return end
    if isinstance(value, yaml.CollectionNode) and value.flow_style:
        return end
    while end > value.start_mark.index:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end].strip()
        if line and not line.startswith("#"):
            return start + len(text[start:end].rstrip())
        end = start - 1
    return key.end_mark.index


def block_end(text: str, key: yaml.Node, value: yaml.Node) -> int:
    """Return the end of an entry's last line, with the comments behind it that are indented deeper than its key."""
    end = line_end(text, content_end(text, key, value))
    deeper = re.compile(rf"\r?\n {{{key.start_mark.column + 1},}}#[^\r\n]*")
    while (comment := deeper.match(text, end)) is not None:
        end = comment.end()
    return end


def line_end(text: str, at: int) -> int:
    """Return where the line ends that a place is in."""
    found = text.find("\n", at)
    end = len(text) if found < 0 else found
    return end - 1 if end > at and text[end - 1] == "\r" else end


def newline(text: str) -> str:
    """Return the text's line end."""
    return "\r\n" if "\r\n" in text else "\n"


def applied(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with its edits made."""
    parts, at = [], 0
    for start, end, new in sorted(edits):
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])
