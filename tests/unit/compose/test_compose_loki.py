"""loki.yml from the inventory, without a Loki."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.inventory import load
from sotpctl.render import loki


@pytest.fixture
def build(root: Path, tmp_path: Path) -> Any:
    """Give loki.yml as data, for the settings of an inventory."""

    def render(settings: str) -> dict[str, Any]:
        path = tmp_path / "inventory.yaml"
        path.write_text(f"settings: {settings}\ndevices: {{fw-1: {{address: 192.0.2.1}}}}\n")
        loaded = load(path)
        assert loaded.inventory is not None, loaded.problems
        first, second = (loki.build(loaded.inventory, (root / "loki/loki.yml").read_text()) for _ in "ab")
        assert first == second
        data: dict[str, Any] = yaml.safe_load(first)
        return data

    return render


def test_source_has_the_defaults(root: Path, build: Any) -> None:
    """With an inventory that settles nothing, what is rendered is what the source says."""
    assert build("{}") == yaml.safe_load((root / "loki/loki.yml").read_text())


@pytest.mark.parametrize(("days", "hours"), [("30d", "720h"), ("1d", "24h"), ("90d12h", "2172h"), ("1d1m", "25h")])
def test_retention(build: Any, days: str, hours: str) -> None:
    """settings.log_retention becomes whole hours, never fewer than asked for."""
    assert build(f"{{log_retention: {days}}}")["limits_config"]["retention_period"] == hours


def test_endpoints_and_folders(build: Any) -> None:
    """Loki listens where settings.endpoints says, and writes below the apply directory only."""
    found = build('{apply: {directory: /srv/sotp}, endpoints: {loki: "[::1]:3200", alertmanager: "127.0.0.1:9193"}}')
    assert (found["server"]["http_listen_address"], found["server"]["http_listen_port"]) == ("::1", 3200)
    assert found["ruler"]["alertmanager_url"] == "http://127.0.0.1:9193"
    assert "/etc/sotp" not in yaml.safe_dump(found)
    assert found["common"]["path_prefix"] == "/srv/sotp/data/loki"
    assert found["storage_config"]["object_store"]["filesystem"]["dir"] == "/srv/sotp/data/loki/chunks"


def test_rules_are_the_releases(build: Any) -> None:
    """The ruler reads rules through the link `current`, and sends people to the inventory's Grafana."""
    found = build("{apply: {directory: /srv/sotp}, grafana_url: 'https://grafana.example.net/'}")
    assert found["ruler_storage"]["local"]["directory"] == "/srv/sotp/current/loki/rules"
    assert found["ruler"]["external_url"] == "https://grafana.example.net"


def test_it_answers_on_loopback(build: Any) -> None:
    """frontend.address is set: without it a Loki on 127.0.0.1 is ready, and answers no query."""
    assert build("{}")["frontend"] == {"address": "127.0.0.1"}
    assert build("{}")["analytics"] == {"reporting_enabled": False}
