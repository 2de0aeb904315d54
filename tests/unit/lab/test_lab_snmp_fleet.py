"""All devices' agents: the cables between them, their faults, and what a new inventory keeps."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exporters.snmp import message, oid, pdu
from exporters.snmp.pdu import Pdu, Value, VarBind
from exporters.snmp.usm import User
from lab.snmp import credentials
from lab.snmp.fleet import Fleet, PartError
from sotpctl.inventory import Inventory, load

INVENTORY = """
settings: {prober: sw-1}
auths:
  ro: {type: snmp, version: 2c, community: {env: LAB_COMMUNITY}}
  kept: {type: snmp, version: 2c, community: {file: community}}
  v3: {type: snmp, version: 3, username: sotp, auth_protocol: SHA, auth_password: {env: LAB_AUTH},
       priv_protocol: AES128, priv_password: {env: LAB_PRIV}}
sites: {waw: {name: Warsaw}}
roles: {core: {}}
devices:
  sw-1: {address: 192.0.2.1, site: waw, role: core, platform: cisco-iosxe, snmp: {auth: ro}}
  sw-2: {address: 192.0.2.2, site: waw, role: core, platform: cisco-nxos, snmp: {auth: ro}}
  file: {address: 192.0.2.3, site: waw, role: core, platform: linux, snmp: {auth: kept}}
  user: {address: 192.0.2.4, site: waw, role: core, platform: linux, snmp: {auth: v3}}
  ping: {address: 192.0.2.5, site: waw, role: core}
links:
  - "sw-1:TenGigabitEthernet1/0/1 - sw-2:Ethernet1/1"
  - "sw-1:Te1/0/2 - ping:eth0"
  - "sw-1:Te9/0/9 - file:eth0"
  - "sw-1:Te1/0/3 - sw-2:mgmt0"
  - "sw-1:Gi0/0 - sw-2:Ethernet1/2"
"""
IF_NAME, IN, OUT, ERRORS, OPER, CHANGED = (
    *("1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10"),
    *("1.3.6.1.2.1.2.2.1.14", "1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.9"),
)
UP_TIME, SPEED, NEIGHBOR = "1.3.6.1.2.1.1.3", "1.3.6.1.2.1.31.1.1.1.15", "1.0.8802.1.1.2.1.4.1.1.9"


class Lab:
    """A fleet with a clock that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_900_000_000.0
        self.path = folder / "inventory.yaml"
        self.path.write_text(INVENTORY)
        self.fleet = Fleet(self.inventory, {}, lambda: self.now)

    @property
    def inventory(self) -> Inventory:
        """The inventory as it stands there."""
        loaded = load(self.path)
        assert loaded.inventory is not None, loaded.problems
        return loaded.inventory

    def column(self, device: str, name: str) -> dict[tuple[int, ...], Value]:
        """A column by GETNEXT: index to value."""
        root = oid.parse(name)
        found: dict[tuple[int, ...], Value] = {}
        at = root
        while True:
            request = pdu.encode(Pdu(pdu.GETNEXT, 1, 0, 0, [VarBind(at, 5, None)]))
            answer = self.fleet.answer(device, message.encode_plain(message.V2C, b"public", request))
            assert answer is not None
            head = message.read_plain(answer)
            binding = pdu.decode(answer, head.at, head.end).varbinds[0]
            if binding.oid[: len(root)] != root or binding.tag == pdu.END_OF_MIB_VIEW:
                return found
            at, found[binding.oid[len(root) :]] = binding.oid, binding.value

    def index(self, device: str, port: str) -> tuple[int, ...]:
        """A port's ifIndex."""
        return next(index for index, name in self.column(device, IF_NAME).items() if name == port.encode())

    def of(self, device: str, port: str, name: str) -> int:
        """A port's value of a column."""
        value = self.column(device, name)[self.index(device, port)]
        assert isinstance(value, int)
        return value


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Two switches with a cable between them."""
    return Lab(tmp_path)


@pytest.mark.parametrize(
    ("port", "other", "speed"),
    [("Te1/0/1", "Ethernet1/1", 10000), ("Te1/0/3", "mgmt0", 1000), ("Gi0/0", "Ethernet1/2", 1000)],
)
def test_what_one_end_sends_the_other_receives(lab: Lab, port: str, other: str, speed: int) -> None:
    """Over a minute, exactly; both have the slower one's speed, and a port that only the inventory knows is there."""
    for sender, out, receiver, into in (("sw-1", port, "sw-2", other), ("sw-2", other, "sw-1", port)):
        before = lab.of(sender, out, OUT), lab.of(receiver, into, IN)
        lab.now += 60
        sent, received = lab.of(sender, out, OUT) - before[0], lab.of(receiver, into, IN) - before[1]
        assert sent > 1e6
        assert abs(sent - received) <= 8  # whole octets of two counters; what a float of 10^16 can't tell apart
    assert lab.of("sw-1", port, SPEED) == lab.of("sw-2", other, SPEED) == speed
    assert lab.of("sw-1", "Te9/0/9", SPEED) == 1000


