"""Values and indexes as label values, byte for byte as snmp_exporter writes them. Pure.

Source: `collector.go`, `pduValueAsString` and `indexOidsAsString`.
"""

import re
import struct

from exporters.snmp import oid
from exporters.snmp.modules import hints
from exporters.snmp.modules.model import COMBINED, Index
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import IpAddress, Value

_INVALID = re.compile("[\udc80-\udcff]+")
_NUMBERS = frozenset({"Integer32", "Integer", "gauge", "counter"})


def valid(data: bytes) -> str:
    """Returns octets as text; each run of bytes that are no UTF-8 becomes one U+FFFD (Go's ToValidUTF8)."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _INVALID.sub("\ufffd", data.decode(errors="surrogateescape"))


def value_text(value: Value, kind: str, hint: str = "") -> str:
    """Returns a value as a label has it.

    Args:
        value: As the engine decodes it.
        kind: The type that snmp.yml gives it; what the device sent decides first.
        hint: Its DISPLAY-HINT.
    """
    if isinstance(value, IpAddress):
        return ".".join(map(str, value)) if len(value) == 4 else value_text(bytes(value), "InetAddressIPv6")
    if isinstance(value, bytes):
        return _octets(value, kind, hint)
    if isinstance(value, tuple):
        return oid.text(value)
    if isinstance(value, float):
        return _float(value)
    return "" if value is None else str(value)


def _octets(value: bytes, kind: str, hint: str) -> str:
    if hint and kind in {"", "OctetString"}:
        shown = hints.display(hint, value)
        if shown is not None:
            return valid(shown)
    if kind == "DisplayString":
        return valid(value)
    if kind in {"", "Bits", "OctetString", "IpAddr"}:
        return f"0x{value.hex().upper()}" if value else ""
    return valid(arcs_text(tuple(value), kind)[0])


def _float(value: float) -> str:
    """The shortest digits that mean it, without an exponent; those of a single where it is one."""
    digits = repr(value)
    try:
        if struct.unpack(">f", struct.pack(">f", value))[0] == value:
            for count in range(1, 10):
                digits = f"{value:.{count}g}"
                if struct.pack(">f", float(digits)) == struct.pack(">f", value):
                    break
    except OverflowError:
        pass
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124  # only NaN differs
        return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}[repr(value)]
    if "e" not in digits:
        return digits.removesuffix(".0")
    plain = f"{float(digits):.350f}".rstrip("0").removesuffix(".")
    return plain if abs(value) < 1 else str(int(float(digits)))


def index_text(arcs: Oid, index: Index) -> tuple[bytes, Oid, Oid]:
    """Returns an index part's text, the arcs that it took and those that are left.

    Agents leave out zeros at an index's end: what is missing counts as 0.
    """
    return arcs_text(arcs, index.type, index)


_NO_INDEX = Index("", "")


def arcs_text(arcs: Oid, kind: str, index: Index = _NO_INDEX) -> tuple[bytes, Oid, Oid]:  # noqa: PLR0911  # a case a type
    """As `index_text`, with the type by itself."""
    if kind in _NUMBERS:
        head, rest = _split(arcs, 1)
        return b"%d" % head[0], head, rest
    if kind in COMBINED:
        return _combined(arcs, kind, index)
    if kind == "EnumAsInfo":
        head, rest = _split(arcs, 1)
        return index.enum.get(head[0], str(head[0])).encode(), head, rest
    if kind == "PhysAddress48":
        head, rest = _split(arcs, 6)
        return ":".join([f"{arc:02X}" for arc in head]).encode(), head, rest
    if kind == "InetAddressIPv4":
        head, rest = _split(arcs, 4)
        return ".".join(map(str, head)).encode(), head, rest
    if kind == "InetAddressIPv6":
        head, rest = _split(arcs, 16)
        parts = [f"{arc:02X}" for arc in head]
        return ":".join([parts[at] + parts[at + 1] for at in range(0, 16, 2)]).encode(), head, rest
    return _string(arcs, kind, size=index.size, implied=index.implied)


def _split(arcs: Oid, count: int) -> tuple[Oid, Oid]:
    if len(arcs) >= count:
        return arcs[:count], arcs[count:]
    return arcs + (0,) * (count - len(arcs)), ()


def _string(arcs: Oid, kind: str, *, size: int, implied: bool) -> tuple[bytes, Oid, Oid]:
    head: Oid = ()
    length = len(arcs) if implied else size
    if not length:
        head, arcs = _split(arcs, 1)
        length = min(head[0], oid.MAX_ARCS)  # more than an OID has is a length that lies
    content, rest = _split(arcs, length)
    data = bytes([arc & 0xFF for arc in content])
    if kind == "OctetString":
        data = b"0x" + data.hex().upper().encode() if data else b""
    return data, head + content, rest


def _combined(arcs: Oid, kind: str, index: Index) -> tuple[bytes, Oid, Oid]:
    """An index whose first arc says what the others are."""
    bare = kind == "InetAddressMissingSize"
    head, rest = _split(arcs, 1 if bare else 2)
    found = COMBINED[kind].get(head[0])
    if found:
        text, used, left = arcs_text(rest, found, Index("", found, enum=index.enum))
        return text, head + used, left
    if bare:
        return _string(arcs, "OctetString", size=0, implied=True)
    return _string(arcs, "OctetString", size=min(head[1], oid.MAX_ARCS) + 2, implied=False)
