"""Devices that are named, not numbered: their addresses, looked up again a minute after the last time.

A lookup runs in a thread of its own: a resolver that hangs neither holds up the loop nor the end of the process. While
it fails, the last good address stays in use.
"""

import asyncio
import ipaddress
import socket
import threading
import time
from collections.abc import Callable

from exporters.snmp.agent import Sockaddr

AGAIN_S = 60.0

Lookup = Callable[[str, int], str]


def system_lookup(name: str, family: int) -> str:
    """Asks the system's resolver; blocks.

    Returns:
        The address that it prefers.

    Raises:
        OSError: There is none, or the resolver failed.
    """
    found = socket.getaddrinfo(name, None, socket.AddressFamily(family), socket.SOCK_DGRAM)
    return str(found[0][4][0])


class Resolver:
    """Knows addresses.

    Attributes:
        failures: Lookups that failed.
    """

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self.failures = 0
        self._lookup = lookup
        self._known: dict[tuple[str, int], tuple[str, float]] = {}
        self._running: dict[tuple[str, int], asyncio.Future[str]] = {}

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
            running = self._running.get(key) or self._begin(key)
            try:
                address = await asyncio.wait_for(asyncio.shield(running), max(0.0, deadline - time.monotonic()))
            except OSError:  # TimeoutError is one
                if not address:
                    raise
        return _numeric(address, port)

    def _begin(self, key: tuple[str, int]) -> asyncio.Future[str]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[str] = loop.create_future()
        self._running[key] = future
        future.add_done_callback(lambda _: self._ended(key, future))

        def work() -> None:
            try:
                address, error = self._lookup(*key), None
            except OSError as failure:
                address, error = "", failure
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, future, address, error)

        threading.Thread(target=work, daemon=True, name=f"lookup of {key[0]}").start()
        return future

    def _ended(self, key: tuple[str, int], future: asyncio.Future[str]) -> None:
        self._running.pop(key, None)
        if future.cancelled():
            return
        if future.exception():
            self.failures += 1
        else:
            self._known[key] = (future.result(), time.monotonic())


def _settle(future: asyncio.Future[str], address: str, error: OSError | None) -> None:
    if future.done():
        return
    if error:
        future.set_exception(error)
    else:
        future.set_result(address)


def _numeric(host: str, port: int) -> Sockaddr:
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv4Address):
        return (host, port)
    zone = address.scope_id or ""
    scope = (int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)) if zone else 0
    return (host.partition("%")[0], port, 0, scope)
