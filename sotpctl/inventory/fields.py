"""The field types that the document's models share: text, names, durations, ratios, references to secrets.

Validators raise ValueError, never TypeError, because pydantic collects those; their words are what the user reads.
"""

from __future__ import annotations

import math
import re
import socket
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, Strict, StringConstraints

from exporters.kit.if_types import IF_TYPES, MOST_TYPE
from sotpctl.inventory import durations
from sotpctl.inventory.problems import did_you_mean
from sotpctl.inventory.secrets import SecretRef
from sotpctl.inventory.yaml_source import Trap

DEVICE_NAME = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
NAME = r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$"
EVENT_NAME = r"^[a-z][a-z0-9_]{0,62}$"
LABEL_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
# Control characters, marks and overrides of direction, line separators: what makes a text read otherwise than it is.
_HIDDEN = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
NOT_EMPTY = rf"^[^{_HIDDEN}]*[^\s{_HIDDEN}][^{_HIDDEN}]*$"

PATTERNS = {
    DEVICE_NAME: "no name for a device: 1 to 63 letters, digits and hyphens, first and last no hyphen, as in DNS",
    NAME: "no name: 1 to 63 letters, digits, hyphens, underscores and dots, first and last a letter or digit",
    EVENT_NAME: "no name for an event: 1 to 63 small letters, digits and underscores, first a letter, like vpn_lost",
    LABEL_NAME: "no name for a Prometheus label: letters, digits and underscores, first no digit",
    NOT_EMPTY: "must not be empty",
}

# The labels that SOTP's own series, targets and alerts carry (docs: metrics); a custom label would collide with them.
# fmt: off
RESERVED_LABELS = frozenset({
    "job", "instance", "device", "site", "role", "platform", "vendor", "team", "severity", "level", "alertname",
    "alertstate", "escalation", "ifName", "le", "ifIndex", "ifDescr", "ifAlias", "parent", "code", "module",
    "reason", "command", "sensor", "cpu", "pool", "fan", "supply", "type", "unit", "metric", "replica",
    "neighbor", "neighbor_ifName", "protocol", "peer", "peer_ifName", "hardware", "software", "serial",
    "sys_name", "event", "trap", "transport", "result", "commit", "exporter", "revision", "version", "quantile",
    "last_maintenance",
})
# fmt: on


def say_hidden(value: str) -> str:
    """Say what is wrong with a text that NOT_EMPTY refuses."""
    hidden = re.search(f"[{_HIDDEN}]", value)
    if hidden is None:
        return PATTERNS[NOT_EMPTY]
    return f"U+{ord(hidden.group()):04X} in it is a control character or can't be seen: remove it"


Text = Annotated[str, Strict(), StringConstraints(pattern=NOT_EMPTY, max_length=1000)]
Flag = Annotated[bool, Strict()]
Port = Annotated[int, Strict(), Field(ge=1, le=65535)]
Name = Annotated[str, Strict(), StringConstraints(pattern=NAME)]
DeviceName = Annotated[str, Strict(), StringConstraints(pattern=DEVICE_NAME)]


class WrongTypeError(ValueError):
    """A value of another type than `wanted`; `quote` where quoting it is what would be right."""

    def __init__(self, wanted: str, value: object, *, quote: bool = False) -> None:
        super().__init__(wanted)
        self.wanted, self.value, self.quote = wanted, value, quote


def say_type(value: object, text: str | None, *, quote: bool = False) -> str:
    """Say what a value is that is of the wrong type.

    Args:
        value: The value as read.
        text: The value as written, None where that is not known.
        quote: Text is wanted: add the hint to quote it.
    """
    if value is None:
        return "nothing is given"
    if isinstance(value, str):
        return "this is text"
    if isinstance(value, (list, dict)):
        return "this is a list" if isinstance(value, list) else "this is a mapping"
    if isinstance(value, Trap):
        said, text = f"YAML reads {value.text} as {value.reading}", value.text
    elif isinstance(value, bool):
        said = f"YAML reads {text} as {str(value).lower()}" if text else "this is a truth value"
    else:
        said = f"{text or value} is a number"
    return f'{said}; quote it: "{text}"' if quote and text else said


def _interface_type(value: object) -> int | str:
    if isinstance(value, str):
        if value not in IF_TYPES:
            near = did_you_mean(value, IF_TYPES)
            raise ValueError(
                f'no type of interfaces is called "{value}"{near or "; give its number in IANAifType-MIB"}'
            )
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongTypeError("a type of interfaces, like softwareLoopback, or its number", value)
    if not 1 <= value <= MOST_TYPE:
        raise ValueError(f"{value} is no type of interfaces: from 1 to {MOST_TYPE}")
    return value


InterfaceType = Annotated[int | str, PlainValidator(_interface_type, json_schema_input_type=int | str)]


def duration(least: str, most: str) -> PlainValidator:
    """Return what makes `Annotated[float, …]` a duration in seconds between two bounds."""
    low, high = durations.seconds(least), durations.seconds(most)

    def read(value: object) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            shapes = "as in 500ms, 6s, 1m30s, 90d"
            raise ValueError(f"a duration needs its unit: {value:g}s if seconds are meant; {shapes}")  # noqa: TRY004 as above
        if not isinstance(value, str):
            raise WrongTypeError("a duration like 500ms, 6s, 1m30s or 90d", value)
        got = durations.seconds(value)
        if not low <= got <= high:
            raise ValueError(f"{value} is out of range: from {least} to {most}")
        return got

    return PlainValidator(read, json_schema_input_type=str)


