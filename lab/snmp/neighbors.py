"""Who is next to whom: the inventory's cables, and the BGP sessions over those that join two sites."""

from ipaddress import AddressValueError, IPv4Address

from lab.snmp.device import Device, Session
from lab.snmp.port import Port
from sotpctl.inventory import Inventory

End = tuple[str, str]
"""A device and one of its interfaces, canonical."""

_FIRST_AS = 65001  # of those for private use (RFC 6996); each site is one


def cables(inventory: Inventory) -> dict[End, End]:
    """Returns both directions of every cable between enabled devices."""
    enabled = {device.name for device in inventory.enabled()}
    found: dict[End, End] = {}
    for link in inventory.links:
        if {link.device, link.peer} <= enabled:
            found[link.device, link.interface] = (link.peer, link.peer_interface)
            found[link.peer, link.peer_interface] = (link.device, link.interface)
    return found


def sessions(inventory: Inventory, device: Device) -> tuple[Session, ...]:
    """Returns a device's BGP sessions: one with each neighbour of another site that has an IPv4 address."""
    numbers = {site: _FIRST_AS + number for number, site in enumerate(sorted(inventory.sites))}
    found: dict[tuple[IPv4Address, int], list[Port]] = {}
    for port, neighbor in device.neighbors.items():
        peer = inventory.devices[neighbor.device]
        if peer.site == device.site or not peer.site:
            continue
        try:
            address = IPv4Address(str(peer.address))
        except AddressValueError:
            continue
        found.setdefault((address, numbers[peer.site]), []).append(device.ports[port])
    return tuple(Session(*peer, tuple(ports)) for peer, ports in sorted(found.items()))
