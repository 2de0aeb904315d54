"""Routers and firewalls: Juniper (JUNIPER-MIB), Fortinet (FORTINET-FORTIGATE-MIB), MikroTik, Huawei."""

from lab.snmp.contents import hosts
from lab.snmp.contents.standard import CHASSIS, FAN, MODULE, SUPPLY, entity, links, lit
from lab.snmp.curves import Moving
from lab.snmp.device import Device
from lab.snmp.mib import Mib, Numbers

_MB, _GB = 1 << 20, 1 << 30
_JNX = "1.3.6.1.4.1.2636.3.{}"
_FGT = "1.3.6.1.4.1.12356.101.4.{}"
_MTXR = "1.3.6.1.4.1.14988.1.1.{}"
_HW, _HW_POWER = "1.3.6.1.4.1.2011.5.25.31.1.1.{}", "1.3.6.1.4.1.2011.6.157.1.{}"


def junos(mib: Mib, device: Device) -> None:
    """Junos: jnxOperatingTable, jnxFruTable and the optics; rows are container.slot.0.0."""
    mib.text(_JNX.format("1.2"), "Juniper MX204 Edge Router")
    mib.text(_JNX.format("1.3"), device.serial)
    for kind, name, heat, size in (
        (9, "Routing Engine 0", 44, 32 * 1024),
        (7, "FPC: BUILTIN @ 0/*/*", 51, 8 * 1024),
    ):
        row = (kind, 1, 0, 0)
        mib.text(_JNX.format("1.13.1.5"), name, *row)
        mib.gauge(_JNX.format("1.13.1.7"), device.celsius(heat, name), *row)
        mib.gauge(_JNX.format("1.13.1.8"), device.percent(name), *row)
        mib.integer(_JNX.format("1.13.1.10"), 0, *row)  # bytes, which don't fit: the megabytes below count
        mib.gauge(_JNX.format("1.13.1.11"), device.used(100, name), *row)
        mib.integer(_JNX.format("1.13.1.15"), size, *row)
    online, offline = 6, 8  # jnxFruState
    for number in (1, 2, 3):
        mib.text(_JNX.format("1.15.1.5"), f"Fan Tray {number - 1}", 4, number, 0, 0)
        mib.integer(_JNX.format("1.15.1.8"), device.fan(online, offline, number), 4, number, 0, 0)
    for number in (1, 2):
        mib.text(_JNX.format("1.15.1.5"), f"PEM {number - 1}", 2, number, 0, 0)
        mib.integer(_JNX.format("1.15.1.8"), online, 2, number, 0, 0)
    off, on = 2, 3
    mib.integer(_JNX.format("4.2.2.1"), device.fan(off, on))  # the yellow alarm
    mib.integer(_JNX.format("4.2.3.1"), off)
    for index, port in links(device):
        optic = _JNX.format("60.1.1.1.1.{}")
        light = device.gauge(-650, -560, f"{port.name} rx")
        mib.integer(optic.format(5), lit(port, light, -4000), index)
        mib.integer(optic.format(6), device.gauge(6900, 7300, f"{port.name} bias"), index)
        mib.integer(optic.format(7), device.gauge(-260, -220, f"{port.name} tx"), index)
        mib.integer(optic.format(8), device.celsius(36, port.name), index)
        mib.integer(optic.format(25), device.gauge(3270, 3330, f"{port.name} V"), index)


