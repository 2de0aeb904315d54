"""The control socket's language."""

import json
from pathlib import Path
from random import Random

import pytest

from lab.control import Answer, Control
from lab.network import Network, Node, Quality
from lab.request import RequestError
from lab.snmp.fleet import Fleet
from lab.syslog.post import Post
from lab.syslog.teller import Teller
from lab.syslog.voice import Voice
from sotpctl.inventory import Inventory, load

INVENTORY = """
settings: {prober: fw}
auths: {ro: {type: snmp, version: 2c, community: {env: SNMP_COMMUNITY}}}
sites: {waw: {name: Warsaw}}
roles: {core: {}}
devices:
  fw: {address: 192.0.2.1, site: waw, role: core, platform: cisco-ios, snmp: {auth: ro}}
  sw: {address: 192.0.2.2, site: waw, role: core, platform: linux}
links: ["fw:Gi1/0/49 - sw:eth0"]
"""


def node(name: str, *parents: str) -> Node:
    """A device whose address is a name."""
    return Node(
        name, "waw", "192.0.2.1", None, "its address is a name, and the lab has no DNS", parents, Quality(0.01), 64
    )


class Heard(Post):
    """Keeps what devices send, and when."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, lambda _packet: None, {}, Random(1))
        self.messages: list[tuple[str, int, bytes]] = []

    def send(self, name: str, payload: bytes, ports: tuple[int, int], wait: float = 0.0) -> None:  # noqa: ARG002
        """Keeps it."""
        self.messages.append((name, ports[1], payload))


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    """Of its two devices, fw is polled."""
    path = tmp_path / "inventory.yaml"
    path.write_text(INVENTORY)
    inventory = load(path).inventory
    assert inventory is not None
    return inventory


@pytest.fixture
def fleet(inventory: Inventory) -> Fleet:
    """The agent of fw."""
    return Fleet(inventory, {})


@pytest.fixture
def network() -> Network:
    """Two devices, one behind the other."""
    return Network([node("fw"), node("sw", "fw")])


@pytest.fixture
def heard(network: Network) -> Heard:
    """What devices sent."""
    return Heard(network)


@pytest.fixture
def teller(inventory: Inventory, fleet: Fleet, heard: Heard) -> Teller:
    """Who lets them."""
    return Teller(Voice(inventory, fleet, heard, Random(1)), fleet, Random(1))


@pytest.fixture
def control(network: Network, fleet: Fleet, teller: Teller) -> Control:
    """Two devices, of which a reload replaces one."""
    return Control(network, fleet, teller, {"pid": 7}, reload=lambda: [node("fw"), node("ap", "fw")])


def ask(control: Control, **request: object) -> Answer:
    """One request as the socket brings it."""
    return control.handle(json.dumps(request).encode())


def test_status_has_every_device(control: Control) -> None:
    """Facts of the daemon and, of each device, its state in base units."""
    ask(control, op="break", devices=["fw"])
    answer = ask(control, op="status")
    assert (answer["ok"], answer["pid"]) == (True, 7)
    assert answer["devices"][1] == {
        "device": "sw",
        "site": "waw",
        "address": "192.0.2.1",
        "state": "unreachable",
        "because": ["fw"],
        "unsimulated": "its address is a name, and the lab has no DNS",
        "delay_seconds": 0.01,
        "jitter_seconds": 0.0,
        "loss_ratio": 0.0,
        "faults": [],
    }


def test_break_says_what_it_takes_with_it(control: Control) -> None:
    """The others that lose their last way."""
    assert ask(control, op="break", devices=["fw", "fw"]) == {"ok": True, "broken": ["fw"], "behind": ["sw"]}
    assert ask(control, op="heal") == {"ok": True, "healed": ["fw"]}


def test_reload_says_what_changed(control: Control) -> None:
    """Devices that came and went."""
    assert ask(control, op="reload") == {"ok": True, "devices": 2, "added": ["ap"], "removed": ["sw"]}


def test_parts_break_alone_and_together_and_heal(control: Control) -> None:
    """A port, a fan, credentials, a busy processor: the device lives, `status` says what is wrong, `heal` mends it."""
    answer = ask(control, op="fail", device="fw", port="GigabitEthernet1/0/49", fan=True, community=True, reboot=True)
    down = ["fw:Gi1/0/49", "sw:eth0"]
    assert answer == {"ok": True, "device": "fw", "down": down, "failed": ["fan", "community", "reboot"]}
    assert ask(control, op="degrade", device="fw", cpu=0.97, errors="Gi1/0/1")["ok"]
    faults = ["Gi1/0/49 down", "Gi1/0/1 has errors", "cpu at 97%", "fan failed", "other credentials"]
    status = ask(control, op="status")["devices"][0]
    assert (status["state"], status["faults"]) == ("alive", faults)
    assert ask(control, op="heal", devices=["fw"]) == {"ok": True, "healed": ["fw"]}
    assert ask(control, op="status")["devices"][0]["faults"] == []


def test_devices_tell_what_is_done_to_them(control: Control, heard: Heard) -> None:
    """After each request: a link's two ends; who has no SNMP too. What is refused is told by nobody."""
    ask(control, op="fail", device="fw", port="Gi1/0/49", config=True)
    assert {(name, port) for name, port, _ in heard.messages} == {("fw", 10514), ("fw", 10162), ("sw", 10514)}
    assert any(b"SYS-5-CONFIG_I" in text for _, _, text in heard.messages)
    heard.messages.clear()
    ask(control, op="fail", device="fw", port="Gi9/9/9")
    ask(control, op="status")
    assert heard.messages == []


