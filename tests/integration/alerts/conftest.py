"""A real Alertmanager on what a small inventory is rendered to, the inventory that names it, and a web sink."""

import asyncio
import json
import re
import subprocess
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from aiohttp import web
from click.testing import CliRunner, Result

from sotpctl.cli.ack import ack
from sotpctl.cli.alerts import alerts
from sotpctl.cli.maintenance import maintenance
from sotpctl.cli.silence import silence
from sotpctl.inventory import load
from sotpctl.render import plan, write
from sotpctl.verify import tools

COMMANDS = {"ack": ack, "alerts": alerts, "maintenance": maintenance, "silence": silence}

FAST = {"group_wait": "50ms", "group_interval": "200ms", "repeat_interval": "400ms"}

DOCUMENT: dict[str, Any] = {
    "settings": {"apply": {"directory": "applied"}},
    "sites": {"waw": {"timezone": "Europe/Warsaw"}, "krk": {"timezone": "Europe/Warsaw"}},
    "devices": {
        "core": {"address": "192.0.2.1", "site": "waw", "team": "noc"},
        "sw": {"address": "192.0.2.2", "site": "waw", "parents": ["core"], "labels": {"rack": "a1"}},
        "far": {"address": "192.0.2.3", "site": "krk", "parents": ["core"]},
    },
    "alerting": {"receivers": {"hook": {"webhook": {"url": "http://127.0.0.1:9/"}}}, "routes": [{"receiver": "hook"}]},
}


def alert(name: str, severity: str = "critical", **labels: str) -> dict[str, Any]:
    """An alert as Prometheus sends it."""
    return {
        "labels": {"alertname": name, "severity": severity, **labels},
        "annotations": {"summary": f"{name} of {labels.get('device', 'nobody')}", "description": "It is."},
        "endsAt": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }


@dataclass
class Stack:
    """An inventory in a folder, and the Alertmanager that it names."""

    folder: Path
    url: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=lambda: {"USER": "kasia"})

    @property
    def inventory(self) -> Path:
        """The inventory's file."""
        return self.folder / "inventory.yaml"

    def save(self) -> None:
        """Write the inventory as it stands in `document`."""
        if self.url:
            self.document["settings"]["endpoints"] = {"alertmanager": self.url.removeprefix("http://")}
        self.inventory.write_text(yaml.safe_dump(self.document, sort_keys=False))

    def run(self, name: str, *arguments: str, code: int = 0) -> Result:
        """Call a command as a person does; its exit code is the one that is expected."""
        command: click.Command = COMMANDS[name]
        rest = arguments
        if isinstance(command, click.Group):
            rest, command = arguments[1:], command.commands[arguments[0]]
        result = CliRunner(env=self.environment).invoke(command, [*rest, "-i", str(self.inventory)])
        assert result.exit_code == code, result.output + repr(result.exception)
        return result

    def post(self, *alerts: dict[str, Any]) -> None:
        """Send alerts as Prometheus does."""
        body = json.dumps(alerts).encode()
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/api/v2/alerts", body, headers), timeout=10).close()

    def get(self, path: str) -> Any:
        """Ask the API."""
        with urllib.request.urlopen(f"{self.url}/api/v2/{path}", timeout=10) as answer:
            return json.load(answer)

    def silenced(self) -> set[str]:
        """The alerts that a silence holds back: name and device."""
        return {_key(one["labels"]) for one in self.get("alerts") if one["status"]["silencedBy"]}

    def fires(self, *alerts: dict[str, Any]) -> None:
        """Send alerts and wait until Alertmanager has judged them all."""
        self.post(*alerts)
        eventually(lambda: len(self.get("alerts")) >= len(alerts), True)


def _key(labels: dict[str, str]) -> str:
    return " ".join(
        value for name, value in sorted(labels.items()) if name in {"alertname", "device", "ifName", "exporter"}
    )


def eventually(read: Callable[[], Any], expected: Any, seconds: float = 30) -> None:
    """Poll a state of another process until it is the one expected; the last one seen explains a failure."""
    end = time.monotonic() + seconds
    while (got := read()) != expected and time.monotonic() < end:
        time.sleep(0.05)
    assert got == expected


def start_alertmanager(
    folder: Path, document: dict[str, Any], repeat: str = FAST["repeat_interval"]
) -> tuple[subprocess.Popen[str], str]:
    """Render an inventory given as data and start Alertmanager on it, told to repeat itself after `repeat`; or skip.

    With a `config` in the document that is its configuration.
    """
    tool = tools.find("alertmanager")
    if tool is None:
        pytest.skip("no alertmanager: make engines")
    path, config = folder / "inventory.yaml", document.pop("config", None)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    loaded = load(path)
    assert loaded.inventory, "\n".join(map(str, loaded.problems))
    write(plan(loaded.inventory, ""), folder / "build", None)
    file = folder / "build" / "alertmanager" / "alertmanager.yml"
    text = yaml.safe_dump(config) if config else file.read_text()
    for key, fast in (FAST | {"repeat_interval": repeat}).items():
        text = re.sub(rf"{key}: \w+", f"{key}: {fast}", text)
    file.write_text(text)
    process = subprocess.Popen(
        [
            tool, "--config.file=alertmanager/alertmanager.yml", f"--storage.path={folder / 'data'}",
            "--web.listen-address=127.0.0.1:0", "--cluster.listen-address=",
        ],
        cwd=folder / "build", stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        port = re.search(r"Listening on.*address=127\.0\.0\.1:(\d+)", line)
        if port:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, f"http://127.0.0.1:{port[1]}"
    pytest.fail("Alertmanager didn't start:\n" + "".join(lines))


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Start a stack of an inventory given as data; it ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(document: dict[str, Any], **more: str) -> Stack:
        process, url = start_alertmanager(tmp_path, document, **more)
        started.append(process)
        stack = Stack(tmp_path, url, document)
        stack.save()
        return stack

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def stack(launch: Callable[[dict[str, Any]], Stack]) -> Stack:
    """The small inventory, and its Alertmanager."""
    return launch(json.loads(json.dumps(DOCUMENT)))


@dataclass
class Hook:
    """A web server that keeps what Alertmanager posts."""

    url: str
    posts: list[dict[str, Any]] = field(default_factory=list)

    def told(self) -> list[tuple[str, str]]:
        """Give status and alert of everything told, in order."""
        return [(one["status"], _key(one["labels"])) for post in self.posts for one in post["alerts"]]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A webhook on a free port."""
    found = Hook("")

    async def post(request: web.Request) -> web.Response:
        found.posts.append(await request.json())
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_post("/", post)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield found
    await runner.cleanup()


async def aeventually(read: Callable[[], Any], expected: Any, seconds: float = 30) -> None:
    """Like `eventually`, while this process serves."""
    await asyncio.to_thread(eventually, read, expected, seconds)
