"""What a device's values mean as numbers and as text, and the closures that read them. Pure.

Everything a profile says is compiled, once, into closures of `(columns, index)`: `columns` holds, by slot, what was
read of each object (index to value), and `index` is the row. A closure gives None where the device gave nothing.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping

from exporters.snmp.oid import Oid
from exporters.snmp.oid import text as oid_text
from exporters.snmp.pdu import Value

Index = Oid
Column = Mapping[Index, Value]
Columns = list[Column]
Number = Callable[[Columns, Index], float | None]
Raw = Callable[[Columns, Index], Value | None]
Text = Callable[[Columns, Index], str]

_NUMBER = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)")
_ENDS = b" \t\r\n\0"
_MAC = 6  # bytes


def number_of(value: Value | None) -> float | None:
    """Returns a value as a number; text is read as far as it is one ("41.5 C" is 41.5)."""
    if isinstance(value, int | float):
        return value
    if isinstance(value, bytes):
        found = _NUMBER.match(value.decode("ascii", "replace"))
        return None if found is None else float(found[1])
    return None


def text_of(value: Value | None) -> str:
    """Returns a value as people read it: text where the bytes are text, else their hexadecimal digits."""
    if isinstance(value, bytes):
        stripped = value.strip(_ENDS)
        try:
            text = stripped.decode()
        except UnicodeDecodeError:
            if len(value) == _MAC:
                return value.hex(":")
            text = stripped.decode("latin-1")
        text = " ".join(text.split())
        return text if text.isprintable() else value.hex(":")
    if value is None:
        return ""
    return oid_text(value) if isinstance(value, tuple) else str(value)


def as_text(text: str) -> str:
    """Returns the number of an autonomous system, which has 32 bits, where a MIB of 16 bits made it negative."""
    return str(int(text) + 2**32) if text.startswith("-") and text[1:].isdigit() else text


def index_of(value: Value | None) -> Index | None:
    """Returns the row that a value points at: a number is one arc, an OID its arcs, bytes an arc each."""
    if isinstance(value, int):
        return (value,) if value >= 0 else None
    return tuple(value) if isinstance(value, bytes | tuple) else None


def ip_text(value: Value | None) -> str:
    """Returns an address from its bytes or its arcs; a length or a type and a length may stand in front (RFC 4001)."""
    arcs = index_of(value)
    if arcs is None:
        return ""
    for skip in (0, 1, 2):
        rest = arcs[skip:]
        if skip and (not rest or arcs[skip - 1] != len(rest)):
            continue
        size = {4: 4, 8: 4, 16: 16, 20: 16}.get(len(rest))  # 8 and 20: a zone follows
        if size is not None and max(rest) < 256:
            return str(ipaddress.ip_address(bytes(rest[:size])))
    return text_of(value)


def mac_text(value: Value | None) -> str:
    """Returns a hardware address, two digits a byte; whatever has no six bytes stays text."""
    if isinstance(value, tuple) and len(value) == 6 and max(value) < 256:
        value = bytes(value)
    return value.hex(":") if isinstance(value, bytes) and len(value) == 6 else text_of(value)