def _ratio(value: object) -> float:
    if isinstance(value, str):
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?%", value):
            raise ValueError(f'"{value}" is no share: write it like 80% or 0.8')
        got = float(value[:-1]) / 100
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        got = float(value)
        if got > 1:
            raise ValueError(f"must be a share: {value:g}% or {value / 100:g}, not {value:g}")
    else:
        raise WrongTypeError("a share like 80% or 0.8", value)
    if not 0 <= got <= 1:
        raise ValueError("is out of range: from 0% to 100%")
    return round(got, 6)


Ratio = Annotated[float, PlainValidator(_ratio, json_schema_input_type=str | float)]


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise WrongTypeError("a number", value)
    return float(value)


Number = Annotated[float, PlainValidator(_number, json_schema_input_type=float)]

_ENVIRONMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_SHAPE = "write where it is, {env: NAME} or {file: PATH}"  # noqa: S105 no secret


def _secret(value: object) -> SecretRef:
    if not isinstance(value, dict):
        raise ValueError(f"a secret never stands in the inventory: {_SECRET_SHAPE}")  # noqa: TRY004 as above
    unknown = next((key for key in value if key not in {"env", "file", "vault"}), None)
    if unknown is not None:
        hint = did_you_mean(unknown, ("env", "file"))
        # Only what looks like one of them is a key; all else may be the secret, in braces.
        said = f'unknown key "{unknown}"{hint}' if "did you mean" in hint else f"this is no reference: {_SECRET_SHAPE}"
        raise ValueError(said)
    if len(value) != 1:
        raise ValueError(f"a secret has one place: {_SECRET_SHAPE}")
    ((kind, place),) = value.items()
    if not isinstance(place, str) or not place.strip() or not place.isprintable():
        raise ValueError(f"{kind} must be text; {_SECRET_SHAPE}")
    if kind == "vault":
        raise ValueError("vault is not supported yet: use env or file")
    if kind == "env" and not _ENVIRONMENT.fullmatch(place):
        raise ValueError("env takes the name of an environment variable (letters, digits, underscores), not a value")
    return SecretRef(**{kind: place})


Secret = Annotated[SecretRef, PlainValidator(_secret, json_schema_input_type=dict[str, str])]


_ALONE = "write the address alone"


def packed(address: str) -> bytes | None:
    """Return an IPv4 or IPv6 address as its 4 or 16 bytes, None when the text is neither."""
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    except (OSError, ValueError):
        return None


_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.(?!-)[A-Za-z0-9_-]{1,63})*\.?")
_NO_UNICAST: tuple[Callable[[bytes], bool], ...] = (
    lambda raw: not any(raw),
    lambda raw: len(raw) == 4 and raw[0] >= 224,
    lambda raw: len(raw) == 16 and raw[0] == 0xFF,
)


def _address(value: str) -> str:
    raw = packed(value)
    if raw is not None:
        if any(test(raw) for test in _NO_UNICAST):
            raise ValueError(f"{value} is not the address of one device (unspecified, multicast or reserved)")
        return value
    if "/" in value and packed(value.partition("/")[0]) is not None:
        raise ValueError(f"{value} is a network: write the device's address, {value.partition('/')[0]}")
    last = value.rstrip(".").rpartition(".")[2]
    if "@" in value:
        raise ValueError(f"holds a user: {_ALONE}, like 192.0.2.1; who logs in is said by an auth")
    if len(value) > 253 or not _HOST.fullmatch(value) or last.isdigit():
        raise ValueError(f'"{value}" is no IPv4 address, no IPv6 address and no host name')
    return value


Address = Annotated[str, Strict(), AfterValidator(_address)]


def _label(value: str) -> str:
    if value.startswith(("__", "exported_")):
        raise ValueError(f"labels that start with __ or exported_ are Prometheus's own; call {value} something else")
    if value in RESERVED_LABELS:
        raise ValueError(f"the label {value} is SOTP's own; call it something else, like my_{value}")
    return value


LabelName = Annotated[str, Strict(), StringConstraints(pattern=LABEL_NAME), AfterValidator(_label)]


def _host_port(value: str) -> str:
    if "@" in value:
        raise ValueError(f"holds a user: {_ALONE}, like mail.example.net:25")
    host, _, port = value.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    good_host = packed(bare) is not None if ":" in host or bare != host else bool(_HOST.fullmatch(host))
    if not good_host or (":" in host and bare == host) or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f'"{value}" is no host:port: write it like 127.0.0.1:9090, host.example.net:25 or [::1]:9090')
    return value


HostPort = Annotated[str, Strict(), AfterValidator(_host_port)]


def _url(value: str) -> str:
    match = re.fullmatch(r"https?://([^/\s?#]+)([/?#]\S*)?", value)
    if match is None or not value.isprintable():
        raise ValueError("is no URL: write it like https://host.example.net/path")
    if "@" in match.group(1):
        raise ValueError("holds credentials, which never stand in the inventory: write {env: NAME} or {file: PATH}")
    return value


Url = Annotated[str, Strict(), AfterValidator(_url)]


def _secret_or_url(value: object) -> SecretRef | str:
    return _url(value) if isinstance(value, str) else _secret(value)


SecretOrUrl = Annotated[SecretRef | str, PlainValidator(_secret_or_url, json_schema_input_type=str | dict[str, str])]
