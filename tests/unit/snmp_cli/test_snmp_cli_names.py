"""Names of objects and what values look like."""

import pytest
from pysnmp.smi import builder

from exporters.snmp import ber, oid, pdu
from exporters.snmp.pdu import IpAddress
from sotpctl.snmp.names import Names, UnknownNameError, _of_the_exporter, names, standard
from sotpctl.snmp.values import duration, row

MIBS = ("RFC1213-MIB", "SNMPv2-MIB", "SNMP-FRAMEWORK-MIB", "SNMP-USER-BASED-SM-MIB")


def test_the_names_agree_with_those_of_modules_and_profiles():
    """An object that both name has one OID and one kind."""
    ours = {one.name: one for one in standard()}
    both = 0
    for other in _of_the_exporter():
        one = ours.get(other.name)
        if one is not None:
            both += 1
            assert (one.oid, one.kind) == (other.oid, other.kind), one.name
    assert both > 60


def test_the_names_agree_with_the_mibs_that_pysnmp_has():
    """The oracle's MIBs give the same OIDs; a column is a column there."""
    mibs = builder.MibBuilder()
    mibs.load_modules(*MIBS)
    (column,) = mibs.import_symbols("SNMPv2-SMI", "MibTableColumn")
    theirs = {name: symbol for mib in MIBS for name, symbol in mibs.mibSymbols[mib].items()}
    both = 0
    for one in standard():
        symbol = theirs.get(one.name)
        if symbol is not None and hasattr(symbol, "name"):
            both += 1
            assert tuple(symbol.name) == one.oid, one.name
            assert isinstance(symbol, column) == (one.kind == "column"), one.name
    assert both > 65


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ifHCInOctets.1", "1.3.6.1.2.1.31.1.1.1.6.1"),
        ("IF-MIB::ifDescr.10", "1.3.6.1.2.1.2.2.1.2.10"),
        ("SNMPv2-MIB::sysDescr", "1.3.6.1.2.1.1.1"),
        ("SYSDESCR.0", "1.3.6.1.2.1.1.1.0"),
        (".1.3.6.1", "1.3.6.1"),
        ("lldpRemSysName", "1.0.8802.1.1.2.1.4.1.1.9"),
        ("cpmCPUTotal5minRev.7", "1.3.6.1.4.1.9.9.109.1.1.1.1.8.7"),
        ("ifTable", "1.3.6.1.2.1.2.2"),
        ("1", "1"),
    ],
)
def test_names_are_found(text, found):
    """With a MIB in front, in any case, numbers; vendors' objects by the profiles' names."""
    assert oid.text(names().find(text)[0]) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ifHCInOctet", 'did you mean "ifHCInOctets"?'),
        ("ifName.one", "an index is numbers"),
        ("ifName.", "an index is numbers"),
        ("ifName..1", "an index is numbers"),
        ("ifName.4294967296", "larger number"),
        ("ifName." + "9" * 5000, "larger number"),
        ("1.3." + "9" * 5000, "is no OID"),
        ("", "an OID always works"),
        ("9.9.9", "is no OID"),
        ("\x1b[2J", "an OID always works"),
    ],
)
def test_what_is_no_name(text, why):
    """It is said what would be right, and nothing that a terminal obeys."""
    with pytest.raises(UnknownNameError, match=why.replace("?", r"\?")) as refused:
        names().find(text)
    assert str(refused.value).isprintable()


def test_instances_are_described():
    """By the longest name that is known; a standard name costs no reading of profiles."""
    read = []

    def more():
        read.append(1)
        return ()

    some = Names(standard(), more)
    assert some.describe(oid.parse("1.3.6.1.2.1.25.2.3.1.2.7"))[0] == "hrStorageType.7"
    assert read == []
    assert some.describe(oid.parse("1.3.6.1.4.1.99999.1"))[0] == "1.3.6.1.4.1.99999.1"
    assert some.describe(oid.parse("1.3.6.1.4.1.99999.2"))[0] == "1.3.6.1.4.1.99999.2"
    assert read == [1]


@pytest.mark.parametrize(
    ("name", "tag", "value", "line"),
    [
        ("ifOperStatus.1", ber.INTEGER, 7, "ifOperStatus.1 = INTEGER: lowerLayerDown (7)"),
        ("ifOperStatus.1", ber.INTEGER, 99, "ifOperStatus.1 = INTEGER: 99"),
        ("sysUpTime.0", pdu.TIME_TICKS, 8640101, "sysUpTime.0 = TimeTicks: 1d 0:00:01.01 (8640101)"),
        ("sysDescr.0", 4, b"two\r\nlines", r"sysDescr.0 = STRING: two\r\nlines"),
        ("sysDescr.0", 4, b"Krak\xc3\xb3w", "sysDescr.0 = STRING: Kraków"),
        ("sysDescr.0", 4, b"\x01\xff", "sysDescr.0 = STRING: 0x01ff"),
        ("sysDescr.0", 4, b"", "sysDescr.0 = STRING:"),
        ("ifPhysAddress.1", 4, b"ABCDEF", "ifPhysAddress.1 = STRING: 41:42:43:44:45:46"),
        ("ifAlias.1", 4, b"ABCDEF", "ifAlias.1 = STRING: ABCDEF"),
        ("snmpEngineID.0", 4, b"ABC", "snmpEngineID.0 = STRING: 0x414243"),
        ("hrSystemDate.0", 4, bytes([7, 234, 11, 24, 21, 5, 6, 0]), "hrSystemDate.0 = STRING: 2026-11-24T21:05:06Z"),
        ("hrStorageType.1", 6, (1, 3, 6, 1, 2, 1, 25, 2, 1, 2), "hrStorageType.1 = OID: 1.3.6.1.2.1.25.2.1.2"),
        ("ipAdEntAddr.1", pdu.IP_ADDRESS, IpAddress(b"\x7f\0\0\1"), "ipAdEntAddr.1 = IpAddress: 127.0.0.1"),
        ("1.3.6.1.4.1.99999.1", pdu.OPAQUE, 1.5, "1.3.6.1.4.1.99999.1 = Opaque: 1.5"),
    ],
)
def test_values_as_lines(name, tag, value, line):
    """As people read them."""
    assert row(names(), names().find(name)[0], tag, value).line().removesuffix(" (hrStorageRam)") == line


def test_durations():
    """Days, hours, minutes, seconds, hundredths."""
    assert duration(0) == "0d 0:00:00.00"
    assert duration(2**32 - 1) == "497d 2:27:52.95"
