"""Requests, answers, errors and filters as bytes."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.icmp import filters, packet

V4, V6 = int(socket.AF_INET), int(socket.AF_INET6)
COOKIE = b"\x00\xffsotp\x80\x01"


def rfc1071(data: bytes) -> int:
    """The checksum as RFC 1071 writes it down: the slow way."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(payload: bytes, *, protocol: int = 1, options: bytes = b"", to: str = "192.0.2.9") -> bytes:
    """An IPv4 packet."""
    head = struct.pack(">BBHHHBBH4s4s", 0x40 | 5 + len(options) // 4, 0, 0, 0, 0, 64, protocol, 0, bytes(4),
                       socket.inet_aton(to))  # fmt: skip
    return head + options + payload


def ipv6(payload: bytes, *, to: str = "2001:db8::9", protocol: int = 58) -> bytes:
    """An IPv6 packet."""
    return struct.pack(">IHBB16s", 6 << 28, len(payload), protocol, 64, bytes(16)) + socket.inet_pton(V6, to) + payload


@given(
    st.integers(0, 65535),
    st.integers(0, 65535),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63),
    st.binary(min_size=8, max_size=8),
)
def test_a_request_is_64_bytes_with_the_checksum_of_rfc_1071(identifier, sequence, index, sent, cookie):
    """The remainder arithmetic gives exactly RFC 1071's checksum, whatever the fields hold."""
    data = packet.EchoBuilder(V4, identifier, cookie).build(sequence, index, sent)
    assert len(data) == 64
    assert rfc1071(data[:2] + bytes(2) + data[4:]) == struct.unpack_from(">H", data, 2)[0]
    assert packet.ECHO.unpack(data)[3:] == (identifier, sequence, cookie, sent, index)


@pytest.mark.parametrize(
    ("family", "kind", "code", "name"),
    [
        (V4, 3, 0, "net_unreachable"),
        (V4, 3, 1, "host_unreachable"),
        (V4, 3, 13, "admin_prohibited"),
        (V4, 3, 77, "type_3_code_77"),
        (V4, 11, 0, "ttl_exceeded"),
        (V6, 1, 0, "net_unreachable"),
        (V6, 1, 1, "admin_prohibited"),
        (V6, 1, 3, "host_unreachable"),
        (V6, 2, 0, "packet_too_big"),
        (V6, 3, 0, "ttl_exceeded"),
        (V6, 4, 9, "type_4_code_9"),
    ],
)
def test_errors_have_readable_names(family, kind, code, name):
    """Both families share a word where they mean the same; an unknown code is named by its numbers."""
    assert packet.error_name(family, kind, code) == name


def test_a_v4_error_is_matched_by_what_rfc_792_promises():
    """The quoted header and 8 bytes after it are enough, options in either IP header included."""
    echo = struct.pack(">BBHHH", 8, 0, 0, 777, 65535)
    for options in (b"", b"\x01" * 8):
        error = struct.pack(">BBHI", 3, 13, 0, 0) + ipv4(echo, options=options)
        found = packet.parse_error_v4(memoryview(ipv4(error, options=options)), 777)
        assert found == packet.Quoted(65535, "192.0.2.9", "admin_prohibited")


def test_a_v6_error_is_matched_by_its_quoted_request():
    """Its ICMPv6 header is followed by the request's IPv6 header and ICMPv6 header."""
    echo = struct.pack(">BBHHH", 128, 0, 0, 777, 3)
    message = struct.pack(">BBHI", 1, 3, 0, 0) + ipv6(echo)
    assert packet.parse_error_v6(memoryview(message), 777) == packet.Quoted(3, "2001:db8::9", "host_unreachable")


def test_errors_about_others_are_not_ours():
    """Another identifier, another protocol, an echo reply quoted, a type that is no error."""
    ours, other = struct.pack(">BBHHH", 8, 0, 0, 777, 1), struct.pack(">BBHHH", 8, 0, 0, 778, 1)
    reply = struct.pack(">BBHHH", 0, 0, 0, 777, 1)
    wrong = [(3, ipv4(other)), (3, ipv4(ours, protocol=17)), (3, ipv4(reply)), (5, ipv4(ours))]
    for kind, inner in wrong:
        message = ipv4(struct.pack(">BBHI", kind, 1, 0, 0) + inner)
        assert packet.parse_error_v4(memoryview(message), 777) is None


