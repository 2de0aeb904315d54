"""Who says what, and when: links of the inventory, neighbours, traps, floods."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from exporters.snmp import message, oid, pdu
from exporters.syslog.events import Patterns
from exporters.syslog.parse import parse
from lab import plan
from lab.network import Network
from lab.snmp import trap, udp
from lab.snmp.fleet import Fleet
from lab.syslog.post import SYSLOG, TRAPS, Post
from lab.syslog.teller import Teller
from lab.syslog.voice import Voice
from sotpctl.inventory import load

INVENTORY = """
auths:
  ro: {type: snmp, version: 2c, community: {env: SNMP_COMMUNITY}}
  v3: {type: snmp, version: 3, username: sotp, auth_protocol: SHA, auth_password: {env: SNMP_AUTH}}
sites: {waw: {}, krk: {}}
roles: {core: {}, server: {}}
devices:
  core: {address: 192.0.2.1, site: waw, role: core, platform: cisco-iosxe, snmp: {auth: ro}}
  dist: {address: 192.0.2.2, site: waw, role: core, platform: juniper-junos, snmp: {auth: v3}}
  edge: {address: 192.0.2.3, site: krk, role: core, platform: arista-eos}
  host: {address: "2001:db8::4", site: waw, role: server, platform: linux, parents: [dist]}
links: ["core:Te1/0/1 - dist:xe-0/0/1", "core:Te1/0/2 - edge:Et1", "dist:ge-0/1/0 - host:eth0"]
"""
PROBER = {4: bytes([100, 64, 0, 1]), 16: bytes(15) + b"\1"}
PATTERNS = Patterns.load()
NOW = 1_709_294_401.0


class Direct(Post):
    """Without the time that a packet takes."""

    def send(self, name: str, payload: bytes, ports: tuple[int, int], wait: float = 0.0) -> None:  # noqa: ARG002
        """Sends it at once."""
        self.send_now(name, payload, ports)


class Lab:
    """A lab without a network: what its devices would put on the wire."""

    def __init__(self, path: Path) -> None:
        path.write_text(INVENTORY)
        inventory = load(path).inventory
        assert inventory is not None
        self.devices = inventory.devices
        self.network, self.fleet = Network(plan.nodes(inventory)), Fleet(inventory, {}, lambda: NOW)
        self.packets: list[udp.Datagram] = []
        post = Direct(self.network, self._write, PROBER, Random(1))
        self.voice = Voice(inventory, self.fleet, post, Random(1), lambda: NOW)
        self.teller = Teller(self.voice, self.fleet, Random(1))

    def settle(self) -> None:
        """What changed is told."""
        dead = [name for name, state in self.network.states.items() if state.state == "dead"]
        self.fleet.settle(dead)
        self.teller.look()

    async def ended(self, name: str) -> None:
        """Waits for a flood's end."""
        while self.teller.faults(name):  # noqa: ASYNC110  # status says it, nothing else
            await asyncio.sleep(0.01)

    def heard(self) -> set[tuple[str, str]]:
        """Events by device, told apart by the source address."""
        names = {packed: name for name in self.devices for packed in [self.network.states[name].node.packed]}
        found = set()
        for one in self.packets:
            assert one.destination == PROBER[len(one.source)]
            name = names[one.source]
            if one.port == SYSLOG:
                event = PATTERNS.match(self.devices[name].platform, parse(one.payload, int(NOW * 1e9)))
                found.add((name, event.name if event else ""))
            else:
                assert one.port == TRAPS
                head = message.read_plain(one.payload)
                assert head.community == b"public"
                made = pdu.decode(one.payload, head.at, head.end)
                found.add((name, f"trap {made.varbinds[1].value[-1]}"))  # type: ignore[index]
        self.packets.clear()
        return found

    def _write(self, packet: bytes) -> None:
        found = udp.parse(packet)
        assert found is not None, "the checksums are wrong"
        self.packets.append(found)


@pytest.fixture
async def lab(tmp_path: Path) -> Lab:
    """Three switches and a host."""
    return Lab(tmp_path / "inventory.yaml")


