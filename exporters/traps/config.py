"""`traps.json`, checked and resolved.

settings:
  auths        {NAME: {"version": "1|2c", "community"} or {"version": "3", "username", "auth_protocol", …}}
  listen       "0.0.0.0:10162", "[::]:10162" (IPv4, too)
  syslog       the shipper's TCP endpoint, "127.0.0.1:10514"; its `relays` must have the address that this comes from
  engine_id    5 to 32 bytes in hex: SNMPv3's of this receiver, which senders of informs may have to be told
  limits       {"rate", "burst": notifications a sender, "size": bytes, "buffer": messages}
targets:
  NAME         {"address", "family", "platform", "auth"}
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from exporters.kit.document import ConfigError, Document, member, only
from exporters.traps import credentials
from exporters.traps.credentials import Auth
from exporters.traps.fair import Limits
from exporters.traps.senders import Device

ENGINE_ID = bytes.fromhex("80007ed904") + b"sotp-traps"  # RFC 3411 §5: 32473 (RFC 5612), text

_SETTINGS = ("auths", "listen", "syslog", "engine_id", "limits")
_TARGET = ("address", "family", "platform", "auth")
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_LEAST_SIZE, _MOST_SIZE = 484, 65_507  # RFC 3417 §3; UDP


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file."""

    listen: tuple[str, int]
    syslog: tuple[str, int]
    engine_id: bytes
    limits: Limits
    auths: Mapping[str, Auth]
    devices: Mapping[str, Device]


def prepare(document: Document) -> Config:
    """Checks the file and reads its secrets.

    Raises:
        ConfigError: With the place, what is wrong and what would be right.
    """
    settings = document.settings
    only(settings, _SETTINGS, "settings")
    auths = credentials.resolve(member(settings, "auths", dict, "settings", {}))
    return Config(
        listen=_endpoint(member(settings, "listen", str, "settings", "0.0.0.0:10162"), "settings.listen"),
        syslog=_endpoint(member(settings, "syslog", str, "settings", "127.0.0.1:10514"), "settings.syslog"),
        engine_id=_engine_id(member(settings, "engine_id", str, "settings", ENGINE_ID.hex())),
        limits=_limits(member(settings, "limits", dict, "settings", {})),
        auths=auths,
        devices={name: _device(name, target, auths) for name, target in document.targets.items()},
    )


def _endpoint(text: str, where: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f'{where}: "{text}" is no HOST:PORT, such as 127.0.0.1:10162 or [::]:10162')
    return host.strip("[]"), int(port)


def _engine_id(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise ConfigError(f'settings.engine_id: "{text}" is no hex') from None
    if not 5 <= len(found) <= 32 or not any(found) or set(found) == {0xFF}:
        raise ConfigError("settings.engine_id: must be 5 to 32 bytes, not all 00 or ff (RFC 3411)")
    return found


def _limits(holder: Mapping[str, Any]) -> Limits:
    where = "settings.limits"
    kinds = {one.name: float if one.name in {"rate", "burst"} else int for one in fields(Limits)}
    only(holder, kinds, where)
    values: dict[str, Any] = {name: member(holder, name, kinds[name], where) for name in holder}
    for name, value in values.items():
        if value < 1:
            raise ConfigError(f"{where}.{name}: is {value:g}, must be 1 or more")
    if not _LEAST_SIZE <= values.get("size", _LEAST_SIZE) <= _MOST_SIZE:
        raise ConfigError(f"{where}.size: is {values['size']}, must be {_LEAST_SIZE} to {_MOST_SIZE} (bytes)")
    return Limits(**values)


def _device(name: str, target: Mapping[str, Any], auths: Mapping[str, Auth]) -> Device:
    where = f"targets.{name}"
    only(target, _TARGET, where)
    address = member(target, "address", str, where)
    if not address or address != address.strip():
        raise ConfigError(f'{where}.address: "{address}" is neither an IP address nor a host name')
    family = member(target, "family", int, where, 0)
    if family and family not in _FAMILIES:
        raise ConfigError(f"{where}.family: must be 4 or 6")
    auth = member(target, "auth", str, where)
    if auth not in auths:
        raise ConfigError(f'{where}.auth: no auth is called "{auth}"; there are {", ".join(sorted(auths))}')
    return Device(name, address, int(_FAMILIES.get(family, 0)), member(target, "platform", str, where, ""), auth)
