"""What defaults, sites, roles, groups and devices may say, each of them only in part: the layers of inheritance.

Layers are typed dictionaries, not models: which keys are given is what matters in a layer, `None` removes what an
earlier layer gave, and merging dictionaries is cheap.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from sotpctl.inventory.fields import (
    Address,
    DeviceName,
    Flag,
    InterfaceType,
    LabelName,
    Name,
    Number,
    Port,
    Ratio,
    Text,
    duration,
)

Interval = Annotated[float, duration("1s", "1h")]
Timeout = Annotated[float, duration("10ms", "1m")]
PollInterval = Annotated[float, duration("5s", "1d")]
RoundTrip = Annotated[float, duration("1ms", "1m")]


@with_config(extra="forbid")
class IcmpLayer(TypedDict, total=False):
    """How a device is pinged."""

    interval: Interval | None
    timeout: Timeout | None


@with_config(extra="forbid")
class IgnoreLayer(TypedDict, total=False):
    """Which interfaces have no series: those to which one of these applies."""

    names: tuple[Text, ...] | None
    types: tuple[InterfaceType, ...] | None
    states: tuple[Literal["adminDown", "notPresent"], ...] | None


@with_config(extra="forbid")
class SnmpLayer(TypedDict, total=False):
    """How a device is polled by SNMP."""

    auth: Name | None
    port: Port | None
    poll_interval: PollInterval | None
    modules: tuple[Name, ...] | None
    ignore_interfaces: IgnoreLayer | None


@with_config(extra="forbid")
class SshLayer(TypedDict, total=False):
    """How a device is logged in to."""

    auth: Name | None
    port: Port | None


@with_config(extra="forbid")
class RatioLevels(TypedDict, total=False):
    """A ratio (0 to 1) for each severity."""

    info: Ratio | None
    warning: Ratio | None
    critical: Ratio | None


@with_config(extra="forbid")
class NumberLevels(TypedDict, total=False):
    """A number for each severity."""

    info: Number | None
    warning: Number | None
    critical: Number | None


@with_config(extra="forbid")
class DurationLevels(TypedDict, total=False):
    """A duration in seconds for each severity."""

    info: RoundTrip | None
    warning: RoundTrip | None
    critical: RoundTrip | None


@with_config(extra="forbid")
class InterfaceThresholds(TypedDict, total=False):
    """Thresholds of one interface: utilization as a ratio of its speed, errors per second."""

    interface_utilization: RatioLevels | None
    interface_errors: NumberLevels | None


@with_config(extra="forbid")
class Thresholds(InterfaceThresholds, total=False):
    """Thresholds of a device.

    CPU, memory and loss are ratios, round-trip time and jitter seconds, the temperature °C, an optic's light dBm.
    """

    cpu: RatioLevels | None
    memory: RatioLevels | None
    icmp_loss: RatioLevels | None
    icmp_rtt: DurationLevels | None
    icmp_jitter: DurationLevels | None
    temperature: NumberLevels | None
    optic_power: NumberLevels | None


@with_config(extra="forbid")
class InterfaceLayer(TypedDict, total=False):
    """What is special about one interface."""

    thresholds: InterfaceThresholds | None


@with_config(extra="forbid")
class Layer(TypedDict, total=False):
    """What any layer may say."""

    platform: Name | None
    team: Name | None
    enabled: Flag | None
    labels: dict[LabelName, Text | None] | None
    icmp: IcmpLayer | None
    snmp: SnmpLayer | None
    ssh: SshLayer | None
    thresholds: Thresholds | None


@with_config(extra="forbid")
class SiteLayer(Layer, total=False):
    """A layer that is also a place; coordinates in degrees, the time zone by its IANA name."""

    name: Text | None
    latitude: Annotated[Number, Field(ge=-90, le=90)] | None
    longitude: Annotated[Number, Field(ge=-180, le=180)] | None
    timezone: Text | None


@with_config(extra="forbid")
class DeviceLayer(Layer, total=False):
    """A device: the last layer, and what only a device has. That the address is there is checked later."""

    address: Address
    family: Literal[4, 6] | None
    site: Name | None
    role: Name | None
    groups: tuple[Name, ...] | None
    parents: tuple[DeviceName, ...] | None
    interfaces: dict[Text, InterfaceLayer | None] | None
