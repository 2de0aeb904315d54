"""settings.web from the inventory to the real Prometheus: TLS with client certificates and a password."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import bcrypt
import pytest
import yaml

from sotpctl.apply import APPLY, Report, Store, Work, read_manifest, run
from sotpctl.inventory import Inventory, load
from sotpctl.render import plan, write
from sotpctl.stack import Stack, parts
from sotpctl.verify import promtool, tools
from tests.integration.kit.web_pki import Authority
from tests.ports import free_address

pytestmark = pytest.mark.engines

PASSWORD = "c4n4ry-of-the-scrape"
_WAIT_S = 60


class Site:
    """An inventory with settings.web, what it renders, and what runs of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "sotp")
        self.stack = Stack(folder / "sotp")
        self._secrets()
        self.inventory = self._inventory()
        self.rendered = plan(self.inventory, "")
        found = write(self.rendered, folder / "build", lambda tree: promtool.check(tree, None))
        assert found.findings == ()

    async def apply(self, password: str = PASSWORD) -> Report:
        """Apply what was rendered."""
        work = Work(self.store, self.folder / "build", {"SOTP_TEST_WEB": password}, confirm_seconds=30)
        return await run(work, APPLY)

    async def up(self) -> None:
        """Start everything and wait until it is ready."""
        wanted = parts(self.inventory.settings, read_manifest(self.store.link))
        await asyncio.to_thread(self.stack.up, wanted)
        await self.stack.ready(wanted, 30)
        rows = await self.stack.status(wanted)
        assert all(row.ready for row in rows), rows

    async def until(self, wanted: Callable[[dict[str, tuple[str, str]]], bool]) -> None:
        """Ask Prometheus for its targets, job → (health, last error), until they are as wanted."""
        address = self.inventory.settings.endpoints["prometheus"]
        async with asyncio.timeout(_WAIT_S), aiohttp.ClientSession() as http:
            while True:
                async with http.get(f"http://{address}/api/v1/targets?state=active") as answer:
                    targets = (await answer.json())["data"]["activeTargets"]
                if wanted({one["scrapePool"]: (one["health"], one["lastError"]) for one in targets}):
                    return
                await asyncio.sleep(0.2)

    def _secrets(self) -> None:
        authority = Authority(self.folder, "ca")
        authority.sign("server", "sotp.example.net")
        authority.sign("client", "prometheus.example.net")
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        tls = {
            "cert_file": "server.pem",
            "key_file": "server.key",
            "client_auth_type": "RequireAndVerifyClientCert",
            "client_ca_file": "ca.pem",
            "client_allowed_sans": ["prometheus.example.net"],
        }
        web = {"tls_server_config": tls, "basic_auth_users": {"prometheus": hashed}}
        (self.folder / "web.yml").write_text(yaml.safe_dump(web))

    def _inventory(self) -> Inventory:
        names = ("prometheus", "alertmanager", "icmp", "facts", "syslog")
        settings = {
            "apply": {"directory": "sotp"},
            "endpoints": {name: free_address() for name in names},
            "logs": {"listen": dict.fromkeys(("udp", "tcp"), free_address())},
            "web": {
                "config_file": "web.yml",
                "ca_file": "ca.pem",
                "server_name": "sotp.example.net",
                "client_cert_file": "client.pem",
                "client_key_file": "client.key",
                "basic_auth": {"username": "prometheus", "password": {"env": "SOTP_TEST_WEB"}},
            },
        }
        file = self.folder / "inventory.yaml"
        file.write_text(yaml.safe_dump({"settings": settings, "devices": {"self": {"address": "127.0.0.1"}}}))
        result = load(file)
        assert result.inventory, result.problems
        return result.inventory


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site that runs; it ends with the test."""
    if not all(tools.find(name) for name in ("prometheus", "alertmanager", "promtool")):
        pytest.skip("needs the engines: make engines")
    made = Site(tmp_path)
    try:
        assert (await made.apply()).code == 0
        await made.up()
        yield made
    finally:
        await asyncio.to_thread(lambda: list(made.stack.down()))


async def test_everything_reaches_the_exporters(site: Site) -> None:
    """Prometheus scrapes, apply confirms; with a wrong password neither does, and each says why."""
    await site.until(lambda jobs: len(jobs) == 7 and all(health == "up" for health, _ in jobs.values()))
    report = await site.apply()
    assert (report.code, {one.state for one in report.outcomes.values()}) == (0, {"confirmed"}), report

    secret = site.store.secrets / "web" / "password"
    assert secret.stat().st_mode & 0o777 == 0o600
    secret.write_text("wrong")
    refused = ("down", "server returned HTTP status 401 Unauthorized")
    ours = ("facts", "icmp", "reachability", "sotp", "syslog")
    await site.until(lambda jobs: all(jobs[name] == refused for name in ours) and jobs["prometheus"][0] == "up")
    secret.write_text(PASSWORD)
    await site.until(lambda jobs: all(health == "up" for health, _ in jobs.values()))

    report = await site.apply("another")
    assert report.code == 1
    assert "401, it wants another user or password: see settings.web.basic_auth" in report.results[-1].text
    assert secret.read_text() == PASSWORD  # put back

    shown = json.dumps([str(report), site.rendered.files["manifest.json"].decode()])
    shown += "".join(path.read_text() for path in (site.store.directory / "logs").iterdir())
    shown += "".join(path.read_text() for path in (site.store.directory / "run").iterdir())
    assert PASSWORD not in shown


async def test_a_wrong_authority_is_told(site: Site) -> None:
    """A certificate that nobody signed whom we trust: apply says so, and what was current stays."""
    other = site.folder / "other"
    other.mkdir()
    Authority(other, "ca").file.replace(site.folder / "ca.pem")
    report = await site.apply()
    assert report.code == 1
    assert "its certificate is not trusted" in report.results[-1].text
    assert "settings.web.ca_file" in report.results[-1].text