def test_neighbours_are_those_of_the_links(lab: Lab) -> None:
    """As the neighbour calls itself; one that isn't polled, as the inventory calls it."""
    found = {index[1]: name for index, name in lab.column("sw-1", NEIGHBOR).items()}
    ends = {"Te1/0/1": b"sw-2", "Te1/0/3": b"sw-2", "Gi0/0": b"sw-2", "Te1/0/2": b"ping", "Te9/0/9": b"file"}
    assert found == {lab.index("sw-1", port)[0]: name for port, name in ends.items()}
    ids = lab.column("sw-1", "1.0.8802.1.1.2.1.4.1.1.7")
    assert sorted(map(str, ids.values())) == ["b'Ethernet1/1'", "b'Ethernet1/2'", "b'eth0'", "b'eth0'", "b'mgmt0'"]


def test_a_port_goes_down_at_both_ends_and_its_counters_stand_still(lab: Lab) -> None:
    """Healed from the other end, they go on from where they stood; LLDP forgets the neighbour meanwhile."""
    assert lab.fleet.break_port("sw-1", "te1/0/1") == ["sw-1:Te1/0/1", "sw-2:Et1/1"]
    down = lab.of("sw-1", "Te1/0/1", IN)
    lab.now += 600
    assert (lab.of("sw-1", "Te1/0/1", OPER), lab.of("sw-2", "Ethernet1/1", OPER)) == (2, 2)
    assert lab.of("sw-1", "Te1/0/2", OPER) == 1
    assert lab.of("sw-1", "Te1/0/1", IN) == down
    assert lab.index("sw-2", "Ethernet1/1")[0] not in {index[1] for index in lab.column("sw-2", NEIGHBOR)}
    assert lab.fleet.faults("sw-2") == ["Et1/1 down"]
    assert lab.fleet.heal(["sw-2"]) == ("sw-2",)
    assert lab.of("sw-1", "Te1/0/1", OPER) == 1
    assert abs(lab.of("sw-1", "Te1/0/1", IN) - down) <= 8
    up_time = lab.column("sw-1", UP_TIME)[0,]
    assert abs(lab.of("sw-1", "Te1/0/1", CHANGED) - int(str(up_time))) <= 1
    lab.now += 60
    assert lab.of("sw-1", "Te1/0/1", IN) > down + 1e6


def test_ports_to_a_dead_device_are_down(lab: Lab) -> None:
    """And up again when it lives."""
    lab.fleet.settle(["sw-2", "ping"])
    assert [lab.of("sw-1", port, OPER) for port in ("Te1/0/1", "Te1/0/2", "Te9/0/9")] == [2, 2, 1]
    lab.fleet.settle([])
    assert [lab.of("sw-1", port, OPER) for port in ("Te1/0/1", "Te1/0/2", "Te9/0/9")] == [1, 1, 1]


def test_errors_are_a_share_of_the_packets_while_they_last(lab: Lab) -> None:
    """5 % in a burst, hardly any before and after; the counter doesn't fall when it ends."""
    start = lab.of("sw-1", "Te1/0/1", ERRORS)
    octets = lab.of("sw-1", "Te1/0/1", IN)
    lab.fleet.degrade_port("sw-1", "Te1/0/1")
    lab.now += 60
    burst = lab.of("sw-1", "Te1/0/1", ERRORS) - start
    assert burst == pytest.approx((lab.of("sw-1", "Te1/0/1", IN) - octets) / 700 * 0.05, rel=0.01)
    lab.fleet.heal([])
    lab.now += 60
    assert 0 <= lab.of("sw-1", "Te1/0/1", ERRORS) - start - burst < 5


def test_a_reboot_starts_anew_with_other_numbers(lab: Lab) -> None:
    """Uptime and counters from 0, every ifIndex another, the same names; nothing is left to heal."""
    names = lab.column("sw-1", IF_NAME)
    lab.fleet.reboot("sw-1")
    lab.now += 2
    assert lab.column("sw-1", UP_TIME) == {(0,): 200}
    again = lab.column("sw-1", IF_NAME)
    assert sorted(map(str, again.values())) == sorted(map(str, names.values()))
    assert not set(again.items()) & set(names.items())
    assert not set(again) & set(names)
    assert 0 < lab.of("sw-1", "Te1/0/1", IN) < 10e9 / 8 * 2
    assert lab.fleet.heal([]) == ()
    lab.fleet.reboot("sw-1")
    assert lab.column("sw-1", IF_NAME).keys().isdisjoint(again)


