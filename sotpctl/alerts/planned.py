"""Planned work: from what is typed to an entry of the inventory's alerting.maintenance, and back to words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sotpctl.alerts import times
from sotpctl.alerts.windows import Occurrence
from sotpctl.inventory import Inventory
from sotpctl.inventory.alerting import DAYS
from sotpctl.inventory.assemble import matching
from sotpctl.inventory.model import Device, Maintenance
from sotpctl.inventory.problems import did_you_mean
from sotpctl.inventory.spans import scalar

_WEEKLY = re.compile(r"([a-z]{3}(?:[-,][a-z]{3})*)\s+(\d\d?:\d\d)\s*(?:-|–|to)\s*(\d\d?:\d\d)", re.IGNORECASE)  # noqa: RUF001
_CLOCK = re.compile(r"\d\d?:\d\d")
_SEVERAL = ""  # the zone of devices that share none


@dataclass(frozen=True, slots=True)
class Given:
    """When, as it was typed."""

    start: str | None = None
    end: str | None = None
    length: str | None = None
    weekly: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a window is ended: with a new end (YAML text) or, None, by taking it out; `said` tells it."""

    end: str | None
    said: str


def match(selectors: Iterable[str]) -> dict[str, list[str]]:
    """Read `site=waw`, or several with commas: label → values.

    Raises:
        ValueError: One is none.
    """
    found: dict[str, list[str]] = {}
    for part in (one for text in selectors for one in text.split(",")):
        label, equals, text = (one.strip() for one in part.partition("="))
        if not equals or not label or not text or text[0] in "~=":
            raise ValueError(f'"{part}" selects nothing: write it like site=waw or device=waw-core-1')
        found.setdefault(label, []).append(text)
    return found


def zone(inventory: Inventory, wanted: Mapping[str, Sequence[str]], timezone: str | None) -> str:
    """Return whose clock the window goes by: the one that is named, else the devices' own; "" where they share none."""
    if timezone is not None:
        return times.zone(timezone).key
    sites = {one.site for one in matching(wanted, inventory.devices.values())}
    zones = {inventory.sites[site].timezone if site in inventory.sites else "UTC" for site in sites}
    return zones.pop() if len(zones) == 1 else _SEVERAL


def when(given: Given, zone_name: str, now: datetime) -> dict[str, Any]:
    """Return the entry's `start` and `end`, or `weekly`, and `timezone` where one was named.

    Raises:
        ValueError: What was typed is no time, contradicts itself, or is past.
    """
    own = {"timezone": zone_name} if given.timezone is not None else {}
    if given.weekly is not None:
        if given.start or given.end or given.length:
            raise ValueError("either --weekly, or --start with --end or --for")
        return {"weekly": weekly(given.weekly)} | own
    if (given.end is None) == (given.length is None):
        raise ValueError('say until when: --end 02:00 or --for 4h; or --weekly "sun 02:00-04:00"')
    start = _instant(given.start, zone_name, now) if given.start else now.replace(second=0, microsecond=0)
    if given.length is not None:
        end = start + times.length(given.length)
    else:
        end = _instant(given.end or "", zone_name, start)
    if end <= now:
        raise ValueError(f"it would be over already: it is {times.shown(now, zone_name or 'UTC', now)} now")
    if end <= start:
        raise ValueError("it would end before it starts")
    if zone_name == _SEVERAL and given.start and given.end:  # every site by its own clock
        return {"start": _wall(given.start), "end": _wall(given.end)}
    return {"start": written(start, zone_name), "end": written(end, zone_name)} | own


def weekly(text: str) -> dict[str, Any]:
    """Read `sun 02:00-04:00`, `sat,sun 22:00-06:00` or `mon-fri 01:00-02:00`.

    Raises:
        ValueError: It is none of these.
    """
    found = _WEEKLY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no weekly window: write it like "sun 02:00-04:00" or "mon-fri 22:00-06:00"')
    days = [day for part in found[1].lower().split(",") for day in _days(part)]
    return {"days": [day for day in DAYS if day in days], "from": found[2].zfill(5), "to": found[3].zfill(5)}


