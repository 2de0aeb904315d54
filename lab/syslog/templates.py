"""Messages from templates: `Templates.message` gives the bytes that a device of a platform would send. Pure.

The templates are data: templates.yaml, with its form on top.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # of no locale
_PEOPLE = ("alice", "bob", "carol", "dave", "netops", "ansible")
_GENERIC = "generic"
_NOTICE = 5


@dataclass(frozen=True, slots=True)
class Told:
    """Who logs, and what he logs about.

    Attributes:
        host, address, serial: The device's own.
        zone: Its site's time.
        interface, descr, index: Of an interface: its name on the device, its long one, ifIndex.
        neighbor, peer: What is at its other end: an address, a name.
    """

    host: str
    address: str = ""
    serial: str = "LAB00000001"
    zone: dt.tzinfo = dt.UTC
    interface: str = ""
    descr: str = ""
    index: int = 0
    neighbor: str = ""
    peer: str = ""


@dataclass(frozen=True, slots=True)
class _Platform:
    form: str
    utc: bool
    facility: int
    events: Mapping[str, tuple[int, str]]
    routine: tuple[tuple[int, str], ...]


class Templates:
    """What devices of every platform say."""

    def __init__(self, text: str | None = None) -> None:
        """Reads a document, by default what the lab brings with it."""
        document = yaml.load(_built_in() if text is None else text, yaml.CSafeLoader)
        self._platforms = {name: _platform(document, name) for name in document}

    def platforms(self) -> list[str]:
        """Returns the platforms that have words of their own; others speak as `generic` does."""
        return sorted(self._platforms)

    def events(self, platform: str) -> list[str]:
        """Returns the events that a platform's devices have a message for."""
        return sorted(self._of(platform).events)

    def event(self, platform: str, event: str, told: Told, now: float, chance: Random) -> bytes | None:
        """Returns the message of an event at a time (seconds since 1970); None: devices of the platform log none."""
        one = self._of(platform)
        entry = one.events.get(event)
        return _message(one, entry, told, now, chance) if entry else None

    def routine(self, platform: str, told: Told, now: float, chance: Random) -> bytes:
        """Returns a message of a quiet day."""
        one = self._of(platform)
        return _message(one, chance.choice(one.routine), told, now, chance)

    def say(self, platform: str, text: str, told: Told, now: float, chance: Random) -> bytes:
        """Returns a message with a text of one's own, of severity notice."""
        return _message(self._of(platform), (_NOTICE, text.replace("{", "{{").replace("}", "}}")), told, now, chance)

    def every(self, platform: str, told: Told, now: float, chance: Random) -> list[bytes]:
        """Returns each message of a quiet day."""
        one = self._of(platform)
        return [_message(one, entry, told, now, chance) for entry in one.routine]

    def _of(self, platform: str) -> _Platform:
        return self._platforms.get(platform) or self._platforms[_GENERIC]


def _built_in() -> str:
    return files("lab.syslog").joinpath("templates.yaml").read_text(encoding="utf-8")


def _platform(document: Mapping[str, Any], name: str) -> _Platform:
    own = document[name]
    base = document[own["like"]] if "like" in own else {}
    whole = {**base, **own}
    events = {**base.get("events", {}), **own.get("events", {})}
    return _Platform(
        form=whole["form"],
        utc=whole.get("utc", False),
        facility=whole["facility"],
        events={event: (severity, text) for event, (severity, text) in events.items()},
        routine=tuple((severity, text) for severity, text in whole["routine"]),
    )


def _message(platform: _Platform, entry: tuple[int, str], told: Told, now: float, chance: Random) -> bytes:
    severity, text = entry
    fields = {
        **_stamps(int(now), dt.UTC if platform.utc else told.zone),
        "ms": f"{int(now % 1 * 1000):03}",
        "host": told.host,
        "address": told.address,
        "serial": told.serial,
        "interface": told.interface,
        "descr": told.descr or told.interface,
        "index": told.index,
        "neighbor": told.neighbor,
        "peer": told.peer,
        "user": chance.choice(_PEOPLE),
        "source": f"203.0.113.{chance.randrange(1, 255)}",  # RFC 5737
        "number": chance.randrange(1024, 65536),
        "seq": int(now * 1000) % 10_000_000,
        "pri": platform.facility * 8 + severity,
    }
    # A text of one's own may hold what a terminal gave and UTF-8 lacks.
    return platform.form.format(text=text.format_map(fields), **fields).encode(errors="replace")


@lru_cache(256)
def _stamps(second: int, zone: dt.tzinfo) -> dict[str, str]:
    """A second as the platforms write it."""
    local = dt.datetime.fromtimestamp(second, zone)
    month, clock = _MONTHS[local.month - 1], f"{local:%H:%M:%S}"
    return {
        "year": f"{local.year}",
        "bsd": f"{month} {local.day:2} {clock}",
        "day0": f"{month} {local.day:02}",
        "clock": clock,
        "date": f"{local:%Y-%m-%d}",
        "slash": f"{local:%Y/%m/%d}",
        "iso": local.isoformat(),
    }
