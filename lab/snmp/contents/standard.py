"""The tables that every device has: SNMPv2-MIB's system group, IF-MIB, LLDP-MIB; and ENTITY-MIB's rows for the rest."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from lab.snmp.curves import Curve, Moving
from lab.snmp.device import Device
from lab.snmp.mib import Mib
from lab.snmp.port import BROADCAST_SHARE, PACKET, Port

_IF, _IFX = "1.3.6.1.2.1.2.2.1.{}", "1.3.6.1.2.1.31.1.1.1.{}"
_ENTITY = "1.3.6.1.2.1.47.1.1.1.1.{}"
_LOCAL, _REMOTE = "1.0.8802.1.1.2.1.3.7.1.{}", "1.0.8802.1.1.2.1.4.1.1.{}"
_T = TypeVar("_T")
_SPEED_MOST = 2**32 - 1  # ifSpeed's
_UP, _DOWN = 1, 2
_INTERFACE_NAME, _MAC = 5, 4  # LldpPortIdSubtype, LldpChassisIdSubtype
CHASSIS, SUPPLY, FAN, SENSOR, MODULE = 3, 6, 7, 8, 9  # PhysicalClass


def system(mib: Mib, device: Device, object_id: str, descr: str) -> None:
    """Adds the system group."""
    group = "1.3.6.1.2.1.1.{}"
    mib.text(group.format(1), descr)
    mib.object_id(group.format(2), object_id)
    mib.ticks(group.format(3), device.uptime)
    mib.text(group.format(4), "noc@example.net")
    mib.text(group.format(5), device.name)
    mib.text(group.format(6), device.site)
    mib.integer(group.format(7), 72)


def engine(mib: Mib, device: Device, engine_id: bytes) -> None:
    """Adds SNMP-FRAMEWORK-MIB's snmpEngine."""
    group = "1.3.6.1.6.3.10.2.1.{}"
    mib.text(group.format(1), engine_id)
    mib.integer(group.format(2), device.condition.boots)
    mib.integer(group.format(3), lambda now: int(now - device.condition.booted))


def numbered(device: Device) -> Iterator[tuple[int, Port]]:
    """Yields each port with its ifIndex: from 1, or after a renumbering from 101 with the last one first, and so on."""
    times = device.condition.renumbered
    ports = list(device.ports.values())
    shift = times % len(ports) if ports else 0
    yield from enumerate(ports[len(ports) - shift :] + ports[: len(ports) - shift], 100 * times + 1)


def interfaces(mib: Mib, device: Device) -> None:
    """Adds ifNumber, ifTable and ifXTable."""
    mib.integer("1.3.6.1.2.1.2.1", len(device.ports))
    for index, port in numbered(device):
        _if_row(mib, device, port, index)
        _if_x_row(mib, port, index)


def _if_row(mib: Mib, device: Device, port: Port, index: int) -> None:
    mib.integer(_IF.format(1), index, index)
    mib.text(_IF.format(2), port.descr, index)
    mib.integer(_IF.format(3), port.kind, index)
    mib.integer(_IF.format(4), 1500, index)
    mib.gauge(_IF.format(5), min(port.speed * 1_000_000, _SPEED_MOST), index)
    mib.text(_IF.format(6), device.mac, index)
    mib.integer(_IF.format(7), _UP if port.admin else _DOWN, index)
    mib.integer(_IF.format(8), lambda _now: _UP if port.up else _DOWN, index)
    mib.ticks(_IF.format(9), lambda _now: max(0.0, port.changed - device.condition.booted) * 100, index)
    for column, curve in ((10, port.inbound), (16, port.outbound)):
        mib.counter(_IF.format(column), _octets(port, curve), index)
        mib.counter(_IF.format(column + 1), _octets(port, curve, 1 / PACKET), index)
    for discards, errors, curve, part in ((13, 14, port.inbound, 1.0), (19, 20, port.outbound, 0.1)):
        mib.counter(_IF.format(discards), _errors(port, curve, part / 4), index)
        mib.counter(_IF.format(errors), _errors(port, curve, part), index)


def _if_x_row(mib: Mib, port: Port, index: int) -> None:
    mib.text(_IFX.format(1), port.name, index)
    for column, curve in ((6, port.inbound), (10, port.outbound)):
        mib.counter64(_IFX.format(column), _octets(port, curve), index)
        mib.counter64(_IFX.format(column + 1), _octets(port, curve, 1 / PACKET), index)
        for other in (column + 2, column + 3):  # multicast, broadcast
            mib.counter64(_IFX.format(other), _octets(port, curve, BROADCAST_SHARE / PACKET), index)
    mib.gauge(_IFX.format(15), port.speed, index)
    mib.integer(_IFX.format(17), _UP, index)
    mib.text(_IFX.format(18), port.alias, index)


def lldp(mib: Mib, device: Device) -> None:
    """Adds lldpLocPortTable and lldpRemTable: a neighbour is there while the port is up."""
    for index, port in numbered(device):
        mib.integer(_LOCAL.format(2), _INTERFACE_NAME, index)
        mib.text(_LOCAL.format(3), port.name, index)
        mib.text(_LOCAL.format(4), port.descr, index)
        neighbor = device.neighbors.get(port.name)
        if neighbor:
            row = (0, index, 1)  # lldpRemTimeMark, lldpRemLocalPortNum, lldpRemIndex
            mib.integer(_REMOTE.format(4), _while_up(port, _MAC), *row)
            mib.integer(_REMOTE.format(6), _while_up(port, _INTERFACE_NAME), *row)
            for column, text in ((5, neighbor.mac), (7, neighbor.port), (8, neighbor.port_descr), (9, neighbor.device)):
                mib.text(_REMOTE.format(column), _while_up(port, text), *row)


def links(device: Device) -> Iterator[tuple[int, Port]]:
    """Yields the ports that lead to other devices, with their ifIndex: those that have optics."""
    return ((index, port) for index, port in numbered(device) if port.name in device.neighbors)


def left(size: float, used: Moving) -> Moving:
    """Returns what is free of a store."""
    return lambda now: size - int(used(now))


def lit(port: Port, light: Moving, dark: float) -> Moving:
    """Returns the light that a port receives: none when it is down."""
    return lambda now: light(now) if port.up else dark


def _octets(port: Port, curve: Curve, part: float = 1) -> Moving:
    return lambda now: port.passed(curve, now) * part


def _errors(port: Port, curve: Curve, part: float) -> Moving:
    return lambda now: port.errors(curve, now) * part


def _while_up(port: Port, value: _T) -> Callable[[float], _T | None]:
    return lambda _now: value if port.up else None


def entity(
    mib: Mib,
    index: int,
    kind: int,
    name: str,
    descr: str = "",
    *,
    model: str = "",
    serial: str = "",
    software: str = "",
    within: int = 0,
) -> None:
    """Adds a row of ENTITY-MIB's entPhysicalTable."""
    mib.text(_ENTITY.format(2), descr or name, index)
    mib.integer(_ENTITY.format(4), within, index)
    mib.integer(_ENTITY.format(5), kind, index)
    mib.text(_ENTITY.format(7), name, index)
    mib.text(_ENTITY.format(10), software, index)
    mib.text(_ENTITY.format(11), serial, index)
    mib.text(_ENTITY.format(13), model, index)
