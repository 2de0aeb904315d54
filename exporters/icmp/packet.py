"""ICMP and ICMPv6 echo as bytes: requests are built, answers and errors are parsed. No I/O.

A request is 64 bytes of ICMP, as ping(8) sends it: RFC 792's (RFC 4443's) header and 56 bytes of data, which hold

    8 bytes   the process's random cookie: an answer that hasn't it isn't ours
    8 bytes   when it was sent, monotonic nanoseconds
    4 bytes   the target's index
   36 bytes   zeros
"""

import socket
import struct
from typing import NamedTuple

ECHO = struct.Struct(">BBHHH8sQI36x")  # type, code, checksum, identifier, sequence, cookie, sent, index
REPLY = struct.Struct(">B5xH8sQI")  # type, sequence, cookie, sent, index: what of it must come back at least
REQUEST_TYPE: dict[int, int] = {socket.AF_INET: 8, socket.AF_INET6: 128}
REPLY_TYPE: dict[int, int] = {socket.AF_INET: 0, socket.AF_INET6: 129}
COOKIE_SIZE = 8

_HEADER = struct.Struct(">BBHHH")
_PROTOCOL_ICMP = 1
_PROTOCOL_ICMPV6 = 58
_IPV6_HEADER = 40

_UNREACHABLE_V4 = (
    "net_unreachable",
    "host_unreachable",
    "protocol_unreachable",
    "port_unreachable",
    "fragmentation_needed",
    "source_route_failed",
    "net_unknown",
    "host_unknown",
    "source_isolated",
    "net_prohibited",
    "host_prohibited",
    "net_unreachable_for_tos",
    "host_unreachable_for_tos",
    "admin_prohibited",
    "host_precedence_violation",
    "precedence_cutoff",
)
_UNREACHABLE_V6 = (
    "net_unreachable",  # RFC 4443: no route to destination
    "admin_prohibited",
    "beyond_scope",
    "host_unreachable",  # RFC 4443: address unreachable
    "port_unreachable",
    "source_policy_failed",
    "route_rejected",
    "source_route_failed",
)
_EXCEEDED = ("ttl_exceeded", "reassembly_time_exceeded")  # in IPv6 the TTL is called hop limit

_NAMES: dict[int, dict[int, tuple[str, ...]]] = {
    socket.AF_INET: {
        3: _UNREACHABLE_V4,
        11: _EXCEEDED,
        12: ("parameter_problem", "option_missing", "bad_length"),
    },
    socket.AF_INET6: {
        1: _UNREACHABLE_V6,
        2: ("packet_too_big",),
        3: _EXCEEDED,
        4: ("parameter_problem", "unknown_next_header", "unknown_option"),
    },
}
ERROR_TYPES: dict[int, tuple[int, ...]] = {family: tuple(names) for family, names in _NAMES.items()}


class Quoted(NamedTuple):
    """An ICMP error about one of our requests.

    Attributes:
        sequence: The sequence of the request that the error quotes.
        host: The address that the request went to.
        code: The error's readable name, as `error_name` gives it.
    """

    sequence: int
    host: str
    code: str


class EchoBuilder:
    """Builds the requests of one socket.

    The checksum costs a remainder: a ones' complement sum of 16-bit words is the number they form modulo 65,535
    (RFC 1071), and every field begins on an even byte.
    """

    __slots__ = ("_base", "_cookie", "_identifier", "_type")

    def __init__(self, family: int, identifier: int, cookie: bytes) -> None:
        self._type = REQUEST_TYPE[family]
        self._identifier = identifier
        self._cookie = cookie
        self._base = ((self._type << 8) + identifier + int.from_bytes(cookie, "big")) % 65535

    def build(self, sequence: int, index: int, sent_ns: int) -> bytes:
        """Returns a request. The kernel writes an ICMPv6 request's checksum itself, over the pseudo-header."""
        checksum = -(self._base + sequence + index + sent_ns) % 65535
        return ECHO.pack(self._type, 0, checksum, self._identifier, sequence, self._cookie, sent_ns, index)


def error_name(family: int, kind: int, code: int) -> str:
    """Returns the readable name of an ICMP error; one word for both families where they mean the same."""
    names = _NAMES[family].get(kind, ())
    return names[code] if code < len(names) else f"type_{kind}_code_{code}"


def parse_error_v4(packet: memoryview, identifier: int) -> Quoted | None:
    """Reads an IPv4 packet with an ICMP error in it; None unless it quotes an echo request with `identifier`.

    RFC 792 promises the quoted IP header and 8 bytes after it: that is, no cookie.
    """
    at = (packet[0] & 15) * 4
    inner = at + 8
    if (
        len(packet) < inner + 20
        or packet[at] not in _NAMES[socket.AF_INET]
        or packet[inner] >> 4 != 4
        or packet[inner + 9] != _PROTOCOL_ICMP
    ):
        return None
    echo = inner + (packet[inner] & 15) * 4
    host = socket.inet_ntop(socket.AF_INET, packet[inner + 16 : inner + 20])
    sequence = _own_sequence(socket.AF_INET, packet[echo:], identifier)
    if sequence is None:
        return None
    return Quoted(sequence, host, error_name(socket.AF_INET, packet[at], packet[at + 1]))


def parse_error_v6(message: memoryview, identifier: int) -> Quoted | None:
    """Reads an ICMPv6 error from its ICMPv6 header on; None unless it quotes an echo request with `identifier`."""
    inner = 8
    echo = inner + _IPV6_HEADER
    if (
        len(message) < echo
        or message[0] not in _NAMES[socket.AF_INET6]
        or message[inner] >> 4 != 6
        or message[inner + 6] != _PROTOCOL_ICMPV6
    ):
        return None
    host = socket.inet_ntop(socket.AF_INET6, message[inner + 24 : inner + 40])
    sequence = _own_sequence(socket.AF_INET6, message[echo:], identifier)
    if sequence is None:
        return None
    return Quoted(sequence, host, error_name(socket.AF_INET6, message[0], message[1]))


def parse_queued_error(family: int, extended: bytes, quoted: bytes, host: str, identifier: int) -> Quoted | None:
    """Reads one entry of a ping socket's error queue.

    Args:
        family: The socket's.
        extended: `struct sock_extended_err` (linux/errqueue.h) of the control message.
        quoted: The data: our request from its ICMP header on, as far as the error quoted it.
        host: Where the request went.
        identifier: The socket's.
    """
    _errno, origin, kind, code = struct.unpack_from("=IBBB", extended)
    if origin != (2 if family == socket.AF_INET else 3):  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
        return None
    sequence = _own_sequence(family, memoryview(quoted), identifier)
    return None if sequence is None else Quoted(sequence, host, error_name(family, kind, code))


def _own_sequence(family: int, echo: memoryview, identifier: int) -> int | None:
    """The sequence of a quoted ICMP header, None unless it is an echo request with `identifier`."""
    if len(echo) < _HEADER.size:
        return None
    kind, _, _, found, sequence = _HEADER.unpack_from(echo)
    return int(sequence) if kind == REQUEST_TYPE[family] and found == identifier else None
