"""Notifications become named messages."""

from ipaddress import IPv4Address

import pytest

from exporters.syslog.parse import parse
from exporters.syslog.stamp import Zone
from exporters.traps import message
from exporters.traps.definitions import built_in
from exporters.traps.values import Ticks, Value, VarBind, parse_oid, text

STAMP_NS = 1_790_000_000_123_456_000
IF = "1.3.6.1.2.1.2.2.1"


def bindings(trap: str, *rest: tuple[str, Value]) -> list[VarBind]:
    """A notification's."""
    head: list[tuple[str, Value]] = [("1.3.6.1.2.1.1.3.0", Ticks(12345)), ("1.3.6.1.6.3.1.1.4.1.0", parse_oid(trap))]
    return [VarBind(parse_oid(oid), value) for oid, value in (*head, *rest)]


def described(trap: str, *rest: tuple[str, Value], source: str = "192.0.2.1") -> message.Notice:
    """A notification, named."""
    found = message.describe(bindings(trap, *rest), source, built_in())
    assert found
    return found


def test_linkdown_reads_well():
    """Name, interface, states; the index of an interface that has a name isn't repeated."""
    found = described(
        "1.3.6.1.6.3.1.1.5.3",
        ("1.3.6.1.2.1.31.1.1.1.1.7", b"Gi1/0/1"),
        (f"{IF}.7.7", 1),
        (f"{IF}.8.7", 2),
    )
    assert found.text() == "linkDown: ifName=Gi1/0/1 ifAdminStatus=up ifOperStatus=down"
    assert (found.trap, found.severity, found.index, found.uptime) == ("linkDown", 3, "", "00:02:03.45")


@pytest.mark.parametrize(
    ("trap", "rest", "said", "severity"),
    [
        ("1.3.6.1.6.3.1.1.5.1", (), "coldStart", 4),
        ("1.3.6.1.6.3.1.1.5.5", (), "authenticationFailure", 4),
        (
            "1.3.6.1.2.1.14.16.2.2",
            (("1.3.6.1.2.1.14.10.1.3.192.0.2.2.0", IPv4Address("192.0.2.9")), ("1.3.6.1.2.1.14.10.1.6.192.0.2.2.0", 1)),
            "ospfNbrStateChange: ospfNbrRtrId=192.0.2.9 ospfNbrState=down index=192.0.2.2.0",
            4,
        ),
        (
            "1.3.6.1.2.1.14.16.2.0.2",  # as an SNMPv1 trap's number comes
            (("1.3.6.1.2.1.14.10.1.6.192.0.2.2.0", 8),),
            "ospfNbrStateChange: ospfNbrState=full index=192.0.2.2.0",
            5,
        ),
        (
            "1.3.6.1.2.1.15.0.2",
            (("1.3.6.1.2.1.15.3.1.14.192.0.2.2", b"\x04\x00"), ("1.3.6.1.2.1.15.3.1.2.192.0.2.2", 1)),
            "bgpBackwardTransNotification: bgpPeerLastError=04:00 bgpPeerState=idle index=192.0.2.2",
            3,
        ),
        (
            "1.3.6.1.4.1.9.9.13.3.0.8",
            (("1.3.6.1.4.1.9.9.13.1.4.1.2.1", b"Fan 1"), ("1.3.6.1.4.1.9.9.13.1.4.1.3.1", 6)),
            'ciscoEnvMonFanStatusChangeNotif: ciscoEnvMonFanStatusDescr="Fan 1" ciscoEnvMonFanState=notFunctioning',
            3,
        ),
        ("1.3.6.1.4.1.2636.4.1.2", (("1.3.6.1.4.1.2636.3.1.8.1.6.4.1.0.0", b"Fan"),), "jnxFanFailure: ", 3),
        ("1.3.6.1.2.1.33.2.1", (("1.3.6.1.2.1.33.1.2.3.0", 17),), "upsTrapOnBattery: upsEstimatedMinutesRema", 3),
        ("1.3.6.1.4.1.318.0.5", (), "upsOnBattery", 3),
        ("1.3.6.1.4.1.9999.1.0.7", (("1.3.6.1.4.1.9999.2.0", 5),), "1.3.6.1.4.1.9999.1.0.7: 1.3.6.1.4.1.9999.2.0=5", 4),
    ],
)  # fmt: skip
def test_each_family_is_named(trap: str, rest: tuple[tuple[str, Value], ...], said: str, severity: int):
    """Traps of standards and vendors: names, enumerations, and a severity that follows a value."""
    found = described(trap, *rest)
    assert found.text().startswith(said)
    assert found.severity == severity


