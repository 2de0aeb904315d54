"""Tag, length, value (X.690, the part that RFC 3417 §8 leaves): what every layer of a message is made of. Pure.

Definite lengths only. Read leniently where agents are known to be sloppy and nothing is lost (a long-form length where
the short one would do, leading zeros), strictly where it would turn into a wrong number.
"""

from exporters.snmp.errors import MalformedError

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30

_MAX_LENGTH_BYTES = 4


def length(count: int) -> bytes:
    """Returns the length bytes, in the shortest form."""
    if count < 0x80:
        return bytes((count,))
    if count < 0x100:
        return bytes((0x81, count))
    if count < 0x10000:
        return bytes((0x82, count >> 8, count & 0xFF))
    return b"\x84" + count.to_bytes(4, "big")


def tlv(tag: int, body: bytes) -> bytes:
    """Returns tag, length and body."""
    count = len(body)
    if count < 0x80:
        return bytes((tag, count)) + body
    return bytes((tag,)) + length(count) + body


def integer(value: int, tag: int = INTEGER) -> bytes:
    """Returns an INTEGER in the fewest bytes; unsigned types are the same with another tag."""
    count = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return bytes((tag, count)) + value.to_bytes(count, "big", signed=True)


def octets(value: bytes) -> bytes:
    """Returns an OCTET STRING."""
    return tlv(OCTET_STRING, value)


def sequence(*parts: bytes) -> bytes:
    """Returns a SEQUENCE of parts."""
    return tlv(SEQUENCE, b"".join(parts))


def read(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Reads a tag and a length.

    Args:
        data: The message.
        at: Where the tag stands.
        end: Where what encloses it ends.

    Returns:
        The tag, where the body starts and where it ends.

    Raises:
        MalformedError: A tag of several bytes, an indefinite length, or a body that goes beyond `end`.
    """
    if at + 2 > end:
        raise MalformedError("it ends before a length")
    tag = data[at]
    if tag & 0x1F == 0x1F:
        raise MalformedError(f"a tag of several bytes ({tag:#04x})")
    count = data[at + 1]
    start = at + 2
    if count >= 0x80:
        size = count & 0x7F
        start += size
        if size == 0:
            raise MalformedError("an indefinite length")
        if size > _MAX_LENGTH_BYTES and any(data[at + 2 : start - _MAX_LENGTH_BYTES]):
            raise MalformedError(f"a length of {size} bytes")
        if start > end:
            raise MalformedError("it ends within a length")
        count = int.from_bytes(data[at + 2 : start], "big")
    stop = start + count
    if stop > end:
        raise MalformedError(f"a length of {count} where {end - start} bytes are left")
    return tag, start, stop


def expect(data: bytes, at: int, end: int, wanted: int) -> tuple[int, int]:
    """Reads the header of a known tag.

    Returns:
        Where the body starts and where it ends.

    Raises:
        MalformedError: As `read`, or another tag.
    """
    tag, start, stop = read(data, at, end)
    if tag != wanted:
        raise MalformedError(f"tag {tag:#04x} where {wanted:#04x} belongs")
    return start, stop


def read_integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Reads an INTEGER of at most 32 bits, as all of a message's own fields are.

    Returns:
        The value and where it ends.

    Raises:
        MalformedError: As `expect`, or it has no byte or more than 32 bits.
    """
    start = at + 2
    if (
        start < end and data[at] == INTEGER and 0 < data[at + 1] <= 4
    ):  # as they are written; the rest says what is wrong
        stop = start + data[at + 1]
        if stop <= end:
            return int.from_bytes(data[start:stop], signed=True), stop
    start, stop = expect(data, at, end, INTEGER)
    return signed(data[start:stop], 32), stop


def read_octets(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """Reads an OCTET STRING.

    Returns:
        The value and where it ends.
    """
    start = at + 2
    if start <= end and data[at] == OCTET_STRING and data[at + 1] < 0x80:
        stop = start + data[at + 1]
        if stop <= end:
            return data[start:stop], stop
    start, stop = expect(data, at, end, OCTET_STRING)
    return data[start:stop], stop


def signed(body: bytes, bits: int) -> int:
    """Returns the number that a body of an INTEGER holds.

    Raises:
        MalformedError: No byte, or more than `bits` bits.
    """
    if not body:
        raise MalformedError("a number without a byte")
    value = int.from_bytes(body, "big", signed=True)
    if value.bit_length() >= bits and value != -(1 << bits - 1):
        raise MalformedError(f"a number of more than {bits} bits")
    return value


def unsigned(body: bytes, bits: int) -> int:
    """Returns the number that a body of an unsigned type holds.

    Agents leave out the leading zero of a number whose first bit is set, or write several: both are read as meant.

    Raises:
        MalformedError: No byte, or more than `bits` bits.
    """
    if not body:
        raise MalformedError("a number without a byte")
    value = int.from_bytes(body, "big")
    if value >> bits:
        raise MalformedError(f"an unsigned number of more than {bits} bits")
    return value
