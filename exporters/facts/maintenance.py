"""Maintenance windows: when a device's alerts are held back.

A one-off window runs between two instants. A weekly one is open whenever the clock on its zone's wall shows
a time inside it: twice as long where the clocks go back over it. Where they jump ahead, the skipped hour's
times and the new ones both count during the hour after the jump, so that a window of 02:00-03:00 is open at
03:00-04:00 of that day, and none is ever lost.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from exporters.kit.document import ConfigError, member, only, typed

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY_MINUTES = 24 * 60
_LONGEST_JUMP = timedelta(hours=3)
_REMEMBERED = timedelta(days=8)  # any weekly window's latest start lies within it


class Window(Protocol):
    """A maintenance window."""

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that it holds for."""
        ...

    def open_at(self, now: datetime) -> bool:
        """Tells whether it is open; its first instant belongs to it, its last does not."""
        ...

    def started_by(self, now: datetime) -> datetime | None:
        """Gives its latest start that isn't after `now`; None where the last eight days had none."""
        ...


@dataclass(frozen=True, slots=True)
class OneOff:
    """A window between two instants."""

    devices: tuple[str, ...]
    start: datetime
    end: datetime

    def open_at(self, now: datetime) -> bool:
        """Tells whether `now` lies in it."""
        return self.start <= now < self.end

    def started_by(self, now: datetime) -> datetime | None:
        """Gives its start."""
        return self.start if now - _REMEMBERED < self.start <= now else None


@dataclass(frozen=True, slots=True)
class Weekly:
    """A window that comes every week, by the clock of a zone.

    Attributes:
        devices: The devices that it holds for.
        days: The weekdays on which it begins, Monday is 0.
        start: Minutes after midnight.
        end: Minutes after midnight, 1440 is the day's end; not after `start` means on the next day.
        zone: Whose clock it goes by.
    """

    devices: tuple[str, ...]
    days: frozenset[int]
    start: int
    end: int
    zone: ZoneInfo

    def open_at(self, now: datetime) -> bool:
        """Tells whether the zone's clock shows a time inside it."""
        return any(self._holds(shown) for shown in _readings(now, self.zone))

    def started_by(self, now: datetime) -> datetime | None:
        """Gives the latest time at which it began; where the clock skips that time, the jump's length later."""
        today = now.astimezone(self.zone).date()
        for days in range(_REMEMBERED.days):
            day = today - timedelta(days=days)
            start = datetime.combine(day, time(*divmod(self.start, 60)), self.zone).astimezone(UTC)
            if day.weekday() in self.days and start <= now:
                return start
        return None

    def _holds(self, shown: datetime) -> bool:
        minute, today = shown.hour * 60 + shown.minute, shown.weekday()
        if self.start < self.end:
            return self.start <= minute < self.end and today in self.days
        return (minute >= self.start and today in self.days) or (minute < self.end and (today - 1) % 7 in self.days)


def windows(entries: Sequence[Any]) -> tuple[Window, ...]:
    """Returns the windows of the document's `settings.maintenance`.

    Raises:
        ConfigError: One is no window.
    """
    return tuple([_window(typed(entry, dict, where), where) for where, entry in _placed(entries)])


def _placed(entries: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(f"settings.maintenance[{index}]", entry) for index, entry in enumerate(entries)]


def _window(entry: Mapping[str, Any], where: str) -> Window:
    only(entry, ("name", "devices", "start", "end", "weekly", "timezone"), where)
    names = member(entry, "devices", list, where)
    devices = tuple([typed(name, str, f"{where}.devices") for name in names])
    if "weekly" in entry:
        only(entry, ("name", "devices", "weekly", "timezone"), where)
        zone = _zone(member(entry, "timezone", str, where), f"{where}.timezone")
        return _weekly(member(entry, "weekly", dict, where), devices, zone, f"{where}.weekly")
    only(entry, ("name", "devices", "start", "end"), where)
    start, end = _instant(entry, "start", where), _instant(entry, "end", where)
    if end <= start:
        raise ConfigError(f"{where}: must end after it starts")
    return OneOff(devices, start, end)


def _weekly(entry: Mapping[str, Any], devices: tuple[str, ...], zone: ZoneInfo, where: str) -> Weekly:
    only(entry, ("days", "from", "to"), where)
    days = [typed(day, str, f"{where}.days") for day in member(entry, "days", list, where)]
    if not days or any(day not in DAYS for day in days):
        raise ConfigError(f"{where}.days: must be some of {', '.join(DAYS)}")
    start, end = _minutes(entry, "from", where), _minutes(entry, "to", where)
    if start == _DAY_MINUTES:
        raise ConfigError(f'{where}.from: must be before 24:00; "00:00" is the beginning of the next day')
    return Weekly(devices, frozenset(DAYS.index(day) for day in days), start, end, zone)


def _minutes(entry: Mapping[str, Any], key: str, where: str) -> int:
    text = member(entry, key, str, where)
    if text == "24:00":
        return _DAY_MINUTES
    found = _TIME.fullmatch(text)
    if found is None:
        raise ConfigError(f'{where}.{key}: must be a time of day such as "02:00", up to "24:00"')
    return int(found[1]) * 60 + int(found[2])


def _instant(entry: Mapping[str, Any], key: str, where: str) -> datetime:
    text = member(entry, key, str, where)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ConfigError(f'{where}.{key}: must be an instant such as "2026-12-01T22:00:00Z"')
    return instant.astimezone(UTC)


def _zone(name: str, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f'{where}: no time zone is called "{name}" here; give one such as "Europe/Warsaw" (or install tzdata)'
        ) from None


def _readings(now: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """What the zone's clock shows, and what it would show if it hadn't just jumped ahead."""
    shown = now.astimezone(zone)
    before = (now - _LONGEST_JUMP).astimezone(zone).utcoffset()
    offset = shown.utcoffset()
    if before is None or offset is None or offset <= before:
        return (shown,)
    unjumped = (shown - (offset - before)).replace(fold=0)
    back = unjumped.astimezone(UTC).astimezone(zone)
    skipped = back.replace(tzinfo=None) != unjumped.replace(tzinfo=None)
    return (shown, unjumped) if skipped else (shown,)
