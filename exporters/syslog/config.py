"""`syslog.json`, checked and resolved.

settings:
  listen       {"udp": "0.0.0.0:10514", "tcp": "[::]:10514", "tls": "[::]:16514"}; the rest is off
  tls          {"cert_file", "key_file", "client_ca_file", "client_auth": "none|optional|required"}; for listen.tls
  loki         {"url", "tenant", "username", "password", "token", "ca_file", "cert_file", "key_file", "timeout"}
  spool        {"directory", "bytes", "policy": "drop_oldest|stop_reading", "flush": seconds}
  limits       {"sender_rate", "sender_burst", "unknown_rate": messages/s, "senders", "connections",
               "connections_per_sender", "handshakes"}
  unknown_senders   "accept" or "refuse"
  relays       addresses whose messages are told by the host name in them
  log_patterns {NAME: {"level", "match", "devices": […]}}, a user's own (exporters.syslog.own)
targets:
  NAME         {"address", "family": 4 or 6, which of a name's addresses count, "labels": {"site", "role"},
               "platform", "timezone", "hosts": what it calls itself}
"""

import ipaddress
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from exporters.kit import web_tls
from exporters.kit.addresses import literal
from exporters.kit.document import ConfigError, Document, member, only, typed
from exporters.kit.loki.endpoint import endpoint
from exporters.kit.loki.push import Endpoint
from exporters.kit.names import Asked
from exporters.kit.spool import Policy
from exporters.kit.web_config import Tls
from exporters.syslog.events import Patterns
from exporters.syslog.identify import Device, Directory
from exporters.syslog.own import OwnPatterns, OwnPatternsError
from exporters.syslog.stamp import Zone

TRANSPORTS = ("udp", "tcp", "tls")
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_CLIENT_AUTH = {"none": "NoClientCert", "optional": "VerifyClientCertIfGiven", "required": "RequireAndVerifyClientCert"}
_LEAST_SPOOL = 16 * 1024 * 1024
_SETTINGS = ("listen", "tls", "loki", "spool", "limits", "unknown_senders", "relays", "log_patterns")


