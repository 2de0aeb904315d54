"""BGP sessions of the lab's routers: who has one with whom, and what becomes of it."""

from pathlib import Path

import pytest

from exporters.snmp import oid
from exporters.snmp.pdu import Value
from lab.snmp.contents import build
from lab.snmp.device import Device
from lab.snmp.fleet import Fleet
from sotpctl.inventory import load

NOW = 1_900_000_000.0
INVENTORY = """
auths: {ro: {type: snmp, version: 2c, community: {env: LAB_COMMUNITY}}}
defaults: {snmp: {auth: ro}}
sites: {waw: {}, gdn: {}, krk: {}}
devices:
  waw-1: {address: 192.0.2.1, site: waw, platform: cisco-iosxe}
  waw-2: {address: 192.0.2.2, site: waw, platform: cisco-iosxe}
  krk-1: {address: 198.51.100.1, site: krk, platform: cisco-iosxe}
  gdn-1: {address: "2001:db8::1", site: gdn, platform: cisco-iosxe}
  gdn-2: {address: edge.example.net, site: gdn, platform: cisco-iosxe}
  nowhere: {address: 203.0.113.9, platform: cisco-iosxe}
links:
  - waw-1:Te1/0/1 - waw-2:Te1/0/1
  - waw-1:Te1/0/2 - krk-1:Te1/0/1
  - waw-1:Te1/0/3 - krk-1:Te1/0/2
  - waw-1:Te1/0/4 - gdn-1:Te1/0/1
  - waw-1:Te1/0/5 - gdn-2:Te1/0/1
  - waw-1:Te1/0/6 - nowhere:Te1/0/1
"""
STATE, REMOTE_AS, RECEIVED, ESTABLISHED_S = 2, 9, 10, 16  # columns of bgpPeerTable
ESTABLISHED, ACTIVE = 6, 3


class Lab:
    """A fleet whose clock the test sets."""

    def __init__(self, folder: Path) -> None:
        path = folder / "inventory.yaml"
        path.write_text(INVENTORY)
        inventory = load(path).inventory
        assert inventory
        self.now = NOW
        self.fleet = Fleet(inventory, {}, lambda: self.now)

    def device(self, name: str) -> Device:
        """A device as its agent has it."""
        return self.fleet._members[name].device  # what answers is tested elsewhere

    def peer(self, column: int, name: str = "waw-1", peer: str = "198.51.100.1") -> Value:
        """A column of bgpPeerTable."""
        return build(self.device(name)).get(oid.parse(f"1.3.6.1.2.1.15.3.1.{column}.{peer}"), self.now).value


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Three sites, and cables from one router to all."""
    return Lab(tmp_path)


def test_lab_sessions_join_sites_and_know_their_as(lab: Lab) -> None:
    """One a neighbour of another site, however many cables there are; none by IPv6, to a name or to no site."""
    sessions = {str(one.address): len(one.ports) for one in lab.device("waw-1").sessions}
    assert sessions == {"198.51.100.1": 2}
    assert lab.peer(REMOTE_AS) == 65002
    assert lab.peer(REMOTE_AS, "krk-1", "192.0.2.1") == 65003
    assert lab.device("waw-2").sessions == ()


def test_lab_sessions_end_with_their_last_cable_and_count_on(lab: Lab) -> None:
    """Established while one cable of two carries, then not; healed, it is a new one. Updates come meanwhile."""
    before = lab.peer(RECEIVED)
    lab.now += 600
    assert isinstance(before, int)
    assert before < int(str(lab.peer(RECEIVED))) < before + 60
    lab.fleet.break_port("waw-1", "Te1/0/2")
    assert lab.peer(STATE) == ESTABLISHED
    lab.fleet.break_port("krk-1", "Te1/0/2")
    assert (lab.peer(STATE), lab.peer(STATE, "krk-1", "192.0.2.1"), lab.peer(ESTABLISHED_S)) == (ACTIVE, ACTIVE, 0)
    lab.fleet.heal([])
    lab.now += 30
    assert (lab.peer(STATE), lab.peer(ESTABLISHED_S)) == (ESTABLISHED, 30)


def test_lab_sessions_end_with_their_peer(lab: Lab) -> None:
    """A dead neighbour holds no session."""
    lab.fleet.settle(["krk-1"])
    assert lab.peer(STATE) == ACTIVE
