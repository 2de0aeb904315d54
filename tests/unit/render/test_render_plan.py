"""The plan: the same inventory is the same bytes, and a small change is a small diff."""

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sotpctl.inventory import Inventory
from sotpctl.render import MANIFEST, plan

Loaded = Callable[[dict[str, Any]], Inventory]


def _shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: _shuffled(value[key], rng) for key in keys}
    return [_shuffled(item, rng) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(5))
def test_render_plan_does_not_depend_on_the_order_of_keys(document: dict[str, Any], loaded: Loaded, seed: int) -> None:
    """Keys in another order give the same bytes in every file."""
    first = plan(loaded(document), "abc")

    assert plan(loaded(_shuffled(document, random.Random(seed))), "abc") == first


def test_render_plan_does_not_depend_on_hash_seeds(document: dict[str, Any], loaded: Loaded, tmp_path: Path) -> None:
    """Interpreters that order their sets differently render the same release."""
    loaded(document)
    code = (
        "import sys; from sotpctl.inventory import load; from sotpctl.render import plan\n"
        "p = plan(load(sys.argv[1]).inventory, ''); print(p.release, hash('x') % 97, p.files)"
    )
    root = Path(__file__).parents[3]
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, tmp_path / "inventory.yaml"],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True, text=True, check=True,
        ).stdout.split(" ", 2)
        for seed in ("1", "2", "3")
    ]  # fmt: skip

    assert len({seed for _, seed, _ in runs}) > 1
    assert len({(release, files) for release, _, files in runs}) == 1


def test_render_plan_of_one_changed_device_changes_only_files_that_name_it(
    document: dict[str, Any], loaded: Loaded
) -> None:
    """A new address touches the exporters' files and the manifest, and one line of each but for the revision."""
    before = plan(loaded(document), "abc").files
    document["devices"]["srv-1"]["address"] = "192.0.2.201"
    after = plan(loaded(document), "abc").files

    changed = {f"exporters/{name}.json" for name in ("icmp", "snmp", "syslog", "traps")}
    assert {name for name in after if after[name] != before[name]} == {*changed, MANIFEST}
    for name in changed:
        old, new = (files[name].decode().splitlines() for files in (before, after))
        different = [line for line in new if line not in old]
        assert len(different) == 2
        assert '"revision"' in different[0]
        assert '"srv-1"' in different[1]


def test_render_plan_holds_no_secret(document: dict[str, Any], loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a secret's file nor a secret's environment variable is read: no file of the plan holds the value."""
    canary = "c4n4ry"
    for name in ("SOTP_TEST_COMMUNITY", "SOTP_TEST_MAIL", "SOTP_TEST_DUTY", "SOTP_TEST_HOOK"):
        monkeypatch.setenv(name, f"{canary}-of-the-environment")

    planned = plan(loaded(document), "abc")

    assert not [name for name, content in planned.files.items() if canary.encode() in content]
    assert canary not in repr(planned)


def test_render_plan_manifest_lists_what_apply_needs(document: dict[str, Any], loaded: Loaded) -> None:
    """Hashes of all other files, endpoints, targets a job, revisions; the release is their fingerprint."""
    planned = plan(loaded(document), "abc")
    manifest = json.loads(planned.files[MANIFEST])

    others = {name: content for name, content in planned.files.items() if name != MANIFEST}
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in others.items()}
    assert manifest["release"] == planned.release
    assert len(planned.release) == 12
    assert manifest["targets"] == {
        "reachability": 1, "icmp": 1, "facts": 1, "syslog": 1, "traps": 1, "snmp-60s": 6, "sotp": 2, "prometheus": 1,
        "alertmanager": 1,
    }  # fmt: skip
    for name in ("icmp", "facts", "snmp", "syslog", "traps"):
        assert manifest["exporters"][name] == json.loads(planned.files[f"exporters/{name}.json"])["revision"]
    assert manifest["endpoints"]["prometheus"] == "127.0.0.1:9090"


def test_render_plan_icmp_targets_are_the_enabled_devices(document: dict[str, Any], loaded: Loaded) -> None:
    """A target has address, family where it is known, times in seconds, its labels and its parents."""
    icmp = json.loads(plan(loaded(document), "").files["exporters/icmp.json"])

    assert icmp["settings"] == {}
    assert sorted(icmp["targets"]) == ["acc-1", "core-1", "core-2", "fw", "srv-1", "srv-2"]
    assert icmp["targets"]["acc-1"] == {
        "address": "acc-1.example.net", "interval": 6.0, "timeout": 1.0, "parents": ["core-1", "core-2"],
        "labels": {"site": "waw", "role": "access", "rack": "a12", "asset": "7"},
    }  # fmt: skip
    assert icmp["targets"]["core-2"]["family"] == 6
    assert icmp["targets"]["core-1"]["parents"] == ["fw"]
    assert icmp["targets"]["core-1"]["labels"]["vendor"] == "cisco"


def test_render_plan_facts_say_what_is_behind_and_when_work_is_planned(
    document: dict[str, Any], loaded: Loaded
) -> None:
    """Dependents are dominated devices; windows are in UTC or in the site's zone; links have two enabled ends."""
    facts = json.loads(plan(loaded(document), "abc-dirty").files["exporters/facts.json"])

    assert {name: target["dependents"] for name, target in facts["targets"].items()} == {
        "fw": 5, "core-1": 0, "core-2": 0, "acc-1": 2, "srv-1": 0, "srv-2": 0,
    }  # fmt: skip
    assert facts["settings"]["commit"] == "abc-dirty"
    assert facts["settings"]["expected_targets"]["reachability"] == 1
    assert [sorted(link) for link in facts["settings"]["links"]] == [["Gi1/0/48", "Te1/0/1", "acc-1", "core-1"]]
    assert facts["settings"]["maintenance"] == [
        {
            "name": "once", "devices": ["acc-1", "core-1", "core-2", "fw", "srv-1"],
            "start": "2026-12-01T21:00:00Z", "end": "2026-12-02T01:00:00Z",
        },
        {
            "name": "weekly", "devices": ["srv-2"],
            "weekly": {"days": ["sun"], "from": "02:00", "to": "04:00"}, "timezone": "Asia/Singapore",
        },
    ]  # fmt: skip
    assert facts["targets"]["core-1"]["labels"] == {
        "site": "waw", "role": "core", "platform": "cisco-iosxe", "vendor": "cisco", "team": "noc",
    }  # fmt: skip
    assert facts["targets"]["acc-1"]["labels"] == {"site": "waw", "role": "access"}
    rows = facts["targets"]["acc-1"]["thresholds"]
    assert {"ifName": "", "metric": "cpu", "severity": "critical", "value": 0.95} in rows
    assert {"ifName": "Te1/0/1", "metric": "interface_utilization", "severity": "warning", "value": 0.6} in rows


@pytest.mark.parametrize("exporter", ["icmp", "facts"])
def test_render_plan_documents_are_read_by_the_kit(
    document: dict[str, Any], loaded: Loaded, tmp_path: Path, exporter: str
) -> None:
    """What is rendered for an exporter is what the exporters' own strict reader takes."""
    from exporters.kit.document import read

    path = tmp_path / f"{exporter}.json"
    path.write_bytes(plan(loaded(document), "abc").files[f"exporters/{exporter}.json"])

    assert sorted(read(path).targets) == ["acc-1", "core-1", "core-2", "fw", "srv-1", "srv-2"]
