"""snmp.json, and the jobs that scrape the SNMP exporter."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporters.kit import document as kit_document
from exporters.snmp.modules.ignore import Ignore
from exporters.snmp.profile import ProfileModule
from exporters.snmp.registry import Loader
from exporters.snmp.session import Community
from exporters.snmp.targets import prepare
from exporters.snmp.usm import User
from sotpctl.inventory import Inventory
from sotpctl.render import prometheus, snmp
from sotpctl.render.places import SecretPlaces

Loaded = Callable[[dict[str, Any]], Inventory]


def built(inventory: Inventory) -> snmp.Rendered:
    """Returns what the inventory's SNMP becomes."""
    rendered = snmp.build(inventory)
    assert rendered
    return rendered


def test_render_snmp_is_what_the_exporter_reads(
    document: dict[str, Any],
    loaded: Loaded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    applied_secrets: Callable[[SecretPlaces], None],
) -> None:
    """The exporter takes the file: addresses, credentials by reference, SOTP's modules and then the device's own."""
    monkeypatch.setenv("SOTP_TEST_COMMUNITY", "c4n4ry")
    (tmp_path / "auth").write_text("authentication\n")
    document["auths"]["v3"] = {
        "type": "snmp", "version": 3, "username": "u", "auth_protocol": "SHA", "auth_password": {"file": "auth"},
        "priv_protocol": "AES128", "priv_password": {"env": "SOTP_TEST_COMMUNITY"}, "context": "vrf",
    }  # fmt: skip
    monkeypatch.setenv("SOTP_TEST_COMMUNITY", "privacy-password")
    document["devices"]["core-2"]["snmp"] = {"auth": "v3", "port": 1161, "poll_interval": "5m", "modules": ["bgp"]}
    document["devices"]["fw"]["snmp"] = {"ignore_interfaces": {"names": ["Vl*"], "types": ["tunnel", 53]}}
    rendered = built(loaded(document))
    applied_secrets(rendered.places)
    file = tmp_path / "snmp.json"
    file.write_bytes(rendered.content)
    config = prepare(kit_document.read(file), Loader([ProfileModule(), ProfileModule("bgp")]))

    assert sorted(config.specs) == ["acc-1", "core-1", "core-2", "fw", "srv-1", "srv-2"]
    assert config.specs["fw"].modules == ("if_mib", "profile")
    assert config.specs["fw"].ignore == Ignore(("Vl*",), (131, 53))
    assert config.specs["acc-1"].ignore == Ignore()
    spec = config.specs["core-2"]
    assert (spec.address, spec.port, spec.interval) == ("2001:db8::12", 1161, 300)
    assert spec.modules == ("if_mib", "profile", "bgp")
    assert config.auths["ro"] == Community("2c", "privacy-password")
    assert config.auths["v3"] == User("u", "SHA1", "authentication", "AES128", "privacy-password", "vrf")
    assert b"privacy-password" not in rendered.content


def test_render_snmp_has_a_job_for_each_poll_class(document: dict[str, Any], loaded: Loaded) -> None:
    """Fast classes are scraped at their interval, slow ones each minute; samples that bring their time become stale."""
    document["devices"]["core-2"]["snmp"] = {"poll_interval": "5m"}
    document["devices"]["fw"]["snmp"] = {"poll_interval": "15s"}
    inventory = loaded(document)
    jobs = built(inventory).jobs
    files = prometheus.build(inventory, jobs, {"scheme": "https"})
    config = {job["job_name"]: job for job in yaml.safe_load(files["prometheus.yml"])["scrape_configs"]}

    assert [(job["scrape_interval"], job["scrape_timeout"]) for job in config.values()] == [
        ("15s", "15s"),
        ("1m", "30s"),
        ("1m", "30s"),
    ]
    assert list(config) == ["snmp-15s", "snmp-60s", "snmp-5m"]
    assert all(job["track_timestamps_staleness"] for job in config.values())
    job = config["snmp-60s"]
    assert (job["metrics_path"], job["scheme"]) == ("/probe", "https")
    assert job["relabel_configs"] == [
        {"source_labels": ["__address__"], "target_label": "__param_target"},
        {"source_labels": ["__param_target"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": inventory.settings.endpoints["snmp"]},
    ]
    groups = json.loads(files["targets/snmp-60s.json"])
    assert {group["targets"][0]: group["labels"] for group in groups}["core-1"] == {
        "device": "core-1",
        "site": "waw",
        "role": "core",
        "platform": "cisco-iosxe",
        "vendor": "cisco",
        "team": "noc",
    }


def test_render_snmp_without_devices_is_nothing(document: dict[str, Any], loaded: Loaded) -> None:
    """No device, no exporter; a device with `snmp: null` isn't polled."""
    document["devices"]["fw"]["snmp"] = None
    assert "fw" not in json.loads(built(loaded(document)).content)["targets"]
    del document["defaults"]["snmp"]
    assert snmp.build(loaded(document)) is None
