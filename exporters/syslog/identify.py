"""Whose message it is: by the address that it came from, or by the name in it where a relay sent it. Pure.

A name in a message is anybody's to write: it is believed only of the relays that the inventory names.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

UNKNOWN = "unknown"
_KEPT = 16384


@dataclass(frozen=True, slots=True)
class Device:
    """A sender.

    Attributes:
        name: As in the inventory; "unknown" for who isn't in it.
        site, role, platform: Likewise; "" where it has none.
        timezone: The IANA name of its site's zone.
        address: Only of an unknown sender: where the message came from.
    """

    name: str
    site: str = ""
    role: str = ""
    platform: str = ""
    timezone: str = "UTC"
    address: str = ""

    @property
    def known(self) -> bool:
        """Whether it is a device of the inventory."""
        return not self.address


class Directory:
    """Finds devices; built from the inventory's, read for every message."""

    def __init__(
        self, addresses: Mapping[str, Device], *, names: Mapping[str, Device] | None = None, relays: Iterable[str] = ()
    ) -> None:
        """Takes the devices.

        Args:
            addresses: By the source address of their messages.
            names: By what they call themselves, for those behind a relay; a device's own name is always one.
            relays: The addresses whose messages are told by the name in them.
        """
        self._by_address = {normal(address): device for address, device in addresses.items()}
        self._by_name = {device.name.lower(): device for device in self._by_address.values()}
        self._by_name |= {name.lower(): device for name, device in (names or {}).items()}
        self._relays = frozenset(normal(address) for address in relays)
        self._found: dict[str, Device] = {}

    def of(self, address: str, host: str = "") -> Device:
        """Returns the device that sent a message.

        Args:
            address: The source address, as the socket gives it.
            host: The name in the message; "" where it has none.
        """
        found = self._found.get(address)
        if found is None:
            found = self._look(address)
        if host and self.relays(address):
            return self._behind(host) or found
        return found

    def relays(self, address: str) -> bool:
        """Whether messages from there are told by the name in them."""
        return bool(self._relays) and normal(address) in self._relays

    def _look(self, address: str) -> Device:
        plain = normal(address)
        found = self._by_address.get(plain) or Device(UNKNOWN, address=plain)
        if len(self._found) >= _KEPT:  # addresses of UDP are anybody's to make up
            self._found.clear()
        self._found[address] = found
        return found

    def _behind(self, host: str) -> Device | None:
        """Who a relay says it was: by name, with or without its domain, or by address."""
        name = host.lower()
        return (
            self._by_name.get(name) or self._by_name.get(name.partition(".")[0]) or self._by_address.get(normal(host))
        )


@lru_cache(_KEPT)
def normal(address: str) -> str:
    """Returns an address in its one spelling: no zone, no IPv4 within IPv6, compressed; other text as it stands."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0].strip("[]"))
    except ValueError:
        return address
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
