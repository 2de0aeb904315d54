"""Echo packets: what is answered, with which bytes, and what is not."""

import struct
from collections.abc import Callable
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.packet import checksum, echo_reply, is_valid, parse_echo, unreachable

PROBER, DEVICE = ip_address("100.64.0.1").packed, ip_address("192.0.2.1").packed
PROBER_6, DEVICE_6 = ip_address("fd00:64::1").packed, ip_address("2001:db8::1").packed
# A real one, as tcpdump shows it: `ping -c1 -s8` to 192.0.2.1.
BODY = bytes.fromhex("04d20007") + b"payload!"


def rfc1071(data: bytes) -> int:
    """The checksum as RFC 1071 §4.1 spells it, word by word."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def icmp(kind: int, code: int, body: bytes, pseudo: bytes = b"") -> bytes:
    """An ICMP message with its checksum."""
    head = bytes((kind, code))
    return head + rfc1071(pseudo + head + b"\0\0" + body).to_bytes(2, "big") + body


def request_4(
    body: bytes = BODY, *, kind: int = 8, code: int = 0, fragment: int = 0, protocol: int = 1, options: bytes = b""
) -> bytes:
    """An IPv4 packet from the prober to the device."""
    message = icmp(kind, code, body)
    header_words = 5 + len(options) // 4
    total = header_words * 4 + len(message)
    header = bytes((0x40 | header_words, 0xB8)) + struct.pack("!HHHBB", total, 77, fragment, 64, protocol)
    rest = PROBER + DEVICE + options
    return header + rfc1071(header + b"\0\0" + rest).to_bytes(2, "big") + rest + message


def request_6(body: bytes = BODY, *, kind: int = 128, next_header: int = 58) -> bytes:
    """An IPv6 packet from the prober to the device."""
    pseudo = PROBER_6 + DEVICE_6 + struct.pack("!II", len(body) + 4, 58)
    message = icmp(kind, 0, body, pseudo)
    return struct.pack("!IHBB", 6 << 28 | 0xB8 << 20, len(message), next_header, 64) + PROBER_6 + DEVICE_6 + message


@given(st.binary(max_size=90))
def test_checksum_is_rfc_1071s(data: bytes) -> None:
    """The one-call checksum equals the word-by-word one, also for odd lengths and nothing but zeros."""
    assert checksum(data) == rfc1071(data)
    assert is_valid(data + b"\0" * (len(data) % 2) + checksum(data).to_bytes(2, "big"))


@pytest.mark.parametrize("body", [BODY, b"\0\0\0\0", BODY + b"x", b"abcd" + bytes(1400)])
def test_an_ipv4_reply_mirrors_the_request(body: bytes) -> None:
    """Addresses swap, identifier, sequence, payload and TOS come back, both checksums hold, the TTL is as told."""
    echo = parse_echo(request_4(body))
    assert echo is not None
    reply = echo_reply(echo, 61)
    first, tos, total, _ident, fragment, ttl, protocol, _sum, source, destination = struct.unpack(
        "!BBHHHBBH4s4s", reply[:20]
    )
    assert (first, tos, total, fragment & 0x3FFF, ttl, protocol) == (0x45, 0xB8, len(reply), 0, 61, 1)
    assert (source, destination) == (DEVICE, PROBER)
    assert rfc1071(reply[:20]) == 0
    assert reply[20:] == icmp(0, 0, body)


@pytest.mark.parametrize("body", [BODY, b"\0\0\0\0", BODY + b"x"])
def test_an_ipv6_reply_mirrors_the_request(body: bytes) -> None:
    """The same for ICMPv6, whose checksum covers the addresses."""
    echo = parse_echo(request_6(body))
    assert echo is not None
    reply = echo_reply(echo, 61)
    first, length, next_header, hops, source, destination = struct.unpack("!IHBB16s16s", reply[:40])
    assert (first, length, next_header, hops) == (6 << 28 | 0xB8 << 20, len(body) + 4, 58, 61)
    assert (source, destination) == (DEVICE_6, PROBER_6)
    assert reply[40:] == icmp(129, 0, body, DEVICE_6 + PROBER_6 + struct.pack("!II", length, 58))


def test_options_and_trailing_bytes_are_not_payload() -> None:
    """IPv4 options don't come back, nor does what stands behind the packet's own length."""
    echo = parse_echo(request_4(options=b"\x01" * 8) + b"trailer")
    assert echo is not None
    assert echo.body == BODY
    assert parse_echo(request_6() + b"trailer") == parse_echo(request_6())


def test_host_unreachable_quotes_the_request() -> None:
    """The router speaks, type 3 code 1 (v6: 1-3), and quotes the packet so that its sender finds the request."""
    packet = request_4()
    echo = parse_echo(packet)
    assert echo is not None
    error = unreachable(echo, ip_address("192.0.2.254").packed, 60)
    assert error[12:20] == ip_address("192.0.2.254").packed + PROBER
    assert error[20:] == icmp(3, 1, bytes(4) + packet)
    packet = request_6()
    echo = parse_echo(packet)
    assert echo is not None
    router = ip_address("2001:db8::fe").packed
    error = unreachable(echo, router, 60)
    assert error[8:40] == router + PROBER_6
    assert error[40:] == icmp(1, 3, bytes(4) + packet, router + PROBER_6 + struct.pack("!II", len(packet) + 8, 58))


@pytest.mark.parametrize(("request_", "longest"), [(request_4, 576), (request_6, 1280)])
def test_an_error_about_a_large_packet_stays_small(request_: Callable[..., bytes], longest: int) -> None:
    """RFC 1812 and RFC 4443 bound an error: 576 and 1280 bytes."""
    echo = parse_echo(request_(BODY + bytes(1400)))
    assert echo is not None
    assert len(unreachable(echo, echo.destination, 60)) == longest


WRONG = {
    "empty": b"",
    "no IP version": b"\x00" * 60,
    "IPv4 reply": request_4(kind=0),
    "IPv4 code": request_4(code=1),
    "IPv4 UDP": request_4(protocol=17),
    "IPv4 first fragment": request_4(fragment=0x2000),
    "IPv4 last fragment": request_4(fragment=0x0010),
    "IPv4 header length": b"\x44" + request_4()[1:],
    "IPv4 header checksum": request_4()[:8] + b"\x01" + request_4()[9:],
    "IPv4 ICMP checksum": request_4()[:-1] + b"?",
    "IPv6 reply": request_6(kind=129),
    "IPv6 neighbour solicitation": request_6(kind=135),
    "IPv6 fragment": request_6(next_header=44),
    "IPv6 checksum": request_6()[:-1] + b"?",
}


@pytest.mark.parametrize("packet", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_valid_echo_request_is_none(packet: bytes) -> None:
    """Other kinds, fragments and damaged packets get no answer."""
    assert parse_echo(packet) is None


@pytest.mark.parametrize("packet", [request_4(), request_6()], ids=["v4", "v6"])
def test_every_truncation_is_none(packet: bytes) -> None:
    """A packet cut anywhere is no request."""
    assert parse_echo(packet) is not None
    assert [parse_echo(packet[:n]) for n in range(len(packet))] == [None] * len(packet)


@given(st.binary(max_size=120), st.sampled_from([b"", b"\x45", b"\x4f", b"\x60"]))
def test_garbage_never_raises(data: bytes, start: bytes) -> None:
    """Any bytes are taken."""
    parse_echo(start + data)
