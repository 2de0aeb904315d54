"""One UDP socket for an address family: unconnected, non-blocking, drained in bounded batches.

One socket for all devices, because a socket a device costs a descriptor, a registration in the event loop and a system
call more; so whoever an answer comes from is ours to check.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from exporters.snmp.agent import Sockaddr

SENT = 0
BUSY = 1  # a full buffer or queue: nothing was said about the device
FAILED = 2  # no route, or a firewall of our own: nothing left this host
BATCH = 64  # messages that are read in a turn of the loop: some ms

_SO_RCVBUFFORCE = 33
_RECVERR = {socket.AF_INET: (socket.SOL_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
_RECEIVE_BUFFER = 8 * 1024 * 1024  # the default holds some 100 large answers, this some 4,000
_LARGEST = 65535
_ERRORS_A_DRAIN = 256
_ERROR_ANCILLARY = socket.CMSG_SPACE(64)
_NOTHING = frozenset({errno.EAGAIN, errno.EINTR})
_BUSY_ERRORS = frozenset({errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM, errno.EINTR})

OnMessage = Callable[[bytes, Sockaddr], None]
OnError = Callable[[bytes, Sockaddr, str], None]


class UdpSocket:
    """An open socket.

    Attributes:
        family: AF_INET or AF_INET6.
        sent: Messages that the kernel took.
        received: Messages read.
        errors: Failed sends by the name of their errno.
    """

    def __init__(self, family: int, address: str = "") -> None:
        """Opens it.

        Args:
            family: AF_INET or AF_INET6.
            address: The source address; empty: the route chooses.

        Raises:
            OSError: The host lacks the family or the address, or is out of descriptors.
        """
        self.family = socket.AddressFamily(family)
        self.sent = self.received = 0
        self.errors: dict[str, int] = {}
        self._reported = False  # an error that its queue has more to say about
        self._socket = socket.socket(self.family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            if self.family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.bind((address, 0))
            self._socket.setsockopt(*_RECVERR[self.family], 1)
            try:
                self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
            except PermissionError:  # without CAP_NET_ADMIN as much as net.core.rmem_max allows
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """The descriptor, for the event loop."""
        return self._socket.fileno()

    def close(self) -> None:
        """Closes the socket."""
        self._socket.close()

    def send(self, data: bytes, sockaddr: Sockaddr) -> tuple[int, str]:
        """Sends one message.

        Returns:
            SENT, BUSY or FAILED, and what a failure is called.
        """
        try:
            self._socket.sendto(data, sockaddr)
        except OSError as error:
            if error.errno in _BUSY_ERRORS:
                return self._failed(error)
            # An ICMP error about an earlier message to whomever is reported here, once: this send tried nothing yet.
            self._reported = True
            try:
                self._socket.sendto(data, sockaddr)
            except OSError as again:
                return self._failed(again)
        self.sent += 1
        return SENT, ""

    def drain(self, on_message: OnMessage, on_error: OnError, limit: int) -> bool:
        """Reads up to `limit` messages.

        Args:
            on_message: Called with each and its sender.
            on_error: Called for each ICMP error with our message (perhaps cut off), whom it was for, and the error.
            limit: How many at most.

        Returns:
            True when nothing is left to read.
        """
        receive = self._socket.recvfrom
        for number in range(limit):
            try:
                data, source = receive(_LARGEST)
            except OSError as error:
                if error.errno in _NOTHING:
                    if self._reported or not number:  # woken for no message: it is for the errors
                        self._reported = False
                        self._drain_errors(on_error)
                    return True
                self._reported = True
                continue
            self.received += 1
            on_message(data, source)
        return False

    def _drain_errors(self, on_error: OnError) -> None:
        """Reads the error queue (ip(7), IP_RECVERR)."""
        for _ in range(_ERRORS_A_DRAIN):
            try:
                data, ancillary, _, target = self._socket.recvmsg(_LARGEST, _ERROR_ANCILLARY, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, extended in ancillary:
                if (level, kind) == _RECVERR[self.family]:
                    number = int.from_bytes(extended[:4], "little")  # struct sock_extended_err begins with the errno
                    with suppress(ValueError):
                        on_error(data, target, os.strerror(number))

    def _failed(self, error: OSError) -> tuple[int, str]:
        name = errno.errorcode.get(error.errno or 0, "unknown")
        self.errors[name] = self.errors.get(name, 0) + 1
        return (BUSY if error.errno in _BUSY_ERRORS else FAILED), os.strerror(error.errno or 0)


class Sockets:
    """The socket of each family in use: opened when it is first needed, read when the event loop says so.

    Attributes:
        open: By family.
    """

    def __init__(self, on_message: OnMessage, on_error: OnError) -> None:
        """Creates it; who is called is as with `UdpSocket.drain`."""
        self.open: dict[int, UdpSocket] = {}
        self._handlers = (on_message, on_error)
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begins; nothing is open yet."""
        self._loop = loop

    def stop(self) -> None:
        """Closes all."""
        for sock in self.open.values():
            if self._loop:
                self._loop.remove_reader(sock.fileno())
            sock.close()
        self.open.clear()
        self._loop = None

    def of(self, family: int) -> UdpSocket | str:
        """Returns the family's socket, or why there is none."""
        sock = self.open.get(family)
        if sock is None:
            if self._loop is None:
                return "the engine isn't running"
            try:
                sock = UdpSocket(family)
            except OSError as error:
                return f"this host can't open a socket: {error.strerror}"
            self.open[family] = sock
            self._loop.add_reader(sock.fileno(), sock.drain, *self._handlers, BATCH)
        return sock

    def drain(self) -> bool:
        """Reads a batch from each; returns whether nothing is left to read."""
        return all([sock.drain(*self._handlers, BATCH) for sock in self.open.values()])  # noqa: C419  # from each
