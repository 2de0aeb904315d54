"""Checks of what devices end up with: values that are each right and contradict one another.

A contradiction is reported once, where the later of the two values comes from, however many devices share it.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping

from sotpctl.inventory import durations
from sotpctl.inventory.document import Document
from sotpctl.inventory.files import Files
from sotpctl.inventory.interfaces import canonical_interface
from sotpctl.inventory.model import Device
from sotpctl.inventory.problems import Problem
from sotpctl.inventory.resolve import layers, origin
from sotpctl.inventory.yaml_source import PathSteps

_PAGE_WITHIN = 60.0
_AFTER_DEATH = 30.0  # scrape 5 s, evaluation 5 s, `for` 10 s, group_wait 5 s, and 5 s to deliver
_RISING = ("info", "warning", "critical")
_FALLING_METRICS = frozenset({"optic_power"})  # the less the worse
_CONFIRMATION = 2.0  # two further requests, a second apart


def check_values(
    document: Document, devices: Mapping[str, Device], files: Files, left_out: Collection[str]
) -> list[Problem]:
    """Return contradictions; `left_out` are keys that the document lacks because their values were no good."""
    seen: set[object] = set()
    problems: set[Problem] = set()
    for device in devices.values():
        if not ({device.site} - {""} <= document.sites.keys() and {device.role} - {""} <= document.roles.keys()):
            continue  # reported already; what it would inherit is not known
        layer = document.devices[device.name]
        if id(device.icmp) not in seen and "icmp" not in left_out:
            problems.update(_icmp(document, files, device))
        if id(device.thresholds) not in seen and "thresholds" not in left_out:
            problems.update(_thresholds(document, files, device))
        if device.interfaces and "thresholds" not in left_out:
            problems.update(_interface_thresholds(document, files, device))
        for kind, section in (("snmp", device.snmp), ("ssh", device.ssh)):
            combination = (kind, device.site, device.role, device.groups)
            if section is None and kind not in left_out and (kind in layer or combination not in seen):
                problems.update(_auth(document, files, device, kind))
                seen.add(combination)
        seen |= {id(device.icmp), id(device.thresholds)}
    return list(problems)


def _later(document: Document, device: Device, one: PathSteps, other: PathSteps) -> PathSteps:
    """Return where the later of two settings comes from, the first of them when one layer gives both."""
    place, other_place = origin(document, device.name, one), origin(document, device.name, other)
    if place is None or other_place is None:
        return place or other_place or ("devices", device.name)
    order = [prefix for prefix, _ in layers(document, document.devices[device.name])]
    rank = {prefix: number for number, prefix in enumerate(order)}
    last = len(order)
    first_rank = rank.get(place[: -len(one)], last)
    return other_place if rank.get(other_place[: -len(other)], last) > first_rank else place


def _icmp(document: Document, files: Files, device: Device) -> Iterator[Problem]:
    icmp = device.icmp
    longest = icmp.interval + _CONFIRMATION + icmp.timeout + _AFTER_DEATH
    if icmp.timeout < icmp.interval and longest <= _PAGE_WITHIN:
        return
    interval, timeout = durations.text(icmp.interval), durations.text(icmp.timeout)
    if icmp.timeout >= icmp.interval:
        path = _later(document, device, ("icmp", "timeout"), ("icmp", "interval"))
        yield files.problem(path, f"the timeout ({timeout}) must be shorter than the interval ({interval})")
        return
    path = _later(document, device, ("icmp", "interval"), ("icmp", "timeout"))
    most = durations.text(_PAGE_WITHIN - _AFTER_DEATH - _CONFIRMATION)
    message = (
        f"the page for a dead device takes up to {longest:g} s, more than {_PAGE_WITHIN:g} s, "
        f"with an interval of {interval} and a timeout of {timeout}: together they should be at most {most}"
    )
    yield files.problem(path, message, severity="warning")


def _thresholds(document: Document, files: Files, device: Device) -> Iterator[Problem]:
    for metric, levels in device.thresholds.items():
        given = [severity for severity in _RISING if severity in levels]
        falls = metric in _FALLING_METRICS
        for low, high in itertools.pairwise(given):
            if levels[low] <= levels[high] if falls else levels[low] >= levels[high]:
                path = _later(document, device, ("thresholds", metric, high), ("thresholds", metric, low))
                side = "more" if falls else "less"
                yield files.problem(path, f"{low} ({levels[low]:g}) must be {side} than {high} ({levels[high]:g})")


def _interface_thresholds(document: Document, files: Files, device: Device) -> Iterator[Problem]:
    """Check each interface's levels together with those of its device that hold where it gives none."""
    written = document.devices[device.name].get("interfaces") or {}
    spelt = {canonical_interface(name): name for name in written}
    for name, interface in device.interfaces.items():
        for metric, own in interface.thresholds.items():
            levels = {**device.thresholds.get(metric, {}), **own}
            given = [severity for severity in _RISING if severity in levels]
            for low, high in itertools.pairwise(given):
                if levels[low] >= levels[high] and (low in own or high in own):
                    place = high if high in own else low
                    message = f"{low} ({levels[low]:g}) must be less than {high} ({levels[high]:g})"
                    path = ("devices", device.name, "interfaces", spelt[name], "thresholds", metric, place)
                    yield files.problem(path, message)


def _auth(document: Document, files: Files, device: Device, kind: str) -> Iterator[Problem]:
    """Report a section that some layer beyond the defaults gives, and that never gets its auth."""
    path = origin(document, device.name, (kind,))
    if path is None or path[0] == "defaults":
        return
    value: object = document.devices[device.name] if path[0] == "devices" else None
    if path[0] != "devices":
        section = {"sites": document.sites, "roles": document.roles, "groups": document.groups}[str(path[0])]
        value = section[str(path[1])]  # type: ignore[index]  # one of three mappings by name
    if isinstance(value, dict) and isinstance(value.get(kind), dict):
        yield files.problem(path, f"{kind} needs an auth here or in an earlier layer: add auth: NAME", key=True)
