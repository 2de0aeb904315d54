"""Edits of one inventory file's text, by the spans of libyaml's nodes: what is not meant is not touched.

A round trip through ruamel.yaml keeps comments, but reflows 9 of the 167 lines of the example (aligned keys, `null`),
so the text is edited in place instead. Each function takes the text and returns the new one; whoever calls them reads
the result again and compares it with what was meant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import yaml

from sotpctl.inventory import spans
from sotpctl.inventory.spans import EditError
from sotpctl.inventory.yaml_source import PathSteps, parse

__all__ = ["EditError", "add", "remove", "set_values", "snippet", "unset", "value_text"]

_LONGEST_LINE = 120
_NO_TEXT = {"enabled", "family", "thresholds", "interfaces"}
_LISTS = {("groups",), ("parents",), ("snmp", "modules")} | {
    ("snmp", "ignore_interfaces", kind) for kind in ("names", "types", "states")
}


def value_text(path: PathSteps, given: str) -> str:
    """Return a value as YAML text: lists and mappings as they are, text quoted where YAML would read something else."""
    if given == "null" or given[:1] in {"[", "{", '"', "'"}:
        return given
    if path in _LISTS:
        return "[" + ", ".join(spans.scalar(one.strip()) for one in given.split(",") if one.strip()) + "]"
    if path[0] in _NO_TEXT or path[-1] == "port":
        plain = given.isprintable() and spans.reads(given) is not None
        return given if plain else json.dumps(given, ensure_ascii=False)
    return spans.scalar(given)


def set_values(text: str, names: Sequence[str], path: PathSteps, value: str) -> str:
    """Set a device's setting to a value (YAML text) for each of the names."""
    entries = _by_name(_devices(text))
    return spans.applied(text, [spans.assignment(text, _device(entries, name), path, value) for name in names])


def unset(text: str, names: Sequence[str], path: PathSteps) -> str:
    """Take a setting out, and the mappings that it leaves empty, for each of the names that has it."""
    entries = _by_name(_devices(text))
    edits = []
    for name in names:
        mapping: yaml.Node = _device(entries, name)
        chain: list[tuple[yaml.MappingNode, spans.Entry]] = []
        for step in path:
            entry = spans.entry(mapping, step)
            if entry is None or not isinstance(mapping, yaml.MappingNode):
                break
            chain.append((mapping, entry))
            mapping = entry[1]
        else:
            while len(chain) > 1 and len(chain[-1][0].value) == 1:
                chain.pop()
            edits.append(spans.removal(text, *chain[-1]))
    return spans.applied(text, edits)


def remove(text: str, names: Sequence[str]) -> str:
    """Take devices out."""
    for name in names:  # one after the other: neighbours in a flow mapping share a comma
        devices = _devices(text)
        entry = spans.entry(devices, name)
        if devices is not None and entry is not None:
            text = spans.applied(text, [spans.removal(text, devices, entry)])
    return text


def add(text: str, name: str, settings: Mapping[str, object], after: str | None) -> str:
    """Add a device: behind another one where `after` names it, else behind the last; written as that one is."""
    devices = _devices(text)
    if devices is None:
        return _with_section(text, f"  {spans.scalar(name)}: {spans.flow(settings)}")
    if devices.flow_style:
        return spans.applied(text, [spans.insertion(text, devices, f"{spans.scalar(name)}: {spans.flow(settings)}")])
    key, value = (spans.entry(devices, after) if after else None) or devices.value[-1]
    column = key.start_mark.column
    line = f"{' ' * column}{spans.scalar(name)}: {spans.flow(settings)}"
    if not getattr(value, "flow_style", False) or len(line) > _LONGEST_LINE:
        inner = " " * (column + 2)
        line = "\n".join(
            [f"{' ' * column}{spans.scalar(name)}:", *(f"{inner}{k}: {spans.flow(v)}" for k, v in settings.items())]
        )
    at = spans.block_end(text, key, value)
    newline = spans.newline(text)
    return spans.applied(text, [(at, at, newline + line.replace("\n", newline))])


def snippet(text: str, name: str) -> str:
    """Return a device's entry as it is written."""
    devices = _devices(text)
    entry = spans.entry(devices, name)
    if devices is None or entry is None:
        return ""
    start, end = entry[0].start_mark.index, spans.content_end(text, *entry)
    column = entry[0].start_mark.column if not devices.flow_style else 0
    return "\n".join(line.removeprefix(" " * column) for line in text[start:end].splitlines())


def _devices(text: str) -> yaml.MappingNode | None:
    entry = spans.entry(parse(text, "").root, "devices")
    if entry is None or entry[1].tag == spans.NULL:
        return None
    if not isinstance(entry[1], yaml.MappingNode) or not entry[1].value:
        return None
    return entry[1]


def _by_name(devices: yaml.MappingNode | None) -> dict[str, spans.Entry]:
    pairs = devices.value if devices is not None else []
    return {pair[0].value: pair for pair in pairs if isinstance(pair[0], yaml.ScalarNode)}


def _device(entries: Mapping[str, spans.Entry], name: str) -> yaml.MappingNode:
    entry = entries.get(name)
    if entry is None or not isinstance(entry[1], yaml.MappingNode) or spans.is_alias(*entry):
        raise EditError(f"devices.{name} is an alias or no mapping: edit the file by hand")
    return entry[1]


def _with_section(text: str, line: str) -> str:
    newline = spans.newline(text)
    entry = spans.entry(parse(text, "").root, "devices")
    if entry is not None:
        edit = spans.replacement(text, *entry, "")
        end = spans.line_end(text, edit[1])
        return text[: edit[0]] + text[edit[1] : end] + newline + line + text[end:]
    gap = "" if text.endswith("\n") or not text else newline
    return f"{text}{gap}{newline}devices:{newline}{line}{newline}"
