"""Whose message it is: by the address that it came from, or by the name in it where a relay sent it. Pure.

A name in a message is anybody's to write: it is believed only of the relays that the inventory names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporters.kit.addresses import normal

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
        self._given = {normal(address): device for address, device in addresses.items()}
        self._by_address: Mapping[str, Device] = self._given
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

    def resolve(self, found: Iterable[tuple[Device, Iterable[str]]]) -> list[tuple[str, Device, Device]]:
        """Takes the addresses of the devices that have a name, in the place of those that it had of them.

        An address that the inventory itself gives stays its device's; of two names with the same the first counts.

        Returns:
            The addresses that another device has already: address, who has it, and who doesn't get it.
        """
        looked: dict[str, Device] = {}
        taken = []
        for device, addresses in found:
            for address in map(normal, addresses):
                owner = self._given.get(address) or looked.setdefault(address, device)
                if owner is not device:
                    taken.append((address, owner, device))
        self._by_address = looked | self._given
        self._found.clear()
        return taken

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
