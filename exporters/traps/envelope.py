"""What stands around a notification, read before anything that costs (RFC 1157, RFC 1901, RFC 3412 §6, RFC 3414 §2.4).

Definite lengths only, as RFC 3417 §8 wants them. Pure.
"""

from dataclasses import dataclass

_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
_TRAP_V1, _INFORM, _TRAP = 0xA4, 0xA6, 0xA7
_PDUS = {0: frozenset({_TRAP_V1}), 1: frozenset({_INFORM, _TRAP})}
_USM = 3
AUTH, PRIV, REPORTABLE = 1, 2, 4


class EnvelopeError(ValueError):
    """The bytes are no SNMP message."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message, not yet opened.

    Attributes:
        version: "1", "2c" or "3".
        community: v1's and v2c's.
        user: v3's, with the rest.
        engine_id: The authoritative engine's: of a trap the sender's, of an inform ours, of a discovery empty.
        boots, time: That engine's, as the sender has them.
        flags: AUTH, PRIV, REPORTABLE.
        notifies: False where the PDU, as far as it is in the clear, is no trap and no inform.
    """

    version: str
    community: bytes = b""
    user: bytes = b""
    engine_id: bytes = b""
    boots: int = 0
    time: int = 0
    flags: int = 0
    notifies: bool = True


def read(data: bytes) -> Envelope:
    """Reads a message's envelope.

    Raises:
        EnvelopeError: It has none.
    """
    at, end = _expect(data, 0, len(data), _SEQUENCE)
    if end != len(data):
        raise EnvelopeError("something stands behind the message")
    version, at = _number(data, at, end)
    if version in _PDUS:
        start, stop = _expect(data, at, end, _OCTETS)
        tag, _, last = _read(data, stop, end)
        if last != end:
            raise EnvelopeError("something stands behind the PDU")
        return Envelope("1" if version == 0 else "2c", community=data[start:stop], notifies=tag in _PDUS[version])
    if version != 3:
        raise EnvelopeError(f"version {version}")
    return _secured(data, at, end)


def _secured(data: bytes, at: int, end: int) -> Envelope:
    header, after = _expect(data, at, end, _SEQUENCE)
    _, header = _number(data, header, after)  # msgID
    _, header = _number(data, header, after)  # msgMaxSize
    start, header = _expect(data, header, after, _OCTETS)
    flags = data[start:header]
    model, _ = _number(data, header, after)
    if len(flags) != 1 or model != _USM:
        raise EnvelopeError("another security model than USM")
    at, last = _expect(data, after, end, _OCTETS)
    tag, _, stop = _read(data, last, end)
    if stop != end or tag != (_OCTETS if flags[0] & PRIV else _SEQUENCE):
        raise EnvelopeError("the scoped PDU isn't what the flags say")
    at, last = _expect(data, at, last, _SEQUENCE)
    start, at = _expect(data, at, last, _OCTETS)
    engine_id = data[start:at]
    boots, at = _number(data, at, last)
    time, at = _number(data, at, last)
    start, at = _expect(data, at, last, _OCTETS)
    if len(engine_id) > 32 or at - start > 32 or boots < 0 or time < 0:
        raise EnvelopeError("security parameters out of their range")
    return Envelope("3", user=data[start:at], engine_id=engine_id, boots=boots, time=time, flags=flags[0])


def _read(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Returns a tag, and where its body starts and ends."""
    if at + 2 > end:
        raise EnvelopeError("it ends before a length")
    count, start = data[at + 1], at + 2
    if count >= 0x80:
        size = count & 0x7F
        if not 1 <= size <= 4 or start + size > end:
            raise EnvelopeError("a length that can't be read")
        count, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + count > end:
        raise EnvelopeError("a length beyond the end")
    return data[at], start, start + count


def _expect(data: bytes, at: int, end: int, wanted: int) -> tuple[int, int]:
    tag, start, stop = _read(data, at, end)
    if tag != wanted:
        raise EnvelopeError(f"tag {tag:#04x} where {wanted:#04x} belongs")
    return start, stop


def _number(data: bytes, at: int, end: int) -> tuple[int, int]:
    start, stop = _expect(data, at, end, _INTEGER)
    if not 1 <= stop - start <= 5:
        raise EnvelopeError("a number of no byte, or too many")
    return int.from_bytes(data[start:stop], "big", signed=True), stop
