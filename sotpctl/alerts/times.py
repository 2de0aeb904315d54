"""How long and until when, as people type and read it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sotpctl.inventory import durations
from sotpctl.inventory.model import Device, Inventory

LONGEST = timedelta(days=30)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class TimeError(ValueError):
    """A time or duration can't be taken; the message says what would be right."""


def length(text: str) -> timedelta:
    """Read how long something shall hold: `2h`, `90m`, `1d`; 30 days at most, as more is mostly a typo.

    Raises:
        TimeError: It is no duration, is nothing, or is too long.
    """
    try:
        found = timedelta(seconds=durations.seconds(text))
    except (ValueError, OverflowError) as error:
        said = f'"{text}" is longer than time' if isinstance(error, OverflowError) else str(error)
        raise TimeError(f"{said}; here for example 2h, 90m or 1d") from None
    if not found:
        raise TimeError(f'"{text}" is no time at all: write it like 2h, 90m or 1d')
    return _not_too_long(found, text)


def until(text: str, zone: str, now: datetime) -> datetime:
    """Read until when: `14:30` (the next one), `2026-12-01T14:30`, both by the zone's clock, or with an offset.

    Raises:
        TimeError: It is none of these, is past, or more than 30 days ahead.
    """
    found = _next_clock(text, zone, now) or moment(text, zone)
    if found <= now:
        raise TimeError(f'"{text}" is past: it is {shown(now, zone, now)} now')
    _not_too_long(found - now, text)
    return found


def moment(text: str, zone: str) -> datetime:
    """Read a date and time; without an offset it is the zone's clock.

    Raises:
        TimeError: It is none.
    """
    try:
        found = datetime.fromisoformat(text) if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text) else None
        aware = found.replace(tzinfo=ZoneInfo(zone)) if found is not None and found.tzinfo is None else found
        if aware is not None:
            return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise TimeError(f'"{text}" is no time: write it like 14:30 or 2026-12-01T14:30 ({zone})')


def at(text: str, zone: str, now: datetime) -> datetime:
    """Read an instant of any day, past ones too: `03:00` is the next one.

    Raises:
        TimeError: It is no time.
    """
    return _next_clock(text, zone, now) or moment(text, zone)


def zone_of(devices: Iterable[Device], inventory: Inventory) -> str:
    """Return the time zone that these devices' sites share, UTC where they share none."""
    sites = {device.site for device in devices}
    zones = {inventory.sites[site].timezone if site in inventory.sites else "UTC" for site in sites}
    return zones.pop() if len(zones) == 1 else "UTC"


def zone(name: str) -> ZoneInfo:
    """Return a zone by its name.

    Raises:
        TimeError: There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TimeError(f'no time zone is called "{name}"; write it like Europe/Warsaw') from None


def shown(when: datetime, zone_name: str, now: datetime) -> str:
    """Return `14:30 (Europe/Warsaw)`, with the day where it isn't today."""
    return f"{clock(when, zone_name, now)} ({zone_name})"


def clock(when: datetime, zone_name: str, now: datetime) -> str:
    """Return `14:30`, `Tue 14:30` within six days, else `Tue 2 Dec 14:30`, and the year where it isn't this one."""
    there, today = when.astimezone(ZoneInfo(zone_name)), now.astimezone(ZoneInfo(zone_name)).date()
    return f"{_day(there.date(), today)}{there:%H:%M}"


def span(delta: timedelta) -> str:
    """Return how long, in its two greatest units: `2h05m`, `3d4h`, `45s`."""
    seconds = max(0, int(delta.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}d{hours}h" if hours else f"{days}d"
    if hours:
        return f"{hours}h{minutes:02}m" if minutes else f"{hours}h"
    return f"{minutes}m" if minutes else f"{seconds}s"


def _day(day: date, today: date) -> str:
    if day == today:
        return ""
    if timedelta() < day - today < timedelta(days=7):
        return f"{day:%a} "
    return f"{day:%a} {day.day} {day:%b} " if day.year == today.year else f"{day:%a} {day.day} {day:%b %Y} "


def _next_clock(text: str, zone_name: str, now: datetime) -> datetime | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    there = now.astimezone(ZoneInfo(zone_name))
    for ahead in range(3):
        day = there.date() + timedelta(days=ahead)
        naive = datetime(day.year, day.month, day.day, int(found[1]), int(found[2]), tzinfo=ZoneInfo(zone_name))
        if (when := naive.astimezone(UTC)) > now:
            return when
    return None


def _not_too_long(found: timedelta, text: str) -> timedelta:
    if found > LONGEST:
        raise TimeError(
            f'"{text}" is more than 30 days: a typo? Longer work is a maintenance window (sotpctl maintenance add), '
            "a device that is gone for good is enabled=false (sotpctl device set)"
        )
    return found
