"""The same inventory is the same bytes, however it is written down and wherever it is rendered."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sotpctl.inventory import Inventory, load
from sotpctl.render import MANIFEST, Plan, plan

ROOT = Path(__file__).parents[3]
Data = dict[str, Any]
Tree = dict[str, bytes]
Loaded = Callable[[Data], Inventory]

SECTIONS = ("auths", "sites", "roles", "devices")  # whose entries may stand in several files


def pieces(document: Data) -> Iterator[Data]:
    """Give what may stand in files of its own."""
    for section in SECTIONS:
        for name, entry in document[section].items():
            yield {section: {name: entry}}
    for section in ("settings", "defaults"):
        for key, value in document[section].items():
            yield {section: {key: value}}
    for link in document["links"]:
        yield {"links": [link]}
    alerting = document["alerting"]
    for name, receiver in alerting["receivers"].items():
        yield {"alerting": {"receivers": {name: receiver}}}
    for key in alerting.keys() - {"receivers"}:
        yield {"alerting": {key: alerting[key]}}


def add(into: Data, piece: Data) -> None:
    """Put a piece into a file."""
    for key, value in piece.items():
        if isinstance(value, list):
            into.setdefault(key, []).extend(value)
        elif key in {"alerting", "receivers", *SECTIONS, "settings", "defaults"}:
            add(into.setdefault(key, {}), value)
        else:
            into[key] = value


def shuffled(value: Any, rng: random.Random) -> Any:
    """Return the data with the keys of every mapping in another order; lists keep theirs."""
    if isinstance(value, list):
        return [shuffled(item, rng) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: shuffled(value[key], rng) for key in rng.sample(list(value), len(value))}


def planned(path: Path) -> Plan:
    """Load and plan."""
    loaded = load(path)
    assert loaded.inventory, "\n".join(map(str, loaded.problems))
    return plan(loaded.inventory, "abc")


def rendered(out: Path, inventory: str, environment: dict[str, str], *, cwd: Path, umask: int = 0o022) -> Tree:
    """Run `sotpctl render` with nothing of our own environment; give the files that it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", "sotpctl.cli.main", "render", "--no-verify", "-i", inventory, "--out", out],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        cwd=cwd, umask=umask, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {str(one.relative_to(out)): one.read_bytes() for one in out.rglob("*") if one.is_file()}


@settings(max_examples=25)
@given(rng=st.randoms(use_true_random=False), files=st.integers(1, 6), flow=st.booleans())
def test_render_property_of_files_and_keys(document: Data, tmp_path: Path, rng: random.Random, files: int, flow: bool):
    """The content split over other files, in another order of files, entries and keys, gives the same bytes."""
    document = document | {"links": [*document["links"], "acc-1:Gi1/0/47 - core-2:Te1/0/1", "fw:p1 - core-1:Te1/0/9"]}
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(document))
    expected = planned(tmp_path / "one.yaml")
    for old in tmp_path.glob("*.y*ml"):
        old.unlink()
    parts: list[Data] = [{} for _ in range(files)]
    everything = list(pieces(document))
    for piece in rng.sample(everything, len(everything)):
        add(rng.choice(parts), piece)
    names = rng.sample(["a.yaml", "B.yml", "links.yaml", "z-9.yaml", "00.yml", "sites.yaml"], files)
    for name, part in zip(names, parts, strict=True):
        if part:
            text = yaml.safe_dump(shuffled(part, rng), sort_keys=False, default_flow_style=flow)
            (tmp_path / name).write_text(text)

    assert planned(tmp_path) == expected


def test_render_property_of_the_surroundings(document: Data, tmp_path: Path):
    """Hash seed, time zone, locale, working directory and umask change no byte of any file."""
    document["sites"]["waw"]["name"] = "Żoliborz"
    document["devices"]["srv-1"]["labels"] = {"room": "piwnica, dół"}
    home = tmp_path / "home"
    home.mkdir()
    (home / "inventory.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    polish = {"LANG": "pl_PL.UTF-8", "LC_ALL": "pl_PL.UTF-8"}
    ascii_only = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ways: list[tuple[dict[str, str], Path, str, int]] = [
        ({"PYTHONHASHSEED": "0", "TZ": "UTC", "LANG": "C.UTF-8"}, home, "inventory.yaml", 0o022),
        ({"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"}, tmp_path, "home/inventory.yaml", 0o077),
        ({"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", **polish}, elsewhere, f"{home}/inventory.yaml", 0o002),
        ({"PYTHONHASHSEED": "3", "TZ": "Asia/Kathmandu", **ascii_only}, home, "inventory.yaml", 0o027),
    ]
    trees = [
        rendered(tmp_path / f"build-{number}", path, environment, cwd=cwd, umask=umask)
        for number, (environment, cwd, path, umask) in enumerate(ways)
    ]

    assert "piwnica, dół" in trees[0]["exporters/icmp.json"].decode()
    for number, tree in enumerate(trees):
        assert {name for name in tree | trees[0] if tree.get(name) != trees[0].get(name)} == set(), ways[number]


def test_render_property_of_a_way_with_dots(document: Data, tmp_path: Path):
    """An inventory named by a way that leads up and down again is the same inventory."""
    for name in ("home", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "home" / "inventory.yaml").write_text(yaml.safe_dump(document))

    straight = rendered(tmp_path / "straight", "inventory.yaml", {}, cwd=tmp_path / "home")
    assert rendered(tmp_path / "dots", "../home/inventory.yaml", {}, cwd=tmp_path / "elsewhere") == straight


def _label(document: Data) -> None:
    document["devices"]["srv-1"]["labels"] = {"rack": "b7"}


def _threshold(document: Data) -> None:
    document["devices"]["srv-1"]["thresholds"] = {"cpu": {"warning": "70%"}}


def _address(document: Data) -> None:
    document["devices"]["srv-1"]["address"] = "192.0.2.201"


def _parents(document: Data) -> None:
    document["devices"]["srv-1"]["parents"] = ["core-1"]


def _port(document: Data) -> None:
    document["devices"]["srv-1"]["ssh"] = None


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (_label, {"exporters/icmp.json", "prometheus/targets/snmp-60s.json"}),
        (_threshold, {"exporters/facts.json"}),
        (_address, {"exporters/icmp.json", *(f"exporters/{name}.json" for name in ("snmp", "syslog", "traps"))}),
        (_parents, {"exporters/icmp.json", "exporters/facts.json"}),
        (_port, set()),
    ],
)
def test_render_property_of_one_changed_device(
    document: Data, loaded: Loaded, change: Callable[[Data], None], changed: set[str]
):
    """A change touches the files that hold what changed, of them the device's own lines, and the manifest."""
    before = plan(loaded(document), "abc").files
    change(document)
    after = plan(loaded(document), "abc").files

    assert {name for name in {*before, *after} if before.get(name) != after.get(name)} == (
        changed | {MANIFEST} if changed else set()
    )
    for name in changed - {"prometheus/targets/snmp-60s.json"}:
        old, new = (files[name].decode().splitlines() for files in (before, after))
        lines = {line.split('"')[1] for line in new if line not in old}
        # How many hang on a device is a fact of those above, not its own.
        own = {"acc-1", "core-1"} if (change, name) == (_parents, "exporters/facts.json") else {"srv-1"}
        assert lines == {"revision"} | own