@dataclass(frozen=True, slots=True)
class Limits:
    """What keeps a flood from being everybody's (messages a second, numbers)."""

    sender_rate: float = 20_000.0
    sender_burst: float = 100_000.0
    unknown_rate: float = 100.0
    senders: int = 16_384
    connections: int = 4096
    connections_per_sender: int = 64
    handshakes: int = 64


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """Where messages wait."""

    directory: Path
    bytes: int
    policy: Policy
    flush_s: float


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file."""

    revision: str
    listen: Mapping[str, tuple[str, int]]
    tls: Tls | None
    loki: Endpoint
    loki_settings: str
    spool: SpoolSettings
    limits: Limits
    refuse_unknown: bool
    relays: tuple[str, ...]
    patterns: Patterns
    own: OwnPatterns
    devices: Mapping[str, Device]
    directory: Directory
    named: Mapping[str, Asked]


def prepare(document: Document) -> Config:
    """Checks the file and resolves it, secrets and patterns included.

    Raises:
        ConfigError: With the place, what is wrong and what would be right.
    """
    settings = document.settings
    only(settings, _SETTINGS, "settings")
    listen = _listen(member(settings, "listen", dict, "settings"))
    tls = _tls(member(settings, "tls", dict, "settings"), "settings.tls") if "tls" in settings else None
    if "tls" in listen and tls is None:
        raise ConfigError(
            'settings.tls: is missing, and settings.listen has "tls"; it must name cert_file and key_file'
        )
    loki = member(settings, "loki", dict, "settings")
    unknown = member(settings, "unknown_senders", str, "settings", "accept")
    if unknown not in {"accept", "refuse"}:
        raise ConfigError(f'settings.unknown_senders: must be "accept" or "refuse", not "{unknown}"')
    relays = tuple(_address(one, "settings.relays") for one in member(settings, "relays", list, "settings", []))
    devices = {name: _device(name, target) for name, target in document.targets.items()}
    return Config(
        revision=document.revision,
        listen=listen,
        tls=tls,
        loki=endpoint(loki, "settings.loki"),
        loki_settings=json.dumps(loki, sort_keys=True),
        spool=_spool(member(settings, "spool", dict, "settings")),
        limits=_limits(member(settings, "limits", dict, "settings", {})),
        refuse_unknown=unknown == "refuse",
        relays=relays,
        patterns=_built_in(),
        own=_own(member(settings, "log_patterns", dict, "settings", {}), devices),
        devices=devices,
        directory=_directory(document, devices, relays),
        named={name: asked for name, target in document.targets.items() if (asked := _asked(target, name))},
    )


def _listen(holder: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    only(holder, TRANSPORTS, "settings.listen")
    found = {name: _endpoint(member(holder, name, str, "settings.listen"), name) for name in holder}
    if not found:
        raise ConfigError("settings.listen: names no transport; it must have udp, tcp or tls")
    return found


def _endpoint(text: str, name: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f'settings.listen.{name}: "{text}" is no HOST:PORT, such as 0.0.0.0:10514 or [::]:10514')
    return host.strip("[]"), int(port)


def _tls(holder: Mapping[str, Any], where: str) -> Tls:
    only(holder, ("cert_file", "key_file", "client_ca_file", "client_auth"), where)
    auth = member(holder, "client_auth", str, where, "required" if "client_ca_file" in holder else "none")
    if auth not in _CLIENT_AUTH:
        raise ConfigError(f'{where}.client_auth: must be one of {", ".join(_CLIENT_AUTH)}, not "{auth}"')
    if auth != "none" and "client_ca_file" not in holder:
        raise ConfigError(f"{where}.client_ca_file: is missing; client certificates are checked against it")
    client_ca = member(holder, "client_ca_file", str, where, "")
    made = Tls(
        cert_file=Path(member(holder, "cert_file", str, where)),
        key_file=Path(member(holder, "key_file", str, where)),
        client_ca_file=Path(client_ca) if client_ca else None,
        client_auth_type=_CLIENT_AUTH[auth],
    )
    try:
        web_tls.context(made)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    return made


def _spool(holder: Mapping[str, Any]) -> SpoolSettings:
    where = "settings.spool"
    only(holder, ("directory", "bytes", "policy", "flush"), where)
    directory = Path(member(holder, "directory", str, where))
    if not directory.is_absolute():
        raise ConfigError(f"{where}.directory: {directory} must be an absolute path")
    size = member(holder, "bytes", int, where, 1024**3)
    if size < _LEAST_SPOOL:
        raise ConfigError(f"{where}.bytes: is {size}, must be {_LEAST_SPOOL} or more")
    policy = member(holder, "policy", str, where, Policy.DROP_OLDEST.value)
    if policy not in {one.value for one in Policy}:
        raise ConfigError(f'{where}.policy: must be drop_oldest or stop_reading, not "{policy}"')
    flush = member(holder, "flush", float, where, 0.2)
    if not 0.01 <= flush <= 10:
        raise ConfigError(f"{where}.flush: is {flush:g}, must be 0.01 to 10 (seconds)")
    return SpoolSettings(directory, size, Policy(policy), flush)


def _limits(holder: Mapping[str, Any]) -> Limits:
    where = "settings.limits"
    kinds = {one.name: float if one.name.endswith(("_rate", "_burst")) else int for one in fields(Limits)}
    only(holder, kinds, where)
    values: dict[str, Any] = {name: member(holder, name, kinds[name], where) for name in holder}
    for name, value in values.items():
        if value < 1:
            raise ConfigError(f"{where}.{name}: is {value:g}, must be 1 or more")
    return Limits(**values)


@lru_cache(1)
def _built_in() -> Patterns:
    return Patterns.load()


def _own(document: Mapping[str, Any], devices: Mapping[str, Device]) -> OwnPatterns:
    try:
        return OwnPatterns(document, devices, _built_in().names())
    except OwnPatternsError as error:
        raise ConfigError(f"settings.log_patterns.{error}") from error


def _device(name: str, target: Mapping[str, Any]) -> Device:
    where = f"targets.{name}"
    only(target, ("address", "family", "labels", "platform", "timezone", "hosts"), where)
    labels = member(target, "labels", dict, where, {})
    only(labels, ("site", "role", "vendor", "platform", "team"), f"{where}.labels")
    timezone = member(target, "timezone", str, where, "UTC")
    try:
        _zone(timezone)
    except ValueError as error:
        raise ConfigError(f"{where}.timezone: {error}") from None
    return Device(
        name,
        site=typed(labels.get("site", ""), str, f"{where}.labels.site"),
        role=typed(labels.get("role", ""), str, f"{where}.labels.role"),
        platform=member(target, "platform", str, where, ""),
        timezone=timezone,
    )


@lru_cache(512)
def _zone(name: str) -> Zone:
    return Zone(name)


def _directory(document: Document, devices: Mapping[str, Device], relays: tuple[str, ...]) -> Directory:
    addresses: dict[str, Device] = {}
    names: dict[str, Device] = {}
    for name, target in document.targets.items():
        where = f"targets.{name}"
        names[name] = devices[name]
        if "address" in target:
            text = typed(target["address"], str, f"{where}.address")
            if not literal(text):  # a host name: looked up; behind a relay the name in its messages tells, too
                names[text] = devices[name]
                continue
            address = _address(text, f"{where}.address")
            if address in addresses:
                raise ConfigError(
                    f"{where}.address: {address} is {addresses[address].name}'s too; one device an address"
                )
            addresses[address] = devices[name]
    for name, target in document.targets.items():
        for host in member(target, "hosts", list, f"targets.{name}", []):
            names[typed(host, str, f"targets.{name}.hosts")] = devices[name]
    return Directory(addresses, names=names, relays=relays)


def _asked(target: Mapping[str, Any], name: str) -> Asked | None:
    """Returns the name that a device's address is, with the family that counts; None for an address."""
    family = member(target, "family", int, f"targets.{name}", 0)
    if family and family not in _FAMILIES:
        raise ConfigError(f"targets.{name}.family: must be 4 or 6")
    address = target.get("address")
    return (address, int(_FAMILIES.get(family, 0))) if address and not literal(address) else None


def _address(value: object, where: str) -> str:
    text = typed(value, str, where)
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        raise ConfigError(
            f'{where}: "{text}" is no IP address; messages are told by the address they come from'
        ) from None
