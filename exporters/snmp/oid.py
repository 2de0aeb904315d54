"""Object identifiers: tuples of numbers inside, dotted text for people, BER bytes on the wire (X.690 §8.19)."""

from exporters.snmp.errors import MalformedError

Oid = tuple[int, ...]

MAX_ARCS = 128  # RFC 2578 §3.5
MAX_ARC = 2**32 - 1

_MOST_DIGITS = 1000  # beyond some thousands Python refuses to read a number


def parse(text: str) -> Oid:
    """Returns the OID of dotted text; a leading dot is allowed.

    Raises:
        ValueError: It is none.
    """
    arcs = text.removeprefix(".").split(".")
    if not all(arc.isascii() and arc.isdigit() for arc in arcs):
        raise ValueError(f'"{text}" is no OID: numbers with dots between them, as 1.3.6.1.2.1.1')
    oid = tuple([int(arc) for arc in arcs]) if max(map(len, arcs)) <= _MOST_DIGITS else ()
    if not is_valid(oid):
        raise ValueError(f'"{text}" is no OID: it takes 2 to {MAX_ARCS} numbers up to {MAX_ARC}, the first at most 2')
    return oid


def is_valid(oid: Oid) -> bool:
    """Tells whether SNMP can carry it."""
    return (
        2 <= len(oid) <= MAX_ARCS
        and oid[0] <= 2
        and (oid[1] < 40 or (oid[0] == 2 and oid[1] <= MAX_ARC - 80))
        and all(0 <= arc <= MAX_ARC for arc in oid)
    )


def text(oid: Oid) -> str:
    """Returns the dotted text."""
    return ".".join(map(str, oid))


def encode(oid: Oid) -> bytes:
    """Returns the body's bytes, without tag and length; the OID is valid."""
    return encode_arcs((oid[0] * 40 + oid[1], *oid[2:]))


def encode_arcs(arcs: Oid) -> bytes:
    """Returns the bytes of arcs behind the first two, such as an index."""
    try:
        encoded = bytes(arcs)  # the common case, at C's speed
    except ValueError:
        pass
    else:
        if encoded.isascii():
            return encoded
    out = bytearray()
    for arc in arcs:
        shift = (max(arc.bit_length(), 1) - 1) // 7 * 7
        while shift:
            out.append(0x80 | arc >> shift & 0x7F)
            shift -= 7
        out.append(arc & 0x7F)
    return bytes(out)


def decode(body: bytes) -> Oid:
    """Returns the OID of a body's bytes.

    Raises:
        MalformedError: Empty, cut off, too long, or an arc of more than 32 bits.
    """
    arcs = decode_arcs(body)
    if not arcs:
        raise MalformedError("an empty OID")
    first = arcs[0]
    if first < 80:
        return (first // 40, first % 40, *arcs[1:])
    return (2, first - 80, *arcs[1:])


def decode_arcs(body: bytes) -> Oid:
    """Returns the arcs of bytes behind an OID's first two arcs, such as an index.

    Raises:
        MalformedError: As `decode`; nothing is no error here.
    """
    arcs = tuple(body) if body.isascii() else _decode_long(body)
    if len(arcs) >= MAX_ARCS:
        raise MalformedError(f"an OID of more than {MAX_ARCS} numbers")
    return arcs


def _decode_long(body: bytes) -> Oid:
    arcs: list[int] = []
    value = 0
    for byte in body:
        value = value << 7 | byte & 0x7F
        if value > MAX_ARC:
            raise MalformedError("an OID with a number of more than 32 bits")
        if byte < 0x80:
            arcs.append(value)
            value = 0
    if body[-1] >= 0x80:
        raise MalformedError("an OID that ends within a number")
    return tuple(arcs)
