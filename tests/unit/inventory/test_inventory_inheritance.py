"""defaults ← site ← role ← groups ← device, the later wins, key by key."""

import copy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sotpctl.inventory import load
from sotpctl.inventory.explain import explain
from sotpctl.inventory.load import read_inventory
from sotpctl.inventory.resolve import merged

_LEAVES = st.none() | st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2).map(tuple)
_TREES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(_LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6),
    max_size=3,
)


def _has_none(tree: object) -> bool:
    return tree is None or (isinstance(tree, dict) and any(_has_none(value) for value in tree.values()))


@given(_TREES, _TREES)
def test_merging_changes_neither_side_and_leaves_no_null(base: dict[str, Any], layer: dict[str, Any]) -> None:
    """Layers are shared by all devices: merging leaves them as they are; null only removes, it never arrives."""
    clean = merged({}, base)
    before, given_layer = copy.deepcopy(clean), copy.deepcopy(layer)
    result = merged(clean, layer)
    assert (clean, layer) == (before, given_layer)
    assert not _has_none(result)
    for key, value in layer.items():
        if not isinstance(value, dict):
            assert result.get(key) == value
    for key in clean.keys() - layer.keys():
        assert result[key] == clean[key]


@given(_TREES, _TREES, _TREES)
def test_laying_a_layer_twice_changes_nothing(one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]) -> None:
    """A layer laid over what it already gave gives the same."""
    base = merged(merged({}, one), two)
    once = merged(base, three)
    assert merged(once, three) == once


_INTERVALS = st.sampled_from(["2s", "3s", "4s", None])
_LAYER = st.fixed_dictionaries(
    {},
    optional={
        "team": st.sampled_from(["noc", "net", None]),
        "icmp": st.fixed_dictionaries({}, optional={"interval": _INTERVALS}) | st.none(),
        "labels": st.dictionaries(st.sampled_from(["rack", "row"]), st.sampled_from(["x", "y", None])) | st.none(),
    },
)


@settings(max_examples=60)
@given(st.lists(_LAYER, min_size=6, max_size=6), st.permutations(["one", "two"]))
def test_a_device_is_the_sum_of_its_layers(tmp_path: Path, parts: list[Any], order: list[str]) -> None:
    """Read from the outside in, each layer overrides the ones before it, groups in the device's order."""
    defaults, site, role, one, two, device = parts
    groups = {"one": one, "two": two}
    document = {
        "defaults": defaults,
        "sites": {"s": site},
        "roles": {"r": role},
        "groups": groups,
        "devices": {"d": {"address": "192.0.2.1", "site": "s", "role": "r", "groups": order, **device}},
    }
    file = tmp_path / "inventory.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    team, interval, labels = "", "6s", dict[str, str]()
    for layer in (defaults, site, role, groups[order[0]], groups[order[1]], device):
        team = (layer["team"] or "") if "team" in layer else team
        if "icmp" in layer:
            icmp = layer["icmp"]
            interval = "6s" if icmp is None else (icmp["interval"] or "6s") if "interval" in icmp else interval
        if "labels" in layer:
            labels = {} if layer["labels"] is None else labels | layer["labels"]
            labels = {name: value for name, value in labels.items() if value is not None}
    loaded = load(file)
    assert loaded.inventory is not None, loaded.problems
    got = loaded.inventory.devices["d"]
    assert (got.team, f"{got.icmp.interval:g}s", got.labels) == (team, interval, labels)


def test_the_device_orders_its_groups(tmp_path: Path) -> None:
    """Of two groups that disagree, the one that the device names last wins."""
    file = tmp_path / "inventory.yaml"
    file.write_text(
        "groups: {x: {team: x}, y: {team: y}}\n"
        "devices: {d: {address: 192.0.2.1, groups: [x, y]}, e: {address: 192.0.2.2, groups: [y, x]}}\n",
        encoding="utf-8",
    )
    inventory = load(file).inventory
    assert inventory is not None
    assert (inventory.devices["d"].team, inventory.devices["e"].team) == ("y", "x")


def test_a_list_replaces(tmp_path: Path) -> None:
    """Lists don't add up: the later one stands alone."""
    file = tmp_path / "inventory.yaml"
    file.write_text(
        "auths: {ro: {type: snmp, version: 2c, community: {env: C}}}\n"
        "defaults: {snmp: {auth: ro, modules: [bgp, ospf]}}\n"
        "devices: {d: {address: 192.0.2.1, snmp: {modules: [if_mib_32]}}, e: {address: 192.0.2.2, snmp: null}}\n",
        encoding="utf-8",
    )
    inventory = load(file).inventory
    assert inventory is not None
    snmp = inventory.devices["d"].snmp
    assert snmp is not None
    assert (snmp.auth, snmp.modules) == ("ro", ("if_mib_32",))
    assert inventory.devices["e"].snmp is None


def test_devices_that_add_nothing_share_what_they_inherit(tmp_path: Path) -> None:
    """The layers are merged once for each combination: 10,000 devices don't hold 10,000 copies."""
    devices = "".join(f"  d{number}: {{address: 192.0.2.{number}, role: r}}\n" for number in range(1, 9))
    file = tmp_path / "inventory.yaml"
    file.write_text(f"roles: {{r: {{thresholds: {{cpu: {{warning: 80%}}}}}}}}\ndevices:\n{devices}", encoding="utf-8")
    inventory = load(file).inventory
    assert inventory is not None
    assert len({id(device.thresholds) for device in inventory.devices.values()}) == 1
    assert len({id(device.icmp) for device in inventory.devices.values()}) == 1


def test_explain_names_the_line_that_decides(tmp_path: Path) -> None:
    """Each setting comes from the last layer that says something about it, the built-in default if none does."""
    file = tmp_path / "inventory.yaml"
    file.write_text(
        "settings:\n  prober: p\n"
        "defaults:\n  icmp:\n    interval: 6s\n    timeout: 2s\n"
        "roles:\n  core:\n    icmp:\n      interval: 3s\n"
        "devices:\n  p:\n    address: 192.0.2.1\n  d:\n    address: 192.0.2.2\n    role: core\n"
        "    interfaces:\n      TenGigabitEthernet1/0/1:\n        thresholds:\n"
        "          interface_utilization: {warning: 60%}\n",
        encoding="utf-8",
    )
    reading = read_inventory(file)
    assert reading.loaded.inventory is not None
    assert reading.document is not None
    settings_of = explain(reading.loaded.inventory.devices["d"], reading.document, reading.files)
    said = {one.path: (one.value, one.source.replace(f"{file}:", "")) for one in settings_of}
    assert said == {
        "address": ("192.0.2.2", "15 (devices.d)"),
        "family": ("4", "the address"),
        "role": ("core", "16 (devices.d)"),
        "parents": ("p", "2 (settings.prober)"),
        "enabled": ("true", "built-in default"),
        "icmp.interval": ("3s", "10 (roles.core)"),
        "icmp.timeout": ("2s", "6 (defaults)"),
        "interfaces.Te1/0/1.thresholds.interface_utilization.warning": ("0.6", "20 (devices.d)"),
    }
