r"""A user's own patterns: which of them a message has, by the device that sent it. Pure.

    {"vpn_lost": {"level": "warning", "match": "(?i)tunnel \\S+ is down", "devices": ["vpn-1", "vpn-2"]}}

Without `devices` a pattern is for every device. An expression is searched in the whole line, after its longest literal.
They are tried beside the built-in ones: a message may have a built-in event and several of these, and each counts.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from exporters.syslog.events import LEVELS, Event
from exporters.syslog.expressions import SEARCHED, check_pattern, required

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_KEYS = ("devices", "level", "match")


class OwnPatternsError(ValueError):
    """A pattern that can't be used: which, and what would be right."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    event: str
    level: str
    expression: re.Pattern[str]
    literal: str

    def found(self, line: str) -> Event | None:
        match = self.expression.search(line)
        if not match:
            return None
        fields = {key: value.strip() for key, value in match.groupdict("").items()}
        return Event(self.event, self.level, {key: value for key, value in fields.items() if value})


class OwnPatterns:
    """Built once, read for every message of the devices that have some."""

    def __init__(self, document: Mapping[str, Any], devices: Iterable[str], taken: Iterable[str]) -> None:
        """Compiles them.

        Args:
            document: By name, as in the module's text.
            devices: Every device.
            taken: The names of events that there are already.

        Raises:
            OwnPatternsError: One of them can't be used.
        """
        names, known = frozenset(devices), frozenset(taken)
        chosen: dict[str, list[_Pattern]] = {}
        for name, entry in document.items():
            pattern, only = _read(name, entry, known)
            for device in names if only is None else only & names:
                chosen.setdefault(device, []).append(pattern)
        self._chosen = {device: tuple(patterns) for device, patterns in chosen.items()}

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._chosen)

    def match(self, device: str, line: str) -> list[Event]:
        """Returns what a device's message tells, in the order of the document."""
        patterns = self._chosen.get(device)
        if not patterns:
            return []
        line = line[:SEARCHED]
        small = line.lower()
        return [event for one in patterns if one.literal in small and (event := one.found(line))]

    def events_of(self, device: str) -> dict[str, str]:
        """Returns the level of every event that a device may tell, by its name."""
        return {pattern.event: pattern.level for pattern in self._chosen.get(device, ())}


def _read(name: str, entry: object, taken: frozenset[str]) -> tuple[_Pattern, frozenset[str] | None]:
    if not _NAME.fullmatch(name):
        raise OwnPatternsError(f"{name}: a name has small letters, digits and _, and begins with a letter")
    if name in taken:
        raise OwnPatternsError(f"{name}: there is an event of this name already")
    if not isinstance(entry, Mapping):
        raise OwnPatternsError(f"{name}: it must be a mapping, not {type(entry).__name__}")
    unknown = sorted(entry.keys() - set(_KEYS))
    if unknown:
        raise OwnPatternsError(f"{name}.{unknown[0]}: is none of {', '.join(_KEYS)}")
    level, text, devices = entry.get("level"), entry.get("match"), entry.get("devices")
    if level not in LEVELS:
        raise OwnPatternsError(f"{name}.level: {level!r} is none of {', '.join(LEVELS)}")
    if not isinstance(text, str) or (reason := check_pattern(text)):
        raise OwnPatternsError(f"{name}.match: {reason if isinstance(text, str) else 'it must be an expression'}")
    if devices is not None and not (isinstance(devices, list) and all(isinstance(one, str) for one in devices)):
        raise OwnPatternsError(f"{name}.devices: it must be a list of devices' names")
    pattern = _Pattern(name, level, re.compile(text, re.ASCII), required(text))
    return pattern, None if devices is None else frozenset(devices)
