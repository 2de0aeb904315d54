"""The manifest says which secrets stay in the user's own files, apart from those that apply resolves."""

import json
from pathlib import Path
from typing import Any

from sotpctl.inventory import load
from sotpctl.render import plan

INVENTORY = """
settings:
  apply: {directory: /etc/sotp}
  web:
    config_file: web.yml
    ca_file: ca.pem
    client_cert_file: client.pem
    client_key_file: /etc/sotp-web/client.key
    basic_auth: {username: prometheus, password: {%s}}
devices: {a: {address: 192.0.2.1}}
alerting:
  receivers:
    noc-chat: {slack: {url: {file: .lab/slack-url}, channel: "#noc"}}
    noc-hook: {webhook: {url: {env: HOOK}}}
    noc-mail:
      email: {to: a@example.net, from: b@example.net, smarthost: "h:25", username: u, password: {file: /run/mail}}
    plain: {webhook: {url: https://example.net/hook}}
  routes: [{receiver: noc-chat}, {receiver: noc-hook}, {receiver: noc-mail}, {receiver: plain}]
"""


def _manifest(folder: Path, password: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    (folder / "inventory.yaml").write_text(INVENTORY % password)
    inventory = load(folder / "inventory.yaml").inventory
    assert inventory is not None
    files = dict(plan(inventory, "").files)
    return json.loads(files["manifest.json"]), files


def test_files_are_listed_with_absolute_paths(tmp_path: Path) -> None:
    """Each file that an engine reads a secret from: of receivers, the password, the client's key; nothing public."""
    manifest, files = _manifest(tmp_path, "file: password")
    assert manifest["secret_files"] == {
        "alertmanager/email-noc-mail-password": "/run/mail",
        "alertmanager/slack-noc-chat-url": f"{tmp_path}/.lab/slack-url",
        "web/client-key": "/etc/sotp-web/client.key",
        "web/password": f"{tmp_path}/password",
    }
    assert manifest["secrets"] == {"alertmanager/webhook-noc-hook-url": {"env": "HOOK"}}
    rendered = (files["alertmanager/alertmanager.yml"] + files["prometheus/prometheus.yml"]).decode()
    assert all(f"_file: {path}\n" in rendered for path in manifest["secret_files"].values())


def test_what_apply_resolves_is_no_file_of_the_users(tmp_path: Path) -> None:
    """A password from the environment is resolved by apply, which writes the file itself."""
    manifest, _ = _manifest(tmp_path, "env: WEB_PASSWORD")
    assert "web/password" not in manifest["secret_files"]
    assert manifest["secrets"]["web/password"] == {"env": "WEB_PASSWORD"}


def test_without_any_it_is_empty(tmp_path: Path) -> None:
    """The key is there all the same."""
    (tmp_path / "inventory.yaml").write_text("devices: {a: {address: 192.0.2.1}}\n")
    inventory = load(tmp_path / "inventory.yaml").inventory
    assert inventory is not None
    assert json.loads(plan(inventory, "").files["manifest.json"])["secret_files"] == {}
