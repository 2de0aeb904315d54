"""UDP inside IPv4 and IPv6 packets (RFC 768, 791, 8200): pure functions over bytes.

What isn't a whole, valid datagram is None, never an exception. An answer isn't fragmented: who answers keeps below
`MOST` bytes, as SNMP agents do.
"""

import struct
from typing import NamedTuple

from lab.packet import checksum, is_valid

UDP = 17
MOST = 1400
"""Bytes of payload that go through any path in one piece."""

_HEADER = struct.Struct("!BBHHHBBH4s4s")
_HEADER_6 = struct.Struct("!IHBB16s16s")
_PSEUDO = struct.Struct("!4s4sBBH")
_PSEUDO_6 = struct.Struct("!16s16sII")
_PORTS = struct.Struct("!HHHH")
_FRAGMENTED = 0x3FFF


class Datagram(NamedTuple):
    """A datagram.

    Attributes:
        family: 4 or 6.
        source, destination: Packed addresses.
        source_port, port: Of the two.
        payload: What it carries.
        packet: The whole IP packet, for an error to quote.
    """

    family: int
    source: bytes
    destination: bytes
    source_port: int
    port: int
    payload: bytes
    packet: bytes


def parse(packet: bytes) -> Datagram | None:
    """Returns the datagram in an IP packet; None for other protocols, fragments, wrong lengths or checksums."""
    version = packet[0] >> 4 if packet else 0
    if version == 4:
        return _parse_4(packet)
    return _parse_6(packet) if version == 6 else None


def reply(datagram: Datagram, payload: bytes, ttl: int) -> bytes:
    """Returns the packet that answers a datagram, with `ttl` hops left."""
    return packet((datagram.destination, datagram.port), (datagram.source, datagram.source_port), payload, ttl)


def packet(sender: tuple[bytes, int], receiver: tuple[bytes, int], payload: bytes, ttl: int) -> bytes:
    """Returns the packet of a datagram between two packed addresses with ports, with `ttl` hops left."""
    (source, source_port), (destination, port) = sender, receiver
    length = _PORTS.size + len(payload)
    ports = _PORTS.pack(source_port, port, length, 0)
    total = checksum(_pseudo(source, destination, length) + ports + payload) or 0xFFFF  # 0 says that there is none
    whole = ports[:6] + total.to_bytes(2, "big") + payload
    if len(source) == 16:
        return _HEADER_6.pack(6 << 28, length, UDP, ttl, source, destination) + whole
    header = _HEADER.pack(0x45, 0, _HEADER.size + length, 0, 0, ttl, UDP, 0, source, destination)
    return header[:10] + checksum(header).to_bytes(2, "big") + header[12:] + whole


def _parse_4(packet: bytes) -> Datagram | None:
    if len(packet) < _HEADER.size:
        return None
    first, _tos, total, _ident, fragment, _ttl, protocol, _sum, source, destination = _HEADER.unpack_from(packet)
    header = (first & 0x0F) * 4
    if protocol != UDP or fragment & _FRAGMENTED or not _HEADER.size <= header <= total <= len(packet):
        return None
    return _datagram(4, source, destination, packet[:total], header) if is_valid(packet[:header]) else None


def _parse_6(packet: bytes) -> Datagram | None:
    if len(packet) < _HEADER_6.size:
        return None
    _first, length, protocol, _hops, source, destination = _HEADER_6.unpack_from(packet)
    end = _HEADER_6.size + length
    if protocol != UDP or end > len(packet):
        return None
    return _datagram(6, source, destination, packet[:end], _HEADER_6.size)


def _datagram(family: int, source: bytes, destination: bytes, packet: bytes, at: int) -> Datagram | None:
    whole = packet[at:]
    if len(whole) < _PORTS.size:
        return None
    source_port, port, length, total = _PORTS.unpack_from(whole)
    if not _PORTS.size <= length <= len(whole):
        return None
    whole = whole[:length]
    unchecked = family == 4 and total == 0
    if not unchecked and not is_valid(_pseudo(source, destination, length) + whole):
        return None
    return Datagram(family, source, destination, source_port, port, whole[_PORTS.size :], packet)


def _pseudo(source: bytes, destination: bytes, length: int) -> bytes:
    if len(source) == 4:
        return _PSEUDO.pack(source, destination, 0, UDP, length)
    return _PSEUDO_6.pack(source, destination, length, UDP)
