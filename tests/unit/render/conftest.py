"""Inventories to render: a small one that uses everything, and ways to change it."""

import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.apply import secrets
from sotpctl.apply.manifest import SecretSource
from sotpctl.inventory import Inventory, load
from sotpctl.render.places import SecretPlaces

CANARY = "c4n4ry-in-a-secret-file"

DOCUMENT: dict[str, Any] = {
    "settings": {"prober": "fw", "grafana_url": "https://grafana.example.net/", "apply": {"directory": "applied"}},
    "auths": {"ro": {"type": "snmp", "version": "2c", "community": {"env": "SOTP_TEST_COMMUNITY"}}},
    "defaults": {
        "icmp": {"interval": "6s", "timeout": "1s"},
        "snmp": {"auth": "ro", "poll_interval": "60s"},
        "thresholds": {"cpu": {"warning": "80%", "critical": "95%"}},
    },
    "sites": {"waw": {"timezone": "Europe/Warsaw"}, "sin": {"timezone": "Asia/Singapore"}},
    "roles": {"core": {"team": "noc"}, "access": {}},
    "devices": {
        "fw": {"address": "192.0.2.1", "site": "waw", "role": "core"},
        "core-1": {"address": "192.0.2.11", "site": "waw", "role": "core", "platform": "cisco-iosxe"},
        "core-2": {"address": "2001:db8::12", "site": "waw", "role": "core"},
        "acc-1": {
            "address": "acc-1.example.net",
            "site": "waw",
            "role": "access",
            "parents": ["core-1", "core-2"],
            "labels": {"rack": "a12", "asset": "7"},
            "interfaces": {"Te1/0/1": {"thresholds": {"interface_utilization": {"warning": "60%"}}}},
        },
        "srv-1": {"address": "192.0.2.101", "site": "waw", "parents": ["acc-1"]},
        "srv-2": {"address": "192.0.2.102", "site": "sin", "parents": ["acc-1"]},
        "old-1": {"address": "192.0.2.103", "parents": ["acc-1"], "enabled": False},
    },
    "links": ["core-1:Te1/0/1 - acc-1:Gi1/0/48", "core-1:Te1/0/2 - old-1:Gi0/1"],
    "alerting": {
        "receivers": {
            "mail": {
                "email": {
                    "to": ["noc@example.net", "boss@example.net"],
                    "from": "sotp@example.net",
                    "smarthost": "127.0.0.1:25",
                    "username": "sotp",
                    "password": {"env": "SOTP_TEST_MAIL"},
                }
            },
            "chat": {"slack": {"url": {"file": "slack-url"}, "channel": "#noc"}},
            "duty": {"pagerduty": {"routing_key": {"env": "SOTP_TEST_DUTY"}}},
            "hook": {"webhook": {"url": {"env": "SOTP_TEST_HOOK"}}},
        },
        "routes": [
            {"match": {"severity": "critical", "site": "waw"}, "receiver": "chat", "continue": True},
            {"match": {"severity": ["critical", "warning"]}, "receiver": "mail"},
            {"match": {"alertname": ["Odd.b|c", 'Quoted"']}, "receiver": "duty"},
            {"match": {"site": "sin"}, "receiver": "hook"},
        ],
        "maintenance": [
            {"name": "once", "match": {"site": "waw"}, "start": "2026-12-01T22:00", "end": "2026-12-02T02:00"},
            {"name": "weekly", "match": {"site": "sin"}, "weekly": {"days": ["sun"], "from": "02:00", "to": "04:00"}},
        ],
    },
}


@pytest.fixture
def document() -> dict[str, Any]:
    """The inventory as data, to be changed at will."""
    return copy.deepcopy(DOCUMENT)


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[dict[str, Any]], Inventory]:
    """Load an inventory from data, always from the same place, in the order that the data has."""

    def build(document: dict[str, Any]) -> Inventory:
        (tmp_path / "slack-url").write_text(CANARY)
        path = tmp_path / "inventory.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        result = load(path)
        assert result.inventory, "\n".join(map(str, result.problems))
        return result.inventory

    return build


@pytest.fixture
def applied_secrets(tmp_path: Path) -> Callable[[SecretPlaces], None]:
    """Write the secrets that a rendered file names, as `apply` does."""

    def write(places: SecretPlaces) -> None:
        sources = {name: SecretSource(**reference) for name, reference in places.to_resolve.items()}
        folder = tmp_path / "applied" / "secrets"
        folder.mkdir(parents=True, exist_ok=True)
        secrets.write(folder, secrets.resolve(sources, os.environ))

    return write
