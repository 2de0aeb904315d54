"""From the inventory to the simulated network: who is there, how far away, how well it answers. Pure and deterministic.

A device's round trip grows with its hops from the prober and with its site (a line of 4 to 26 ms for each site but the
prober's), plus a little of its own; between 0.3 and 30 ms. Both come from hashes of names, so every lab of an
inventory has the same times.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address

from lab.network import Node, Quality
from sotpctl.inventory import Device, Inventory

SMTP, HTTP = "127.0.0.1:10125", "127.0.0.1:10180"
"""Where the sink listens unless told otherwise."""

_JITTER = 0.1  # of the delay
_TTL, _TTL_CISCO = 64, 255


def nodes(inventory: Inventory) -> tuple[Node, ...]:
    """Every enabled device of an inventory as the lab simulates it."""
    devices = inventory.enabled()
    hops = _hops({device.name: device.parents for device in devices})
    near = [device for device in devices if not hops[device.name]]
    home = near[0].site if near else None
    return tuple(_node(device, hops[device.name], device.site == home) for device in devices)


def smtp_address(inventory: Inventory) -> str:
    """Where the sink takes mail: the smarthost of the first email receiver that has it on this machine."""
    for receiver in inventory.alerting.receivers.values():
        if receiver.email is not None:
            host, _, port = str(receiver.email.smarthost).rpartition(":")
            if host in {"127.0.0.1", "localhost"}:
                return f"127.0.0.1:{port}"
    return SMTP


def _node(device: Device, hops: int, is_home: bool) -> Node:
    packed, unsimulated = _address(str(device.address))
    line = 0.0 if is_home else 0.004 + 0.022 * _share(f"site {device.site}")
    delay = 0.0003 + 0.0003 * min(hops, 5) + line + 0.002 * _share(device.name)
    delay = round(delay, 4)
    return Node(
        name=device.name,
        site=device.site or "",
        address=str(device.address),
        packed=packed,
        unsimulated=unsimulated,
        parents=tuple(device.parents),
        quality=Quality(delay, round(delay * _JITTER, 5)),
        ttl=max(1, (_TTL_CISCO if device.vendor == "cisco" else _TTL) - hops),
    )


def _address(text: str) -> tuple[bytes | None, str]:
    """The address in network order, or None and why nothing can answer there."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return None, "its address is a name, and the lab has no DNS"
    if address.is_loopback or address.is_unspecified:
        return None, "its address is the prober's own"
    if address.is_multicast or (address.version == 6 and address.is_link_local):
        return None, "its address can't be routed"
    return address.packed, ""


def _hops(parents: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many devices stand between the prober and each device, on the shortest way."""
    children: dict[str, list[str]] = {}
    level = [name for name, above in parents.items() if not any(parent in parents for parent in above)]
    for name, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(name)
    hops: dict[str, int] = {}
    depth = 0
    while level:
        level = [name for name in dict.fromkeys(level) if name not in hops]
        hops.update(dict.fromkeys(level, depth))
        level = [child for name in level for child in children.get(name, ()) if child in parents]
        depth += 1
    return hops


def _share(text: str) -> float:
    """A number from 0 to 1 that belongs to the text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32
