"""Edits of one inventory file's text, by the spans of libyaml's nodes: what is not meant is not touched.

A round trip through ruamel.yaml keeps comments, but reflows 9 of the 167 lines of the example (aligned keys, `null`),
so the text is edited in place instead. Each function takes the text and returns the new one; whoever calls them reads
the result again and compares it with what was meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

from sotpctl.inventory.yaml_source import PathSteps, parse

_NULL = "tag:yaml.org,2002:null"
_LONGEST_LINE = 120
_NO_TEXT = {"enabled", "family", "thresholds", "interfaces"}
_LISTS = {("groups",), ("parents",), ("snmp", "modules")}
_Entry: TypeAlias = tuple[yaml.Node, yaml.Node]
_Edit: TypeAlias = tuple[int, int, str]  # from, to, what stands there instead


class EditError(ValueError):
    """The text can't be edited so; the message says what to do by hand."""


def value_text(path: PathSteps, given: str) -> str:
    """Return a value as YAML text: lists and mappings as they are, text quoted where YAML would read something else."""
    if given == "null" or given[:1] in {"[", "{", '"', "'"}:
        return given
    if path in _LISTS:
        return "[" + ", ".join(_scalar(one.strip()) for one in given.split(",") if one.strip()) + "]"
    if path[0] in _NO_TEXT or path[-1] == "port":
        return given if _reads(given) is not None else json.dumps(given, ensure_ascii=False)
    return _scalar(given)


def set_values(text: str, names: Sequence[str], path: PathSteps, value: str) -> str:
    """Set a device's setting to a value (YAML text) for each of the names."""
    entries = _by_name(_devices(text))
    return _applied(text, [_set(text, _device(entries, name), path, value) for name in names])


def unset(text: str, names: Sequence[str], path: PathSteps) -> str:
    """Take a setting out, and the mappings that it leaves empty, for each of the names that has it."""
    entries = _by_name(_devices(text))
    edits = []
    for name in names:
        mapping: yaml.Node = _device(entries, name)
        chain: list[tuple[yaml.MappingNode, _Entry]] = []
        for step in path:
            entry = _entry(mapping, step)
            if entry is None or not isinstance(mapping, yaml.MappingNode):
                break
            chain.append((mapping, entry))
            mapping = entry[1]
        else:
            while len(chain) > 1 and len(chain[-1][0].value) == 1:
                chain.pop()
            edits.append(_removal(text, *chain[-1]))
    return _applied(text, edits)


def remove(text: str, names: Sequence[str]) -> str:
    """Take devices out."""
    for name in names:  # one after the other: neighbours in a flow mapping share a comma
        devices = _devices(text)
        entry = _entry(devices, name)
        if devices is not None and entry is not None:
            text = _applied(text, [_removal(text, devices, entry)])
    return text


def add(text: str, name: str, settings: Mapping[str, object], after: str | None) -> str:
    """Add a device: behind another one where `after` names it, else behind the last; written as that one is."""
    devices = _devices(text)
    if devices is None:
        return _with_section(text, f"  {_scalar(name)}: {_flow(settings)}")
    if devices.flow_style:
        return _applied(text, [_insertion(text, devices, f"{_scalar(name)}: {_flow(settings)}")])
    key, value = (_entry(devices, after) if after else None) or devices.value[-1]
    column = key.start_mark.column
    line = f"{' ' * column}{_scalar(name)}: {_flow(settings)}"
    if not getattr(value, "flow_style", False) or len(line) > _LONGEST_LINE:
        inner = " " * (column + 2)
        line = "\n".join([f"{' ' * column}{_scalar(name)}:", *(f"{inner}{k}: {_flow(v)}" for k, v in settings.items())])
    at = _block_end(text, key, value)
    newline = _newline(text)
    return _applied(text, [(at, at, newline + line.replace("\n", newline))])


