"""Kernel filters for raw sockets: classic BPF and ICMP6_FILTER, as bytes. No I/O.

A raw ICMP socket gets a copy of every ICMP packet of the host, our own requests to 127.0.0.0/8 among them.
These programs let through only echo replies with our identifier and errors that quote it; all else costs no wake-up.
Source: linux/filter.h; netinet/icmp6.h (RFC 3542 §3.2).
"""

import socket
import struct

from exporters.icmp.packet import ERROR_TYPES, REPLY_TYPE, REQUEST_TYPE

_LD_B_ABS, _LD_H_ABS = 0x30, 0x28
_LD_B_IND, _LD_H_IND = 0x50, 0x48
_LDX_MSH = 0xB1  # X = 4 * (packet[k] & 15)
_JEQ = 0x15
_ADD_X, _AND, _LSH, _TAX = 0x0C, 0x54, 0x64, 0x07
_RET = 0x06
_ALL = 0xFFFFFFFF

_ACCEPT, _DROP = "accept", "drop"
_Step = tuple[str, int, int, str, str]  # label, operation, k, where to if equal, where to if not


def program(family: int, identifier: int) -> bytes:
    """Returns an array of `struct sock_filter`; IPv4 packets begin at the IP header, IPv6 ones at the ICMPv6 header."""
    return _assemble(_v4(identifier) if family == socket.AF_INET else _v6(identifier))


def icmp6_filter() -> bytes:
    """Returns a `struct icmp6_filter` that passes echo replies and errors (a set bit blocks)."""
    words = [_ALL] * 8
    for kind in (REPLY_TYPE[socket.AF_INET6], *ERROR_TYPES[socket.AF_INET6]):
        words[kind >> 5] &= ~(1 << (kind & 31)) & _ALL
    return struct.pack("=8I", *words)


def _v4(identifier: int) -> list[_Step]:
    family = socket.AF_INET
    return [
        ("", _LDX_MSH, 0, "", ""),
        ("", _LD_B_IND, 0, "", ""),
        ("", _JEQ, REPLY_TYPE[family], "reply", ""),
        *_error_jumps(family),
        ("reply", _LD_H_IND, 4, "", ""),
        ("", _JEQ, identifier, _ACCEPT, _DROP),
        ("error", _LD_B_IND, 8 + 9, "", ""),  # the quoted packet's protocol
        ("", _JEQ, socket.IPPROTO_ICMP, "", _DROP),
        ("", _LD_B_IND, 8, "", ""),  # X += 4 * (its header length in words)
        ("", _AND, 15, "", ""),
        ("", _LSH, 2, "", ""),
        ("", _ADD_X, 0, "", ""),
        ("", _TAX, 0, "", ""),
        ("", _LD_B_IND, 8, "", ""),
        ("", _JEQ, REQUEST_TYPE[family], "", _DROP),
        ("", _LD_H_IND, 8 + 4, "", ""),
        ("", _JEQ, identifier, _ACCEPT, _DROP),
    ]


def _v6(identifier: int) -> list[_Step]:
    family = socket.AF_INET6
    quoted = 8 + 40
    return [
        ("", _LD_B_ABS, 0, "", ""),
        ("", _JEQ, REPLY_TYPE[family], "reply", ""),
        *_error_jumps(family),
        ("reply", _LD_H_ABS, 4, "", ""),
        ("", _JEQ, identifier, _ACCEPT, _DROP),
        ("error", _LD_B_ABS, 8 + 6, "", ""),  # the quoted packet's next header: our requests have no extensions
        ("", _JEQ, socket.IPPROTO_ICMPV6, "", _DROP),
        ("", _LD_B_ABS, quoted, "", ""),
        ("", _JEQ, REQUEST_TYPE[family], "", _DROP),
        ("", _LD_H_ABS, quoted + 4, "", ""),
        ("", _JEQ, identifier, _ACCEPT, _DROP),
    ]


def _error_jumps(family: int) -> list[_Step]:
    *others, last = ERROR_TYPES[family]
    return [*(("", _JEQ, kind, "error", "") for kind in others), ("", _JEQ, last, "error", _DROP)]


def _assemble(steps: list[_Step]) -> bytes:
    """Turns labels into the relative jumps of BPF; an empty target is the next step."""
    labels = {step[0]: place for place, step in enumerate(steps) if step[0]}
    labels |= {_ACCEPT: len(steps), _DROP: len(steps) + 1}

    def jump(place: int, label: str) -> int:
        return labels[label] - place - 1 if label else 0

    code = [
        struct.pack("=HBBI", operation, jump(place, equal), jump(place, other), k)
        for place, (_, operation, k, equal, other) in enumerate(steps)
    ]
    return b"".join([*code, struct.pack("=HBBI", _RET, 0, 0, _ALL), struct.pack("=HBBI", _RET, 0, 0, 0)])
