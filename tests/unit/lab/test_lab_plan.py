"""From an inventory to the simulated network."""

from pathlib import Path

import pytest

from lab import plan
from sotpctl.inventory import Inventory, load

INVENTORY = """
settings: {prober: fw}
sites: {waw: {name: Warsaw}, krk: {name: Kraków}}
roles: {core: {}}
devices:
  fw: {address: 192.0.2.1, site: waw, role: core, platform: cisco-iosxe}
  sw: {address: 192.0.2.2, site: waw, role: core}
  ap: {address: 192.0.2.3, site: waw, role: core, parents: [sw]}
  far: {address: "2001:db8::1", site: krk, role: core}
  gone: {address: 192.0.2.9, site: waw, role: core, enabled: false}
  name: {address: host.example.net, site: waw, role: core}
alerting:
  routes: [{receiver: here}, {receiver: elsewhere, match: {site: waw}}]
  receivers:
    elsewhere: {email: {to: a@example.net, from: b@example.net, smarthost: "mail.example.net:25"}}
    here: {email: {to: a@example.net, from: b@example.net, smarthost: "127.0.0.1:10999"}}
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    """One of each kind of device."""
    path = tmp_path / "inventory.yaml"
    path.write_text(INVENTORY)
    loaded = load(path)
    assert loaded.inventory is not None, loaded.problems
    return loaded.inventory


def test_enabled_devices_are_simulated_by_address(inventory: Inventory) -> None:
    """Disabled ones aren't there; one whose address is a name is, silent, and says why."""
    nodes = {node.name: node for node in plan.nodes(inventory)}
    assert set(nodes) == {"fw", "sw", "ap", "far", "name"}
    assert nodes["fw"].packed == bytes((192, 0, 2, 1))
    assert (nodes["name"].packed, nodes["name"].unsimulated) == (None, "its address is a name, and the lab has no DNS")
    assert (nodes["sw"].parents, nodes["fw"].parents) == (("fw",), ())


def test_another_site_is_farther_away(inventory: Inventory) -> None:
    """The prober's site is within 5 ms, another one 4 to 30 ms away; every lab has the same times; TTLs fall by hop."""
    nodes = {node.name: node for node in plan.nodes(inventory)}
    assert all(0.0003 <= nodes[name].quality.delay < 0.005 for name in ("fw", "sw", "ap"))
    assert 0.004 <= nodes["far"].quality.delay <= 0.030
    assert all(node.quality.loss == 0 and node.quality.jitter < node.quality.delay for node in nodes.values())
    assert plan.nodes(inventory) == plan.nodes(inventory)
    assert (nodes["fw"].ttl, nodes["sw"].ttl, nodes["ap"].ttl) == (255, 63, 62)


def test_mail_is_taken_where_the_inventory_sends_it(inventory: Inventory, tmp_path: Path) -> None:
    """The first email receiver with a smarthost on this machine; the default when there is none."""
    assert plan.smtp_address(inventory) == "127.0.0.1:10999"
    (tmp_path / "inventory.yaml").write_text(INVENTORY.partition("alerting:")[0])
    without = load(tmp_path / "inventory.yaml").inventory
    assert without is not None
    assert plan.smtp_address(without) == "127.0.0.1:10125"