def snippet(text: str, name: str) -> str:
    """Return a device's entry as it is written."""
    devices = _devices(text)
    entry = _entry(devices, name)
    if devices is None or entry is None:
        return ""
    start, end = entry[0].start_mark.index, _end(text, *entry)
    column = entry[0].start_mark.column if not devices.flow_style else 0
    return "\n".join(line.removeprefix(" " * column) for line in text[start:end].splitlines())


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


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flow(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def _scalar(text: str) -> str:
    return text if text and _reads(text) == text else json.dumps(text, ensure_ascii=False)


def _reads(text: str) -> object:
    """Return what a scalar in a flow mapping is read as, None when it is not one scalar."""
    source = parse(f"{{k: {text}}}", "")
    value = source.data.get("k") if isinstance(source.data, dict) and len(source.data) == 1 else None
    return None if isinstance(value, (dict, list)) else value


def _devices(text: str) -> yaml.MappingNode | None:
    entry = _entry(parse(text, "").root, "devices")
    if entry is None or entry[1].tag == _NULL:
        return None
    if not isinstance(entry[1], yaml.MappingNode) or not entry[1].value:
        return None
    return entry[1]


def _by_name(devices: yaml.MappingNode | None) -> dict[str, _Entry]:
    pairs = devices.value if devices is not None else []
    return {pair[0].value: pair for pair in pairs if isinstance(pair[0], yaml.ScalarNode)}


def _device(entries: Mapping[str, _Entry], name: str) -> yaml.MappingNode:
    entry = entries.get(name)
    if entry is None or not isinstance(entry[1], yaml.MappingNode) or _is_alias(*entry):
        raise EditError(f"devices.{name} is an alias or no mapping: edit the file by hand")
    return entry[1]


def _entry(mapping: yaml.Node | None, key: str | int) -> _Entry | None:
    if not isinstance(mapping, yaml.MappingNode):
        return None
    return next((pair for pair in mapping.value if pair[0].value == key and isinstance(pair[0], yaml.ScalarNode)), None)


def _set(text: str, mapping: yaml.MappingNode, path: PathSteps, value: str) -> _Edit:
    for number, step in enumerate(path):
        entry = _entry(mapping, step)
        rest = _flow(nested({path[number + 1 :]: value})) if path[number + 1 :] else value
        if entry is None:
            return _insertion(text, mapping, f"{_scalar(str(step))}: {rest}")
        inner = entry[1]
        if number == len(path) - 1 or inner.tag == _NULL:
            return _replacement(text, *entry, rest)
        if not isinstance(inner, yaml.MappingNode) or _is_alias(*entry):
            raise EditError(f"{step} is an alias or no mapping: set {step} as a whole, or edit the file by hand")
        mapping = inner
    raise EditError("which setting?")


def _replacement(text: str, key: yaml.Node, value: yaml.Node, new: str) -> _Edit:
    colon = re.compile(r"\s*:").match(text, key.end_mark.index)
    if colon is None:
        return key.end_mark.index, key.end_mark.index, f": {new}"
    block = isinstance(value, yaml.CollectionNode) and not value.flow_style
    folded = isinstance(value, yaml.ScalarNode) and value.style in {"|", ">"}
    start, end = value.start_mark.index, value.end_mark.index
    if block or folded or _is_alias(key, value) or start == end:
        return colon.end(), max(_end(text, key, value), colon.end()), f" {new}"
    if isinstance(value, yaml.ScalarNode) and value.style == '"' and new[:1] not in {'"', "'", "[", "{"}:
        new = new if new == "null" else json.dumps(new, ensure_ascii=False)
    return start, end, new


def _insertion(text: str, mapping: yaml.MappingNode, entry: str) -> _Edit:
    if not mapping.value:
        at = text.index("{", mapping.start_mark.index) + 1
        return at, mapping.end_mark.index - 1, entry
    key, value = mapping.value[-1]
    if mapping.flow_style:
        at = _end(text, key, value)
        return at, at, f", {entry}"
    at = _line_end(text, _end(text, key, value))
    return at, at, f"{_newline(text)}{' ' * mapping.value[0][0].start_mark.column}{entry}"


def _removal(text: str, mapping: yaml.MappingNode, entry: _Entry) -> _Edit:
    number = mapping.value.index(entry)
    key, value = entry
    if not mapping.flow_style:
        start = text.rfind("\n", 0, key.start_mark.index) + 1
        end = _block_end(text, key, value)
        if end == len(text) and start:
            return start - len(_newline(text)), end, ""
        return start, min(end + len(_newline(text)), len(text)), ""
    if number:
        return _end(text, *mapping.value[number - 1]), _end(text, key, value), ""
    following = mapping.value[1][0].start_mark.index if len(mapping.value) > 1 else _end(text, key, value)
    return key.start_mark.index, following, ""


def _is_alias(key: yaml.Node, value: yaml.Node) -> bool:
    """Tell whether a value stands elsewhere: an anchor is always before its aliases."""
    return bool(value.start_mark.index < key.start_mark.index)


def _end(text: str, key: yaml.Node, value: yaml.Node) -> int:
    """Return where an entry's content ends; the mark of a block's end is that of what follows it."""
    if _is_alias(key, value):
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


def _block_end(text: str, key: yaml.Node, value: yaml.Node) -> int:
    """Return the end of an entry's last line, with the comments behind it that are indented deeper than its key."""
    end = _line_end(text, _end(text, key, value))
    deeper = re.compile(rf"\r?\n {{{key.start_mark.column + 1},}}#[^\r\n]*")
    while (comment := deeper.match(text, end)) is not None:
        end = comment.end()
    return end


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    end = len(text) if found < 0 else found
    return end - 1 if end > at and text[end - 1] == "\r" else end


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _with_section(text: str, line: str) -> str:
    newline = _newline(text)
    entry = _entry(parse(text, "").root, "devices")
    if entry is not None:
        edit = _replacement(text, *entry, "")
        end = _line_end(text, edit[1])
        return text[: edit[0]] + text[edit[1] : end] + newline + line + text[end:]
    gap = "" if text.endswith("\n") or not text else newline
    return f"{text}{gap}{newline}devices:{newline}{line}{newline}"


def _applied(text: str, edits: Sequence[_Edit]) -> str:
    parts, at = [], 0
    for start, end, new in sorted(edits):
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])
