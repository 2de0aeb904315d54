"""What devices are told to say: the control socket's `say` and `trap`."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from exporters.snmp import message, oid, pdu
from exporters.syslog.parse import parse
from lab.control import Control
from lab.network import Network
from lab.snmp.fleet import Fleet
from lab.syslog.teller import Teller
from lab.syslog.voice import Voice
from sotpctl.inventory import load
from tests.unit.lab.test_lab_control import INVENTORY, Heard, ask, node

Alone = tuple[Control, Heard, Fleet]


@pytest.fixture
def alone(tmp_path: Path) -> Alone:
    """A lab of fw alone, which has an address."""
    (tmp_path / "inventory.yaml").write_text(INVENTORY)
    inventory = load(tmp_path / "inventory.yaml").inventory
    assert inventory is not None
    fleet, network = Fleet(inventory, {}), Network([replace(node("fw"), packed=b"", unsimulated="")])
    heard = Heard(network)
    teller = Teller(Voice(inventory, fleet, heard, Random(1)), fleet, Random(1))
    return Control(network, fleet, teller, {}, reload=list), heard, fleet


def test_a_device_says_what_it_is_told_to(alone: Alone) -> None:
    """Its text, braces and all, in its platform's form; a trap of a port that stays up. Each once."""
    control, heard, _ = alone
    answer = ask(control, op="say", device="fw", text="%TEST-3-BRACES: {pri} of \udcff")
    assert answer["message"].endswith(" UTC: %TEST-3-BRACES: {pri} of ?")
    assert [(name, port, text.decode()) for name, port, text in heard.messages] == [("fw", 10514, answer["message"])]
    assert parse(heard.messages.pop()[2], 0).severity == 5
    answer = ask(control, op="trap", device="fw", trap="linkDown", port="GigabitEthernet1/0/7")
    assert answer == {"ok": True, "device": "fw", "trap": "linkDown", "port": "Gi1/0/7"}
    ((_, port, made),) = heard.messages
    head = message.read_plain(made)
    trap = pdu.decode(made, head.at, head.end).varbinds[1].value
    assert (port, trap) == (10162, oid.parse("1.3.6.1.6.3.1.1.5.3"))
    assert ask(control, op="status")["devices"][0]["faults"] == []


def test_who_is_not_heard_is_told_to_say_nothing(alone: Alone) -> None:
    """No text, no such trap or port, an agent that sends none, a dead device: the reason, and not a datagram."""
    control, heard, fleet = alone
    link = {"op": "trap", "device": "fw", "trap": "linkUp"}

    def error(**request: object) -> object:
        return ask(control, **request)["error"]

    assert error(op="say", device="fw", text="") == '"text" must be what it logs, 8192 characters at most'
    assert error(**link | {"trap": "coldStart"}) == '"trap" must be linkDown or linkUp'
    assert error(**link, port="Gi9/9/9") == 'fw has no interface "Gi9/9/9"; did you mean "Gi1/0/49"?'
    fleet.condition("fw").agent = True
    sends_none = "fw sends no traps: only a device whose agent answers, and by SNMPv2c, does"
    assert error(**link, port="Gi1/0/7") == sends_none
    assert heard.messages == []
    ask(control, op="break", devices=["fw"])  # its neighbours tell
    heard.messages.clear()
    assert error(op="say", device="fw", text="a") == "nobody hears fw: it is dead"
    assert heard.messages == []
