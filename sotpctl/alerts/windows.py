"""When a maintenance window of the inventory is open, and when it will be next.

What `exporters/facts/maintenance.py` does for the metric, to the minute; its module text says how a weekly window
goes over a change of clocks. Kept apart because sotpctl imports no exporter; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sotpctl.inventory.alerting import DAYS, Weekly
from sotpctl.inventory.model import Maintenance

_JUMP = timedelta(hours=3)
_MINUTE = timedelta(minutes=1)
_DAYS = 8  # a week, and what a window over midnight and a change of clocks add: that far back, and ahead


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a window is open: [start, end), UTC."""

    start: datetime
    end: datetime

    def open_at(self, now: datetime) -> bool:
        """Tell whether `now` lies in it."""
        return self.start <= now < self.end


def is_open(window: Maintenance, now: datetime) -> bool:
    """Tell whether a window is open at an instant (aware)."""
    if window.weekly is None:
        return window.start is not None and window.end is not None and window.start <= now < window.end
    zone = ZoneInfo(window.timezone)
    return any(_holds(window.weekly, shown) for shown in _readings(now, zone))


def current_or_next(window: Maintenance, now: datetime) -> Occurrence | None:
    """Return when a window is open: now, else next; None when it is over for good."""
    if window.weekly is None:
        if window.start is None or window.end is None or window.end <= now:
            return None
        return Occurrence(window.start, window.end)
    start: datetime | None = None
    since = now
    for since in _changes(window, now):
        if is_open(window, since):
            start = start or since
        elif start is not None and since > now:
            return Occurrence(start, since)
        else:
            start = None
    return None if start is None else Occurrence(start, since)  # every day, the whole day: as far as was looked


def _changes(window: Maintenance, now: datetime) -> list[datetime]:
    """Return every instant about `now` at which a weekly window may open or close."""
    zone, weekly = ZoneInfo(window.timezone), window.weekly
    assert weekly is not None  # noqa: S101 - the callers ask
    today = now.astimezone(zone).date()
    found = set(_jumps(now, zone))
    for ahead in range(-_DAYS, _DAYS + 1):
        day = today + timedelta(days=ahead)
        for minute in (_minutes(weekly.start), _minutes(weekly.end)):
            wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
            for fold in (0, 1):
                instant = wall.replace(fold=fold).astimezone(UTC)
                jump = _offset(instant, zone) - _offset(instant - _JUMP, zone)
                found |= {instant, instant + max(jump, timedelta())}
    return sorted(found)


def _jumps(now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when the clocks change about `now`, and when they show what comes after the times that were skipped."""
    day = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=_DAYS)
    for _ in range(2 * _DAYS):
        before, after = day, day + timedelta(days=1)
        jump = _offset(after, zone) - _offset(before, zone)
        while jump and after - before > _MINUTE:
            middle = before + (after - before) // _MINUTE // 2 * _MINUTE
            before, after = (middle, after) if _offset(middle, zone) == _offset(day, zone) else (before, middle)
        if jump:
            yield from (after, after + max(jump, timedelta()))
        day += timedelta(days=1)


def _readings(now: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return what the zone's clock shows, and what it would show had it not just jumped ahead over that time."""
    shown = now.astimezone(zone)
    jump = _offset(now, zone) - _offset(now - _JUMP, zone)
    if jump <= timedelta():
        return (shown,)
    unjumped = (shown - jump).replace(fold=0)
    back = unjumped.astimezone(UTC).astimezone(zone)
    return (shown, unjumped) if back.replace(tzinfo=None) != unjumped.replace(tzinfo=None) else (shown,)


def _holds(weekly: Weekly, shown: datetime) -> bool:
    start, end = _minutes(weekly.start), _minutes(weekly.end)
    minute, days = shown.hour * 60 + shown.minute, {DAYS.index(day) for day in weekly.days}
    if start < end:
        return start <= minute < end and shown.weekday() in days
    return (minute >= start and shown.weekday() in days) or (minute < end and (shown.weekday() - 1) % 7 in days)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
