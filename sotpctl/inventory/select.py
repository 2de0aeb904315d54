"""Selectors, `role=access,site=waw`: which devices a command is about."""

from __future__ import annotations

from collections.abc import Iterable

from sotpctl.inventory.model import Device
from sotpctl.inventory.problems import did_you_mean, one_of

_ALWAYS = ("device", "enabled", "group", "platform", "role", "site", "team", "vendor")


def select(devices: Iterable[Device], selector: str) -> list[Device]:
    """Return the devices that match: every key, by one of the values given for it; ValueError says what would be right.

    Keys are device, site, role, platform, vendor, team, group, enabled and the custom labels.
    """
    every = list(devices)
    known = {*_ALWAYS, *(label for device in every for label in device.labels)}
    wanted: dict[str, set[str]] = {}
    for part in selector.split(","):
        key, equals, value = (one.strip() for one in part.partition("="))
        if not equals or not key:
            raise ValueError(f'"{part}" is no selector: write it like role=access,site=waw')
        if key not in known:
            raise ValueError(f'no device has a label "{key}"{did_you_mean(key, known) or one_of(known)}')
        wanted.setdefault(key, set()).add(value)
    return [device for device in every if all(_values(device, key) & values for key, values in wanted.items())]


def _values(device: Device, key: str) -> set[str]:
    if key == "group":
        return set(device.groups)
    own = {"device": device.name, "enabled": str(device.enabled).lower()}
    return {(own | device.series_labels()).get(key, "")}