def test_the_condition_shows(lab: Lab) -> None:
    """A busy processor, a fan and what it does to the temperature; healed, all is as it was."""
    load, fan, heat = "1.3.6.1.4.1.9.9.109.1.1.1.1.8", "1.3.6.1.4.1.9.9.13.1.4.1.3", "1.3.6.1.4.1.9.9.13.1.3.1.3"
    before = [lab.column("sw-1", name) for name in (load, fan, heat)]
    lab.fleet.condition("sw-1").cpu = 0.97
    lab.fleet.condition("sw-1").fan = True
    assert lab.column("sw-1", load) == {(1,): 97}
    assert list(lab.column("sw-1", fan).values()) == [3, 1, 1]
    hot = lab.column("sw-1", heat)
    assert all(int(str(hot[index])) >= int(str(value)) + 12 for index, value in before[2].items())
    assert lab.fleet.heal(["sw-1"]) == ("sw-1",)
    assert [lab.column("sw-1", name) for name in (load, fan, heat)] == before


def test_a_new_inventory_keeps_what_happened(lab: Lab) -> None:
    """Faults, boots and gaps of those that stay; a device that went is silent."""
    lab.fleet.reboot("sw-1")
    lab.fleet.break_port("sw-1", "Te1/0/2")
    lab.now += 60
    lab.fleet.heal([])
    lab.fleet.break_port("sw-1", "Te1/0/1")
    lab.fleet.degrade_port("sw-2", "Ethernet1/7")
    lab.now += 60
    lab.path.write_text(INVENTORY.replace("  ping: {", "  new: {address: 192.0.2.6, site: waw, role: core}\n  ping: {"))
    counters = lab.of("sw-1", "Te1/0/2", IN)
    lab.fleet.replace(lab.inventory)
    assert lab.of("sw-1", "Te1/0/2", IN) == counters
    assert lab.column("sw-1", UP_TIME) == {(0,): 12000}
    assert (lab.fleet.faults("sw-1"), lab.fleet.faults("sw-2")) == (
        ["Te1/0/1 down"],
        ["Et1/1 down", "Et1/7 has errors"],
    )
    lab.path.write_text(INVENTORY.replace("platform: cisco-nxos, snmp: {auth: ro}", "enabled: false"))
    lab.fleet.replace(lab.inventory)
    assert lab.fleet.answer("sw-2", b"") is None
    assert lab.fleet.faults("sw-1") == []


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda fleet: fleet.break_port("sw-1", "Te1/0/99"), 'sw-1 has no interface "Te1/0/99"; did you mean "Te'),
        (lambda fleet: fleet.degrade_port("user", "xyz"), 'user has no interface "xyz"; it has lo, eth0, eth1, eth2 …'),
        (lambda fleet: fleet.condition("ping"), "the inventory doesn't poll it with SNMP"),
        (lambda fleet: fleet.reboot("file"), "auths.kept: "),
    ],
)
def test_what_can_not_be_broken_says_why(lab: Lab, act: Callable[[Fleet], object], error: str) -> None:
    """And what would be right."""
    with pytest.raises(PartError) as raised:
        act(lab.fleet)
    assert error in str(raised.value)


def test_the_lab_chooses_secrets_that_nobody_set(lab: Lab) -> None:
    """Of the environment only; what is set is used; the same in every lab; passwords are long enough for SNMPv3."""
    chosen = {"LAB_AUTH": "lab-lab-auth", "LAB_COMMUNITY": "public", "LAB_PRIV": "lab-lab-priv"}
    assert credentials.environment(lab.inventory, {}) == chosen
    assert set(credentials.environment(lab.inventory, {"LAB_AUTH": "authentication"})) == {"LAB_COMMUNITY", "LAB_PRIV"}
    known = credentials.resolve(lab.inventory, {"LAB_AUTH": "authentication"})
    assert known["ro"] == b"public"
    assert known["v3"] == User("sotp", "SHA1", "authentication", "AES128", "lab-lab-priv")
    assert str(known["kept"]).startswith("auths.kept: ")
    (lab.path.parent / "community").write_text("of a file\n")
    assert credentials.resolve(lab.inventory, {})["kept"] == b"of a file"
    assert lab.fleet.mute.keys() == {"file"}


def test_it_boots_once_in_400_days_whenever_the_lab_starts(lab: Lab) -> None:
    """Two labs of an inventory show the same counters at the same time."""
    other = Lab(lab.path.parent)
    lab.now = other.now = other.now + 86400
    assert lab.column("sw-1", IN) == other.column("sw-1", IN)
    ticks = lab.column("sw-1", UP_TIME)[0,]
    assert isinstance(ticks, int)
    assert 0 < ticks < 401 * 8640000
