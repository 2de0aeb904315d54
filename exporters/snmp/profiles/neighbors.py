"""Neighbours by LLDP (IEEE 802.1AB, LLDP-MIB and LLDP-V2-MIB) and CDP (CISCO-CDP-MIB): the same tables at all. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from exporters.kit.exposition import escape_label
from exporters.kit.interfaces import canonical_interface
from exporters.snmp.modules.naming import interface_names
from exporters.snmp.oid import Oid
from exporters.snmp.oid import parse as _oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles.families import Sample
from exporters.snmp.profiles.values import Column, Index, ip_text, mac_text, text_of

IF_DESCR = _oid("1.3.6.1.2.1.2.2.1.2")
IF_NAME = _oid("1.3.6.1.2.1.31.1.1.1.1")
IF_ALIAS = _oid("1.3.6.1.2.1.31.1.1.1.18")
_BRIDGE_PORT = _oid("1.3.6.1.2.1.17.1.4.1.2")  # dot1dBasePortIfIndex
_LLDP_LOC = _oid("1.0.8802.1.1.2.1.3.7.1")  # lldpLocPortEntry
_LLDP_REM = _oid("1.0.8802.1.1.2.1.4.1.1")  # lldpRemEntry
_LOC_SUBTYPE, _LOC_ID, _LOC_DESC = ((*_LLDP_LOC, arc) for arc in (2, 3, 4))
_CHASSIS_SUBTYPE, _CHASSIS_ID, _PORT_SUBTYPE, _PORT_ID, _PORT_DESC, _SYS_NAME = (
    (*_LLDP_REM, arc) for arc in (4, 5, 6, 7, 8, 9)
)
# The same columns of lldpV2RemEntry
_LLDP_V2 = tuple(_oid(f"1.3.111.2.802.1.1.13.1.4.1.1.{arc}") for arc in range(5, 11))
_CDP_DEVICE, _CDP_PORT = (_oid(f"1.3.6.1.4.1.9.9.23.1.2.1.1.{arc}") for arc in (6, 7))  # cdpCacheDeviceId, …DevicePort

NEIGHBOR_OBJECTS: Mapping[str, tuple[Oid, ...]] = {
    "lldp": (
        *(IF_DESCR, IF_NAME, IF_ALIAS, _BRIDGE_PORT, _LOC_SUBTYPE, _LOC_ID, _LOC_DESC),
        *(_CHASSIS_SUBTYPE, _CHASSIS_ID, _PORT_SUBTYPE, _PORT_ID, _PORT_DESC, _SYS_NAME),
    ),
    "lldp-v2": (IF_DESCR, IF_NAME, *_LLDP_V2),
    "cdp": (IF_DESCR, IF_NAME, _CDP_DEVICE, _CDP_PORT),
}
MOST = 1000  # neighbours of one device
# LldpChassisIdSubtype and LldpPortIdSubtype
_CHASSIS_MAC, _CHASSIS_ADDRESS, _CHASSIS_INTERFACE = 4, 5, 6
_PORT_ALIAS, _PORT_MAC, _PORT_ADDRESS, _PORT_LOCAL = 1, 3, 4, 7
_NOTHING: Column = {}

Tables = Mapping[Oid, Mapping[Index, Value]]


def neighbors(protocols: Sequence[str], tables: Tables, *, canonical: bool = False) -> Iterator[Sample]:
    """Yields a sample for each neighbour; one that LLDP and CDP both see is two, told apart by `protocol`.

    Args:
        protocols: Those that the device speaks.
        tables: What was read.
        canonical: Whether interfaces, the neighbour's too, have the inventory's spelling; else each device's own.
    """
    if not any([tables.get(_ROWS[protocol]) for protocol in protocols]):  # noqa: C419
        return
    own = {index: text_of(value) for index, value in tables.get(IF_NAME, _NOTHING).items()}
    descriptions = {index: text_of(value) for index, value in tables.get(IF_DESCR, _NOTHING).items()}
    names = own | {index: text for index, text in descriptions.items() if not own.get(index)}
    spelt: dict[str, str] = {}
    if canonical:
        spelt = {names[index]: name for index, name in interface_names(own, descriptions).items()}
    seen: set[str] = set()
    for protocol in protocols:
        for found, neighbor, remote, source in _READERS[protocol](tables, names):
            local, port = spelt.get(found, found), canonical_interface(remote) if canonical else remote
            labels = (
                f'ifName="{escape_label(local)}",neighbor="{escape_label(neighbor)}",'
                f'neighbor_ifName="{escape_label(port)}",protocol="{_LABELS.get(protocol, protocol)}"'
            )
            if labels not in seen and len(seen) < MOST:
                seen.add(labels)
                yield Sample("device_neighbor_info", labels, 1, source)


Found = Iterator[tuple[str, str, str, tuple[Oid, Index]]]


def _lldp(tables: Tables, names: Mapping[Index, str]) -> Found:
    """Rows of lldpRemTable: time mark, local port number, number of the neighbour there."""
    columns = (_CHASSIS_SUBTYPE, _CHASSIS_ID, _PORT_SUBTYPE, _PORT_ID, _PORT_DESC, _SYS_NAME)
    return _remote(tables, names, columns, _local_ports(tables, names))


def _lldp_v2(tables: Tables, names: Mapping[Index, str]) -> Found:
    """Rows of lldpV2RemTable: time mark, ifIndex, number of the destination address, number of the neighbour there."""
    return _remote(tables, names, _LLDP_V2, {})


def _remote(tables: Tables, names: Mapping[Index, str], columns: Sequence[Oid], ports: Mapping[Index, str]) -> Found:
    chassis_subtype, chassis, subtype, port, descr, systems = [tables.get(oid, _NOTHING) for oid in columns]
    for index in dict.fromkeys((*port, *systems)):
        if len(index) < 2:
            continue
        system = text_of(systems.get(index)) or _chassis(chassis_subtype.get(index), chassis.get(index))
        if system:
            remote = _port(subtype.get(index), port.get(index), descr.get(index))
            if subtype.get(index) == _PORT_MAC and chassis_subtype.get(index) == _CHASSIS_INTERFACE:
                remote = text_of(chassis.get(index)) or remote  # hypervisors: the card, of a virtual switch's port
            number = (index[1],)
            yield ports.get(number) or names.get(number) or str(index[1]), system, remote, (columns[3], index)


def _local_ports(tables: Tables, names: Mapping[Index, str]) -> dict[Index, str]:
    """Returns each LLDP port's interface name.

    The standard leaves the port number to the agent: lldpLocPortId says the name, or it is the ifIndex, or the bridge's
    port. So the first that is an interface's name counts.
    """
    known = set(names.values())
    by_alias = {text_of(value): names.get(index, "") for index, value in tables.get(IF_ALIAS, _NOTHING).items()}
    by_descr = {text_of(value): names.get(index, "") for index, value in tables.get(IF_DESCR, _NOTHING).items()}
    bridge = tables.get(_BRIDGE_PORT, _NOTHING)
    subtypes, descrs = tables.get(_LOC_SUBTYPE, _NOTHING), tables.get(_LOC_DESC, _NOTHING)
    found: dict[Index, str] = {}
    for index, value in tables.get(_LOC_ID, _NOTHING).items():
        text, descr = text_of(value), text_of(descrs.get(index))
        for name in (text, by_descr.get(text), descr, by_descr.get(descr)):
            if name and name in known:
                found[index] = name
                break
        else:
            if subtypes.get(index) == _PORT_ALIAS and by_alias.get(text):
                found[index] = by_alias[text]
            elif subtypes.get(index) == _PORT_LOCAL and text.isdigit() and names.get((int(text),)):
                found[index] = names[int(text),]
            elif not names.get(index):
                found[index] = text
    for index, value in bridge.items():
        if index not in found and isinstance(value, int) and not names.get(index) and names.get((value,)):
            found[index] = names[value,]
    return found


def _chassis(subtype: Value | None, value: Value | None) -> str:
    if subtype == _CHASSIS_MAC:
        return mac_text(value)
    if subtype == _CHASSIS_ADDRESS and isinstance(value, bytes):
        return ip_text(value[1:])
    return text_of(value)


def _port(subtype: Value | None, value: Value | None, descr: Value | None) -> str:
    """Returns the neighbour's interface: its id where that is a name, else (a number, an address) its description."""
    if subtype == _PORT_MAC:
        return text_of(descr) or mac_text(value)
    if subtype == _PORT_ADDRESS and isinstance(value, bytes):
        return text_of(descr) or ip_text(value[1:])
    name = text_of(value)
    return name if name and not name.isdigit() else text_of(descr) or name


def _cdp(tables: Tables, names: Mapping[Index, str]) -> Found:
    """Rows of cdpCacheTable: ifIndex, number of the neighbour there."""
    ports = tables.get(_CDP_PORT, _NOTHING)
    for index, value in tables.get(_CDP_DEVICE, _NOTHING).items():
        local = names.get(index[:1]) or str(index[0])
        device = text_of(value)
        if device:
            yield local, device, text_of(ports.get(index)), (_CDP_DEVICE, index)


_ROWS = {"lldp": _PORT_ID, "lldp-v2": _LLDP_V2[3], "cdp": _CDP_DEVICE}
_READERS = {"lldp": _lldp, "lldp-v2": _lldp_v2, "cdp": _cdp}
_LABELS = {"lldp-v2": "lldp"}  # it is the same protocol