def yaml_texts(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return an entry's values as YAML text; a label that is matched by one value is that value, not a list of it."""
    one = {label: values[0] if len(values) == 1 else values for label, values in entry["match"].items()}
    return {key: _yaml(value) for key, value in {**entry, "match": one}.items()}


def ending(
    name: str, found: Sequence[Maintenance], inventory: Inventory, now: datetime, *, for_good: bool
) -> Ending | None:
    """Return how the window of that name is ended; None when it is over.

    Args:
        name: Its name.
        found: Its parts, one a time zone.
        inventory: Where it stands.
        now: When it shall end.
        for_good: Whether it shall be taken out, whatever it is.

    Raises:
        ValueError: There is none of that name, or it can't be ended so.
    """
    if not found:
        known = {one.name for one in inventory.alerting.maintenance}
        raise ValueError(f'no maintenance window is called "{name}"{did_you_mean(name, known)}')
    if for_good:
        return Ending(None, "taken out")
    if any(one.weekly for one in found):
        raise ValueError(
            f"{name} comes every week, and one of its times alone can't be ended: "
            f"`sotpctl maintenance end {name} --for-good` takes it out of the inventory"
        )
    begun = [one.start is not None and one.start <= now for one in found]
    if not any(begun):
        return Ending(None, "taken out: it was yet to come")
    if all(one.end is not None and one.end <= now for one in found):
        return None
    if not all(begun):
        raise ValueError(f"{name} is open in one time zone and yet to come in another: edit the inventory by hand")
    minute = now.replace(second=0, microsecond=0)
    if any(one.start is not None and one.start >= minute for one in found):
        return Ending(None, "taken out: it had only just begun")
    zones = {one.timezone for one in found}
    return Ending(written(minute, zones.pop() if len(zones) == 1 else _SEVERAL), "ends now")


def number_of(name: str, items: Sequence[Any]) -> int:
    """Return which of the list's items is called so."""
    return next(number for number, one in enumerate(items) if isinstance(one, dict) and one.get("name") == name)


def written(moment: datetime, zone_name: str) -> str:
    """Return an instant as the inventory has it: by the zone's clock, with an offset where that alone is ambiguous."""
    if zone_name == _SEVERAL:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M+00:00")
    there = moment.astimezone(ZoneInfo(zone_name))
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return there.isoformat(timespec="minutes") if twice else f"{there:%Y-%m-%dT%H:%M}"


def device_names(devices: Sequence[str]) -> str:
    """Return the device's name, or how many there are."""
    return devices[0] if len(devices) == 1 else f"{len(devices)} devices"


def when_text(one: Maintenance, now: datetime) -> str:
    """Return `sun 02:00-04:00 (Europe/Warsaw)`, or from when until when."""
    if one.weekly is not None:
        return f"{','.join(one.weekly.days)} {one.weekly.start}-{one.weekly.end} ({one.timezone})"
    if one.start is None or one.end is None:
        return ""
    return f"{_span(one.start, one.end, one.timezone, now)} ({one.timezone})"


def next_text(one: Maintenance, occurrence: Occurrence | None, now: datetime) -> str:
    """Return `now, until 04:00`, `Sun 02:00-04:00` or `over`."""
    if occurrence is None:
        return "over"
    if occurrence.open_at(now):
        return f"now, until {times.clock(occurrence.end, one.timezone, now)}"
    return _span(occurrence.start, occurrence.end, one.timezone, now)


def window_json(one: Maintenance, occurrence: Occurrence | None, now: datetime) -> dict[str, Any]:
    """Return a window for scripts; its times with the offset of its zone."""
    local = ZoneInfo(one.timezone)
    found: dict[str, Any] = {"name": one.name, "devices": list(one.devices), "timezone": one.timezone}
    found["weekly"] = one.weekly.model_dump(by_alias=True) if one.weekly else None
    found["open"] = occurrence is not None and occurrence.open_at(now)
    found["next"] = (
        {"start": occurrence.start.astimezone(local).isoformat(), "end": occurrence.end.astimezone(local).isoformat()}
        if occurrence
        else None
    )
    return found


def watched(found: Sequence[Maintenance], enabled: Iterable[Device]) -> list[Device]:
    """Return the watched devices that a window's parts hold for."""
    names = {name for one in found for name in one.devices}
    return [device for device in enabled if device.name in names]


def _span(start: datetime, end: datetime, zone_name: str, now: datetime) -> str:
    there, then = start.astimezone(ZoneInfo(zone_name)), end.astimezone(ZoneInfo(zone_name))
    first = times.clock(start, zone_name, now)
    near = then.date() == there.date() or (then - there < timedelta(hours=24))
    return f"{first}-{then:%H:%M}" if near else f"{first} - {times.clock(end, zone_name, now)}"


def _instant(text: str, zone_name: str, after: datetime) -> datetime:
    if zone_name == _SEVERAL and _CLOCK.fullmatch(text):
        raise ValueError(f"these devices are in several time zones: write {text} with its date, or give --timezone")
    return times.at(text, zone_name or "UTC", after)


def _wall(text: str) -> str:
    return datetime.fromisoformat(text).isoformat(timespec="minutes")


def _days(part: str) -> list[str]:
    first, dash, last = part.partition("-")
    for day in (first, last) if dash else (first,):
        if day not in DAYS:
            raise ValueError(f'no day is called "{day}"{did_you_mean(day, DAYS)}')
    if not dash:
        return [first]
    start, stop = DAYS.index(first), DAYS.index(last)
    return [DAYS[(start + number) % 7] for number in range((stop - start) % 7 + 1)]


def _yaml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {_yaml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(scalar(str(one)) for one in value) + "]"
    text = str(value)
    return f'"{text}"' if _CLOCK.fullmatch(text) else text if re.fullmatch(r"[\d:T+-]+", text) else scalar(text)
