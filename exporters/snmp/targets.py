"""The exporter's file, checked and resolved."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exporters.kit.document import ConfigError, Document, member, only, typed
from exporters.snmp import credentials
from exporters.snmp.modules.auths import Credentials
from exporters.snmp.modules.ignore import STATES, Ignore
from exporters.snmp.registry import Loader, Registry

_KEYS = ("address", "family", "port", "auth", "modules", "interval", "ignore_interfaces")
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_INTERVAL_S = (1.0, 86400.0)


@dataclass(frozen=True, slots=True)
class Spec:
    """A device as the file has it.

    Attributes:
        name: The device.
        address: An IP address, or a name.
        family: AF_INET or AF_INET6 where the file says so, else 0.
        port: UDP.
        auth: A key of the auths.
        modules: Asked when a request names none.
        interval: From poll to poll, seconds.
        ignore: Interfaces without series, unless a request names its modules.
    """

    name: str
    address: str
    family: int
    port: int
    auth: str
    modules: tuple[str, ...]
    interval: float
    ignore: Ignore


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file.

    Attributes:
        specs: By device.
        auths: By name, with their secrets.
        registry: The modules.
        by_address: Devices by address, and by `address:port`; of several with the same address the first.
    """

    specs: Mapping[str, Spec]
    auths: Mapping[str, Credentials]
    registry: Registry
    by_address: Mapping[str, str]


def prepare(document: Document, loader: Loader) -> Config:
    """Checks the file, reads its secrets and module files.

    Raises:
        ConfigError: With the place, what is wrong and what would be right.
    """
    settings = document.settings
    only(settings, ("auths", "modules"), "settings")
    auths = credentials.resolve(member(settings, "auths", dict, "settings", {}))
    patterns = [typed(each, str, "settings.modules") for each in member(settings, "modules", list, "settings", [])]
    registry = loader.load(patterns, document.folder)
    for name in auths:
        if name in registry.auths:
            raise ConfigError(f"settings.auths.{name}: a module file has an auth of that name, too; rename one of them")
    auths = {**registry.auths, **auths}
    specs = {name: _spec(name, target, auths, registry) for name, target in document.targets.items()}
    return Config(specs, auths, registry, _by_address(specs))


def canonical(address: str) -> str:
    """Returns an IP address as it is written best; anything else as it is."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def _spec(name: str, target: Mapping[str, Any], auths: Mapping[str, Any], registry: Registry) -> Spec:
    where = f"targets.{name}"
    only(target, _KEYS, where)
    address = member(target, "address", str, where)
    if not address or address != address.strip():
        raise ConfigError(f'{where}.address: "{address}" is neither an IP address nor a host name')
    port = member(target, "port", int, where, 161)
    if not 1 <= port <= 65535:
        raise ConfigError(f"{where}.port: is {port}, must be 1 to 65535")
    family = member(target, "family", int, where, 0)
    if family and family not in _FAMILIES:
        raise ConfigError(f"{where}.family: must be 4 or 6")
    auth = member(target, "auth", str, where)
    if auth not in auths:
        raise ConfigError(f'{where}.auth: no auth is called "{auth}"; there are {", ".join(sorted(auths))}')
    modules = [typed(each, str, f"{where}.modules") for each in member(target, "modules", list, where)]
    for module in modules:
        if module not in registry:
            raise ConfigError(f'{where}.modules: no module is called "{module}"; {registry.near(module)}')
    interval = member(target, "interval", float, where)
    least, most = _INTERVAL_S
    if not least <= interval <= most:
        raise ConfigError(f"{where}.interval: is {interval:g}, must be {least:g} to {most:g} (seconds)")
    ignore = _ignore(member(target, "ignore_interfaces", dict, where, {}), f"{where}.ignore_interfaces")
    return Spec(
        name,
        canonical(address),
        int(_FAMILIES.get(family, 0)),
        port,
        auth,
        tuple(dict.fromkeys(modules)),
        interval,
        ignore,
    )


def _ignore(given: Mapping[str, Any], where: str) -> Ignore:
    only(given, ("names", "types", "states"), where)
    names = [typed(each, str, f"{where}.names") for each in member(given, "names", list, where, [])]
    types = [typed(each, int, f"{where}.types") for each in member(given, "types", list, where, [])]
    states = [typed(each, str, f"{where}.states") for each in member(given, "states", list, where, [])]
    for state in states:
        if state not in STATES:
            raise ConfigError(f'{where}.states: no state is called "{state}"; there are {", ".join(STATES)}')
    return Ignore(tuple(names), tuple(types), tuple(states))


def _by_address(specs: Mapping[str, Spec]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, spec in specs.items():
        host = f"[{spec.address}]" if ":" in spec.address else spec.address
        found.setdefault(f"{host}:{spec.port}", name)
        found.setdefault(spec.address, name)
    return found
