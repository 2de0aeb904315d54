"""Logs in the resolved inventory: where they come in and go, and which messages are alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sotpctl.inventory.secrets import SecretRef


@dataclass(frozen=True, slots=True)
class LogPattern:
    """Messages that are an alert.

    Attributes:
        name: The event's: small letters, digits, underscores.
        match: A regular expression that is searched in a message's line.
        devices: On which it is looked for, None for every one.
        hold: Seconds that it must go on before it is told (`for`).
    """

    name: str
    match: str
    devices: tuple[str, ...] | None
    severity: str
    hold: float

    @property
    def alertname(self) -> str:
        """The alert's name: `vpn_lost` is `VpnLost`."""
        return alert_name(self.name)


def alert_name(event: str) -> str:
    """Return what the alert of an event is called."""
    return "".join(part[:1].upper() + part[1:] for part in event.split("_"))


@dataclass(frozen=True, slots=True)
class LogStore:
    """Where logs are pushed to.

    Attributes:
        url: The store's address, without the path of Loki's push API.
        username, password: Of basic auth; "" and None for none.
    """

    url: str
    tenant: str = ""
    username: str = ""
    password: SecretRef | None = None
    token: SecretRef | None = None
    ca_file: Path | None = None
    client_cert_file: Path | None = None
    client_key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class LogTls:
    """The certificate for devices that send logs by TLS."""

    cert_file: Path
    key_file: Path
    client_ca_file: Path | None
    client_auth: str


@dataclass(frozen=True, slots=True)
class Logs:
    """How logs come in and where they go.

    Attributes:
        listen: host:port by transport: udp, tcp, tls.
        traps: host:port of the receiver of SNMP traps, "" where it is off.
        unknown_senders: "accept" or "refuse".
        relays: Addresses whose messages are told by the host name in them.
        spool_bytes, spool_policy: What waits on the disk while the store is away.
    """

    store: LogStore
    listen: Mapping[str, str]
    traps: str
    tls: LogTls | None
    unknown_senders: str
    relays: tuple[str, ...]
    spool_bytes: int
    spool_policy: str
