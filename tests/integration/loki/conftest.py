"""A real Loki as render configures it, on free ports; its skip says that there is none."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sotpctl.inventory import load
from sotpctl.render import Plan, plan
from sotpctl.verify import tools
from tests.ports import free_ports

LABELS = {"job": "syslog", "device": "fw-1", "site": "waw", "role": "firewall"}
LIMIT_S = 60.0


@dataclass(frozen=True)
class Loki:
    """A running one, and the apply directory."""

    http: aiohttp.ClientSession
    process: asyncio.subprocess.Process
    directory: Path

    async def push(self, *lines: tuple[int, str, dict[str, str]]) -> tuple[int, str]:
        """Send lines with their stamps (ns) and metadata, as a tenant; give the status and Loki's words."""
        values = [[str(stamp), line, metadata] for stamp, line, metadata in lines]
        body, headers = {"streams": [{"stream": LABELS, "values": values}]}, {"X-Scope-OrgID": "noc"}
        async with self.http.post("/loki/api/v1/push", json=body, headers=headers) as got:
            return got.status, await got.text()

    async def query(self, text: str) -> list[dict[str, Any]]:
        """Ask for streams of the last two hours."""
        async with self.http.get(
            "/loki/api/v1/query_range", params={"query": text, "since": "2h", "limit": "5000"}
        ) as got:
            assert got.status == 200, await got.text()
            found: list[dict[str, Any]] = (await got.json())["data"]["result"]
            return found

    async def rules(self) -> list[str]:
        """Give the names of the rules that its ruler evaluates."""
        async with self.http.get("/prometheus/api/v1/rules") as got:
            groups = (await got.json())["data"]["groups"]
        return [rule["name"] for group in groups for rule in group["rules"]]

    async def stop(self) -> None:
        """End it as systemd does."""
        await self.http.close()
        if self.process.returncode is None:
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), LIMIT_S)


def planned(tmp_path: Path, settings: str = "", retention: str = "30d") -> Plan:
    """Plan an inventory in a folder, with the rules that lie there."""
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text(
        f"settings: {{log_retention: {retention}, apply: {{directory: {tmp_path}/sotp}}{settings}}}\n"
        "sites: {waw: {}}\nroles: {firewall: {}, vpn: {}}\n"
        "devices: {fw-1: {address: 192.0.2.1, site: waw, role: firewall}, waw-fw-1: {address: 192.0.2.2}}\n"
    )
    loaded = load(inventory)
    assert loaded.inventory is not None, loaded.problems
    return plan(loaded.inventory, "")


def lay(tmp_path: Path, found: Plan) -> None:
    """Make a plan's files for Loki the current release, as apply does."""
    folder = tmp_path / "sotp" / "releases" / found.release
    for name, content in found.files.items():
        if name.startswith("loki/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    (tmp_path / "sotp" / "data").mkdir(exist_ok=True)
    (tmp_path / "sotp" / "current").symlink_to(f"releases/{found.release}")


async def until(condition: Callable[[], Awaitable[bool]], log: Path) -> None:
    """Wait for something; where it doesn't come, the log says why."""
    end = time.monotonic() + LIMIT_S
    while not await condition():
        assert time.monotonic() < end, _end_of(log)
        await asyncio.sleep(0.1)


def _end_of(log: Path) -> str:
    return log.read_text()[-5000:]


async def start(program: Path, tmp_path: Path, port: int = 0) -> Loki:
    """Start it on the current release, and wait until it is ready; on any free port unless one is given."""
    working = tmp_path / "working"  # a container's is read-only: nothing may be written there
    working.mkdir(mode=0o755, exist_ok=True)
    free, grpc = free_ports(2)
    http = port or free
    with (tmp_path / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            program, f"-config.file={tmp_path}/sotp/current/loki/loki.yml",
            f"-server.http-listen-port={http}", f"-server.grpc-listen-port={grpc}",
            stdout=log, stderr=log, cwd=working,
        )  # fmt: skip
    running = Loki(aiohttp.ClientSession(f"http://127.0.0.1:{http}"), process, tmp_path / "sotp")

    async def ready() -> bool:
        assert process.returncode is None, (tmp_path / "log").read_text()
        try:
            async with running.http.get("/ready") as got:
                return got.status == 200
        except aiohttp.ClientConnectionError:
            return False

    await until(ready, tmp_path / "log")
    return running


@pytest.fixture
def program() -> Path:
    """The real one; SOTP builds none."""
    found = tools.find("loki")
    if found is None:
        pytest.skip("no loki on PATH: SOTP runs it as it comes and builds none")
    return found


@pytest.fixture
async def loki(program: Path, tmp_path: Path) -> AsyncIterator[Loki]:
    """A Loki that is ready."""
    lay(tmp_path, planned(tmp_path))
    running = await start(program, tmp_path)
    yield running
    await running.stop()
