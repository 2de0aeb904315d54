"""Devices that are named, not numbered: their addresses, looked up again a minute after the last time.

A lookup runs in a thread of its own: a resolver that hangs neither holds up the loop nor the end of the process. While
it fails or hangs, the last good address stays in use, and a poll has nearly all of its time left.
"""

import asyncio
import ipaddress
import socket
import time

from exporters.kit.lookup import Lookup, in_thread, system_lookup
from exporters.kit.names import AGAIN_S
from exporters.snmp.agent import Sockaddr

_PATIENCE_S = 0.25  # for a resolver, where an address is known


class Resolver:
    """Knows addresses.

    Attributes:
        failures: Lookups that failed.
    """

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self.failures = 0
        self._lookup = lookup
        self._known: dict[tuple[str, int], tuple[str, float]] = {}
        self._running: dict[tuple[str, int], asyncio.Task[str]] = {}

    async def sockaddr(self, host: str, family: int, port: int, deadline: float) -> Sockaddr:
        """Returns where requests go.

        Args:
            host: An address or a name.
            family: AF_INET, AF_INET6 or 0 for any.
            port: UDP.
            deadline: Monotonic seconds.

        Raises:
            OSError: The name has no address, and never had one.
        """
        try:
            return _numeric(host, port)
        except ValueError:
            pass
        key = (host, family)
        address, since = self._known.get(key, ("", 0.0))
        if not address or time.monotonic() - since > AGAIN_S:
            running = self._running.get(key)
            if running is None:
                running = self._running[key] = asyncio.create_task(self._look(key))
            left = max(0.0, deadline - time.monotonic())
            try:
                address = await asyncio.wait_for(asyncio.shield(running), min(left, _PATIENCE_S) if address else left)
            except OSError:  # TimeoutError is one
                if not address:
                    raise
        return _numeric(address, port)

    async def _look(self, key: tuple[str, int]) -> str:
        try:
            address = (await in_thread(self._lookup, *key))[0]
        except OSError:
            self.failures += 1
            raise
        finally:
            del self._running[key]
        self._known[key] = (address, time.monotonic())
        return address


def _numeric(host: str, port: int) -> Sockaddr:
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv4Address):
        return (host, port)
    zone = address.scope_id or ""
    scope = (int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)) if zone else 0
    return (
        socket.inet_ntop(socket.AF_INET6, address.packed),
        port,
        0,
        scope,
    )  # as the kernel spells an answer's sender
