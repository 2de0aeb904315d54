"""ICMP echo inside IPv4 and IPv6 packets, as a TUN device carries them: pure functions over bytes.

Formats: RFC 791 and 792 (IPv4, ICMP), RFC 8200 and 4443 (IPv6, ICMPv6), RFC 1071 (the checksum), RFC 1812 §4.3.2.3
(how much of the packet an ICMP error quotes). What isn't a whole, valid echo request is None, never an exception.
"""

import struct
from typing import NamedTuple, Protocol

ICMP, ICMPV6 = 1, 58
_ECHO_REQUEST, _ECHO_REPLY, _UNREACHABLE = 8, 0, 3
_ECHO_REQUEST_6, _ECHO_REPLY_6, _UNREACHABLE_6 = 128, 129, 1
_HOST_UNREACHABLE, _ADDRESS_UNREACHABLE_6 = 1, 3
_FRAGMENTED = 0x3FFF  # more-fragments flag and offset; don't-fragment is not of interest
_QUOTED, _QUOTED_6 = 576 - 28, 1280 - 48

_HEADER = struct.Struct("!BBHHHBBH4s4s")
_HEADER_6 = struct.Struct("!IHBB16s16s")
_PSEUDO_6 = struct.Struct("!16s16sII")


class Echo(NamedTuple):
    """An echo request.

    Attributes:
        family: 4 or 6.
        source: Packed address of who asks.
        destination: Packed address of who is asked.
        traffic_class: The TOS or traffic class octet, which a reply carries back.
        body: Identifier, sequence number and payload: what a reply must repeat.
        packet: The whole IP packet, for an error to quote.
    """

    family: int
    source: bytes
    destination: bytes
    traffic_class: int
    body: bytes
    packet: bytes


def checksum(data: bytes) -> int:
    """The Internet checksum of the data (RFC 1071); the place of the checksum itself must hold zeros or be left out.

    The one's complement sum of 16-bit words is the number modulo 65535, which Python does in one C call.
    """
    if len(data) % 2:
        data += b"\0"
    value = int.from_bytes(data, "big")
    return -value % 0xFFFF if value else 0xFFFF


def is_valid(data: bytes) -> bool:
    """Whether data that includes its checksum sums up to what it must."""
    if len(data) % 2:
        data += b"\0"
    value = int.from_bytes(data, "big")
    return value != 0 and value % 0xFFFF == 0


def parse_echo(packet: bytes) -> Echo | None:
    """The echo request in an IP packet.

    None for everything else: other protocols and types, fragments, IPv6 extension headers, wrong lengths or checksums.
    """
    version = packet[0] >> 4 if packet else 0
    if version == 4:
        return _parse_4(packet)
    return _parse_6(packet) if version == 6 else None


def echo_reply(echo: Echo, ttl: int) -> bytes:
    """The answer of the one who was asked, with `ttl` hops left."""
    if echo.family == 4:
        message = _message(_ECHO_REPLY, 0, echo.body)
        return _packet_4(echo.destination, echo.source, ttl, echo.traffic_class, message)
    message = _message_6(echo.destination, echo.source, _ECHO_REPLY_6, 0, echo.body)
    return _packet_6(echo.destination, echo.source, ttl, echo.traffic_class, message)


class Quotable(Protocol):
    """A packet that an ICMP error may be about: its family (4 or 6), packed source, and bytes."""

    @property
    def family(self) -> int: ...  # noqa: D102
    @property
    def source(self) -> bytes: ...  # noqa: D102
    @property
    def packet(self) -> bytes: ...  # noqa: D102


def unreachable(asked: Quotable, router: bytes, ttl: int) -> bytes:
    """What a router on the way says of a host that it can't reach: type 3 code 1, in IPv6 type 1 code 3.

    Args:
        asked: The packet that could not be delivered.
        router: Packed address of the router, of the request's family.
        ttl: Hops left when it arrives.
    """
    if asked.family == 4:
        message = _message(_UNREACHABLE, _HOST_UNREACHABLE, bytes(4) + asked.packet[:_QUOTED])
        return _packet_4(router, asked.source, ttl, 0xC0, message)
    body = bytes(4) + asked.packet[:_QUOTED_6]
    message = _message_6(router, asked.source, _UNREACHABLE_6, _ADDRESS_UNREACHABLE_6, body)
    return _packet_6(router, asked.source, ttl, 0, message)


def _parse_4(packet: bytes) -> Echo | None:
    if len(packet) < _HEADER.size + 8:
        return None
    first, tos, total, _ident, fragment, _ttl, protocol, _sum, source, destination = _HEADER.unpack_from(packet)
    header = (first & 0x0F) * 4
    if protocol != ICMP or fragment & _FRAGMENTED or header < _HEADER.size or not header + 8 <= total <= len(packet):
        return None
    message = packet[header:total]
    if message[0] != _ECHO_REQUEST or message[1] or not is_valid(packet[:header]) or not is_valid(message):
        return None
    return Echo(4, source, destination, tos, message[4:], packet[:total])


def _parse_6(packet: bytes) -> Echo | None:
    if len(packet) < _HEADER_6.size + 8:
        return None
    first, length, protocol, _hops, source, destination = _HEADER_6.unpack_from(packet)
    end = _HEADER_6.size + length
    if protocol != ICMPV6 or length < 8 or end > len(packet):
        return None
    message = packet[_HEADER_6.size : end]
    if message[0] != _ECHO_REQUEST_6 or message[1]:
        return None
    if not is_valid(_PSEUDO_6.pack(source, destination, length, ICMPV6) + message):
        return None
    return Echo(6, source, destination, first >> 20 & 0xFF, message[4:], packet[:end])


def _message(kind: int, code: int, body: bytes) -> bytes:
    head = bytes((kind, code))
    return head + checksum(head + b"\0\0" + body).to_bytes(2, "big") + body


def _message_6(source: bytes, destination: bytes, kind: int, code: int, body: bytes) -> bytes:
    head = bytes((kind, code))
    pseudo = _PSEUDO_6.pack(source, destination, len(body) + 4, ICMPV6)
    return head + checksum(pseudo + head + b"\0\0" + body).to_bytes(2, "big") + body


def _packet_4(source: bytes, destination: bytes, ttl: int, tos: int, message: bytes) -> bytes:
    total = _HEADER.size + len(message)
    header = _HEADER.pack(0x45, tos, total, 0, 0, ttl, ICMP, 0, source, destination)
    return header[:10] + checksum(header).to_bytes(2, "big") + header[12:] + message


def _packet_6(source: bytes, destination: bytes, hops: int, traffic_class: int, message: bytes) -> bytes:
    first = 6 << 28 | traffic_class << 20
    return _HEADER_6.pack(first, len(message), ICMPV6, hops, source, destination) + message
