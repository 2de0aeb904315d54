"""Cisco: processes and pools (CISCO-PROCESS-MIB, -MEMORY-POOL-, -ENHANCED-MEMPOOL-), -ENVMON-, -ENTITY-SENSOR-MIB."""

from lab.snmp.contents.standard import CHASSIS, FAN, MODULE, SENSOR, SUPPLY, entity, left, links, lit
from lab.snmp.device import Device
from lab.snmp.mib import Mib

_CPU = "1.3.6.1.4.1.9.9.109.1.1.1.1.{}"
_POOL = "1.3.6.1.4.1.9.9.48.1.1.1.{}"
_ENHANCED = "1.3.6.1.4.1.9.9.221.1.1.1.1.{}"
_ENVMON = "1.3.6.1.4.1.9.9.13.1.{}"
_SENSOR = "1.3.6.1.4.1.9.9.91.1.1.1.1.{}"
_FRU = "1.3.6.1.4.1.9.9.117.1.{}"
_NORMAL, _CRITICAL = 1, 3  # CiscoEnvMonState
_VOLTS, _AMPERES, _CELSIUS, _DBM = 4, 5, 8, 14  # SensorDataType
_MILLI, _UNITS = 8, 9  # SensorDataScale
_UP, _DOWN, _ON = 2, 3, 2  # cefcFanTrayOperStatus, PowerOperType
_MB = 1 << 20
_OPTIC = 20000  # entities of optics: this, ten times the ifIndex, and the sensor
_TRANSCEIVER = (  # name, type, scale, precision, least, most
    ("Module Temperature", _CELSIUS, _UNITS, 1, 310, 390),
    ("Supply Voltage", _VOLTS, _MILLI, 1, 32700, 33300),
    ("Bias Current", _AMPERES, _MILLI, 1, 62, 71),
    ("Transmit Power", _DBM, _UNITS, 1, -27, -21),
    ("Receive Power", _DBM, _UNITS, 1, -65, -59),
)


def ios(mib: Mib, device: Device) -> None:
    """A stackable access switch with optical uplinks."""
    entity(mib, 1, CHASSIS, "Switch 1", "WS-C2960X-48TS-L", model="WS-C2960X-48TS-L", serial=device.serial)
    _process(mib, device, "CPU of Switch 1")
    for number, name, size in ((1, "Processor", 512 * _MB), (2, "I/O", 32 * _MB)):
        used = device.used(size, name)
        mib.text(_POOL.format(2), name, number)
        mib.gauge(_POOL.format(5), used, number)
        mib.gauge(_POOL.format(6), left(size, used), number)
    _environment(mib, device, fans=1, supplies=1)
    _optics(mib, device)


def iosxe(mib: Mib, device: Device) -> None:
    """A core switch with optics."""
    entity(
        mib, 1, CHASSIS, "Switch 1", "Cisco Catalyst 9500 Series", model="C9500-24Y4C",
        serial=device.serial, software="17.9.4a",
    )  # fmt: skip
    _process(mib, device, "Switch 1 - CPU")
    _pools(mib, device, 1, {"Processor": 4096 * _MB, "reserve Processor": 1 * _MB})
    _environment(mib, device, fans=3, supplies=2)
    _optics(mib, device)


def nxos(mib: Mib, device: Device) -> None:
    """A data centre switch: its own CPU and memory objects, sensors and field-replaceable units."""
    entity(mib, 149, CHASSIS, "Nexus9000 C93180YC-FX3 chassis", model="N9K-C93180YC-FX3", serial=device.serial)
    mib.gauge("1.3.6.1.4.1.9.9.305.1.1.1", device.percent())
    mib.gauge("1.3.6.1.4.1.9.9.305.1.1.2", device.used(100))
    for number, name in enumerate(("Module-1 FRONT", "Module-1 BACK", "Module-1 CPU"), 1):
        _sensor(mib, 21590 + number, name, _CELSIUS, 0)
        mib.integer(_SENSOR.format(4), device.celsius(25 + 6 * number, name), 21590 + number)
    for number in range(1, 5):
        entity(mib, 533 + number, FAN, f"Fan Module-{number}", within=149)
        mib.integer(_FRU.format("4.1.1.1"), device.fan(_UP, _DOWN, number), 533 + number)
    for number in range(1, 3):
        entity(mib, 469 + number, SUPPLY, f"PowerSupply-{number}", model="NXA-PAC-650W-PE", within=149)
        mib.integer(_FRU.format("1.2.1.2"), _ON, 469 + number)
    _optics(mib, device)


def _process(mib: Mib, device: Device, name: str) -> None:
    entity(mib, 5, MODULE, name, within=1)
    mib.integer(_CPU.format(2), 5, 1)
    for column in (6, 7, 8):  # of five seconds, a minute, five minutes
        mib.gauge(_CPU.format(column), device.percent(), 1)


def _pools(mib: Mib, device: Device, chassis: int, pools: dict[str, int]) -> None:
    for number, (name, size) in enumerate(pools.items(), 1):
        used = device.used(size, name)
        mib.text(_ENHANCED.format(3), name, chassis, number)
        mib.counter64(_ENHANCED.format(18), used, chassis, number)
        mib.counter64(_ENHANCED.format(20), left(size, used), chassis, number)


def _environment(mib: Mib, device: Device, *, fans: int, supplies: int) -> None:
    for number, name in enumerate(("Inlet Temp Sensor", "Outlet Temp Sensor", "HotSpot Temp Sensor"), 1006):
        mib.text(_ENVMON.format("3.1.2"), f"Switch 1 - {name}, GREEN", number)
        mib.gauge(_ENVMON.format("3.1.3"), device.celsius(27 + 8 * (number - 1006), name), number)
        mib.integer(_ENVMON.format("3.1.6"), _NORMAL, number)
    for number in range(1, fans + 1):
        mib.text(_ENVMON.format("4.1.2"), f"Switch 1 - FAN {number}", 1010 + number)
        mib.integer(_ENVMON.format("4.1.3"), device.fan(_NORMAL, _CRITICAL, number), 1010 + number)
    for number in range(1, supplies + 1):
        mib.text(_ENVMON.format("5.1.2"), f"Switch 1 - Power Supply {number}", 1020 + number)
        mib.integer(_ENVMON.format("5.1.3"), _NORMAL, 1020 + number)


def _optics(mib: Mib, device: Device) -> None:
    """The transceivers of the ports that lead to other devices."""
    for index, port in links(device):
        for number, (what, kind, scale, precision, low, high) in enumerate(_TRANSCEIVER):
            entry = _OPTIC + 10 * index + number
            _sensor(mib, entry, f"{port.name} {what} Sensor", kind, precision, scale)
            value = device.gauge(low, high, f"{port.name} {what}")
            mib.integer(_SENSOR.format(4), lit(port, value, -400) if what == "Receive Power" else value, entry)


def _sensor(mib: Mib, index: int, name: str, kind: int, precision: int, scale: int = _UNITS) -> None:  # noqa: PLR0917  # a row's columns
    entity(mib, index, SENSOR, name)
    mib.integer(_SENSOR.format(1), kind, index)
    mib.integer(_SENSOR.format(2), scale, index)
    mib.integer(_SENSOR.format(3), precision, index)
    mib.integer(_SENSOR.format(5), 1, index)
