"""Whose datagram it is: by its source address alone. What a message says of itself is anybody's to write. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporters.kit.addresses import literal, normal


@dataclass(frozen=True, slots=True)
class Device:
    """A device that may send.

    Attributes:
        name: As in the inventory.
        address: Where from: an IP address, or a name that is looked up.
        family: AF_INET or AF_INET6, 0 for either: which of a name's addresses count.
        platform: What decides the traps that it has.
        auth: A key of the auths.
    """

    name: str
    address: str
    family: int
    platform: str
    auth: str

    @property
    def literal(self) -> bool:
        """Whether the address needs no looking up."""
        return literal(self.address)


class Senders:
    """Finds devices by address. Several may share one (contexts of a firewall): their auths tell them apart."""

    def __init__(self, devices: Iterable[Device], found: Mapping[str, tuple[str, ...]]) -> None:
        """Takes the devices.

        Args:
            devices: All that may send, in order: of those with the same address and auth the first counts.
            found: By device, the addresses of names that were looked up.
        """
        self._by_address: dict[str, tuple[Device, ...]] = {}
        for device in devices:
            for address in (device.address,) if device.literal else found.get(device.name, ()):
                key = normal(address)
                self._by_address[key] = (*self._by_address.get(key, ()), device)

    def __contains__(self, address: object) -> bool:
        return address in self._by_address

    def of(self, address: str) -> tuple[Device, ...]:
        """Returns the devices of an address in its one spelling (`normal`)."""
        return self._by_address.get(address, ())
