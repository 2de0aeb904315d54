"""The native stack runs a Grafana where there is one on PATH, and does without where there is none."""

from dataclasses import replace
from pathlib import Path

import pytest

from sotpctl.apply import Manifest
from sotpctl.inventory import load
from sotpctl.inventory.model import Apply
from sotpctl.stack import Part, parts
from sotpctl.stack.parts import ready_path

_NAMES = {"prometheus": 9090, "alertmanager": 9093, "loki": 3100, "victorialogs": 9428, "grafana": 3000}
_ENDPOINTS = {name: f"127.0.0.1:{port}" for name, port in _NAMES.items()}


def _parts(folder: Path, monkeypatch: pytest.MonkeyPatch, *programs: str) -> dict[str, Part]:
    for name in programs:
        (folder / "bin").mkdir(exist_ok=True)
        (folder / "bin" / name).write_text("")
        (folder / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder / "bin"))
    manifest = Manifest(release="0123456789ab", files={}, endpoints=_ENDPOINTS, exporters={})
    (folder / "inventory.yaml").write_text("devices: {sw: {address: 192.0.2.1}}\n")
    inventory = load(folder / "inventory.yaml").inventory
    assert inventory
    settings = replace(inventory.settings, endpoints=_ENDPOINTS, apply=Apply(directory=Path("/srv/sotp")))
    return {part.name: part for part in parts(settings, manifest)}


def test_grafana_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a grafana on PATH everything else is started."""
    assert list(_parts(tmp_path, monkeypatch, "prometheus", "alertmanager")) == ["alertmanager", "prometheus"]


def test_grafana_is_provisioned_from_the_current_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads the link, so that an applied release is what it shows; and it is told where the engines are."""
    argv = _parts(tmp_path, monkeypatch, "prometheus", "alertmanager", "grafana")["grafana"].argv
    assert "GF_PATHS_PROVISIONING=/srv/sotp/current/grafana/provisioning" in argv
    assert "SOTP_GRAFANA=/srv/sotp/current/grafana" in argv
    assert "SOTP_PROMETHEUS_URL=http://127.0.0.1:9090" in argv
    assert "SOTP_ALERTMANAGER_URL=http://127.0.0.1:9093" in argv
    assert "SOTP_LOKI_URL=http://127.0.0.1:3100" in argv
    assert {"GF_SERVER_HTTP_ADDR=127.0.0.1", "GF_SERVER_HTTP_PORT=3000"} <= set(argv)


def test_grafana_lets_look_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No account with a known password exists; who reaches it may look."""
    argv = _parts(tmp_path, monkeypatch, "prometheus", "alertmanager", "grafana")["grafana"].argv
    assert "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION=true" in argv
    assert "GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer" in argv


def test_grafana_is_found_where_archives_and_packages_put_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own files are around `bin` in an archive, in /usr/share/grafana in a package."""
    programs = ("prometheus", "alertmanager", "grafana")
    assert _parts(tmp_path, monkeypatch, *programs)["grafana"].argv[-1] == "--homepath=/usr/share/grafana"
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "defaults.ini").write_text("")
    assert _parts(tmp_path, monkeypatch, *programs)["grafana"].argv[-1] == f"--homepath={tmp_path}"


def test_grafana_says_elsewhere_that_it_is_ready() -> None:
    """It has no /-/ready as the others have."""
    assert ready_path("grafana") == "/api/health"
    assert ready_path("prometheus") == "/-/ready"
