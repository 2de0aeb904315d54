"""Rendered trees for the real tools, and a real Alertmanager that runs one."""

import asyncio
import copy
import email.policy
import json
import re
import subprocess
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiosmtpd.smtp import SMTP

from sotpctl.inventory import load
from sotpctl.render import Plan, plan, write
from sotpctl.verify import tools

DOCUMENT: dict[str, Any] = {
    "settings": {"apply": {"directory": "applied"}},
    "sites": {"waw": {}, "krk": {}},
    "devices": {
        "core": {"address": "192.0.2.1", "site": "waw"},
        "sw": {"address": "192.0.2.2", "site": "waw", "parents": ["core"]},
        "far": {"address": "192.0.2.3", "site": "krk", "parents": ["core"]},
    },
    "alerting": {
        "receivers": {
            "chat": {"slack": {"url": {"file": "slack-url"}, "channel": "#noc"}},
            "hook": {"webhook": {"url": "http://127.0.0.1:9/"}},
            "mail": {"email": {"to": "noc@example.net", "from": "sotp@example.net", "smarthost": "127.0.0.1:25"}},
        },
        "routes": [
            {"match": {"severity": "critical", "site": "waw"}, "receiver": "chat", "continue": True},
            {"match": {"severity": ["critical", "warning"]}, "receiver": "mail"},
            {"match": {"severity": "info"}, "receiver": "hook"},
        ],
    },
}


@pytest.fixture
def document() -> dict[str, Any]:
    """The inventory as data, to be changed at will."""
    return copy.deepcopy(DOCUMENT)


@pytest.fixture
def tool() -> Callable[[str], Path]:
    """Find a real tool, or skip."""

    def find(name: str) -> Path:
        found = tools.find(name)
        if found is None:
            pytest.skip(f"no {name}: make engines")
        return found

    return find


@pytest.fixture
def planned(tmp_path: Path) -> Callable[[dict[str, Any]], Plan]:
    """Plan an inventory given as data."""

    def build(document: dict[str, Any]) -> Plan:
        path = tmp_path / "inventory.yaml"
        path.write_text(yaml.safe_dump(document))
        loaded = load(path)
        assert loaded.inventory, "\n".join(map(str, loaded.problems))
        return plan(loaded.inventory, "")

    return build


@pytest.fixture
def tree(planned: Callable[[dict[str, Any]], Plan], tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Write the tree of an inventory given as data, unchecked."""

    def build(document: dict[str, Any]) -> Path:
        write(planned(document), tmp_path / "build", None)
        return tmp_path / "build"

    return build


@dataclass(frozen=True)
class Alertmanager:
    """A running Alertmanager."""

    url: str

    def post(self, *alerts: dict[str, Any]) -> None:
        """Send alerts as Prometheus does."""
        body = json.dumps(alerts).encode()
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/api/v2/alerts", body, headers), timeout=10).close()

    def alerts(self) -> list[dict[str, Any]]:
        """Ask for all alerts with their states."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=10) as answer:
            content: list[dict[str, Any]] = json.load(answer)
        return content


@pytest.fixture
def run_alertmanager(
    tool: Callable[[str], Path], tree: Callable[[dict[str, Any]], Path], tmp_path: Path
) -> Iterator[Callable[..., Alertmanager]]:
    """Start Alertmanager on what an inventory given as data is rendered to; it ends with the test.

    `changed` rewrites alertmanager.yml first: where a channel's address can't be set by an inventory.
    """
    started: list[subprocess.Popen[str]] = []

    def start(document: dict[str, Any], changed: Callable[[str], str] = lambda text: text) -> Alertmanager:
        built = tree(document)
        config = built / "alertmanager" / "alertmanager.yml"
        config.write_text(changed(config.read_text()))
        process = subprocess.Popen(
            [
                tool("alertmanager"), "--config.file=alertmanager/alertmanager.yml",
                f"--storage.path={tmp_path / 'data'}", "--web.listen-address=127.0.0.1:0", "--cluster.listen-address=",
            ],
            cwd=built, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stderr
        lines = []
        for line in process.stderr:
            lines.append(line)
            port = re.search(r"Listening on.*address=127\.0\.0\.1:(\d+)", line)
            if port:
                threading.Thread(target=process.stderr.read, daemon=True).start()
                return Alertmanager(f"http://127.0.0.1:{port[1]}")
        pytest.fail("Alertmanager didn't start:\n" + "".join(lines))

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=20)


@dataclass
class Inbox:
    """A mail server and a web server that keep what they get: posts to /slack, and others by their path."""

    smtp: str
    http: str
    mails: list[bytes]
    posts: list[bytes]
    others: dict[str, list[bytes]]

    def headlines(self) -> list[tuple[str, str]]:
        """Give channel and first line of every message."""
        mails = [message_from_bytes(mail, policy=email.policy.default)["Subject"] for mail in self.mails]
        posts = [json.loads(post)["attachments"][0]["title"] for post in self.posts]
        return [("mail", str(subject)) for subject in mails] + [("slack", title) for title in posts]


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    """An inbox on free ports."""
    mails: list[bytes] = []
    posts: list[bytes] = []
    others: dict[str, list[bytes]] = {}

    class Keep:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
            mails.append(envelope.content)
            return "250 OK"

    async def post(request: web.Request) -> web.Response:
        posts.append(await request.read())
        return web.Response(text="ok")

    async def other(request: web.Request) -> web.Response:
        others.setdefault(request.path, []).append(await request.read())
        return web.json_response({"status": "success"}, status=202)

    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(lambda: SMTP(Keep(), hostname="sink"), "127.0.0.1", 0)
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/slack", post)
    app.router.add_post("/{path:.*}", other)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    smtp_port, http_port = smtp.sockets[0].getsockname()[1], runner.addresses[0][1]
    yield Inbox(f"127.0.0.1:{smtp_port}", f"127.0.0.1:{http_port}", mails, posts, others)
    smtp.close()
    await runner.cleanup()


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any], Any], None]:
    """Poll a state of another process until it is the one expected; the last one seen explains a failure."""

    def wait(read: Callable[[], Any], expected: Any) -> None:
        end = time.monotonic() + 30
        while (got := read()) != expected and time.monotonic() < end:
            time.sleep(0.05)
        assert got == expected

    return wait
