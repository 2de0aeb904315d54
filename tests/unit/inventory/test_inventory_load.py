"""From files to an inventory: what is read, merged, resolved, and stays the same whatever the order."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from sotpctl.inventory import Inventory, SecretRef, load
from sotpctl.inventory.graph import dependents

_EXAMPLE = Path(__file__).parents[3] / "inventory.yaml"


def _load(folder: Path, text: str, name: str = "inventory.yaml") -> Inventory:
    (folder / name).write_text(text, encoding="utf-8")
    loaded = load(folder / name)
    assert loaded.inventory is not None, "\n".join(str(problem) for problem in loaded.problems)
    return loaded.inventory


def test_the_example_is_the_network_that_the_lab_and_the_docs_promise() -> None:
    """The repository's inventory loads without a word: 24 devices, three sites, a sole uplink above exactly eight."""
    loaded = load(_EXAMPLE)
    assert loaded.problems == ()
    assert loaded.inventory is not None
    devices = loaded.inventory.devices
    assert (len(devices), list(loaded.inventory.sites)) == (24, ["gdn", "krk", "waw"])
    behind = dependents({device.name: device.parents for device in loaded.inventory.enabled()})
    assert (behind["waw-acc-1"], behind["waw-core-1"], behind["waw-core-2"]) == (8, 0, 0)
    assert devices["waw-fw-2"].parents == ("waw-fw-1",)
    assert devices["waw-core-1"].icmp.interval == 2.0
    assert {device.family for device in devices.values()} == {4, 6}


def test_defaults_of_everything_not_said(tmp_path: Path) -> None:
    """Two lines are an inventory: every setting has its documented default."""
    inventory = _load(tmp_path, "devices:\n  a: {address: r1.example.net}\n")
    settings, device = inventory.settings, inventory.devices["a"]
    assert (settings.retention, settings.log_retention, settings.prober) == ("90d", "30d", None)
    assert settings.endpoints["prometheus"] == "127.0.0.1:9090"
    assert settings.endpoints["icmp"] == "127.0.0.1:10021"
    assert settings.grafana_url == "http://127.0.0.1:3000"
    assert settings.apply.directory == Path("/etc/sotp")
    assert (device.family, device.enabled, device.parents, device.snmp, device.ssh) == (None, True, (), None, None)
    assert (device.icmp.interval, device.icmp.timeout) == (6.0, 1.0)
    assert device.series_labels() == {}
    assert inventory.alerting.recovery_grace == 300.0


def test_paths_are_relative_to_the_inventory(tmp_path: Path) -> None:
    """apply.directory and secret files are relative to the inventory's folder, wherever the command runs."""
    inventory = _load(
        tmp_path,
        "settings: {apply: {directory: .sotp}}\n"
        "auths: {ro: {type: ssh, username: u, private_key: {file: keys/id}}}\n"
        "devices: {a: {address: 192.0.2.1}}\n",
    )
    assert inventory.root == tmp_path
    assert inventory.settings.apply.directory == tmp_path / ".sotp"
    auth = inventory.auths["ro"]
    assert auth.type == "ssh"
    assert auth.private_key is not None
    assert auth.private_key.reference(inventory.root) == {"file": str(tmp_path / "keys/id")}
    assert SecretRef(env="X").reference(inventory.root) == {"env": "X"}


def test_disabled_devices_are_no_parents(tmp_path: Path) -> None:
    """Who hangs only on disabled devices, be it by a layer, hangs on the prober; the prober itself has no parents."""
    inventory = _load(
        tmp_path,
        "settings: {prober: p}\nroles: {old: {enabled: false}}\ndevices:\n"
        "  p: {address: 192.0.2.1}\n  x: {address: 192.0.2.2, role: old}\n"
        "  y: {address: 192.0.2.3, role: old, enabled: true}\n"
        "  a: {address: 192.0.2.4, parents: [x]}\n  b: {address: 192.0.2.5, parents: [x, y]}\n",
    )
    parents = {name: device.parents for name, device in inventory.devices.items()}
    assert parents == {"p": (), "x": ("p",), "y": ("p",), "a": ("p",), "b": ("y",)}
    assert [device.name for device in inventory.enabled()] == ["a", "b", "p", "y"]


def test_series_labels_leave_out_what_is_empty(tmp_path: Path) -> None:
    """A device's series carry its site, role, platform, vendor, team and own labels, none of them empty."""
    inventory = _load(
        tmp_path,
        "sites: {waw: {}}\ndevices:\n  a: {address: 192.0.2.1, site: waw, platform: cisco-iosxe, labels: {rack: a1}}\n"
        "  b: {address: 192.0.2.2, platform: generic}\n",
    )
    assert inventory.devices["a"].series_labels() == {
        "site": "waw",
        "platform": "cisco-iosxe",
        "vendor": "cisco",
        "rack": "a1",
    }
    assert inventory.devices["b"].series_labels() == {"platform": "generic"}


