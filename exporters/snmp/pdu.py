"""PDUs and variable bindings (RFC 3416 §3, RFC 1157 §4.1): Python values to bytes and back. Pure.

A value's Python type says what it is: `int` (every number, TimeTicks too), `bytes` (OCTET STRING, Opaque), `IpAddress`,
`tuple` (an OID), `float` (net-snmp's Opaque floats), `None` (NULL and the three exceptions). The tag says it exactly.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from exporters.snmp import ber, oid
from exporters.snmp.ber import INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING
from exporters.snmp.errors import MalformedError
from exporters.snmp.oid import Oid

IP_ADDRESS = 0x40
COUNTER32 = 0x41
GAUGE32 = 0x42
TIME_TICKS = 0x43
OPAQUE = 0x44
COUNTER64 = 0x46
UINTEGER32 = 0x47
NO_SUCH_OBJECT = 0x80
NO_SUCH_INSTANCE = 0x81
END_OF_MIB_VIEW = 0x82
EXCEPTIONS = frozenset({NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW})

GET = 0xA0
GETNEXT = 0xA1
RESPONSE = 0xA2
SET = 0xA3
TRAP_V1 = 0xA4
GETBULK = 0xA5
INFORM = 0xA6
TRAP = 0xA7
REPORT = 0xA8

NO_ERROR = 0
TOO_BIG = 1
NO_SUCH_NAME = 2
GEN_ERR = 5
NO_ACCESS = 6
AUTHORIZATION_ERROR = 16
ERRORS = (
    *("noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength"),
    *("wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed"),
    *("undoFailed", "authorizationError", "notWritable", "inconsistentName"),
)

_BITS = {COUNTER32: 32, GAUGE32: 32, TIME_TICKS: 32, UINTEGER32: 32, COUNTER64: 64}
_OPAQUE_FLOAT = b"\x9f\x78\x04"
_OPAQUE_DOUBLE = b"\x9f\x79\x08"
_IP_SIZES = frozenset({4, 16})  # the second against RFC 2578, by agents that put an IPv6 address there


class IpAddress(bytes):
    """An IpAddress: 4 bytes."""

    __slots__ = ()


Value = int | float | bytes | Oid | None


class VarBind(NamedTuple):
    """One variable binding.

    Attributes:
        oid: The object's instance.
        tag: Its type's BER tag.
        value: By the type, see the module.
    """

    oid: Oid
    tag: int
    value: Value


class Pdu(NamedTuple):
    """Any PDU but SNMPv1's trap.

    Attributes:
        kind: GET … REPORT.
        request_id: 32 bits, signed.
        error_status: Of a GETBULK: non-repeaters.
        error_index: Of a GETBULK: max-repetitions.
        varbinds: In order.
    """

    kind: int
    request_id: int
    error_status: int
    error_index: int
    varbinds: Sequence[VarBind]


class Response(NamedTuple):
    """A response PDU whose bindings haven't been read yet.

    Attributes:
        data: What the offsets are meant for.
        status: Its error status.
        position: Its error index: the number of a binding, from 1.
        at, end: Where its bindings stand.
    """

    data: bytes
    status: int
    position: int
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class TrapV1:
    """SNMPv1's trap (RFC 1157 §4.1.6); `stamp` is sysUpTime in hundredths of a second."""

    enterprise: Oid
    agent: IpAddress
    generic: int
    specific: int
    stamp: int
    varbinds: Sequence[VarBind]


def error_name(status: int) -> str:
    """Returns an error status's name in RFC 3416."""
    return ERRORS[status] if 0 <= status < len(ERRORS) else f"error status {status}"


# --- encoding


def encode_value(tag: int, value: Value) -> bytes:
    """Returns a value's tag, length and body.

    Raises:
        TypeError: The value's type doesn't go with the tag: a programming error.
    """
    match value:
        case None:
            return bytes((tag, 0))
        case float():
            kind, form = (_OPAQUE_FLOAT, ">f") if value == _as_single(value) else (_OPAQUE_DOUBLE, ">d")
            return ber.tlv(tag, kind + struct.pack(form, value))
        case int():
            return ber.integer(value, tag)
        case bytes():
            return ber.tlv(tag, value)
        case tuple():
            return ber.tlv(tag, oid.encode(value))
    raise TypeError(f"no value of SNMP: {type(value).__name__}")


def _as_single(value: float) -> float:
    try:
        return float(struct.unpack(">f", struct.pack(">f", value))[0])
    except OverflowError:
        return float("nan")


def encode_varbind(varbind: VarBind) -> bytes:
    """Returns one variable binding."""
    return ber.sequence(ber.tlv(OBJECT_IDENTIFIER, oid.encode(varbind.oid)), encode_value(varbind.tag, varbind.value))


def encode_request(kind: int, request_id: int, first: int, second: int, bodies: Iterable[bytes]) -> bytes:
    """Returns a PDU whose bindings have no value, from the encoded bodies of their OIDs.

    Args:
        kind: GET, GETNEXT or GETBULK.
        request_id: 31 bits.
        first: 0, or non-repeaters.
        second: 0, or max-repetitions.
        bodies: OIDs as `oid.encode` gives them.
    """
    parts = []
    for body in bodies:
        size = len(body)
        if size < 0x7C:
            parts.append(b"0%c\x06%c%b\x05\x00" % (size + 4, size, body))
        else:
            parts.append(ber.sequence(ber.tlv(OBJECT_IDENTIFIER, body), b"\x05\x00"))
    return _pdu(kind, request_id, first, second, b"".join(parts))


