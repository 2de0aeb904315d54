"""One ICMP socket for an address family: non-blocking, stamped by the kernel, drained in bounded batches.

A ping socket (SOCK_DGRAM) where `net.ipv4.ping_group_range` allows it: the kernel keeps other processes' answers away,
and it needs no privilege. Else a raw socket with a filter (see `filters`).

Why recvmsg and not recvmmsg(2) by ctypes: most of what a request and its answer cost is the kernel's anyway
(`python -m bench.icmp.fping`).
"""

import ctypes
import errno
import random
import socket
import struct
import sys
import time
from contextlib import suppress
from typing import Literal, Protocol

from exporters.icmp import filters, packet
from exporters.kit.service import StartError

Mode = Literal["auto", "ping", "raw"]

SENT = 0
BUSY = 1  # a full buffer or queue: nothing was said about the device
FAILED = 2  # no route, or a firewall of our own: nothing left this host

_SO_RCVBUFFORCE = 33
_SO_ATTACH_FILTER = 26
_SO_TIMESTAMPNS = 35  # also its control message's type
_SO_RXQ_OVFL = 40  # likewise
_ICMP6_FILTER = 1
_RECVERR = {socket.AF_INET: (socket.SOL_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
_PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
_ANY = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104  # no address of ours: the route chooses

_RECEIVE_BUFFER = 16 * 1024 * 1024  # the default holds 256 answers, this some 20,000
_BUFFER = 2048
_ANCILLARY = socket.CMSG_SPACE(16) + socket.CMSG_SPACE(4)
_ERROR_ANCILLARY = socket.CMSG_SPACE(64)
_ERRORS_A_DRAIN = 256
_TIMESPEC = struct.Struct("=qq")
_SECOND_NS = 1_000_000_000
_BUSY_ERRORS = frozenset({errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM, errno.EINTR})

Sockaddr = tuple[str, int] | tuple[str, int, int, int]


class Sink(Protocol):
    """Who is told what a drain finds."""

    def on_reply(self, sequence: int, index: int, sent_ns: int, host: str, received_ns: int) -> None:
        """An echo reply with our cookie; both times are monotonic nanoseconds."""
        ...

    def on_error(self, sequence: int, host: str, code: str) -> None:
        """An ICMP error that quotes our request to `host`."""
        ...


class IcmpSocket:
    """An open socket.

    Attributes:
        family: AF_INET or AF_INET6.
        raw: Whether it is a raw socket.
        identifier: The ICMP identifier of all its requests.
        sent: Requests that the kernel took.
        received: Messages read.
        foreign: Messages read that were no answer to us: another cookie, cut off, a wrong checksum.
        dropped: Messages that the kernel dropped because the receive buffer was full.
        errors: Failed sends by the name of their errno.
    """

    def __init__(self, sock: socket.socket, *, raw: bool, identifier: int, cookie: bytes) -> None:
        self.family = int(sock.family)
        self.raw = raw
        self.identifier = identifier
        self.sent = self.received = self.foreign = self.dropped = 0
        self.errors: dict[str, int] = {}
        self._socket = sock
        self._cookie = cookie
        self._reply_type = packet.REPLY_TYPE[self.family]
        self._has_ip_header = raw and self.family == socket.AF_INET
        self._build = packet.EchoBuilder(self.family, identifier, cookie).build
        self._view = memoryview(bytearray(_BUFFER))
        self._buffers = [self._view]

    def fileno(self) -> int:
        """The descriptor, for the event loop."""
        return self._socket.fileno()

    def close(self) -> None:
        """Closes the socket."""
        self._socket.close()

    def send(self, sockaddr: Sockaddr, sequence: int, index: int, sent_ns: int) -> int:
        """Sends one request.

        Returns:
            SENT, BUSY or FAILED.
        """
        data = self._build(sequence, index, sent_ns)
        try:
            self._socket.sendto(data, sockaddr)
        except OSError as error:
            if self.raw or error.errno in _BUSY_ERRORS:
                return self._failed(error)
            # A ping socket reports an ICMP error about an earlier request here, once: this send tried nothing yet.
            try:
                self._socket.sendto(data, sockaddr)
            except OSError as again:
                return self._failed(again)
        self.sent += 1
        return SENT

    def drain(self, sink: Sink, limit: int) -> bool:  # noqa: C901  # flat: a call a message costs what its parsing does
        """Reads up to `limit` messages into `sink`.

        Returns:
            True when nothing is left to read.
        """
        # The kernel stamps with the real-time clock: one offset for the batch makes it monotonic, so that a step of
        # the clock while a request is under way does no harm.
        now = time.monotonic_ns()
        offset = time.time_ns() - now
        newest = now + _SECOND_NS
        receive, buffers, view = self._socket.recvmsg_into, self._buffers, self._view
        on_reply, timespec, parse = sink.on_reply, _TIMESPEC.unpack, packet.REPLY.unpack_from
        cookie, reply_type, has_ip_header = self._cookie, self._reply_type, self._has_ip_header
        shortest = packet.REPLY.size
        at = 0
        for _ in range(limit):
            try:
                size, ancillary, _, source = receive(buffers, _ANCILLARY)
            except OSError as error:
                if not self.raw:
                    self._drain_errors(sink)
                if error.errno in {errno.EAGAIN, errno.EINTR}:
                    return True
                continue
            self.received += 1
            if has_ip_header:
                at = (view[0] & 15) * 4
            if size - at >= shortest:
                kind, sequence, found, sent_ns, index = parse(view, at)
                # A raw IPv4 socket gets messages before the kernel checks their sum. Inline: a call a message is dear.
                if (
                    found == cookie
                    and kind == reply_type
                    and (not has_ip_header or int.from_bytes(view[at:size], "big") % 65535 == 0)
                ):
                    received_ns = 0
                    for _, control, data in ancillary:
                        if control == _SO_TIMESTAMPNS:
                            seconds, rest = timespec(data)
                            received_ns = seconds * _SECOND_NS + rest - offset
                        elif control == _SO_RXQ_OVFL:
                            self.dropped = int.from_bytes(data, sys.byteorder)
                    if not sent_ns <= received_ns <= newest:  # no stamp, or the clock was just set
                        received_ns = time.monotonic_ns()
                    on_reply(sequence, index, sent_ns, source[0], received_ns)
                    continue
            self._other(view[:size], sink)
        return False

    def _other(self, message: memoryview, sink: Sink) -> None:
        """A message that is no answer of ours: on a raw socket it may be an ICMP error."""
        quoted = None
        if self.raw and len(message) >= 8:
            parse = packet.parse_error_v4 if self._has_ip_header else packet.parse_error_v6
            quoted = parse(message, self.identifier)
        if quoted is None:
            self.foreign += 1
        else:
            sink.on_error(quoted.sequence, quoted.host, quoted.code)

    def _drain_errors(self, sink: Sink) -> None:
        """Reads a ping socket's error queue (ip(7), IP_RECVERR)."""
        for _ in range(_ERRORS_A_DRAIN):
            try:
                data, ancillary, _, target = self._socket.recvmsg(_BUFFER, _ERROR_ANCILLARY, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, extended in ancillary:
                if (level, kind) == _RECVERR[socket.AddressFamily(self.family)]:
                    quoted = packet.parse_queued_error(self.family, extended, data, target[0], self.identifier)
                    if quoted is not None:
                        self.received += 1
                        sink.on_error(quoted.sequence, quoted.host, quoted.code)

    def _failed(self, error: OSError) -> int:
        name = errno.errorcode.get(error.errno or 0, "unknown")
        self.errors[name] = self.errors.get(name, 0) + 1
        return BUSY if error.errno in _BUSY_ERRORS else FAILED


def new_cookie() -> bytes:
    """Returns what marks this process's requests."""
    return random.SystemRandom().randbytes(packet.COOKIE_SIZE)


def open_socket(family: int, cookie: bytes, mode: Mode = "auto") -> IcmpSocket:
    """Opens the best socket that this process may have.

    Args:
        family: AF_INET or AF_INET6.
        cookie: What `new_cookie` gave.
        mode: "ping" or "raw" to have that kind only.

    Raises:
        StartError: Neither kind is permitted; the text says the remedies.
        OSError: The host lacks the family, or is out of descriptors.
    """
    openers = {"ping": (_open_ping,), "raw": (_open_raw,), "auto": (_open_ping, _open_raw)}[mode]
    for opener in openers:
        with suppress(PermissionError):
            return opener(socket.AddressFamily(family), cookie)
    raise StartError(
        "icmp: this process may open neither a ping socket nor a raw one. Put its group into the sysctl "
        "net.ipv4.ping_group_range (`sysctl -w net.ipv4.ping_group_range='GID GID'`; it holds for IPv6 too), "
        "or give it CAP_NET_RAW (systemd: AmbientCapabilities=CAP_NET_RAW)"
    )


def _open_ping(family: socket.AddressFamily, cookie: bytes) -> IcmpSocket:
    sock = socket.socket(family, socket.SOCK_DGRAM, _PROTOCOL[family])
    sock.bind((_ANY[family], 0))  # the kernel chooses an identifier that no other ping socket has
    level, option = _RECVERR[family]
    sock.setsockopt(level, option, 1)
    return _prepared(sock, cookie, raw=False, identifier=sock.getsockname()[1])


def _open_raw(family: socket.AddressFamily, cookie: bytes) -> IcmpSocket:
    sock = socket.socket(family, socket.SOCK_RAW, _PROTOCOL[family])
    identifier = random.SystemRandom().randrange(1, 65536)
    code = ctypes.create_string_buffer(filters.program(family, identifier))
    program = struct.pack("@HP", (len(code) - 1) // 8, ctypes.addressof(code))  # struct sock_fprog
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, filters.icmp6_filter())
    return _prepared(sock, cookie, raw=True, identifier=identifier)


def _prepared(sock: socket.socket, cookie: bytes, *, raw: bool, identifier: int) -> IcmpSocket:
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
    except PermissionError:  # without CAP_NET_ADMIN as much as net.core.rmem_max allows
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    return IcmpSocket(sock, raw=raw, identifier=identifier, cookie=cookie)
