"""What a shell completes for people's commands: alerts, windows, silences; and help that teaches."""

import http.server
import json
import re
import shlex
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from sotpctl.alerts.completion import alert_names, maintenance_names, silences
from sotpctl.cli.ack import ack
from sotpctl.cli.alerts import alerts
from sotpctl.cli.maintenance import maintenance
from sotpctl.cli.silence import silence

_ROOT = Path(__file__).parents[3]
_COMMANDS: dict[str, click.Command] = {"ack": ack, "alerts": alerts, "maintenance": maintenance, "silence": silence}


def _every(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for inner, one in command.commands.items():
            yield from _every(one, f"{name} {inner}")


_ALL = [pair for name, command in _COMMANDS.items() for pair in _every(command, name)]


def test_alerts_names_of_alerts_complete(tmp_path: Path) -> None:
    """All that the rules have, each once, and those of the user's own in either language."""
    for folder, rule in (
        ("prometheus/rules", "- alert: Mine"),
        ("loki/rules", "rules: \n- {alert: 'Logged', expr: x}"),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "own.yml").write_text(rule)
    for inventory in (tmp_path, tmp_path / "inventory.yaml"):
        found = alert_names(inventory)
        assert {"DeviceDown", "ExporterDown", "Mine", "Logged"} <= set(found)
        assert len(found) == len(set(found))
    assert "Mine" not in alert_names(tmp_path / "elsewhere" / "inventory.yaml")


def test_alerts_names_of_windows_complete(tmp_path: Path) -> None:
    """From the inventory's text, in any layout; of what can't be read, nothing."""
    assert maintenance_names(_ROOT / "inventory.yaml") == ["krk-patching"]
    file = tmp_path / "a.yaml"
    file.write_text(
        'alerting:\n  maintenance:\n  - name: a\n    match: {site: x}\n  - {match: {}, name: "b"}\n  routes: []\n'
    )
    assert maintenance_names(file) == ["a", "b"]
    assert maintenance_names(tmp_path) == ["a", "b"]
    assert maintenance_names(tmp_path / "none.yaml") == []


def test_alerts_silences_complete(tmp_path: Path) -> None:
    """Those that hold, with their comments, from the inventory's Alertmanager; without one, nothing and no message."""
    body = json.dumps(
        [
            {"id": "1a", "comment": "on it", "status": {"state": "active"}},
            {"id": "2b", "comment": "old", "status": {"state": "expired"}},
        ]
    ).encode()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        file = tmp_path / "inventory.yaml"
        file.write_text(f'settings:\n  endpoints: {{alertmanager: "127.0.0.1:{server.server_port}"}}\n')
        assert silences(file) == [("1a", "on it")]
        server.shutdown()
    file.write_text('settings:\n  endpoints: {alertmanager: "127.0.0.1:1"}\n')
    assert silences(file) == []


@pytest.mark.parametrize(("name", "command"), _ALL, ids=[name for name, _ in _ALL])
def test_alerts_help_teaches_with_an_example(name: str, command: click.Command) -> None:
    """Each command's help ends with examples, and they are ones that it takes."""
    assert command.epilog
    examples = command.epilog.removeprefix("\b\n").splitlines()
    assert all(one.startswith(f"sotpctl {name.partition(' ')[0]}") for one in examples)
    for one in examples:
        _takes(shlex.split(one.partition(" | ")[0]))


def test_alerts_the_operators_page_holds_true() -> None:
    """Every command on docs/operations.md is one that exists, with options that it has."""
    text = (_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^    (sotpctl (?:ack|alerts|silence|maintenance) .*)$", text, re.MULTILINE)
    assert len(blocks) > 10
    for line in blocks:
        _takes(shlex.split(line, comments=True))


def _takes(words: list[str]) -> None:
    command, rest = _COMMANDS[words[1]], words[2:]
    while isinstance(command, click.Group):
        command, rest = command.commands[rest[0]], rest[1:]
    command.make_context(command.name, rest)
