"""The files: what is committed is what the code builds, and what Grafana is provisioned with."""

import json
from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from sotpctl.inventory import load
from sotpctl.render import data
from sotpctl.render.grafana import build, document

Dashboards = dict[str, dict[str, Any]]


def _built(tmp_path: Path) -> dict[str, bytes]:
    path = tmp_path / "inventory.yaml"
    path.write_text("devices: {sw: {address: 192.0.2.1}}\n")
    inventory = load(path).inventory
    assert inventory
    return build(inventory, data.files("dashboards", ".json"))


def test_grafana_committed_dashboards_are_what_the_code_builds() -> None:
    """dashboards/*.json are current: else run `python -m sotpctl.render.grafana`."""
    assert dict(data.files("dashboards", ".json")) == dict(sorted(document.texts().items()))


def test_grafana_dashboards_are_built_the_same_each_time() -> None:
    """The same code gives the same bytes."""
    assert document.texts() == document.texts()


def test_grafana_dashboards_survive_the_sdk(dashboards: Dashboards) -> None:
    """Read into Grafana's types and written again, a dashboard is the same: nothing in it is unknown to them."""
    register_default_plugins()
    for name, dashboard in dashboards.items():
        again = json.loads(json.dumps(Dashboard.from_json(dashboard), cls=JSONEncoder))
        assert again == dashboard, name


def test_grafana_dashboards_are_classic(dashboards: Dashboards) -> None:
    """Grafana 11 to 13 provision the classic schema; a v2 file (kind, spec) would be refused."""
    for dashboard in dashboards.values():
        assert dashboard["schemaVersion"] <= 41
        assert not {"kind", "spec", "apiVersion"} & set(dashboard)


def test_grafana_release_has_every_dashboard(tmp_path: Path, dashboards: Dashboards) -> None:
    """A release brings the dashboards as they are committed."""
    built = _built(tmp_path)
    assert {path for path in built if path.startswith("dashboards/")} == {f"dashboards/{name}" for name in dashboards}
    assert built["dashboards/fleet.json"] == data.files("dashboards", ".json")["fleet.json"].encode()


def test_grafana_data_sources(tmp_path: Path) -> None:
    """Three data sources with uids for ever, where the environment says, with the scrape interval that rates need."""
    sources = yaml.safe_load(_built(tmp_path)["provisioning/datasources/sotp.yml"])["datasources"]
    assert {source["uid"]: source["url"] for source in sources} == {
        "sotp-prometheus": "$SOTP_PROMETHEUS_URL",
        "sotp-alertmanager": "$SOTP_ALERTMANAGER_URL",
        "sotp-loki": "$SOTP_LOKI_URL",
    }
    assert [source["name"] for source in sources if source.get("isDefault")] == ["Prometheus"]
    assert sources[0]["jsonData"]["timeInterval"] == "30s"
    assert not any(source["editable"] for source in sources)


def test_grafana_dashboard_provider_is_read_only(tmp_path: Path) -> None:
    """Grafana takes the dashboards from the release, and offers no edit or deletion of them."""
    (provider,) = yaml.safe_load(_built(tmp_path)["provisioning/dashboards/sotp.yml"])["providers"]
    assert provider["options"]["path"] == "$SOTP_GRAFANA/dashboards"
    assert provider["folder"] == "SOTP"
    assert provider["allowUiUpdates"] is False
    assert provider["disableDeletion"] is True
    assert provider["updateIntervalSeconds"] <= 30