def encode(pdu: Pdu) -> bytes:
    """Returns a PDU's bytes."""
    bindings = b"".join(map(encode_varbind, pdu.varbinds))
    return _pdu(pdu.kind, pdu.request_id, pdu.error_status, pdu.error_index, bindings)


def _pdu(kind: int, request_id: int, first: int, second: int, bindings: bytes) -> bytes:
    fields = ber.integer(request_id) + ber.integer(first) + ber.integer(second)
    return ber.tlv(kind, fields + ber.tlv(ber.SEQUENCE, bindings))


def encode_trap_v1(trap: TrapV1) -> bytes:
    """Returns SNMPv1's trap PDU."""
    return ber.tlv(
        TRAP_V1,
        ber.tlv(OBJECT_IDENTIFIER, oid.encode(trap.enterprise))
        + ber.tlv(IP_ADDRESS, trap.agent)
        + ber.integer(trap.generic)
        + ber.integer(trap.specific)
        + ber.integer(trap.stamp, TIME_TICKS)
        + ber.sequence(*map(encode_varbind, trap.varbinds)),
    )


# --- decoding


def decode_value(tag: int, body: bytes) -> Value:  # noqa: PLR0911  # a case a type
    """Returns a value.

    Raises:
        MalformedError: The body doesn't go with the tag, or SNMP has no such tag.
    """
    if tag == OCTET_STRING:
        return body
    if tag == INTEGER:
        return ber.signed(body, 32)
    bits = _BITS.get(tag)
    if bits:
        return ber.unsigned(body, bits)
    if tag == OBJECT_IDENTIFIER:
        return oid.decode(body)
    if tag == IP_ADDRESS and len(body) in _IP_SIZES:
        return IpAddress(body)
    if tag == OPAQUE:
        return _opaque(body)
    if not body and (tag == NULL or tag in EXCEPTIONS):
        return None
    raise MalformedError(f"a value of {len(body)} bytes with tag {tag:#04x}")


def _opaque(body: bytes) -> Value:
    if body[:3] == _OPAQUE_FLOAT and len(body) == 7:
        return float(struct.unpack(">f", body[3:])[0])
    if body[:3] == _OPAQUE_DOUBLE and len(body) == 11:
        return float(struct.unpack(">d", body[3:])[0])
    return body


def read_varbind(data: bytes, at: int, end: int) -> tuple[bytes, int, bytes, int]:
    """Reads one variable binding's frame.

    Returns:
        The OID's body, the value's tag and body, and where it all ends.

    Raises:
        MalformedError: Lengths that don't fit one another.
    """
    start, stop = ber.expect(data, at, end, ber.SEQUENCE)
    name, value_at = ber.expect(data, start, stop, OBJECT_IDENTIFIER)
    tag, value, value_end = ber.read(data, value_at, stop)
    if value_end != stop:
        raise MalformedError("a variable binding with something behind its value")
    return data[name:value_at], tag, data[value:stop], stop


def read_head(data: bytes, at: int, end: int) -> tuple[int, int, int, int, int, int]:
    """Reads a PDU up to its bindings.

    Returns:
        Kind, request id, error status, error index, and where the bindings start and end.

    Raises:
        MalformedError: It is no PDU of that shape.
    """
    kind, at, stop = ber.read(data, at, end)
    if kind == TRAP_V1 or not GET <= kind <= REPORT:
        raise MalformedError(f"no PDU: tag {kind:#04x}")
    request_id, at = ber.read_integer(data, at, stop)
    status, at = ber.read_integer(data, at, stop)
    index, at = ber.read_integer(data, at, stop)
    start, last = ber.expect(data, at, stop, ber.SEQUENCE)
    if last != stop:
        raise MalformedError("a PDU with something behind its bindings")
    return kind, request_id, status, index, start, last


def read_varbinds(data: bytes, at: int, end: int) -> list[VarBind]:
    """Returns all bindings from `at` to `end`.

    Raises:
        MalformedError: One of them is broken.
    """
    found = []
    while at < end:
        name, tag, value, at = read_varbind(data, at, end)
        found.append(VarBind(oid.decode(name), tag, decode_value(tag, value)))
    return found


def decode(data: bytes, at: int = 0, end: int | None = None) -> Pdu:
    """Returns the PDU that stands from `at` to `end`.

    Raises:
        MalformedError: It is none, or SNMPv1's trap (`decode_trap_v1`).
    """
    kind, request_id, status, index, start, stop = read_head(data, at, len(data) if end is None else end)
    return Pdu(kind, request_id, status, index, read_varbinds(data, start, stop))


def decode_trap_v1(data: bytes, at: int = 0, end: int | None = None) -> TrapV1:
    """Returns SNMPv1's trap.

    Raises:
        MalformedError: It is none.
    """
    at, stop = ber.expect(data, at, len(data) if end is None else end, TRAP_V1)
    start, at = ber.expect(data, at, stop, OBJECT_IDENTIFIER)
    enterprise = oid.decode(data[start:at])
    start, at = ber.expect(data, at, stop, IP_ADDRESS)
    agent = IpAddress(data[start:at])
    generic, at = ber.read_integer(data, at, stop)
    specific, at = ber.read_integer(data, at, stop)
    start, at = ber.expect(data, at, stop, TIME_TICKS)
    stamp = ber.unsigned(data[start:at], 32)
    start, last = ber.expect(data, at, stop, ber.SEQUENCE)
    return TrapV1(enterprise, agent, generic, specific, stamp, read_varbinds(data, start, last))
