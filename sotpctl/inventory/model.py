"""The inventory as everything else uses it: resolved, frozen, every device complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from sotpctl.inventory.alerting import Receiver, Weekly
from sotpctl.inventory.auths import SnmpCommunity, SnmpUser, SshAuth
from sotpctl.inventory.log_model import LogPattern, Logs
from sotpctl.inventory.rule_source import OwnRules
from sotpctl.inventory.secrets import SecretRef

AnyAuth = SnmpCommunity | SnmpUser | SshAuth
Levels = Mapping[str, float]  # severity → value
Thresholds = Mapping[str, Levels]  # metric → levels; ratios 0 to 1, seconds, °C

NO_THRESHOLDS: Thresholds = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Icmp:
    """How a device is pinged; seconds."""

    interval: float = 6.0
    timeout: float = 1.0


@dataclass(frozen=True, slots=True)
class Snmp:
    """How a device is polled; seconds. `auth` is a key of the inventory's auths.

    Attributes:
        ignore_interfaces: By names (patterns), types (ifType) and states, those that have no series.
    """

    auth: str
    port: int = 161
    poll_interval: float = 60.0
    modules: tuple[str, ...] = ()
    ignore_interfaces: Mapping[str, tuple[str | int, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Ssh:
    """How a device is logged in to. `auth` is a key of the inventory's auths."""

    auth: str
    port: int = 22


@dataclass(frozen=True, slots=True)
class Interface:
    """What is special about one interface."""

    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Device:
    """One device with all that it inherits.

    Attributes:
        family: 4 or 6 where the inventory fixes it or the address is a literal, None where a name decides.
        parents: The enabled devices that it hangs on, the prober's own gateway (settings.prober) where it names none.
        interfaces: By canonical interface name.
    """

    name: str
    address: str
    family: Literal[4, 6] | None
    site: str
    role: str
    platform: str
    vendor: str
    team: str
    groups: tuple[str, ...]
    parents: tuple[str, ...]
    enabled: bool
    labels: Mapping[str, str]
    icmp: Icmp
    snmp: Snmp | None
    ssh: Ssh | None
    thresholds: Thresholds
    interfaces: Mapping[str, Interface]

    def identity(self) -> dict[str, str]:
        """Return the labels by which rules tell devices apart, beside `device`; empty ones are left out."""
        own = {
            "site": self.site,
            "role": self.role,
            "platform": self.platform,
            "vendor": self.vendor,
            "team": self.team,
        }
        return {name: value for name, value in own.items() if value}

    def series_labels(self) -> dict[str, str]:
        """Return the labels that a device's series carry beside `device`: its identity and the inventory's own."""
        return self.identity() | dict(self.labels)


@dataclass(frozen=True, slots=True)
class Site:
    """A place: `title` is its name for people, coordinates in degrees, an IANA time zone."""

    name: str
    title: str
    latitude: float | None
    longitude: float | None
    timezone: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cable; interface names in their canonical spelling."""

    device: str
    interface: str
    peer: str
    peer_interface: str


@dataclass(frozen=True, slots=True)
class Route:
    """Alerts whose labels have one of the values go to the receiver, and further if `continue_`.

    `active` and `mute` are names of time intervals.
    """

    match: Mapping[str, tuple[str, ...]]
    receiver: str
    continue_: bool = False
    active: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """Hours of the week by a zone's clock.

    Attributes:
        days: Numbers of weekdays, Monday is 0; on which each time begins.
        times: From and to as HH:MM; to is not after from where it is on the next day. Empty: all day.
    """

    days: tuple[int, ...]
    times: tuple[tuple[str, str], ...]
    timezone: str


@dataclass(frozen=True, slots=True)
class Watchdog:
    """The receiver that hears every `interval` seconds that alerting works."""

    receiver: str
    interval: float


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Planned work on devices that share a time zone; one that spans time zones is split, under the same name.

    Either `start` and `end` (aware, UTC) or `weekly` (in `timezone`).
    """

    name: str
    devices: tuple[str, ...]
    timezone: str
    start: datetime | None = None
    end: datetime | None = None
    weekly: Weekly | None = None


@dataclass(frozen=True, slots=True)
class Alerting:
    """Who is told of what; `recovery_grace` in seconds. A time interval is several where it is written as a list."""

    receivers: Mapping[str, Receiver]
    routes: tuple[Route, ...]
    maintenance: tuple[Maintenance, ...]
    recovery_grace: float
    time_intervals: Mapping[str, tuple[TimeInterval, ...]] = field(default_factory=dict)
    watchdog: Watchdog | None = None
    log_patterns: tuple[LogPattern, ...] = ()
    logql: tuple[OwnRules, ...] = ()
    promql: tuple[OwnRules, ...] = ()


@dataclass(frozen=True, slots=True)
class Apply:
    """Where `apply` puts releases: an absolute path."""

    directory: Path


@dataclass(frozen=True, slots=True)
class Web:
    """How the exporters serve HTTP (`config_file`), and how a client reaches them; paths are absolute."""

    config_file: Path
    scheme: Literal["https", "http"]
    ca_file: Path | None
    server_name: str
    client_cert_file: Path | None
    client_key_file: Path | None
    username: str
    password: SecretRef | None


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """A file of SNMP modules, of the user's own.

    Attributes:
        name: Its path in the rendered tree, below `exporters/snmp`.
        content: What is rendered: the file without its auths.
        modules: The place of each module in it (`file:line`), by name.
    """

    name: str
    content: bytes = field(repr=False)
    modules: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What concerns SOTP as a whole.

    Attributes:
        retention: How long metrics are kept, as a canonical duration ("90d"; `durations.seconds` reads it).
        log_retention: Likewise for logs.
        endpoints: host:port of every engine and exporter, complete.
        web: None where the exporters serve plain HTTP for everybody.
        logs: Always there in a loaded inventory.
        module_files: In the order of the patterns that name them.
    """

    retention: str
    log_retention: str
    prober: str | None
    grafana_url: str
    runbook_url: str
    endpoints: Mapping[str, str]
    apply: Apply
    web: Web | None = None
    logs: Logs | None = None
    module_files: tuple[ModuleFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """The whole inventory; relative paths in it are relative to `root`. Mappings are sorted by name."""

    root: Path
    settings: Settings
    auths: Mapping[str, AnyAuth]
    sites: Mapping[str, Site]
    devices: Mapping[str, Device]
    links: tuple[Link, ...]
    alerting: Alerting
    _enabled: tuple[Device, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_enabled", tuple(device for device in self.devices.values() if device.enabled))

    def enabled(self) -> tuple[Device, ...]:
        """Return the enabled devices, in the order of their names."""
        return self._enabled