def test_the_community_is_told_nowhere():
    """A proxy's trap carries it as a value, with or without a name for it."""
    found = described("1.3.6.1.6.3.1.1.5.1", ("1.3.6.1.6.3.18.1.4.0", b"c4n4ry"))
    assert b"c4n4ry" not in message.build(found, "core-1", "1", STAMP_NS)


def test_an_agent_address_that_says_nothing_is_left_out():
    """Only where it differs from the source it stands in the message; in the text for people never."""
    for address, stays in ((b"\xc0\0\2\1", False), (b"\0\0\0\0", False), (b"\xc0\0\2\7", True)):
        found = described("1.3.6.1.6.3.1.1.5.1", ("1.3.6.1.6.3.18.1.3.0", address))
        assert ("snmpTrapAddress" in dict(found.values)) == stays
        assert found.text() == "coldStart"


def test_without_its_number_it_is_none():
    """RFC 3416 wants snmpTrapOID in every notification."""
    assert message.describe(bindings("1.3.6.1.6.3.1.1.5.1")[:1], "192.0.2.1", built_in()) is None
    assert message.describe([VarBind(parse_oid("1.3.6.1.6.3.1.1.4.1.0"), 5)], "192.0.2.1", built_in()) is None


def test_the_shipper_reads_it_without_an_error():
    """RFC 5424 to the letter, whatever the values hold: quotes, brackets, line ends, other alphabets, long numbers."""
    odd = 'a "quoted" ] \\ text\r\nwith a second line, Straße'.encode()
    long = "1.3.6.1.4.1.99999." + ".".join(["4294967295"] * 10)
    found = described(
        "1.3.6.1.4.1.99999." + ".".join(["4294967295"] * 20),
        (f"{IF}.2.7", odd),
        (long, 5),
        ("1.3.6.1.4.1.9.9.13.1.3.1.2.1", b"inlet"),
        *[(f"1.3.6.1.4.1.99999.5.{number}", number) for number in range(100)],
    )
    raw = message.build(found, "core-1", "2c", STAMP_NS)
    read = parse(raw, STAMP_NS, Zone("UTC"))
    assert read.parse_error == ""
    assert (read.host, read.app, read.severity, read.facility) == ("core-1", "snmptrapd", 4, 3)
    assert read.stamp_ns == STAMP_NS
    structured = dict(read.structured)
    assert structured["snmp@32473.ifDescr"] == 'a "quoted" ] \\ text with a second line, Straße'
    assert structured["snmp@32473.varbind2"] == f"{long}=5"
    assert structured["snmp@32473.envMonTemperatureStatusDescr"] == "inlet"
    assert read.text.endswith("(and 39 more)")
    assert b"\n" not in raw
    assert message.frame(raw) == str(len(raw)).encode() + b" " + raw


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        (None, "", ""),
        (-5, "", "-5"),
        (Ticks(9_000_001), "", "1d 01:00:00.01"),
        ((1, 3, 6), "", "1.3.6"),
        (b"\xc0\x00\x02\x01", "address", "192.0.2.1"),
        (bytes(15) + b"\x01", "address", "::1"),
        (b"\x07\xea\x0b\x18\x09\x08\x07\x05+\x01\x00", "date", "2026-11-24T09:08:07.5+01:00"),
        (b"abc", "hex", "61:62:63"),
        (b"text\0", "", "text"),
        (b"\xff\xfe", "", "ff:fe"),
        (b"x" * 5000, "", "x" * 1024),
    ],
)  # fmt: skip
def test_values(value: Value, form: str, said: str):
    """Every type and form; octets that are no text are hex."""
    assert text(value, None, form) == said
