"""Interfaces' names: the label ifName in the inventory's spelling, unique, and only where asked for."""

from typing import Any

from exporters.snmp.modules import read
from exporters.snmp.modules.naming import interface_names
from exporters.snmp.modules.plan import live
from exporters.snmp.modules.render import Renderer
from exporters.snmp.oid import parse
from exporters.snmp.profiles import match, samples
from exporters.snmp.registry import BUILT_IN, Loader

IF_DESCR = parse("1.3.6.1.2.1.2.2.1.2")
IF_NAME = parse("1.3.6.1.2.1.31.1.1.1.1")
IF_OPER_STATUS = parse("1.3.6.1.2.1.2.2.1.8")
LLDP = "1.0.8802.1.1.2.1.4.1.1."
LLDP_PORT = parse(LLDP + "7")
LLDP_SYSTEM = parse(LLDP + "9")


def rows(*values: str) -> dict[Any, bytes]:
    """Returns a column of text with the rows 1, 2 and so on."""
    return {(number,): value.encode() for number, value in enumerate(values, 1)}


def labels(
    names: list[str], descriptions: list[str], *, canonical: bool, missing: tuple[Any, ...] = (), count: int = 0
) -> list[str]:
    """Returns the label ifName of ifOperStatus, by row."""
    path = BUILT_IN / "if_mib.yml"
    metrics = live(read.parse(str(path), path.read_bytes()).modules["if_mib"])
    tables: dict[Any, Any] = {
        IF_OPER_STATUS: {(number,): 1 for number in range(1, (count or len(descriptions)) + 1)},
        IF_NAME: rows(*names),
        IF_DESCR: rows(*descriptions),
    }
    found = Renderer(metrics, canonical=canonical).render(tables, missing)
    lines = found["ifOperStatus"].lines if "ifOperStatus" in found else []
    return [line.split('ifName="')[1].split('"')[0] for line in lines]


def test_the_label_has_the_inventorys_spelling_only_where_asked() -> None:
    """With `canonical` it is what thresholds and links have, without what the device says, byte for byte."""
    names = ["GigabitEthernet1/0/1", "Ethernet1/2", "xe-0/0/0", "Port-Channel7"]
    assert labels(names, ["a", "b", "c", "d"], canonical=True) == ["Gi1/0/1", "Et1/2", "xe-0/0/0", "Po7"]
    assert labels(names, ["a", "b", "c", "d"], canonical=False) == names


def test_ports_that_would_meet_keep_their_own_names() -> None:
    """Two ports never become one label."""
    assert labels(["Eth1/1", "Ethernet1/1", "Eth1/2"], ["", "", ""], canonical=True) == [
        "Eth1/1",
        "Ethernet1/1",
        "Et1/2",
    ]


def test_a_device_without_names_is_known_by_descriptions() -> None:
    """Its ifName may be empty or missing (RFC 2863); a description that several have gets the ifIndex."""
    assert labels([], ["Ethernet1/1", "eth0"], canonical=True) == ["Et1/1", "eth0"]
    assert labels(["", "", "lan"], ["Ethernet Interface", "Ethernet Interface", "x"], canonical=True) == [
        "Ethernet Interface 1",
        "Ethernet Interface 2",
        "lan",
    ]
    assert labels([], ["Ethernet1/1"], canonical=False) == [""]


def test_a_description_never_takes_another_ports_name() -> None:
    """A port without a name whose description is another one's name."""
    assert interface_names({(1,): "eth0", (2,): ""}, {(1,): "x", (2,): "eth0"}) == {(1,): "eth0", (2,): "eth0 2"}
    assert interface_names({(1,): ""}, {(1,): ""}) == {(1,): "1"}


def test_a_row_whose_name_wasnt_read_is_left_out() -> None:
    """A walk that broke off: under its description, or under none, it would be another series for one scrape."""
    assert labels(["Ethernet1/1"], ["one", "two"], canonical=True, missing=(IF_NAME,)) == ["Et1/1"]
    assert labels(["Ethernet1/1", "", ""], ["one"], canonical=True, missing=(IF_DESCR,), count=3) == ["Et1/1"]


def test_neighbours_have_the_inventorys_spelling_on_both_ends() -> None:
    """device_neighbor_info joins with sotp_link_info; asked by module it has each device's own spelling."""
    tables: dict[Any, Any] = {
        IF_NAME: rows("Ethernet1", "Ethernet2"),
        IF_DESCR: rows("Ethernet1", "Ethernet2"),
        LLDP_PORT: {(0, 2, 1): b"TenGigabitEthernet1/0/1"},
        LLDP_SYSTEM: {(0, 2, 1): b"waw-core-1"},
    }
    profile = match("1.3.6.1.4.1.30065.1", "Arista Networks EOS")
    (spelt,) = [each for each in samples(profile, tables, canonical=True) if each.name == "device_neighbor_info"]
    (own,) = [each for each in samples(profile, tables) if each.name == "device_neighbor_info"]
    assert spelt.labels == 'ifName="Et2",neighbor="waw-core-1",neighbor_ifName="Te1/0/1",protocol="lldp"'
    assert own.labels.startswith('ifName="Ethernet2",neighbor="waw-core-1",neighbor_ifName="TenGigabitEthernet1/0/1"')


def test_the_registry_has_one_module_a_spelling() -> None:
    """What is shared between scrapes is told apart by the module: the same object each time, another one a spelling."""
    registry = Loader().load([])
    assert registry.module("if_mib") is registry.module("if_mib")
    assert registry.module("if_mib", canonical=True) is registry.module("if_mib", canonical=True)
    assert registry.module("if_mib") is not registry.module("if_mib", canonical=True)
