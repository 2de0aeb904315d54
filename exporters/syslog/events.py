r"""What happened, recognised in a message by patterns that are data (`events.yaml`, and a user's own).

A document is a mapping of events:

    ospf_down:
      level: warning                                    # critical, warning or info
      about: An OSPF adjacency was lost.
      patterns:
        - platforms: [cisco-ios, cisco-iosxe]           # or: all
          mnemonics: ["OSPF-*-ADJCHG"]                  # * is any severity
          match: "Nbr (?P<neighbor>\\S+) on (?P<interface>\\S+) from \\S+ to DOWN"

A pattern is tried only on messages that have one of its `mnemonics`, or come from one of its `apps` (a process): a
lookup, whatever the number of patterns. `match` is then searched in the text; its named groups are the event's fields,
and `structured` names more of them that stand in the message's structured data: `{user: fortinet.user}`.
A pattern without either, as a user's own, is searched in the whole line, after the longest literal of its expression.
The first pattern that matches, in the documents' order, gives the event.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml

from exporters.syslog.expressions import SEARCHED, check_pattern, required
from exporters.syslog.message import Message

__all__ = ["LEVELS", "Event", "Patterns", "PatternsError", "built_in", "check_pattern"]

LEVELS = ("critical", "warning", "info")
_ALL = "all"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_KEYS = frozenset({"platforms", "mnemonics", "apps", "match", "structured"})


class PatternsError(ValueError):
    """A document of events that can't be used: which, where, and what would be right."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        name: As in the document: "ospf_down".
        level: "critical", "warning" or "info".
        fields: What the message tells of it: neighbor, interface, user, reason, …
    """

    name: str
    level: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Pattern:
    event: str
    level: str
    expression: re.Pattern[str] | None
    literal: str = ""
    structured: tuple[tuple[str, str], ...] = ()  # a field's name, and the structured data's

    def match(self, text: str, structured: tuple[tuple[str, str], ...] = ()) -> Event | None:
        fields = {}
        if self.expression is not None:
            found = self.expression.search(text, 0, SEARCHED)
            if not found:
                return None
            fields = {key: value.strip() for key, value in found.groupdict("").items()}
        if self.structured:
            values = dict(structured)
            fields |= {key: values.get(name, "") for key, name in self.structured if not fields.get(key)}
        return Event(self.event, self.level, {key: value for key, value in fields.items() if value})


@dataclass(slots=True)
class _Table:
    """The patterns of one platform."""

    mnemonics: dict[str, list[_Pattern]] = field(default_factory=dict)
    apps: dict[str, list[_Pattern]] = field(default_factory=dict)
    loose: list[_Pattern] = field(default_factory=list)
    events: dict[str, str] = field(default_factory=dict)  # name to level

    def match(self, message: Message) -> Event | None:
        for pattern in self.mnemonics.get(message.mnemonic, ()):
            if event := pattern.match(message.text, message.structured):
                return event
        for pattern in self.apps.get(message.app, ()):
            if event := pattern.match(message.text, message.structured):
                return event
        return self._loose(message.line) if self.loose else None

    def _loose(self, line: str) -> Event | None:
        line = line[:SEARCHED]
        small = line.lower()
        for pattern in self.loose:
            if pattern.literal in small and (event := pattern.match(line)):
                return event
        return None


class Patterns:
    """Recognises events; built once, read by all."""

    def __init__(self, tables: dict[str, _Table]) -> None:
        self._tables = tables
        self._any = tables[""]

    @classmethod
    def load(cls, texts: Iterable[str] | None = None) -> "Patterns":
        """Reads documents, in the order in which their patterns are tried; by default what SOTP brings with it.

        Raises:
            PatternsError: One of them can't be used.
        """
        tables: dict[str, _Table] = {"": _Table(), _ALL: _Table()}
        levels: dict[str, str] = {}
        for text in (built_in(),) if texts is None else texts:
            try:
                document = yaml.load(text, yaml.CSafeLoader)
            except yaml.YAMLError as error:
                raise PatternsError(f"events: {error}") from error
            for name, event in _mapping(document, "events").items():
                _add(tables, levels, name, event)
        for name, table in tables.items():
            if name not in {"", _ALL}:
                for own, shared in ((table.mnemonics, tables[_ALL].mnemonics), (table.apps, tables[_ALL].apps)):
                    for key, patterns in shared.items():
                        own[key] = [*own.get(key, ()), *patterns]
                table.loose += tables[_ALL].loose
                table.events |= tables[_ALL].events
        return cls(tables)

    def match(self, platform: str, message: Message) -> Event | None:
        """Returns what a message of a platform's device tells, None for nothing that is known.

        A device whose platform is "" may be any; one whose platform has no patterns has those for all.
        """
        return self._table(platform).match(message)

    def matches(self, platform: str, messages: Sequence[Message]) -> list[Event | None]:
        """Returns the same of many messages, one for each."""
        table = self._table(platform)
        mnemonics, apps, every = table.mnemonics, table.apps, bool(table.loose)
        return [
            table.match(message) if message.mnemonic in mnemonics or message.app in apps or every else None
            for message in messages
        ]

    def _table(self, platform: str) -> _Table:
        return self._tables.get(platform) or self._tables[_ALL]

    def events_of(self, platform: str) -> dict[str, str]:
        """Returns the level of every event that a platform's device may tell, by its name."""
        return dict(sorted(self._tables.get(platform, self._tables[_ALL]).events.items()))

    def names(self) -> frozenset[str]:
        """Returns the names of all events."""
        return frozenset(self._tables[""].events)

    def platforms(self) -> list[str]:
        """Returns the platforms that have patterns of their own."""
        return sorted(self._tables.keys() - {"", _ALL})


