"""A small network with the real rules under real engines; what the exporters say is the test's."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

from sotpctl.apply import APPLY, Store, Work, read_manifest, run
from sotpctl.inventory import Inventory, load
from sotpctl.render import plan, write
from sotpctl.stack import Part, Stack, parts
from sotpctl.status import Report, gather
from sotpctl.verify import tools
from tests.ports import free_address

ROOT = Path(__file__).resolve().parents[3]
INVENTORY = """\
settings:
  apply: {{directory: sotp}}
  endpoints:
    {{prometheus: "{prometheus}", alertmanager: "{alertmanager}", icmp: "{icmp}", facts: "{facts}", syslog: "{syslog}"}}
  logs: {{listen: {{udp: "{messages}", tcp: "{messages}"}}}}
  prober: gw
roles: {{core: {{}}}}
devices:
  gw:     {{address: 192.0.2.1}}
  core:   {{address: 192.0.2.2, role: core}}
  behind: {{address: 192.0.2.3, parents: [core]}}
  server: {{address: 192.0.2.4}}
  silent: {{address: 192.0.2.5}}
alerting:
  receivers:
    noc: {{webhook: {{url: "http://127.0.0.1:9/"}}}}
  routes:
    - {{receiver: noc}}
"""


class Exporter:
    """What an exporter of the release answers: its revision, and whatever the test wants it to tell."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        self.text = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Give its health on /metrics, and what it tells there and everywhere else; a reload is welcome."""
        health = f'sotp_exporter_config_info{{revision="{self.revision}"}} 1\n' if request.path == "/metrics" else ""
        return web.Response(text=health + self.text, content_type="text/plain")


class Network:
    """The inventory above, applied in a folder of its own."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self.folder, self.addresses = folder, addresses
        (folder / "inventory.yaml").write_text(INVENTORY.format(**addresses))
        loaded = load(folder / "inventory.yaml")
        assert loaded.inventory is not None, loaded.problems
        self.inventory: Inventory = loaded.inventory
        self.store = Store(self.inventory.settings.apply.directory)
        self.stack = Stack(self.store.directory)
        self.exporters: dict[str, Exporter] = {}

    async def apply(self) -> None:
        """Render and apply; nothing runs yet."""
        write(plan(self.inventory, ""), self.folder / "build", None)
        report = await run(Work(self.store, self.folder / "build", {}), APPLY)
        assert report.code == 0, report
        self.exporters = {name: Exporter(revision) for name, revision in self.manifest.exporters.items()}

    @property
    def manifest(self):
        """The current release's."""
        return read_manifest(self.store.link)

    def parts(self) -> list[Part]:
        """The engines, without the exporters."""
        found = parts(self.inventory.settings, self.manifest)
        return [part for part in found if part.name in {"prometheus", "alertmanager"}]

    async def report(self, seconds: float = 4.5) -> Report:
        """What status finds now."""
        release = self.store.current()
        assert release is not None
        return await gather(self.store, release, seconds)

    async def until(self, holds: Callable[[Report], bool], seconds: float = 90) -> Report:
        """Ask until something holds: rules take their time."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            found = await self.report()
            if holds(found):
                return found
            assert asyncio.get_running_loop().time() < end, found
            await asyncio.sleep(0.5)

    async def sotpctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder, while the exporters of this loop go on answering."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "sotpctl.cli.main", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """The inventory on addresses that are free now."""
    names = ("prometheus", "alertmanager", "icmp", "facts", "syslog", "messages")
    return Network(tmp_path, {name: free_address() for name in names})


@pytest.fixture
async def running(network: Network) -> AsyncIterator[Network]:
    """The same, applied, with engines and exporters that run until the test ends."""
    if not all(tools.find(name) for name in ("prometheus", "alertmanager")):
        pytest.skip("needs the engines: make engines")
    await network.apply()
    runners = []
    for name, exporter in network.exporters.items():
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", exporter.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        host, _, port = network.addresses[name].rpartition(":")
        await web.TCPSite(runner, host, int(port)).start()
        runners.append(runner)
    await asyncio.to_thread(network.stack.up, network.parts())
    await network.stack.ready(network.parts(), 60)
    yield network
    await asyncio.to_thread(list, network.stack.down())
    for runner in runners:
        await runner.cleanup()
