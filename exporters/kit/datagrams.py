"""Sockets that take datagrams of devices: bound for both kinds of addresses, with a large buffer."""

import socket

from exporters.kit.service import StartError

_SO_RCVBUFFORCE = 33  # socket(7); Python has no name for it


def bind(host: str, port: int, setting: str) -> socket.socket:
    """Returns a UDP socket that doesn't block; `::` and "" take IPv4 too.

    Args:
        host: An address, or "" for all.
        port: Its port.
        setting: Where the user can choose another, for the error.

    Raises:
        StartError: It can't be had.
    """
    family = socket.AF_INET6 if ":" in host or (not host and socket.has_dualstack_ipv6()) else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(bool(host) and host != "::"))
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise StartError(f"can't listen on UDP {host}:{port}: {error.strerror}; choose another in {setting}") from error
    return made


def enlarge(made: socket.socket, size: int) -> None:
    """Asks for a receive buffer in bytes: all where it may (CAP_NET_ADMIN), else what the system allows."""
    try:
        made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except OSError:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
