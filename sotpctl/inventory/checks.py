"""What the types can't see: names that lead nowhere, addresses used twice, cycles, values that contradict each other.

Each check is a function of the document that yields problems; `check` runs them all. A check of values is skipped where
such a value had to be left out of the document, because it would report what follows from a mistake already reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from sotpctl.inventory.assemble import default_endpoints
from sotpctl.inventory.check_alerting import check_alerting, time_interval_places
from sotpctl.inventory.check_values import check_values
from sotpctl.inventory.document import Document
from sotpctl.inventory.fields import packed
from sotpctl.inventory.files import Files
from sotpctl.inventory.graph import cycles, way
from sotpctl.inventory.interfaces import canonical_interface
from sotpctl.inventory.links import parse_link
from sotpctl.inventory.model import Device
from sotpctl.inventory.names import Names
from sotpctl.inventory.platforms import VENDORS
from sotpctl.inventory.problems import Problem, did_you_mean
from sotpctl.inventory.yaml_source import PathSteps


def check(
    document: Document,
    devices: Mapping[str, Device],
    files: Files,
    left_out: Collection[str],
    own_labels: Mapping[str, Collection[str]],
) -> list[Problem]:
    """Return all that is wrong with a document whose types are right, and with the devices resolved from it."""
    names = Names.of(files.data)
    return [
        *_settings(document, names, files),
        *_sites(document, files),
        *_layers(document, names, files),
        *_devices(document, names, files),
        *_addresses(document, files),
        *_parents(document, names, files),
        *_links(document, names, files),
        *check_alerting(document, names, files, own_labels),
        *check_values(document, devices, files, left_out),
    ]


def _unknown(kind: str, name: str, known: Collection[str]) -> str:
    return f'no {kind} is called "{name}"{did_you_mean(name, known)}'


def _settings(document: Document, names: Names, files: Files) -> Iterator[Problem]:
    prober = document.settings.prober
    if prober is not None and prober not in names.devices:
        yield files.problem(("settings", "prober"), _unknown("device", prober, names.devices))
    known = default_endpoints()
    for name in document.settings.endpoints:
        if name not in known:
            message = f'no endpoint is called "{name}"{did_you_mean(name, known)}'
            yield files.problem(("settings", "endpoints", name), message, key=True)


def _sites(document: Document, files: Files) -> Iterator[Problem]:
    entries: list[tuple[PathSteps, str | None]] = [
        (("sites", name, "timezone"), (layer or {}).get("timezone")) for name, layer in document.sites.items()
    ]
    entries += [
        (("alerting", "maintenance", number, "timezone"), entry.timezone)
        for number, entry in enumerate(document.alerting.maintenance)
    ]
    entries += [((*path, "timezone"), entry.timezone) for path, entry in time_interval_places(document, files)]
    for path, zone in entries:
        if zone is not None and not _is_zone(zone):
            yield files.problem(path, f'no time zone is called "{zone}"; write it like Europe/Warsaw or UTC')


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        return False
    except KeyError:
        return False
    return True


def _layers(document: Document, names: Names, files: Files) -> Iterator[Problem]:
    """Check what any layer refers to: auths and the platform."""
    sections: tuple[tuple[str, Mapping[str, Mapping[str, object] | None]], ...] = (
        ("sites", document.sites),
        ("roles", document.roles),
        ("groups", document.groups),
        ("devices", document.devices),
    )
    yield from _layer(document, names, files, ("defaults",), document.defaults)
    for section, entries in sections:
        for name, layer in entries.items():
            if layer:
                yield from _layer(document, names, files, (section, name), layer)


def _layer(
    document: Document, names: Names, files: Files, path: PathSteps, layer: Mapping[str, object]
) -> Iterable[Problem]:
    platform = layer.get("platform")
    problems = []
    if isinstance(platform, str) and platform not in VENDORS:
        message = f'unknown platform "{platform}"{did_you_mean(platform, VENDORS)}'
        problems.append(files.problem((*path, "platform"), message))
    for kind in ("snmp", "ssh"):
        section = layer.get(kind)
        name = section.get("auth") if isinstance(section, dict) else None
        if name is None:
            continue
        auth = document.auths.get(name)
        if name not in names.auths:
            same_kind = {one for one, entry in document.auths.items() if entry.type == kind}
            message = _unknown("auth", name, same_kind or names.auths)
            problems.append(files.problem((*path, kind, "auth"), message))
        elif auth is not None and auth.type != kind:
            message = f'the auth "{name}" is of type {auth.type}, not {kind}'
            problems.append(files.problem((*path, kind, "auth"), message))
    return problems


def _devices(document: Document, names: Names, files: Files) -> Iterator[Problem]:
    """Check the names that a device refers to."""
    if not names.devices and not files.problems:
        yield files.problem(("devices",), "the inventory has no devices")
    folded: dict[str, str] = {}
    sites, roles, groups = names.sites, names.roles, names.groups
    for name, device in document.devices.items():
        site, role = device.get("site"), device.get("role")
        if site is not None and site not in sites:
            yield files.problem(("devices", name, "site"), _unknown("site", site, sites))
        if role is not None and role not in roles:
            yield files.problem(("devices", name, "role"), _unknown("role", role, roles))
        if device.get("groups"):
            yield from _list(files, ("devices", name, "groups"), device["groups"] or (), groups, "group")
        if device.get("interfaces"):
            yield from _interfaces(files, name, device["interfaces"] or {})
        first = folded.setdefault(name.casefold(), name)
        if first != name:
            message = f'differs from the device "{first}" by the case of letters only: give it a name of its own'
            yield files.problem(("devices", name), message, key=True)


def _list(
    files: Files, path: PathSteps, given: tuple[str, ...], known: Collection[str], kind: str
) -> Iterator[Problem]:
    for number, name in enumerate(given):
        if name not in known:
            yield files.problem((*path, number), _unknown(kind, name, known))
        elif name in given[:number]:
            yield files.problem((*path, number), f'the {kind} "{name}" stands in this list twice')


def _interfaces(files: Files, device: str, given: Mapping[str, object]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in given:
        first = seen.setdefault(canonical_interface(name), name)
        if first != name:
            message = f'is the same interface as "{first}" ({canonical_interface(name)}): keep one'
            yield files.problem(("devices", device, "interfaces", name), message, key=True)


def _addresses(document: Document, files: Files) -> Iterator[Problem]:
    """Check that every device has an address and no two have the same."""
    used: dict[str | bytes, str] = {}
    for name, device in document.devices.items():
        address = device.get("address")
        if address is None:
            if "address" not in _raw_device(files, name):
                yield files.problem(("devices", name), "address is missing", key=True)
            continue
        first = used.setdefault(_same(address), name)
        if first != name:
            where = files.place(("devices", first, "address"))
            message = f"{address} is already the address of {first} ({where}): a device has an address of its own"
            yield files.problem(("devices", name, "address"), message)
        family = device.get("family")
        if family is not None and packed(address) is not None and family != (6 if ":" in address else 4):
            message = f"{address} is an IPv{6 if ':' in address else 4} address: remove family, it is for host names"
            yield files.problem(("devices", name, "family"), message)


def _raw_device(files: Files, name: str) -> Mapping[str, object]:
    raw = files.data["devices"].get(name)
    return raw if isinstance(raw, dict) else {"address": None}


def _same(address: str) -> str | bytes:
    """Return what equal addresses have in common: IPv6 has many spellings, names have no case."""
    if ":" in address:
        return packed(address) or address
    return address.rstrip(".").lower()


def _parents(document: Document, names: Names, files: Files) -> Iterator[Problem]:
    devices, prober = document.devices, document.settings.prober
    known = names.devices
    graph: dict[str, tuple[str, ...]] = {}
    for name, device in devices.items():
        parents = device.get("parents") or ()
        if not parents:
            graph[name] = ()
            continue
        path: PathSteps = ("devices", name, "parents")
        yield from _list(files, path, parents, known, "device")
        if name in parents:
            yield files.problem((*path, parents.index(name)), "a device can't be its own parent: remove it")
        graph[name] = tuple(one for one in parents if one != name)
        if name == prober:
            message = "settings.prober is where every path starts: it can't have parents; remove them"
            yield files.problem(path, message)
            graph[name] = ()
    for cycle in cycles(graph):
        number = graph[cycle[0]].index(cycle[1])
        message = f"the parents form a cycle: {way(cycle)}; remove one of them"
        yield files.problem(("devices", cycle[0], "parents", number), message)


def _links(document: Document, names: Names, files: Files) -> Iterator[Problem]:
    seen: dict[frozenset[tuple[str, str]], int] = {}
    for number, text in enumerate(document.links):
        path: PathSteps = ("links", number)
        try:
            device, interface, peer, peer_interface = parse_link(text)
        except ValueError as error:
            yield files.problem(path, f'"{text}" {error}')
            continue
        for name in (device, peer):
            if name not in names.devices:
                yield files.problem(path, _unknown("device", name, names.devices))
        ends = frozenset({(device, canonical_interface(interface)), (peer, canonical_interface(peer_interface))})
        if len(ends) == 1:
            yield files.problem(path, "a link joins two different interfaces, this one an interface with itself")
        first = seen.setdefault(ends, number)
        if first != number:
            yield files.problem(path, f"this link stands at {files.place(('links', first))} already: keep one")
