"""What a module of snmp.yml says, checked and typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from exporters.snmp.oid import Oid

DEFAULT_REPETITIONS = 25

INDEX_TYPES = frozenset(
    {
        "Integer32",
        "Integer",
        "gauge",
        "counter",
        "PhysAddress48",
        "OctetString",
        "DisplayString",
        "InetAddressIPv4",
        "InetAddressIPv6",
        "InetAddress",
        "InetAddressMissingSize",
        "LldpPortId",
        "EnumAsInfo",
    }
)
STRING_TYPES = INDEX_TYPES - {"EnumAsInfo", "gauge", "counter"} | {"IpAddr"}
METRIC_TYPES = STRING_TYPES | {
    "gauge",
    "counter",
    "Float",
    "Double",
    "DateAndTime",
    "ParseDateAndTime",
    "NTPTimeStamp",
    "EnumAsInfo",
    "EnumAsStateSet",
    "Bits",
}
LOOKUP_TYPES = INDEX_TYPES | {"", "Bits", "IpAddr"}
# Types whose encoding another object says: the one before it in the MIB, or the arcs before it in an index.
COMBINED: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "InetAddress": {1: "InetAddressIPv4", 2: "InetAddressIPv6"},
        "InetAddressMissingSize": {1: "InetAddressIPv4", 2: "InetAddressIPv6"},
        "LldpPortId": {
            1: "DisplayString",
            2: "DisplayString",
            3: "PhysAddress48",
            5: "DisplayString",
            7: "DisplayString",
        },
    }
)


@dataclass(frozen=True, slots=True)
class Index:
    """A part of a table's index, and the label that it becomes.

    Attributes:
        label: The label's name.
        type: One of `INDEX_TYPES`.
        size: Arcs of a string of fixed size, else 0.
        implied: Whether a string takes all arcs that are left.
        enum: Names of numbers (EnumAsInfo).
    """

    label: str
    type: str
    size: int = 0
    implied: bool = False
    enum: Mapping[int, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Another column's value that becomes a label.

    Attributes:
        labels: The labels whose arcs lead to the row; none: the label is dropped.
        label: The label's name.
        oid: The column.
        type: How its values are written.
        hint: Its DISPLAY-HINT.
        enum: Names of its numbers (EnumAsInfo).
    """

    labels: tuple[str, ...]
    label: str
    oid: Oid = ()
    type: str = ""
    hint: str = ""
    enum: Mapping[int, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Extract:
    """A number taken out of a string.

    Attributes:
        regex: Must match the whole string.
        parts: The template: text, or the group's number or name that stands there.
    """

    regex: re.Pattern[str]
    parts: tuple[str | int | tuple[str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A column (or a scalar) and the metric that it becomes; its meaning is `collector.go`'s `pduToSamples`."""

    name: str
    oid: Oid
    type: str
    help: str
    indexes: tuple[Index, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    extracts: tuple[tuple[str, tuple[Extract, ...]], ...] = ()
    pattern: str = ""
    enum: Mapping[int, str] = field(default_factory=dict, hash=False)
    offset: float = 0.0
    scale: float = 0.0
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Reads `targets` only for the rows in which `oid` has a value that one of `values` is found in."""

    oid: Oid
    targets: tuple[Oid, ...]
    values: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A module.

    Attributes:
        name: Its key in the file.
        walk, get: What is read.
        metrics: What comes of it.
        filters: Applied before.
        repetitions: `max_repetitions`; None where the file leaves it to the exporter.
        retries, timeout: Likewise; `timeout` in seconds.
        any_source: `use_unconnected_udp_socket`.
        strict: Not `allow_nonincreasing_oids`.
    """

    name: str
    metrics: tuple[Metric, ...]
    walk: tuple[Oid, ...] = ()
    get: tuple[Oid, ...] = ()
    filters: tuple[Filter, ...] = ()
    repetitions: int | None = None
    retries: int | None = None
    timeout: float | None = None
    any_source: bool = False
    strict: bool = True
