"""Alertmanager's time intervals (timeinterval/timeinterval.go): whether one holds an instant, by its zone's clock."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = tuple(name.lower() for name in calendar.month_name)


def contains(interval: Mapping[str, Any], when: datetime) -> bool:
    """Tell whether an interval, as alertmanager.yml has it, holds an instant (aware).

    Every kind of range that is given must hold it, by one of its ranges; times end before their last minute.
    """
    there = when.astimezone(ZoneInfo(interval.get("location", "UTC")))
    minute = there.hour * 60 + there.minute
    times = interval.get("times")
    return (
        (not times or any(_clock(one["start_time"]) <= minute < _clock(one["end_time"]) for one in times))
        and _holds(interval.get("weekdays"), there.isoweekday() % 7, _WEEKDAYS.index)
        and _holds(interval.get("months"), there.month, _month)
        and _holds(interval.get("years"), there.year, int)
        and _holds_day(interval.get("days_of_month"), there)
    )


def _holds(ranges: Sequence[str] | None, value: int, read: Callable[[str], int]) -> bool:
    return not ranges or any(low <= value <= high for low, high in (_ends(str(one), read) for one in ranges))


def _holds_day(ranges: Sequence[str] | None, there: datetime) -> bool:
    if not ranges:
        return True
    last = calendar.monthrange(there.year, there.month)[1]
    for one in ranges:
        low, high = (last + day + 1 if day < 0 else day for day in _ends(str(one), int))
        if low <= last and max(low, -last) <= there.day <= min(high, last):
            return True
    return False


def _ends(text: str, read: Callable[[str], int]) -> tuple[int, int]:
    low, colon, high = text.lower().partition(":")
    return read(low.strip()), read((high if colon else low).strip())


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text)


def _clock(text: str) -> int:
    hours, minutes = str(text).split(":")
    return int(hours) * 60 + int(minutes)