async def test_a_cut_cable_is_told_at_both_ends(lab: Lab) -> None:
    """With OSPF within a site; traps are v2c's alone. Healed, it is told too; a second look says nothing."""
    lab.fleet.break_port("core", "Te1/0/1")
    lab.settle()
    assert lab.heard() == {
        ("core", "interface_down"), ("core", "ospf_down"), ("core", "trap 3"),
        ("dist", "interface_down"), ("dist", "ospf_down"),
    }  # fmt: skip
    lab.settle()
    assert lab.heard() == set()
    lab.fleet.heal(["core"])
    lab.settle()
    assert ("dist", "ospf_up") in (heard := lab.heard())
    assert ("core", "trap 4") in heard


async def test_a_dead_device_is_silent_and_its_neighbours_tell(lab: Lab) -> None:
    """BGP from site to site; who can't be reached any more can't be heard either; a host has no neighbour to lose."""
    lab.network.break_(["core"])
    lab.settle()
    assert lab.heard() == {
        ("dist", "interface_down"), ("dist", "ospf_down"), ("edge", "interface_down"), ("edge", "bgp_down"),
    }  # fmt: skip
    lab.network.break_(["dist"])
    lab.settle()
    assert lab.heard() == set()  # core is dead, host is behind dist


async def test_a_plain_port_is_told_by_its_device_alone(lab: Lab) -> None:
    """What is plugged in there is nobody of ours."""
    lab.fleet.break_port("core", "Te1/0/7")
    lab.settle()
    assert lab.heard() == {("core", "interface_down"), ("core", "trap 3")}


async def test_parts_of_a_device(lab: Lab) -> None:
    """A fan, other credentials, a restart; what someone configures, of a device without SNMP too."""
    condition = lab.fleet.condition("core")
    condition.fan = condition.community = True
    lab.fleet.reboot("core")
    lab.teller.configure("edge")
    lab.settle()
    assert lab.heard() == {
        ("core", "fan_failed"), ("core", "config_changed"), ("core", "restarted"), ("core", "trap 1"),
        ("edge", "config_changed"),
    }  # fmt: skip


async def test_an_agent_that_hangs_sends_no_trap(lab: Lab) -> None:
    """Syslog goes on."""
    lab.fleet.condition("core").agent = True
    lab.fleet.break_port("core", "Te1/0/7")
    lab.settle()
    assert lab.heard() == {("core", "interface_down")}


async def test_a_flood_has_its_rate_and_its_end(lab: Lab) -> None:
    """500/s for 0.4 s are 200 messages, of IPv6 as well; one without an end is ended by heal."""
    running = asyncio.create_task(lab.teller.run())
    lab.teller.flood("host", 500, 0.4)
    await asyncio.wait_for(lab.ended("host"), 10)
    flood = [one for one in lab.packets if len(one.source) == 16]
    assert len(flood) in range(200, 203)  # a routine one may be among them
    lab.teller.flood("core", 100, None)
    assert lab.teller.faults("core") == ["logs 100 messages/s"]
    assert lab.teller.heal(["edge"]) == []
    assert lab.teller.heal([]) == ["core"]
    running.cancel()


async def test_a_trap_says_which_interface(lab: Lab) -> None:
    """Its ifIndex as the agent has it now, states, and the name."""
    lab.fleet.reboot("core")
    lab.fleet.break_port("core", "Te1/0/1")
    index, port = lab.fleet.port("core", "Te1/0/1") or (0, None)
    assert port is not None
    made = trap.link(b"public", 4200, 7, port, index, up=port.up)
    head = message.read_plain(made)
    found = {oid.text(one.oid): one.value for one in pdu.decode(made, head.at, head.end).varbinds}
    assert index > 100  # renumbered
    assert found["1.3.6.1.2.1.1.3.0"] == 4200
    assert found[f"1.3.6.1.2.1.2.2.1.8.{index}"] == 2
    assert found[f"1.3.6.1.2.1.31.1.1.1.1.{index}"] == b"Te1/0/1"
