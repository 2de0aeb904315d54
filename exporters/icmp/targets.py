"""The exporter's file, checked and resolved into what the pinger needs. Pure."""

import hashlib
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from exporters.icmp.socket import Sockaddr
from exporters.kit.document import ConfigError, Document, member, only, typed
from exporters.kit.exposition import label_text, series

SECOND_NS = 1_000_000_000

_KEYS = ("address", "family", "interval", "timeout", "labels", "parents")
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_INTERVAL_S = (0.1, 86400.0)
_TIMEOUT_S = (0.01, 60.0)
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")


class Destination(NamedTuple):
    """Where requests go.

    Attributes:
        family: AF_INET or AF_INET6.
        host: The address as the kernel writes it: an answer's source must equal it.
        sockaddr: What sendto takes.
    """

    family: int
    host: str
    sockaddr: Sockaddr


@dataclass(frozen=True, slots=True)
class Spec:
    """One device as the file has it.

    Attributes:
        name: The device.
        address: Its address or name, as written.
        destination: Where to send to; None while `address` is a name.
        family: AF_INET or AF_INET6 where the file or the address says so, else 0.
        interval_ns: From request to request.
        timeout_ns: How long an answer may take.
        phase: Its place in the interval, 0 to 1; stable, as it depends on the name only.
        labels: `device="a",site="b"`, as `label_text` makes it.
        up_lines: Its lines of `icmp_up`, for 0 and for 1.
        parents: The devices that it hangs on.
        parent_lines: Its lines of `icmp_parent_info`.
    """

    name: str
    address: str
    destination: Destination | None
    family: int
    interval_ns: int
    timeout_ns: int
    phase: float
    labels: str
    up_lines: tuple[str, str]
    parents: tuple[str, ...]
    parent_lines: str


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file.

    Attributes:
        revision: The file's.
        specs: By device.
        ancestors: By device: all that stand between it and us, transitively, without itself.
    """

    revision: str
    specs: Mapping[str, Spec]
    ancestors: Mapping[str, tuple[str, ...]]


def prepare(document: Document) -> Config:
    """Checks the file and resolves it.

    Raises:
        ConfigError: With the place, what is wrong and what would be right.
    """
    only(document.settings, (), "settings")
    specs = {name: _spec(name, target) for name, target in document.targets.items()}
    return Config(document.revision, specs, _ancestors({name: spec.parents for name, spec in specs.items()}))


def literal(address: str) -> Destination | None:
    """Returns where an IPv4 or IPv6 address (a zone may follow: `fe80::1%eth0`) leads, None for a name.

    Raises:
        OSError: The zone is no interface of this host.
    """
    host, _, zone = address.partition("%")
    for family in _FAMILIES.values():
        try:
            canonical = socket.inet_ntop(family, socket.inet_pton(family, host))
        except OSError:
            continue
        if family == socket.AF_INET:
            return Destination(family, canonical, (canonical, 0)) if not zone else None
        scope = (int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)) if zone else 0
        return Destination(family, canonical, (canonical, 0, 0, scope))
    return None


def _spec(name: str, target: Mapping[str, Any]) -> Spec:
    where = f"targets.{name}"
    only(target, _KEYS, where)
    address = member(target, "address", str, where)
    destination = _destination(address, where)
    family = _family(target, destination, where)
    labels = _labels(name, member(target, "labels", dict, where, {}), where)
    up = series("icmp_up", labels)
    given = [typed(parent, str, f"{where}.parents") for parent in member(target, "parents", list, where, [])]
    parents = tuple(dict.fromkeys(given))
    info = [series("icmp_parent_info", label_text({"device": name, "parent": parent})) for parent in parents]
    return Spec(
        name=name,
        address=address,
        destination=destination,
        family=family,
        interval_ns=_duration(target, "interval", where, _INTERVAL_S),
        timeout_ns=_duration(target, "timeout", where, _TIMEOUT_S),
        phase=int.from_bytes(hashlib.blake2b(name.encode(), digest_size=6).digest(), "big") / 2**48,
        labels=labels,
        up_lines=(f"{up}0\n", f"{up}1\n"),
        parents=parents,
        parent_lines="".join([f"{line}1\n" for line in info]),
    )


def _destination(address: str, where: str) -> Destination | None:
    try:
        found = literal(address)
    except OSError as error:
        raise ConfigError(f'{where}.address: "{address}": this host has no interface of that name') from error
    if found is None and (not _HOST_NAME.fullmatch(address) or re.fullmatch(r"[\d.]+", address)):
        raise ConfigError(f'{where}.address: "{address}" is neither an IP address nor a host name')
    return found


def _family(target: Mapping[str, Any], destination: Destination | None, where: str) -> int:
    number = target.get("family")
    if number is not None and (type(number) is not int or number not in _FAMILIES):
        raise ConfigError(f"{where}.family: must be 4 or 6")
    asked = int(_FAMILIES[number]) if number else 0
    if destination and asked and asked != destination.family:
        raise ConfigError(f"{where}.family: is {number}, but {destination.host} is no IPv{number} address")
    return destination.family if destination else asked


def _duration(target: Mapping[str, Any], key: str, where: str, limits: tuple[float, float]) -> int:
    seconds = member(target, key, float, where)
    least, most = limits
    if not least <= seconds <= most:
        raise ConfigError(f"{where}.{key}: is {seconds:g}, must be {least:g} to {most:g} (seconds)")
    return round(seconds * SECOND_NS)


def _labels(name: str, labels: Mapping[str, Any], where: str) -> str:
    if "device" in labels:
        raise ConfigError(f'{where}.labels: "device" is the name\'s own label')
    values = {key: typed(value, str, f"{where}.labels.{key}") for key, value in labels.items()}
    try:
        return label_text({"device": name, **values})
    except ValueError as error:
        raise ConfigError(f"{where}.labels: {error}") from error


def _ancestors(parents: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Walks up from every set of parents once: most devices share theirs. Parents that aren't targets lead nowhere."""
    known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def above(row: tuple[str, ...]) -> tuple[str, ...]:
        if row not in known:
            found: dict[str, None] = {}
            waiting = list(row)
            while waiting:
                name = waiting.pop()
                if name in parents and name not in found:
                    found[name] = None
                    waiting.extend(parents[name])
            known[row] = tuple(found)
        return known[row]

    return {
        name: tuple(other for other in above(row) if other != name) if name in above(row) else above(row)
        for name, row in parents.items()
    }
