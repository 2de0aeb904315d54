"""Switches of Arista (standard MIBs only), HP ProCurve (HP-ICF-…) and Aruba CX (ARUBAWIRED-…)."""

from lab.snmp.contents import hosts
from lab.snmp.contents.standard import CHASSIS, FAN, SENSOR, SUPPLY, entity, left, links
from lab.snmp.curves import Moving
from lab.snmp.device import Device
from lab.snmp.mib import Mib

_PHY_SENSOR = "1.3.6.1.2.1.99.1.1.1.{}"  # ENTITY-SENSOR-MIB (RFC 3433)
_STATE_OPER = "1.3.6.1.2.1.131.1.1.1.3"  # ENTITY-STATE-MIB (RFC 4268)
_ENABLED, _DISABLED = 3, 2
_WATTS, _CELSIUS, _RPM = 6, 8, 10
_MICRO, _UNITS = 7, 9
_ICF, _ICF_5 = "1.3.6.1.4.1.11.2.14.11.1.2.6.1.{}", "1.3.6.1.4.1.11.2.14.11.5.1.{}"
_ARUBA = "1.3.6.1.4.1.47196.4.1.1.3.{}"
_MB, _GB = 1 << 20, 1 << 30


def eos(mib: Mib, device: Device) -> None:
    """Arista EOS."""
    entity(mib, 1, CHASSIS, "Chassis", "DCS-7050TX-48 Chassis", model="DCS-7050TX-48",
           serial=device.serial, software="4.30.3M")  # fmt: skip
    hosts.processors(mib, device, 5, 1, "AMD GX-424CC SOC with Radeon(tm) R5E Graphics")
    hosts.storage(mib, 1, hosts.RAM, "RAM", 4 * _GB, device.used(4 * _GB, "ram", 0.5, 0.7))
    hosts.storage(mib, 2, hosts.RAM, "RAM (Buffers)", 4 * _GB, device.used(4 * _GB, "buffers", 0.01, 0.03))
    hosts.storage(mib, 3, hosts.RAM, "RAM (Cache)", 4 * _GB, device.used(4 * _GB, "cache", 0.1, 0.2))
    for number, name in enumerate(("Cpu temp sensor", "Front-panel temp sensor", "Rear temp sensor"), 1):
        _sensor(mib, 100006000 + number, name, _CELSIUS, (_UNITS, 1), device.celsius(30 + 5 * number, name, 10))
    for number in (1, 2, 3, 4):
        tray = 100600000 + number * 10000
        entity(mib, tray, FAN, f"Fan Tray {number}", within=1)
        mib.integer(_STATE_OPER, device.fan(_ENABLED, _DISABLED, number), tray)
        _sensor(mib, tray + 1, f"Fan Tray {number} Fan 1 Sensor 1", _RPM, (_UNITS, 0), device.rpm(9000, number))
    for number in (1, 2):
        supply = 100700000 + number * 10000
        entity(mib, supply, SUPPLY, f"Power Supply {number}", model="PWR-500AC-R", within=1)
        mib.integer(_STATE_OPER, _ENABLED, supply)
    for index, port in links(device):
        for place, way, level in ((1, "RX", 240.0), (2, "TX", 580.0)):
            watts = device.gauge(level * 8, level * 12, f"{port.name} {way}")  # tenths of microwatts
            name = f"DOM {way} Power Sensor for {port.name}"
            _sensor(mib, 100300000 + index * 10 + place, name, _WATTS, (_MICRO, 1), watts)


