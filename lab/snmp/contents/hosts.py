"""Servers, and whatever has no vendor's MIB: HOST-RESOURCES-MIB (RFC 2790), UCD-SNMP-MIB, LM-SENSORS-MIB."""

from lab.snmp.curves import Moving
from lab.snmp.device import Device
from lab.snmp.mib import Mib

_DEVICE, _PROCESSOR = "1.3.6.1.2.1.25.3.2.1.{}", "1.3.6.1.2.1.25.3.3.1.{}"
_STORAGE = "1.3.6.1.2.1.25.2.3.1.{}"
_TYPE = "1.3.6.1.2.1.25.2.1.{}"
_UCD = "1.3.6.1.4.1.2021.{}"
OTHER, RAM, VIRTUAL, DISK = 1, 2, 3, 4  # hrStorageTypes
_UNIT = 4096
_MB, _GB = 1 << 20, 1 << 30


def linux(mib: Mib, device: Device) -> None:
    """net-snmp on a server of 16 GB."""
    processors(mib, device, 4, 196608, "GenuineIntel: Intel(R) Xeon(R) Silver 4210 CPU @ 2.20GHz")
    size = 16 * _GB
    storage(mib, 1, RAM, "Physical memory", size, device.used(size, "ram", 0.55, 0.75))
    storage(mib, 3, VIRTUAL, "Virtual memory", size + 2 * _GB, device.used(size + 2 * _GB, "ram", 0.5, 0.7))
    storage(mib, 6, OTHER, "Memory buffers", size, device.used(size, "buffers", 0.02, 0.04))
    storage(mib, 7, OTHER, "Cached memory", size, device.used(size, "cache", 0.15, 0.25))
    storage(mib, 10, VIRTUAL, "Swap space", 2 * _GB, device.used(2 * _GB, "swap", 0.01, 0.05))
    storage(mib, 31, DISK, "/", 80 * _GB, device.used(80 * _GB, "/", 0.3, 0.4))
    _ucd(mib, device, size)
    for number, name in enumerate(("Package id 0", "Core 0", "Core 1"), 1):
        mib.text(_UCD.format("13.16.2.1.2"), name, number)
        mib.gauge(_UCD.format("13.16.2.1.3"), device.celsius(45, name, 1000), number)
    for number in (1, 2):
        mib.text(_UCD.format("13.16.3.1.2"), f"fan{number}", number)
        mib.gauge(_UCD.format("13.16.3.1.3"), device.rpm(4200, number), number)


def windows(mib: Mib, device: Device) -> None:
    """Windows Server's SNMP service."""
    processors(mib, device, 4, 5, "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz")
    storage(mib, 1, DISK, "C:\\ Label:System  Serial Number 5ab0c0de", 120 * _GB, device.used(120 * _GB, "c", 0.4, 0.5))
    storage(mib, 2, VIRTUAL, "Virtual Memory", 20 * _GB, device.used(20 * _GB, "virtual", 0.3, 0.5))
    storage(mib, 3, RAM, "Physical Memory", 16 * _GB, device.used(16 * _GB, "ram", 0.4, 0.65))


def generic(mib: Mib, device: Device) -> None:
    """The standard's minimum."""
    processors(mib, device, 1, 1, "CPU")
    storage(mib, 1, RAM, "Physical memory", 512 * _MB, device.used(512 * _MB))


def processors(mib: Mib, device: Device, count: int, first: int, descr: str) -> None:
    """Adds rows of hrProcessorTable, with their names."""
    for number in range(count):
        mib.text(_DEVICE.format(3), descr, first + number)
        mib.integer(_PROCESSOR.format(2), device.percent(number), first + number)


def storage(mib: Mib, index: int, kind: int, descr: str, size: int, used: Moving) -> None:  # noqa: PLR0917  # a row's columns
    """Adds a row of hrStorageTable; bytes."""
    mib.object_id(_STORAGE.format(2), _TYPE.format(kind), index)
    mib.text(_STORAGE.format(3), descr, index)
    mib.integer(_STORAGE.format(4), _UNIT, index)
    mib.integer(_STORAGE.format(5), size // _UNIT, index)
    mib.integer(_STORAGE.format(6), lambda now: used(now) / _UNIT, index)


def _ucd(mib: Mib, device: Device, size: int) -> None:
    load = device.load(0)
    used = device.used(size, "ram", 0.55, 0.75)
    mib.integer(_UCD.format("11.11"), lambda now: 100 - round(load(now) * 100))
    mib.integer(_UCD.format("4.5"), size / 1024)
    mib.integer(_UCD.format("4.6"), lambda now: (size - used(now)) / 1024)
    mib.integer(_UCD.format("4.14"), device.used(size / 1024, "buffers", 0.02, 0.04))
    mib.integer(_UCD.format("4.15"), device.used(size / 1024, "cache", 0.15, 0.25))