def fortios(mib: Mib, device: Device) -> None:
    """FortiOS: system, sessions, sensors, HA."""
    entity(mib, 1, CHASSIS, "FGT_200F", "Fortinet FGT_200F, HW Serial#: " + device.serial, model="FGT_200F",
           serial=device.serial)  # fmt: skip
    mib.text("1.3.6.1.4.1.12356.100.1.1.1", f"FG200F{device.serial}")
    mib.text(_FGT.format("1.1"), "v7.2.7,build1577,240131 (GA.M)")
    mib.gauge(_FGT.format("1.3"), device.percent())
    mib.gauge(_FGT.format("1.4"), device.used(100))
    mib.gauge(_FGT.format("1.5"), 8 * _GB // 1024)
    mib.gauge(_FGT.format("1.8"), device.gauge(1800, 9400, "sessions"))
    for column, name in ((11, 1), (12, 10), (13, 30), (14, 60)):
        mib.gauge(_FGT.format(f"1.{column}"), device.gauge(40, 260, f"sessions {name}"))
    mib.counter64(_FGT.format("1.20"), device.uptime)
    for number in range(1, 5):
        mib.gauge(_FGT.format("4.2.1.2"), device.percent(number), number)
    for number, (heat, base) in enumerate((("CPU ON-DIE Temperature", 47), ("LM75 Temp 1", 34)), 1):
        _fortinet_sensor(mib, number, heat, device.celsius(base, heat), 0)
    for fan in (1, 2, 3):
        _fortinet_sensor(mib, 10 + fan, f"Fan {fan}", device.rpm(6400, fan), device.fan(0, 1, fan))
    for supply in (1, 2):
        _fortinet_sensor(mib, 20 + supply, f"PS{supply} Status", lambda _now: 0, 0)
    mib.integer("1.3.6.1.4.1.12356.101.13.1.1", 1)  # fgHaSystemMode: standalone
    mib.gauge("1.3.6.1.4.1.12356.101.12.1.1", 3)


def _fortinet_sensor(mib: Mib, number: int, name: str, value: Moving, alarm: Numbers) -> None:
    mib.text(_FGT.format("3.2.1.2"), name, number)
    mib.text(_FGT.format("3.2.1.3"), lambda now: f"{value(now):.0f}", number)
    mib.integer(_FGT.format("3.2.1.4"), alarm, number)


def routeros(mib: Mib, device: Device) -> None:
    """RouterOS: the health's gauges, the processors and storage of HOST-RESOURCES-MIB, optics."""
    hosts.processors(mib, device, 4, 1, "")
    hosts.storage(mib, 65536, hosts.RAM, "main memory", 4 * _GB, device.used(4 * _GB, "", 0.1, 0.3))
    hosts.storage(mib, 131073, hosts.DISK, "system disk", 128 * _MB, device.used(128 * _MB, "disk", 0.3, 0.32))
    mib.text(_MTXR.format("4.4"), "7.14.3")
    mib.text(_MTXR.format("7.3"), device.serial)
    mib.text(_MTXR.format("7.9"), "CCR2004-1G-12S+2XS")
    celsius, rpm, decivolts, state = 1, 2, 3, 6  # mtxrGaugeUnit
    for number, (name, unit, value) in enumerate(
        (
            ("cpu-temperature", celsius, device.celsius(52, "cpu")),
            ("board-temperature1", celsius, device.celsius(37, "board")),
            ("fan1-speed", rpm, device.rpm(4800, 1)),
            ("fan2-speed", rpm, device.rpm(4800, 2)),
            ("psu1-voltage", decivolts, device.gauge(119, 121, "psu1")),
            ("psu1-state", state, device.fan(0, 0)),
            ("fan-state", state, device.fan(0, 1)),
        ),
        14,
    ):
        mib.text(_MTXR.format("3.100.1.2"), name, number)
        mib.integer(_MTXR.format("3.100.1.3"), value, number)
        mib.integer(_MTXR.format("3.100.1.4"), unit, number)
    mib.integer(_MTXR.format("3.15"), 1)
    mib.gauge(_MTXR.format("22.1.1"), device.gauge(300, 2400, "connections"))
    for index, port in links(device):
        optic = _MTXR.format("19.1.1.{}")
        light = device.gauge(-6600, -5800, f"{port.name} rx")
        mib.text(optic.format(2), port.name, index)
        mib.integer(optic.format(3), lit(port, lambda _now: 0, 1), index)
        mib.integer(optic.format(4), 0, index)
        mib.integer(optic.format(6), device.celsius(38, port.name), index)
        mib.integer(optic.format(7), device.gauge(3270, 3330, f"{port.name} V"), index)
        mib.integer(optic.format(8), device.gauge(6, 7, f"{port.name} bias"), index)
        mib.integer(optic.format(9), device.gauge(-2700, -2300, f"{port.name} tx"), index)
        mib.integer(optic.format(10), lit(port, light, -40000), index)


def vrp(mib: Mib, device: Device) -> None:
    """VRP: hwEntityStateTable by ENTITY-MIB's rows, fans, power supplies, what it draws."""
    board = 67108873
    entity(mib, 67108867, CHASSIS, "S5735-L24P4X-A1 frame", model="S5735-L24P4X-A1", serial=device.serial)
    entity(mib, board, MODULE, "S5735-L24P4X-A1 0", "Assembling Components-S5735-L24P4X-A1", serial=device.serial)
    mib.integer(_HW.format("1.1.5"), device.percent(), board)
    mib.integer(_HW.format("1.1.7"), device.used(100), board)
    mib.integer(_HW.format("1.1.9"), 1 * _GB, board)
    mib.integer(_HW.format("1.1.11"), device.celsius(42), board)
    normal, abnormal = 1, 2  # hwEntityFanState
    for number in (1, 2):
        entity(mib, 67125260 + number, FAN, f"FAN {number}")
        mib.integer(_HW.format("10.1.6"), 1, 0, number)
        mib.integer(_HW.format("10.1.7"), device.fan(normal, abnormal, number), 0, number)
        entity(mib, 67125250 + number, SUPPLY, f"POWER Card 0/PWR{number}")
        mib.integer(_HW.format("18.1.5"), 1, 0, number)
        mib.integer(_HW.format("18.1.6"), 1, 0, number)
        mib.integer(_HW.format("18.1.7"), device.gauge(3400, 4200, f"amperes {number}"), 0, number)
        mib.integer(_HW.format("18.1.8"), 12000, 0, number)
    mib.integer(_HW_POWER.format(6), device.gauge(43000, 61000, "watts"))
    for index, port in links(device):
        row = 67371022 + index
        entity(mib, row, 10, port.name)
        mib.integer(_HW.format("3.1.5"), device.celsius(35, port.name), row)
        mib.integer(_HW.format("3.1.6"), device.gauge(3270, 3330, f"{port.name} V"), row)
        mib.integer(_HW.format("3.1.7"), device.gauge(6400, 7100, f"{port.name} bias"), row)
        mib.integer(_HW.format("3.1.8"), device.gauge(-640, -580, f"{port.name} rx"), row)
        mib.integer(_HW.format("3.1.9"), device.gauge(-260, -220, f"{port.name} tx"), row)
