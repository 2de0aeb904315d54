"""SNMPv2c traps (RFC 3416 §4.2.6, RFC 3418, IF-MIB): a message's bytes. Pure."""

from exporters.snmp import message, oid, pdu
from exporters.snmp.ber import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING
from exporters.snmp.pdu import VarBind
from lab.snmp.port import Port

_UPTIME, _TRAP = oid.parse("1.3.6.1.2.1.1.3.0"), oid.parse("1.3.6.1.6.3.1.1.4.1.0")  # sysUpTime, snmpTrapOID
_TRAPS = "1.3.6.1.6.3.1.1.5"
_COLD_START, _LINK_DOWN, _LINK_UP = oid.parse(f"{_TRAPS}.1"), oid.parse(f"{_TRAPS}.3"), oid.parse(f"{_TRAPS}.4")
_IF, _IF_X = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
_UP, _DOWN = 1, 2


def cold_start(community: bytes, uptime: float, number: int) -> bytes:
    """Returns coldStart, `uptime` in hundredths of a second."""
    return _trap(community, _COLD_START, uptime, number, ())


def link(community: bytes, uptime: float, number: int, port: Port, index: int, *, up: bool) -> bytes:
    """Returns linkDown or linkUp of a port, with its name, as vendors add it."""
    state = _UP if up else _DOWN
    bindings = (
        VarBind(oid.parse(f"{_IF}.1.{index}"), INTEGER, index),
        VarBind(oid.parse(f"{_IF}.7.{index}"), INTEGER, _UP if port.admin else _DOWN),
        VarBind(oid.parse(f"{_IF}.8.{index}"), INTEGER, state),
        VarBind(oid.parse(f"{_IF_X}.1.{index}"), OCTET_STRING, port.name.encode()),
    )
    return _trap(community, _LINK_UP if up else _LINK_DOWN, uptime, number, bindings)


def _trap(community: bytes, name: tuple[int, ...], uptime: float, number: int, bindings: tuple[VarBind, ...]) -> bytes:
    first = (
        VarBind(_UPTIME, pdu.TIME_TICKS, int(uptime) % 2**32),
        VarBind(_TRAP, OBJECT_IDENTIFIER, name),
    )
    made = pdu.Pdu(pdu.TRAP, number & 0x7FFFFFFF, 0, 0, (*first, *bindings))
    return message.encode_plain(message.V2C, community, pdu.encode(made))