def test_maintenance_is_split_by_time_zone(tmp_path: Path) -> None:
    """Local times are the site's: a window over sites in two zones becomes two, in UTC; summer time is known."""
    inventory = _load(
        tmp_path,
        "sites: {waw: {timezone: Europe/Warsaw}, nyc: {timezone: America/New_York}}\n"
        "devices: {a: {address: 192.0.2.1, site: waw}, b: {address: 192.0.2.2, site: nyc}, c: {address: 192.0.2.3}}\n"
        "alerting:\n  maintenance:\n"
        "    - {name: m, match: {device: [a, b]}, start: 2026-07-01T22:00, end: 2026-07-02 02:00:00}\n"
        "    - {name: w, match: {site: waw}, weekly: {days: [sun], from: '22:00', to: '02:00'}}\n"
        "    - {name: z, match: {device: a}, start: 2026-07-01T22:00Z, end: 2026-07-02T02:00+01:00}\n",
    )
    new_york, warsaw, weekly, zulu = inventory.alerting.maintenance
    assert (warsaw.devices, warsaw.start) == (("a",), datetime(2026, 7, 1, 20, tzinfo=UTC))
    assert (new_york.devices, new_york.start) == (("b",), datetime(2026, 7, 2, 2, tzinfo=UTC))
    assert (weekly.timezone, weekly.start) == ("Europe/Warsaw", None)
    assert weekly.weekly is not None
    assert (weekly.weekly.days, weekly.weekly.start, weekly.weekly.end) == (("sun",), "22:00", "02:00")
    assert (zulu.start, zulu.end) == (datetime(2026, 7, 1, 22, tzinfo=UTC), datetime(2026, 7, 2, 1, tzinfo=UTC))


def test_a_directory_is_one_inventory(tmp_path: Path) -> None:
    """Files of a directory add up: sections key by key, links one after the other; other files are not read."""
    whole = tmp_path / "whole.yaml"
    whole.write_text(_EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    data = yaml.safe_load(whole.read_text(encoding="utf-8"))
    folder = tmp_path / "split"
    folder.mkdir()
    devices = data.pop("devices")
    for number, name in enumerate(devices):
        suffix = "yaml" if number % 2 else "yml"
        (folder / f"{name}.{suffix}").write_text(yaml.safe_dump({"devices": {name: devices[name]}}), encoding="utf-8")
    links = data.pop("links")
    (folder / "links-1.yaml").write_text(yaml.safe_dump({"links": links[:5]}), encoding="utf-8")
    (folder / "links-2.yaml").write_text(yaml.safe_dump({"links": links[5:]}), encoding="utf-8")
    receivers = data["alerting"].pop("receivers")
    (folder / "receivers.yaml").write_text(yaml.safe_dump({"alerting": {"receivers": receivers}}), encoding="utf-8")
    (folder / "rest.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    (folder / "README.md").write_text("not: [yaml", encoding="utf-8")
    split, one = load(folder), load(whole)
    assert split.problems == ()
    assert split.inventory is not None
    assert one.inventory is not None
    assert split.inventory.root == folder
    for part in ("auths", "sites", "devices", "links", "alerting"):
        assert getattr(split.inventory, part) == getattr(one.inventory, part)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_keys_means_nothing(tmp_path: Path, seed: int) -> None:
    """Shuffled keys give the same inventory, in the same order."""

    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            items = [(key, shuffled(inner)) for key, inner in value.items()]
            random.Random(seed).shuffle(items)
            return dict(items)
        return value

    data = yaml.safe_load(_EXAMPLE.read_text(encoding="utf-8"))
    file = tmp_path / "inventory.yaml"
    texts = []
    for variant in (data, shuffled(data)):
        file.write_text(yaml.safe_dump(variant, sort_keys=False), encoding="utf-8")
        loaded = load(file)
        assert loaded.inventory is not None
        texts.append(repr(loaded.inventory))
    assert texts[0] == texts[1]


def test_merge_keys_and_anchors_work(tmp_path: Path) -> None:
    """YAML's own `<<` merges below the mapping's own keys, without being a duplicate."""
    inventory = _load(
        tmp_path,
        "roles:\n  a: &a {team: noc, icmp: {interval: 2s}}\n  b: {<<: *a, team: net}\n"
        "devices: {d: {address: 192.0.2.1, role: b}}\n",
    )
    assert (inventory.devices["d"].team, inventory.devices["d"].icmp.interval) == ("net", 2.0)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"devices:\n  a: {address: \xff}\n", ":2:16: byte 0xff is not UTF-8: save the file as UTF-8"),
        ("zażółć: \n  x: ".encode() + b"\xc3", ":2:6: byte 0xc3 is not UTF-8: save the file as UTF-8"),
        (b"\xff\xfed\x00", ": the file is UTF-16: save it as UTF-8"),
        (b"devices:\n  a: {address: \x07}\n", ":2:16: U+0007 is a control character: remove it"),
    ],
)
def test_bytes_that_are_no_text_are_named(tmp_path: Path, raw: bytes, said: str) -> None:
    """A byte that isn't UTF-8 and a control character are errors with their line and column."""
    file = tmp_path / "inventory.yaml"
    file.write_bytes(raw)
    loaded = load(file)
    assert loaded.inventory is None
    assert [str(problem).removeprefix(str(file)) for problem in loaded.problems] == [said]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """A missing file, an empty directory and an unreadable path are problems, not exceptions."""
    missing = load(tmp_path / "inventory.yaml")
    assert [problem.message.split(";")[0] for problem in missing.problems] == ["there is no such file"]
    (empty,) = load(tmp_path).problems
    assert str(empty) == f"{tmp_path}: this directory holds no *.yaml or *.yml file"
    (odd,) = load(Path("/proc/self/mem")).problems
    assert odd.message.startswith("can't be read: ")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Windows editors write one; it is skipped."""
    _load(tmp_path, "\ufeffdevices: {a: {address: 192.0.2.1}}\n")


def test_a_warning_does_not_hide_the_inventory(tmp_path: Path) -> None:
    """An interval that breaks the promise of a page within 60 s is a warning; the inventory is there."""
    file = tmp_path / "inventory.yaml"
    file.write_text("devices: {a: {address: 192.0.2.1, icmp: {interval: 28s}}}\n", encoding="utf-8")
    loaded = load(file)
    assert loaded.inventory is not None
    assert [problem.severity for problem in loaded.problems] == ["warning"]
    file.write_text("devices: {a: {address: 192.0.2.1, icmp: {interval: 27s}}}\n", encoding="utf-8")
    assert load(file).problems == ()
