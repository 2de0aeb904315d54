"""Edits of a list's items in one inventory file's text, like those of `alerting.maintenance`.

An item is a mapping; what is added is written on one line (`- {name: …}`) or, where that is long, a line a key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml

from sotpctl.inventory import spans
from sotpctl.inventory.spans import EditError
from sotpctl.inventory.yaml_source import parse

_INDENT = 2
_LONGEST_LINE = 120


def append(text: str, section: Sequence[str], item: Mapping[str, str]) -> str:
    """Put an item (key → YAML text) behind the last of the list, making the list where there is none."""
    parent, found = _list(text, section)
    if found is not None and isinstance(found[1], yaml.SequenceNode) and found[1].value:
        return _behind(text, found[1], item)
    if found is not None and found[1].tag != spans.NULL and not isinstance(found[1], yaml.SequenceNode):
        raise EditError(f"{'.'.join(section)} is no list: edit the file by hand")
    if parent is None:
        return _new_section(text, section, item)
    if parent.flow_style or (found is not None and isinstance(found[1], yaml.SequenceNode)):
        flow = f"[{_flow(item)}]"
        return spans.applied(text, [_put(text, parent, found, section[-1], f" {flow}")])
    column = parent.value[0][0].start_mark.column
    block = spans.newline(text) + _block(item, column + _INDENT, spans.newline(text))
    return spans.applied(text, [_put(text, parent, found, section[-1], block)])


def remove(text: str, section: Sequence[str], number: int) -> str:
    """Take an item out, and the list with its last one."""
    parent, found = _list(text, section)
    items = _items(found, section)
    if parent is not None and found is not None and len(items) == 1:
        return spans.applied(text, [spans.removal(text, parent, found)])
    item = items[number]
    if found is not None and isinstance(found[1], yaml.SequenceNode) and found[1].flow_style:
        if number:
            return spans.applied(text, [(_ends(text, items[number - 1]), _ends(text, item), "")])
        return spans.applied(text, [(item.start_mark.index, items[1].start_mark.index, "")])
    start = text.rfind("\n", 0, item.start_mark.index) + 1
    end = _line_end(text, item)
    if end == len(text) and start:
        return spans.applied(text, [(start - len(spans.newline(text)), end, "")])
    return spans.applied(text, [(start, min(end + len(spans.newline(text)), len(text)), "")])


def change(text: str, section: Sequence[str], number: int, key: str, value: str) -> str:
    """Give a key of an item a value (YAML text)."""
    item = _items(_list(text, section)[1], section)[number]
    if not isinstance(item, yaml.MappingNode):
        raise EditError(f"{'.'.join(section)}[{number}] is no mapping: edit the file by hand")
    return spans.applied(text, [spans.assignment(text, item, (key,), value)])


def _list(text: str, section: Sequence[str]) -> tuple[yaml.MappingNode | None, tuple[yaml.Node, yaml.Node] | None]:
    """Return the mapping that holds the list, None where it isn't there or is empty; and the list's entry in it."""
    mapping = parse(text, "").root
    for name in section[:-1]:
        entry = spans.entry(mapping, name)
        mapping = entry[1] if entry is not None else None
        if entry is not None and spans.is_alias(*entry):
            raise EditError(f"{name} is an alias: edit the file by hand")
    if not isinstance(mapping, yaml.MappingNode) or not mapping.value:
        return None, None
    found = spans.entry(mapping, section[-1])
    if found is not None and spans.is_alias(*found):
        raise EditError(f"{'.'.join(section)} is an alias: edit the file by hand")
    return mapping, found


def _items(found: tuple[yaml.Node, yaml.Node] | None, section: Sequence[str]) -> list[yaml.Node]:
    if found is None or not isinstance(found[1], yaml.SequenceNode):
        raise EditError(f"{'.'.join(section)} is no list here: edit the file by hand")
    items: list[yaml.Node] = found[1].value
    start = found[1].start_mark.index
    if any(item.start_mark.index < start for item in items):
        raise EditError(f"{'.'.join(section)} holds an alias: edit the file by hand")
    return items


def _behind(text: str, found: yaml.SequenceNode, item: Mapping[str, str]) -> str:
    last = found.value[-1]
    if last.start_mark.index < found.start_mark.index:
        raise EditError("the last item of the list is an alias: edit the file by hand")
    if found.flow_style:
        at = _ends(text, last)
        return spans.applied(text, [(at, at, f", {_flow(item)}")])
    at, newline = _line_end(text, last), spans.newline(text)
    return spans.applied(text, [(at, at, newline + _block(item, found.start_mark.column, newline))])


def _put(
    text: str, parent: yaml.MappingNode, found: tuple[yaml.Node, yaml.Node] | None, name: str, value: str
) -> tuple[int, int, str]:
    """Give a key of a mapping a value that begins with the space or line break behind its colon."""
    if found is None:
        return spans.insertion(text, parent, f"{name}:{value}")
    start, end, new = spans.replacement(text, *found, value.removeprefix(" "))
    if value.startswith(" "):
        return start, end, new
    line = spans.line_end(text, end)  # a comment behind the colon stays there
    return start, line, text[end:line] + value


def _new_section(text: str, section: Sequence[str], item: Mapping[str, str]) -> str:
    newline = spans.newline(text)
    lines = [f"{' ' * (_INDENT * depth)}{name}:" for depth, name in enumerate(section)]
    block = _block(item, _INDENT * len(section), newline)
    root = spans.entry(parse(text, "").root, section[0])
    if root is None:
        gap = "" if text.endswith("\n") or not text else newline
        return f"{text}{gap}{newline}{newline.join([*lines, block])}{newline}"
    if len(section) != 2:
        raise EditError(f"{'.'.join(section)}: edit the file by hand")
    inside = newline + newline.join([*lines[1:], block])
    start, end, _ = spans.replacement(text, *root, "")
    line = spans.line_end(text, end)
    return text[:start].rstrip(" ") + text[end:line] + inside + text[line:]


def _block(item: Mapping[str, str], column: int, newline: str) -> str:
    line = f"{' ' * column}- {_flow(item)}"
    if len(line) <= _LONGEST_LINE:
        return line
    lead = [f"{' ' * column}- ", *[" " * (column + _INDENT)] * (len(item) - 1)]
    return newline.join(f"{before}{key}: {value}" for before, (key, value) in zip(lead, item.items(), strict=True))


def _flow(item: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in item.items()) + "}"


def _ends(text: str, item: yaml.Node) -> int:
    return spans.content_end(text, item, item)


def _line_end(text: str, item: yaml.Node) -> int:
    return spans.line_end(text, _ends(text, item))
