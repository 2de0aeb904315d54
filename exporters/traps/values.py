"""A variable binding's value: what came, and its text. Pure."""

import ipaddress
from collections.abc import Mapping
from typing import NamedTuple

Oid = tuple[int, ...]

_LONGEST = 1024  # characters of a value in a message


class Ticks(int):
    """TimeTicks: hundredths of a second."""

    __slots__ = ()


Value = int | bytes | Oid | ipaddress.IPv4Address | None


class VarBind(NamedTuple):
    """One variable binding.

    Attributes:
        oid: The object's instance.
        value: None where the sender said nothing (NULL).
    """

    oid: Oid
    value: Value


def parse_oid(text: str) -> Oid:
    """Returns the OID of dotted text.

    Raises:
        ValueError: It is none.
    """
    arcs = text.removeprefix(".").split(".")
    if len(arcs) < 2 or not all(arc.isascii() and arc.isdigit() for arc in arcs):
        raise ValueError(f'"{text}" is no OID: numbers with dots between them, as 1.3.6.1.2.1.1')
    return tuple([int(arc) for arc in arcs])


def oid_text(oid: Oid) -> str:
    """Returns the dotted text."""
    return ".".join(map(str, oid))


def text(value: Value, names: Mapping[int, str] | None = None, form: str = "") -> str:
    """Returns a value as people read it.

    Args:
        value: What came.
        names: An enumeration's.
        form: How octets are meant: "address" (InetAddress), "date" (DateAndTime), "hex", or as they look.
    """
    if isinstance(value, Ticks):
        return _duration(value)
    if isinstance(value, int):
        return names.get(value, str(value)) if names else str(value)
    if isinstance(value, bytes):
        return _octets(value, form)[:_LONGEST]
    if isinstance(value, tuple):
        return oid_text(value)
    return "" if value is None else str(value)


def _octets(value: bytes, form: str) -> str:
    if form == "address" and len(value) in {4, 16}:
        return str(ipaddress.ip_address(value))
    if form == "date" and len(value) in {8, 11}:
        year = int.from_bytes(value[:2], "big")
        month, day, hour, minute, second, tenth = value[2:8]
        zone = f"{chr(value[8])}{value[9]:02d}:{value[10]:02d}" if len(value) == 11 and value[8] in b"+-" else ""
        return f"{year}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{tenth}{zone}"
    if form != "hex":
        try:
            decoded = value.rstrip(b"\0").decode()
        except UnicodeDecodeError:
            pass
        else:
            if all(character.isprintable() or character in "\t\r\n" for character in decoded):
                return " ".join(decoded.split())
    return value.hex(":")


def _duration(ticks: int) -> str:
    seconds, hundredths = divmod(ticks, 100)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return f"{f'{days}d ' if days else ''}{hour:02d}:{minute:02d}:{second:02d}.{hundredths:02d}"
