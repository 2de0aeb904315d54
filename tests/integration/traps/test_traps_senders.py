"""Traps and informs of net-snmp's own senders, all versions and levels."""

import pytest

from tests.integration.traps.conftest import COMMUNITY, LINK_DOWN, PASSWORDS, V2C, Running, Shipper, parts, until, v3

ENGINE = "0x80001f8880e9630000d61ff449"
TEXT = "linkDown: ifIndex=3 ifAdminStatus=up ifOperStatus=down ifName=Gi1/0/1"


async def test_a_v2c_trap(exporter: Running, shipper: Shipper) -> None:
    """It is counted, and one message is forwarded, with the device's name, the trap's, and a text for people."""
    assert exporter.count("core-1", "linkDown") == 0
    code, output = await exporter.tool("snmptrap", *V2C, "--", *LINK_DOWN)
    assert code == 0, output
    await until(lambda: shipper.messages)
    assert parts(shipper.messages[0]) == ("27", "core-1", "snmptrapd", "linkDown", TEXT)
    assert ' ifName="Gi1/0/1"' in shipper.messages[0]
    assert exporter.count("core-1", "linkDown") == 1
    await until(exporter.balanced)


async def test_a_v1_trap(exporter: Running, shipper: Shipper) -> None:
    """It gets RFC 3584's number; another agent address than the source stands in the message, the community nowhere."""
    code, output = await exporter.tool(
        "snmptrap", "-v", "1", "-c", COMMUNITY, "--",
        "1.3.6.1.4.1.9.1.1", "192.0.2.7", "2", "0", "", "1.3.6.1.2.1.2.2.1.2.3", "s", 'up "link"',
    )  # fmt: skip
    assert code == 0, output
    await until(lambda: shipper.messages)
    assert exporter.count("core-1", "linkDown") == 1
    assert 'snmpTrapAddress="192.0.2.7"' in shipper.messages[0]
    assert 'ifDescr="up \\"link\\""' in shipper.messages[0]
    assert COMMUNITY not in shipper.messages[0]


async def test_a_v1_trap_of_an_enterprise(exporter: Running, shipper: Shipper) -> None:
    """Its number is made of enterprise and specific trap, and found with or without the zero between them."""
    for enterprise, specific in (("1.3.6.1.4.1.9.9.43.2", "1"), ("1.3.6.1.2.1.15.7", "2")):
        code, output = await exporter.tool(
            "snmptrap", "-v", "1", "-c", COMMUNITY, "--", enterprise, "", "6", specific, "",
            "1.3.6.1.2.1.15.3.1.2.192.0.2.9", "i", "1",
        )  # fmt: skip
        assert code == 0, output
    await until(lambda: len(shipper.messages) == 2)
    assert exporter.count("core-1", "ciscoConfigManEvent") == 1
    assert exporter.count("core-1", "bgpBackwardTransNotification") == 1
    assert parts(shipper.messages[1])[4] == "bgpBackwardTransNotification: bgpPeerState=idle index=192.0.2.9"


@pytest.mark.parametrize(
    ("device", "sender"),
    [
        ("edge-1", ("sotp", "authPriv", "127.0.0.31", "SHA-256")),
        ("edge-2", ("sotp", "authNoPriv", "127.0.0.32", "SHA")),
        ("edge-3", ("guest", "noAuthNoPriv", "127.0.0.33", "")),
    ],
)
@pytest.mark.parametrize("kind", ["snmptrap", "snmpinform"])
async def test_v3(
    exporter: Running, shipper: Shipper, kind: str, device: str, sender: tuple[str, str, str, str]
) -> None:
    """A trap is taken with the sender's engine ID, which nobody told us; an inform with ours, which its sender asks."""
    engine = ENGINE if kind == "snmptrap" else ""
    code, output = await exporter.tool(kind, *v3(*sender, engine=engine), "--", *LINK_DOWN)
    assert code == 0, output
    await until(lambda: shipper.messages)
    assert parts(shipper.messages[0])[1] == device
    assert 'version="3"' in shipper.messages[0]
    assert exporter.count(device, "linkDown") == 1
    assert (exporter.total("sotp_traps_handshakes_total") > 0) == (kind == "snmpinform")
    await until(exporter.balanced)


async def test_a_v2c_inform_is_answered(exporter: Running, shipper: Shipper) -> None:
    """The sender ends well, which it doesn't without an answer."""
    code, output = await exporter.tool("snmpinform", *V2C, "--", *LINK_DOWN)
    assert code == 0, output
    await until(lambda: shipper.messages)
    assert exporter.count("core-1", "linkDown") == 1


async def test_wrong_credentials(exporter: Running, shipper: Shipper) -> None:
    """A wrong community, user, password, level or version is refused with its reason, and no inform is answered."""
    wrong = v3("sotp", "authPriv", "127.0.0.31", engine=ENGINE)
    other = [one.replace(PASSWORDS[0], "another-password") for one in wrong]
    private = [one.replace(PASSWORDS[1], "another-password") for one in wrong]
    for reason, options in (
        ("community", ["-v", "2c", "-c", "public"]),
        ("user", v3("other", "noAuthNoPriv", "127.0.0.33", engine=ENGINE)),
        ("auth", other),
        ("level", v3("sotp", "authNoPriv", "127.0.0.31", engine=ENGINE)),
        ("level", v3("sotp", "noAuthNoPriv", "127.0.0.32", engine=ENGINE)),
        ("version", v3("sotp", "authPriv", "127.0.0.1", engine=ENGINE)),
        ("version", [*V2C, "--clientaddr=127.0.0.31"]),
    ):
        before = exporter.dropped(reason)
        code, output = await exporter.tool("snmptrap", *options, "--", *LINK_DOWN)
        assert code == 0, output
        await until(lambda: exporter.dropped(reason) == before + 1, reason)  # noqa: B023  # awaited in this round
    total = exporter.total("sotp_traps_dropped_total")
    await exporter.tool("snmptrap", *private, "--", *LINK_DOWN)
    await until(lambda: exporter.total("sotp_traps_dropped_total") == total + 1)
    code, output = await exporter.tool("snmpinform", "-r", "0", "-t", "1", "-v", "2c", "-c", "public", "--", *LINK_DOWN)
    assert code != 0, output
    assert shipper.messages == []
    assert exporter.total("snmp_traps_received_total") == 0
    assert exporter.balanced()


async def test_unknown_senders(exporter: Running, shipper: Shipper) -> None:
    """An address of no device is refused, whatever it knows, and counted."""
    code, output = await exporter.tool("snmptrap", *V2C, "--clientaddr=127.0.0.99", "--", *LINK_DOWN)
    assert code == 0, output
    await until(lambda: exporter.dropped("unknown_sender") == 1)
    assert shipper.messages == []
