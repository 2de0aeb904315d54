"""What each platform's MIB holds: the standard's tables for all, and the objects by which it tells of its health."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lab.snmp.agent import engine_id
from lab.snmp.contents import cisco, hosts, routing, standard, switches, vendors
from lab.snmp.device import Device
from lab.snmp.mib import Mib


class Platform(NamedTuple):
    """A platform.

    Attributes:
        object_id: sysObjectID.
        descr: sysDescr; {name} is the device's.
        health: What adds its own objects.
    """

    object_id: str
    descr: str
    health: Callable[[Mib, Device], None]


PLATFORMS: Mapping[str, Platform] = {
    "cisco-iosxe": Platform(
        "1.3.6.1.4.1.9.1.2494",
        "Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4a, RELEASE SOFTWARE",
        cisco.iosxe,
    ),
    "cisco-ios": Platform(
        "1.3.6.1.4.1.9.1.1208",
        "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E8, RELEASE SOFTWARE (fc3)",
        cisco.ios,
    ),
    "cisco-iosxr": Platform("1.3.6.1.4.1.9.1.2861", "Cisco IOS XR Software (NCS-5500), Version 7.5.2", cisco.iosxe),
    "cisco-nxos": Platform(
        "1.3.6.1.4.1.9.12.3.1.3.2227",
        "Cisco NX-OS(tm) Nexus9000 C93180YC-FX3, Software (NXOS 64-bit), Version 10.2(5), RELEASE SOFTWARE",
        cisco.nxos,
    ),
    "cisco-asa": Platform("1.3.6.1.4.1.9.1.2114", "Cisco Adaptive Security Appliance Version 9.16(4)", cisco.ios),
    "juniper-junos": Platform(
        "1.3.6.1.4.1.2636.1.1.1.2.137",
        "Juniper Networks, Inc. mx204 internet router, kernel JUNOS 21.4R3-S5.4, Build date: 2023-07-12",
        vendors.junos,
    ),
    "arista-eos": Platform(
        "1.3.6.1.4.1.30065.1.3011.7050.1958.128",
        "Arista Networks EOS version 4.30.3M running on an Arista Networks DCS-7050TX-48",
        switches.eos,
    ),
    "fortinet-fortios": Platform("1.3.6.1.4.1.12356.101.1.2006", "{name}", vendors.fortios),
    "mikrotik-routeros": Platform("1.3.6.1.4.1.14988.1", "RouterOS CCR2004-1G-12S+2XS", vendors.routeros),
    "huawei-vrp": Platform(
        "1.3.6.1.4.1.2011.2.23.688",
        "S5735-L24P4X-A1\r\nHuawei Versatile Routing Platform Software\r\n"
        "VRP (R) software, Version 5.170 (S5735 V200R021C00SPC100)",
        vendors.vrp,
    ),
    "hp-procurve": Platform(
        "1.3.6.1.4.1.11.2.3.7.11.181",
        "HP J9776A 2530-24G Switch, revision YA.16.11.0012, ROM YA.15.20",
        switches.procurve,
    ),
    "aruba-cx": Platform("1.3.6.1.4.1.47196.4.1.1.1.52", "Aruba JL675A 6100 PL.10.10.1020", switches.aruba_cx),
    "linux": Platform("1.3.6.1.4.1.8072.3.2.10", "Linux {name} 6.1.0-18-amd64 #1 SMP x86_64", hosts.linux),
    "windows": Platform(
        "1.3.6.1.4.1.311.1.1.3.1.2",
        "Hardware: Intel64 Family 6 Model 85 Stepping 7 AT/AT COMPATIBLE"
        " - Software: Windows Version 6.3 (Build 20348 Multiprocessor Free)",
        hosts.windows,
    ),
}
GENERIC = Platform("1.3.6.1.4.1.8072.3.2.255", "{name}", hosts.generic)


def build(device: Device) -> Mib:
    """Returns a device's MIB as it is now: its interfaces have the numbers of its last boot."""
    platform = PLATFORMS.get(device.platform, GENERIC)
    mib = Mib()
    standard.system(mib, device, platform.object_id, platform.descr.format(name=device.name))
    standard.engine(mib, device, engine_id(device.name))
    standard.interfaces(mib, device)
    standard.lldp(mib, device)
    routing.bgp(mib, device)
    platform.health(mib, device)
    mib.sort()
    return mib
