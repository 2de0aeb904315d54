"""What a device answers, as people read it and as JSON. Pure. No text holds what a terminal would obey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from exporters.snmp import ber, oid, pdu
from exporters.snmp.modules import hints
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import IpAddress, Value
from sotpctl.inventory.problems import printable
from sotpctl.snmp.names import Names, Object

TYPES = {
    ber.INTEGER: "INTEGER",
    ber.OCTET_STRING: "STRING",
    ber.OBJECT_IDENTIFIER: "OID",
    pdu.IP_ADDRESS: "IpAddress",
    pdu.COUNTER32: "Counter32",
    pdu.GAUGE32: "Gauge32",
    pdu.TIME_TICKS: "TimeTicks",
    pdu.OPAQUE: "Opaque",
    pdu.COUNTER64: "Counter64",
    pdu.UINTEGER32: "UInteger32",
}
_MAC = 6  # bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One instance that a device has.

    Attributes:
        oid: Of the instance.
        name: `ifHCInOctets.1`, or the OID's numbers.
        type: SMI's name of the value's type.
        value: A number, or text; octets that are no text as `0x…`.
        text: The value as people read it: `up (1)`, `12d 3:04:05`.
    """

    oid: Oid
    name: str
    type: str
    value: int | float | str
    text: str

    def line(self) -> str:
        """Return it as a line."""
        return f"{self.name} = {self.type}: {self.text}".rstrip()

    def json(self) -> dict[str, object]:
        """Return it as `--output json` has it."""
        return {
            "oid": oid.text(self.oid),
            "name": self.name,
            "type": self.type,
            "value": self.value,
            "text": self.text,
        }


def row(names: Names, instance: Oid, tag: int, value: Value) -> Row:
    """Return an instance as it is shown."""
    name, known = names.describe(instance)
    kind = TYPES.get(tag, f"tag {tag:#04x}")
    if isinstance(value, IpAddress):
        address = ".".join(map(str, value)) if len(value) == 4 else value.hex(":")
        return Row(instance, name, kind, address, address)
    if isinstance(value, bytes):
        return Row(instance, name, kind, *_octets(value, known))
    if isinstance(value, tuple):
        dotted = oid.text(value)
        word = names.word(value)
        return Row(instance, name, kind, dotted, f"{dotted} ({word})" if word else dotted)
    if value is None:
        return Row(instance, name, kind, "", "")
    return Row(instance, name, kind, value, _number(value, tag, known))


def duration(ticks: float) -> str:
    """Return hundredths of a second as `12d 3:04:05.06`."""
    seconds, hundredths = divmod(int(ticks), 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours}:{minutes:02}:{seconds:02}.{hundredths:02}"


def _number(value: float, tag: int, known: Object | None) -> str:
    if tag == pdu.TIME_TICKS:
        return f"{duration(value)} ({value})"
    word = known.words.get(int(value)) if known else None
    return f"{word} ({value})" if word else str(value)


def _octets(value: bytes, known: Object | None) -> tuple[str, str]:
    """The value for JSON, and for people."""
    form = known.form if known else ""
    hexadecimal = f"0x{value.hex()}" if value else ""
    if form == "date":
        seconds = hints.date_and_time(value)
        if seconds is not None:
            moment = _moment(seconds)
            return moment or hexadecimal, moment or hexadecimal
    if form == "mac" and len(value) == _MAC:
        return value.hex(":"), value.hex(":")
    if form != "hex":
        text = _text(value)
        if text is not None:
            return text, printable(text)
        if len(value) == _MAC:
            return value.hex(":"), value.hex(":")
    return hexadecimal, hexadecimal


def _text(value: bytes) -> str | None:
    """The text that octets are; None where they are none."""
    try:
        text = value.removesuffix(b"\0").decode()
    except UnicodeDecodeError:
        return None
    return text if all(one.isprintable() or one in "\t\r\n" for one in text) else None


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""
