"""settings.web: where it shows, and that no value of a secret does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from sotpctl.inventory import Inventory, load
from sotpctl.render import plan

Loaded = Callable[[dict[str, Any]], Inventory]
WEB: dict[str, Any] = {
    "config_file": "web.yml",
    "ca_file": "/etc/ca.pem",
    "server_name": "sotp.example.net",
    "client_cert_file": "client.pem",
    "client_key_file": "client.key",
    "basic_auth": {"username": "prometheus", "password": {"env": "SOTP_TEST_WEB"}},
}


def _jobs(inventory: Inventory) -> tuple[dict[str, Any], dict[str, Any]]:
    files = plan(inventory, "").files
    config = yaml.safe_load(files["prometheus/prometheus.yml"])
    return {job["job_name"]: job for job in config["scrape_configs"]}, json.loads(files["manifest.json"])


def test_render_web_reaches_exporters_alone(document: dict[str, Any], loaded: Loaded) -> None:
    """Jobs of exporters get scheme, TLS and password file; the engines' own jobs stay plain."""
    document["settings"]["web"] = WEB
    inventory = loaded(document)
    jobs, manifest = _jobs(inventory)
    tls = {
        "ca_file": "/etc/ca.pem",
        "server_name": "sotp.example.net",
        "cert_file": f"{inventory.root}/client.pem",
        "key_file": f"{inventory.root}/client.key",
    }
    auth = {"username": "prometheus", "password_file": f"{inventory.root}/applied/secrets/web/password"}
    for name, job in jobs.items():
        found = (job.get("scheme"), job.get("tls_config"), job.get("basic_auth"))
        assert found == ((None,) * 3 if name in {"prometheus", "alertmanager"} else ("https", tls, auth)), name
    assert manifest["web"] == {"scheme": "https", **tls, **auth}
    assert manifest["secrets"]["web/password"] == {"env": "SOTP_TEST_WEB"}


def test_render_web_takes_a_password_file_where_it_is(document: dict[str, Any], loaded: Loaded) -> None:
    """A file is read by Prometheus itself; nothing is resolved. Basic auth works without TLS."""
    auth = {"username": "p", "password": {"file": "slack-url"}}
    document["settings"]["web"] = {"config_file": "w", "scheme": "http", "basic_auth": auth}
    inventory = loaded(document)
    jobs, manifest = _jobs(inventory)
    assert jobs["facts"]["basic_auth"]["password_file"] == f"{inventory.root}/slack-url"
    assert "tls_config" not in jobs["facts"]
    assert "web/password" not in manifest["secrets"]


def test_render_web_unset_changes_nothing(document: dict[str, Any], loaded: Loaded) -> None:
    """Without it there is no scheme, and the manifest has no such key."""
    jobs, manifest = _jobs(loaded(document))
    assert not any("scheme" in job for job in jobs.values())
    assert "web" not in manifest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"config_file": None}, "must be text"),
        ({"scheme": "ftp"}, '"ftp" is unknown'),
        ({"scheme": "http"}, "ca_file has no effect with scheme: http; remove one of them"),
        ({"client_key_file": None}, "client_cert_file and client_key_file belong together: give both or neither"),
        ({"basic_auth": {"username": "a:b", "password": {"env": "X"}}}, "has no colon in the name"),
        ({"basic_auth": {"username": "a", "password": "s3cr3t"}}, "a secret never stands in the inventory"),
        ({"cafile": "x"}, 'unknown key "cafile"; did you mean "ca_file"?'),
    ],
)
def test_render_web_mistakes(document: dict[str, Any], tmp_path: Any, change: dict[str, Any], message: str) -> None:
    """Each is said at its key, without a value that may be a secret."""
    document["settings"]["web"] = WEB | change
    (tmp_path / "inventory.yaml").write_text(yaml.safe_dump(document))
    result = load(tmp_path / "inventory.yaml")
    assert result.inventory is None
    (problem,) = result.problems
    assert message in problem.message
    assert problem.path.startswith("settings.web")
    assert problem.line > 1
    assert "s3cr3t" not in str(problem)