def test_a_flood_is_a_fault(control: Control) -> None:
    """The status shows it, heal ends it."""
    assert ask(control, op="flood", device="sw", rate=100, seconds=None) == {"ok": True, "device": "sw", "rate": 100.0}
    assert ask(control, op="status")["devices"][1]["faults"] == ["logs 100 messages/s"]
    assert ask(control, op="heal", devices=["sw"]) == {"ok": True, "healed": ["sw"]}


def test_a_broken_inventory_keeps_the_old_devices(fleet: Fleet, teller: Teller) -> None:
    """The problems are the answer."""

    def broken() -> list[Node]:
        raise RequestError("inventory.yaml:3:1: what is wrong")

    control = Control(Network([node("fw")]), fleet, teller, {}, reload=broken)
    assert ask(control, op="reload") == {"ok": False, "error": "inventory.yaml:3:1: what is wrong"}
    assert len(ask(control, op="status")["devices"]) == 1


def test_down_stops(control: Control) -> None:
    """It is answered, and the daemon is told."""
    assert ask(control, op="down") == {"ok": True}
    assert control.stopping.is_set()


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"", "a request is one JSON object on a line"),
        (b"\xff\xfe", "a request is one JSON object on a line"),
        (b"[" * 60_000, "a request is one JSON object on a line"),
        (b"[]", '"op" must be one of status, break, fail, heal, degrade, flood, say, trap, reload, down'),
        (b'{"op": []}', '"op" must be one of status, break, fail, heal, degrade, flood, say, trap, reload, down'),
        (b'{"op": "break"}', '"devices" must name at least one device'),
        (b'{"op": "break", "devices": "fw"}', '"devices" must be a list of names'),
        (b'{"op": "heal", "devices": [1]}', '"devices" must be a list of names'),
        (b'{"op": "break", "devices": ["fww"]}', 'no device of the lab is called "fww"; did you mean "fw"?'),
        (b'{"op": "degrade", "loss": 0.1}', '"device" must be a name'),
        (b'{"op": "degrade", "device": "fw"}', 'give at least one of "loss", "delay", "jitter", "cpu" and "errors"'),
        (
            b'{"op": "fail", "device": "fw"}',
            'give at least one of "port", "fan", "agent", "community", "reboot" and "config"',
        ),
        (
            b'{"op": "fail", "device": "fw", "port": "Gi1/0/94", "fan": true}',
            'fw has no interface "Gi1/0/94"; did you mean "Gi1/0/9"?',
        ),
        (b'{"op": "degrade", "device": "fw", "errors": 1}', '"errors" must be a name'),
        (b'{"op": "degrade", "device": "fw", "cpu": 97}', '"cpu" must be from 0 to 1, not 97'),
        (
            b'{"op": "fail", "device": "sw", "fan": true}',
            "sw has no SNMP agent, so only the whole of it can be broken: the inventory doesn't poll it with SNMP",
        ),
        (b'{"op": "flood", "device": "fw"}', '"rate" must be more than 0'),
        (b'{"op": "flood", "device": "fw", "rate": 1e9}', '"rate" must be from 0 to 50000, not 1e+09'),
        (
            b'{"op": "say", "device": "fw", "text": "a"}',
            "nobody hears fw: its address is a name, and the lab has no DNS",
        ),
        (b'{"op": "degrade", "device": "fw", "loss": 20}', '"loss" must be from 0 to 1, not 20'),
        (b'{"op": "degrade", "device": "fw", "delay": -1}', '"delay" must be from 0 to 60, not -1'),
        (b'{"op": "degrade", "device": "fw", "delay": "80ms"}', '"delay" must be a number'),
        (b'{"op": "degrade", "device": "fw", "delay": true}', '"delay" must be a number'),
        (b'{"op": "degrade", "device": "fw", "delay": NaN}', '"delay" must be a number'),
    ],
)
def test_a_wrong_request_is_answered_and_changes_nothing(control: Control, line: bytes, error: str) -> None:
    """Every mistake has its own sentence; nothing raises."""
    before = ask(control, op="status")
    assert control.handle(line) == {"ok": False, "error": error}
    assert ask(control, op="status") == before