@given(st.binary(min_size=8, max_size=120))
def test_no_bytes_break_the_parsers(data):
    """Whatever a stranger sends is parsed to an error of ours or to nothing."""
    for prefix in (b"", b"\x45" + bytes(19) + b"\x03\x01" + bytes(6) + b"\x45" + bytes(8) + b"\x01"):
        message = memoryview(prefix + data)
        packet.parse_error_v4(message, 1)
        packet.parse_error_v6(message, 1)


def run_bpf(code: bytes, data: bytes) -> bool:  # noqa: C901  # one branch an instruction
    """Runs the few instructions that our filters use, as the kernel does: a load past the end drops."""
    steps = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    a = x = at = 0
    try:
        while True:
            operation, equal, other, k = steps[at]
            at += 1
            if operation == 0x06:
                return bool(k != 0)
            if operation in {0x30, 0x50}:
                a = data[k + (x if operation == 0x50 else 0)]
            elif operation in {0x28, 0x48}:
                a = struct.unpack_from(">H", data, k + (x if operation == 0x48 else 0))[0]
            elif operation == 0xB1:
                x = 4 * (data[k] & 15)
            elif operation == 0x15:
                at += equal if a == k else other
            elif operation == 0x0C:
                a += x
            elif operation == 0x54:
                a &= k
            elif operation == 0x64:
                a <<= k
            elif operation == 0x07:
                x = a
            else:
                raise AssertionError(operation)
    except (IndexError, struct.error):
        return False


def test_the_v4_filter_passes_our_answers_and_errors_only():
    """Our own requests, which a raw socket sees on loopback, and other identifiers cost no wake-up."""
    code = filters.program(V4, 777)

    def head(kind, identifier):
        return struct.pack(">BBHHH", kind, 0, 0, identifier, 1)

    def error(kind, inner, **more):
        return ipv4(struct.pack(">BBHI", kind, 1, 0, 0) + ipv4(inner, **more))

    passed = [ipv4(head(0, 777)), ipv4(head(0, 777), options=b"\1" * 4), error(3, head(8, 777)),
              error(11, head(8, 777)), error(3, head(8, 777), options=b"\1" * 12)]  # fmt: skip
    dropped = [ipv4(head(0, 778)), ipv4(head(8, 777)), error(3, head(8, 778)), error(3, head(0, 777)),
               error(3, head(8, 777), protocol=17), error(5, head(8, 777)), ipv4(b"")]  # fmt: skip
    assert [run_bpf(code, data) for data in passed] == [True] * len(passed)
    assert [run_bpf(code, data) for data in dropped] == [False] * len(dropped)


def test_the_v6_filter_passes_our_answers_and_errors_only():
    """Neighbour discovery, other identifiers and our own requests stay out."""
    code = filters.program(V6, 777)

    def head(kind, identifier):
        return struct.pack(">BBHHH", kind, 0, 0, identifier, 1)

    def error(kind, inner, **more):
        return struct.pack(">BBHI", kind, 1, 0, 0) + ipv6(inner, **more)

    passed = [head(129, 777), error(1, head(128, 777)), error(2, head(128, 777)), error(3, head(128, 777))]
    dropped = [head(129, 1), head(128, 777), head(135, 777), error(1, head(128, 1)), error(1, b""),
               error(1, head(128, 777), protocol=6)]  # fmt: skip
    assert [run_bpf(code, data) for data in passed] == [True] * len(passed)
    assert [run_bpf(code, data) for data in dropped] == [False] * len(dropped)


def test_icmp6_filter_blocks_all_but_replies_and_errors():
    """A set bit blocks (RFC 3542 §3.2)."""
    words = struct.unpack("=8I", filters.icmp6_filter())
    assert [kind for kind in range(256) if not words[kind >> 5] >> (kind & 31) & 1] == [1, 2, 3, 4, 129]