def procurve(mib: Mib, device: Device) -> None:
    """HP ProCurve, ArubaOS-Switch."""
    entity(mib, 1, CHASSIS, "J9776A", "HP J9776A 2530-24G Switch", model="J9776A", serial=device.serial)
    mib.integer(_ICF_5.format("9.6.1"), device.percent())
    size = 128 * _MB
    used = device.used(size)
    mib.integer(_ICF_5.format("1.2.1.1.1.5"), size, 1)
    mib.integer(_ICF_5.format("1.2.1.1.1.6"), left(size, used), 1)
    mib.integer(_ICF_5.format("1.2.1.1.1.7"), used, 1)
    good, bad = 4, 2  # hpicfSensorStatus
    for index, name in enumerate(("Fan Sensor", "Power Supply Sensor", "Over-temperature Sensor"), 1):
        mib.integer(_ICF.format(4), device.fan(good, bad, index), index)
        mib.text(_ICF.format(7), name, index)
    mib.integer(_ICF_5.format("54.2.1.1.4"), device.fan(5, 0), 1)
    mib.integer(_ICF_5.format("55.1.1.1.2"), 3, 1)
    mib.integer(_ICF_5.format("55.1.1.1.4"), device.celsius(38, "supply"), 1)
    mib.integer(_ICF_5.format("55.1.1.1.6"), device.gauge(31, 44, "watts"), 1)
    for index, port in links(device):
        mib.integer(_ICF_5.format("82.1.1.1.1.9"), 1, index)
        mib.integer(_ICF_5.format("82.1.1.1.1.11"), device.celsius(34, port.name, 1000), index)
        mib.integer(_ICF_5.format("82.1.1.1.1.12"), device.gauge(32800, 33200, f"{port.name} V"), index)
        mib.integer(_ICF_5.format("82.1.1.1.1.13"), device.gauge(5800, 6300, f"{port.name} bias"), index)
        mib.integer(_ICF_5.format("82.1.1.1.1.14"), device.gauge(-2600, -2200, f"{port.name} tx"), index)
        mib.integer(_ICF_5.format("82.1.1.1.1.15"), device.gauge(-6800, -5900, f"{port.name} rx"), index)


def aruba_cx(mib: Mib, device: Device) -> None:
    """Aruba CX; processor and memory in HOST-RESOURCES-MIB."""
    entity(mib, 101001, CHASSIS, "Chassis 1", "JL675A 6100 48G CL4 4SFP+ Switch", model="JL675A", serial=device.serial)
    hosts.processors(mib, device, 2, 196608, "ARM Cortex-A53")
    hosts.storage(mib, 1, hosts.RAM, "Physical memory", 4 * _GB, device.used(4 * _GB))
    supply, sensor, fan = _ARUBA.format("11.2.1.1.{}"), _ARUBA.format("11.3.1.1.{}"), _ARUBA.format("11.5.1.1.{}")
    for number in (1, 2):
        mib.text(supply.format(3), f"1/{number}", 1, number)
        mib.integer(supply.format(7), device.gauge(70, 110, f"watts {number}"), 1, number)
        mib.integer(supply.format(11), 1, 1, number)
        mib.text(fan.format(4), f"1/{number}/1", 1, number, 1)
        mib.integer(fan.format(8), device.rpm(5200, number), 1, number, 1)
        mib.integer(fan.format(10), device.fan(4, 5, number), 1, number, 1)
    for number, name in enumerate(("1/1-CPU", "1/1-Inlet-Air", "1/1-Switch-ASIC"), 1):
        mib.text(sensor.format(5), name, 1, 1, number)
        mib.integer(sensor.format(7), device.celsius((48, 26, 52)[number - 1], name, 1000), 1, 1, number)
    for index, port in links(device):
        _aruba_optic(mib, device, port.name, index)


def _aruba_optic(mib: Mib, device: Device, port: str, index: int) -> None:
    """Numbers as text: degrees, volts, milliamperes, milliwatts."""
    optic, lane = _ARUBA.format("27.1.2.1.1.{}"), _ARUBA.format("27.1.2.2.1.{}")
    _decimal(mib, optic.format(2), device.celsius(33, port), index)
    _decimal(mib, optic.format(11), device.gauge(3.27, 3.33, f"{port} V"), index)
    _decimal(mib, lane.format(2), device.gauge(5.9, 6.4, f"{port} bias"), index, 1)
    _decimal(mib, lane.format(7), device.gauge(0.54, 0.61, f"{port} tx"), index, 1)
    _decimal(mib, lane.format(12), device.gauge(0.2, 0.28, f"{port} rx"), index, 1)


def _decimal(mib: Mib, name: str, value: Moving, *index: int) -> None:
    mib.text(name, lambda now: f"{value(now):.2f}", *index)


def _sensor(  # noqa: PLR0917  # a row's columns
    mib: Mib, index: int, name: str, kind: int, unit: tuple[int, int], value: Moving
) -> None:
    """Adds a sensor to ENTITY-MIB and ENTITY-SENSOR-MIB; its unit is a scale and a precision."""
    scale, precision = unit
    entity(mib, index, SENSOR, name)
    mib.integer(_PHY_SENSOR.format(1), kind, index)
    mib.integer(_PHY_SENSOR.format(2), scale, index)
    mib.integer(_PHY_SENSOR.format(3), precision, index)
    mib.integer(_PHY_SENSOR.format(4), value, index)
    mib.integer(_PHY_SENSOR.format(5), 1, index)