def built_in() -> str:
    """Returns the document that SOTP brings with it."""
    return files("exporters.syslog").joinpath("events.yaml").read_text(encoding="utf-8")


def _add(tables: dict[str, _Table], levels: dict[str, str], name: str, event: object) -> None:
    where = f"events.{name}"
    if not _NAME.fullmatch(str(name)):
        raise PatternsError(f"{where}: an event's name has small letters, digits and _, and begins with a letter")
    if name in levels:
        raise PatternsError(f"{where}: there is an event of this name already")
    known = _mapping(event, where)
    level = known.get("level")
    if level not in LEVELS:
        raise PatternsError(f"{where}.level: {level!r} is none of {', '.join(LEVELS)}")
    levels[name] = level
    for number, entry in enumerate(known.get("patterns") or ()):
        place = f"{where}.patterns[{number}]"
        _add_pattern(tables, name, level, _mapping(entry, place), place)


def _add_pattern(tables: dict[str, _Table], name: str, level: str, entry: Mapping[str, Any], where: str) -> None:
    unknown = sorted(entry.keys() - _KEYS)
    if unknown:
        raise PatternsError(f"{where}.{unknown[0]}: is none of {', '.join(sorted(_KEYS))}")
    text = entry.get("match")
    mnemonics, apps = _words(entry, "mnemonics", where), _words(entry, "apps", where)
    if text is None and not mnemonics:
        raise PatternsError(f"{where}: it needs mnemonics or match, else it would match every message")
    if text is not None and (reason := check_pattern(str(text))):
        raise PatternsError(f"{where}.match: {reason}")
    keyed = bool(mnemonics or apps)
    literal = "" if keyed or text is None else required(str(text))
    named = _mapping(entry.get("structured") or {}, f"{where}.structured")
    structured = tuple((str(key), str(value)) for key, value in named.items())
    expression = re.compile(str(text), re.ASCII) if text is not None else None
    pattern = _Pattern(name, level, expression, literal, structured)
    platforms = [_ALL] if entry.get("platforms", _ALL) == _ALL else _words(entry, "platforms", where)
    for platform in ("", *platforms):
        table = tables.setdefault(platform, _Table())
        table.events[name] = level
        for mnemonic in mnemonics:
            for each in [mnemonic.replace("*", str(digit)) for digit in range(8)] if "*" in mnemonic else [mnemonic]:
                table.mnemonics.setdefault(each, []).append(pattern)
        for app in apps:
            table.apps.setdefault(app, []).append(pattern)
        if not keyed:
            table.loose.append(pattern)


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PatternsError(f"{where}: it must be a mapping, not {type(value).__name__}")
    return value


def _words(entry: Mapping[str, Any], key: str, where: str) -> list[str]:
    value = entry.get(key) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise PatternsError(f"{where}.{key}: it must be a list of words; quote what YAML reads as a number")
    return value
