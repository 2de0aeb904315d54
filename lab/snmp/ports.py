"""Which interfaces a device has: the platform's, as it spells them, and those that the inventory's links name."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lab.snmp.curves import curve, share
from lab.snmp.port import ETHERNET, LOOPBACK, VIRTUAL, Port
from sotpctl.inventory import canonical_interface

_Row = tuple[str, str, range, int]  # ifName and ifDescr with {} for the number, the numbers, Mb/s
_GIG, _TEN = 1000, 10000
_SERVER: tuple[_Row, ...] = (("lo", "lo", range(1), 0), ("eth{}", "eth{}", range(7), _GIG))

LAYOUTS: Mapping[str, tuple[_Row, ...]] = {
    "cisco-iosxe": (
        ("Gi0/0", "GigabitEthernet0/0", range(1), _GIG),
        ("Te1/0/{}", "TenGigabitEthernet1/0/{}", range(1, 25), _TEN),
        ("Lo{}", "Loopback{}", range(1), 0),
        ("Vl{}", "Vlan{}", range(1, 4), _GIG),
    ),
    "cisco-ios": (
        ("Gi1/0/{}", "GigabitEthernet1/0/{}", range(1, 51), _GIG),
        ("Vl{}", "Vlan{}", range(1, 2), _GIG),
    ),
    "cisco-nxos": (("mgmt0", "mgmt0", range(1), _GIG), ("Ethernet1/{}", "Ethernet1/{}", range(1, 49), _TEN)),
    "juniper-junos": (
        ("fxp0", "fxp0", range(1), _GIG),
        ("lo0", "lo0", range(1), 0),
        ("xe-0/0/{}", "xe-0/0/{}", range(8), _TEN),
        ("ge-0/1/{}", "ge-0/1/{}", range(8), _GIG),
    ),
    "arista-eos": (("Ethernet{}", "Ethernet{}", range(1, 49), _TEN), ("Management1", "Management1", range(1), _GIG)),
    "fortinet-fortios": (("port{}", "port{}", range(1, 13), _TEN), ("mgmt", "mgmt", range(1), _GIG)),
    "linux": _SERVER,
    "windows": (("ethernet_{}", "Intel(R) Ethernet Server Adapter #{}", range(32768, 32776), _GIG),),
    "mikrotik-routeros": (
        ("ether{}", "ether{}", range(1, 9), _GIG),
        ("sfp-sfpplus{}", "sfp-sfpplus{}", range(1, 5), _TEN),
        ("bridge", "bridge", range(1), 0),
    ),
    "huawei-vrp": (
        ("MEth0/0/1", "MEth0/0/1", range(1), _GIG),
        ("GigabitEthernet0/0/{}", "GigabitEthernet0/0/{}", range(1, 25), _GIG),
        ("XGigabitEthernet0/0/{}", "XGigabitEthernet0/0/{}", range(1, 5), _TEN),
        ("NULL0", "NULL0", range(1), 0),
    ),
    "hp-procurve": (("{}", "{}", range(1, 25), _GIG), ("A{}", "A{}", range(1, 5), _TEN)),
    "aruba-cx": (("1/1/{}", "1/1/{}", range(1, 49), _GIG), ("1/1/{}", "1/1/{}", range(49, 53), _TEN)),
}
_USED = 0.6  # of the ports without a link of the inventory; the first one always is: the device is reached somehow
_SHUT = 0.15


class Cable(NamedTuple):
    """A port's other end, as the inventory has it: device and canonical interface."""

    device: str
    interface: str


def ports(name: str, platform: str, cables: Mapping[str, Cable], born: float) -> dict[str, Port]:
    """Returns a device's ports by name.

    Args:
        name: The device.
        platform: Its layout's name; others look like a Linux host.
        cables: The other ends, by the canonical names of its own interfaces.
        born: When its counters began.
    """
    rows = _names(platform, cables)
    found: dict[str, Port] = {}
    first = True
    for row in rows:
        found[row[0]] = _port(name, row, cables.get(canonical_interface(row[0])), born, used=first and row[2] > 0)
        first = first and not row[2]
    return found


def _names(platform: str, wanted: Iterable[str]) -> Iterable[tuple[str, str, int]]:
    missing = set(wanted)
    for name, descr, numbers, speed in LAYOUTS.get(platform, _SERVER):
        for number in numbers:
            missing.discard(canonical_interface(name.format(number)))
            yield name.format(number), descr.format(number), speed
    for name in sorted(missing):
        yield name, name, _GIG


def _port(device: str, row: tuple[str, str, int], cable: Cable | None, born: float, *, used: bool) -> Port:
    name, descr, speed = row
    own = f"{device} {canonical_interface(name)}"
    chance = share(own)
    plugged = used or cable is not None or not speed or chance < _USED
    kind = ETHERNET if speed else LOOPBACK if name.lower().startswith("lo") else VIRTUAL
    if cable:
        sent, received = f"{own} out", f"{cable.device} {cable.interface} out"
    else:
        sent, received = f"{own} out", f"{own} in"
    return Port(
        name=name,
        descr=descr,
        alias=f"to {cable.device} {cable.interface}" if cable else "",
        speed=speed,
        kind=kind,
        admin=plugged or chance < 1 - _SHUT,
        plugged=plugged,
        inbound=curve(_octets(received, speed, linked=cable is not None), received),
        outbound=curve(_octets(sent, speed, linked=cable is not None), sent),
        born=born,
        changed=born,
    )


def _octets(seed: str, speed: int, *, linked: bool) -> float:
    """Octets a second on average: 5 to 25 % of a link's speed, up to 4 % of another port's."""
    used = 0.05 + 0.2 * share(f"{seed} share") if linked else 0.04 * share(f"{seed} share") ** 2
    return used * max(speed, 1) * 1e6 / 8


def join(one: Port, other: Port, sides: tuple[str, str]) -> None:
    """Gives both ends of a cable the slower one's speed, and makes what one sends what the other receives.

    Args:
        one: A port.
        other: What it is plugged into.
        sides: `DEVICE INTERFACE` of the two, canonical.
    """
    speed = min(one.speed, other.speed) or _GIG
    one.speed = other.speed = speed
    there, back = (curve(_octets(f"{side} out", speed, linked=True), f"{side} out") for side in sides)
    one.outbound = other.inbound = there
    other.outbound = one.inbound = back
