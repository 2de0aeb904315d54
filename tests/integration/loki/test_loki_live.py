"""A real Loki reads the rendered loki.yml, and does what the shipper and the dashboards count on."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from sotpctl.inventory import load
from sotpctl.render import loki as rendering
from sotpctl.verify import tools

SOURCE = Path(__file__).parents[3] / "loki" / "loki.yml"
LABELS = {"job": "syslog", "device": "fw-1", "site": "waw", "role": "firewall"}
READY_S = 60.0
LIMIT_S = 60.0

RULE = """\
groups:
  - name: always
    interval: 1s
    rules:
      - alert: Always
        expr: vector(1) > 0
"""


@dataclass(frozen=True)
class Loki:
    """A running one, and the folder that stands for the apply directory."""

    http: aiohttp.ClientSession
    process: asyncio.subprocess.Process
    directory: Path

    async def push(self, *lines: tuple[int, str, dict[str, str]]) -> tuple[int, str]:
        """Send lines with their stamps (ns) and metadata; give the status and Loki's words."""
        values = [[str(stamp), line, metadata] for stamp, line, metadata in lines]
        async with self.http.post("/loki/api/v1/push", json={"streams": [{"stream": LABELS, "values": values}]}) as got:
            return got.status, await got.text()

    async def query(self, text: str) -> list[dict[str, Any]]:
        """Ask for streams of the last two hours."""
        async with self.http.get(
            "/loki/api/v1/query_range", params={"query": text, "since": "2h", "limit": "5000"}
        ) as got:
            assert got.status == 200, await got.text()
            found: list[dict[str, Any]] = (await got.json())["data"]["result"]
            return found


def _rendered(tmp_path: Path, *, rules: bool = False) -> dict[str, Any]:
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text(
        f"settings: {{log_retention: 30d, apply: {{directory: {tmp_path}/sotp}}}}\n"
        "devices: {fw-1: {address: 192.0.2.1}}\n"
    )
    loaded = load(inventory)
    assert loaded.inventory is not None, loaded.problems
    config: dict[str, Any] = yaml.safe_load(rendering.build(loaded.inventory, SOURCE.read_text(), rules=rules))
    return config


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _listening(pid: int) -> list[str]:
    """Give the addresses on which a process listens, from /proc/net/tcp and tcp6."""
    sockets = {descriptor.readlink().name for descriptor in Path(f"/proc/{pid}/fd").iterdir()}
    tables = [Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]


@pytest.fixture
def program() -> Path:
    """The real one; SOTP builds none."""
    found = tools.find("loki")
    if found is None:
        pytest.skip("no loki on PATH: SOTP runs it as it comes and builds none")
    return found


async def _start(program: Path, tmp_path: Path, *, rules: bool = False) -> Loki:
    """Start it on free ports, and wait until it is ready."""
    config = tmp_path / "loki.yml"
    config.write_text(yaml.safe_dump(_rendered(tmp_path, rules=rules)))
    (tmp_path / "sotp" / "data").mkdir(parents=True, exist_ok=True)
    working = tmp_path / "working"  # a container's is read-only: nothing may be written there
    working.mkdir(mode=0o755, exist_ok=True)
    http, grpc = _free_ports()
    with (tmp_path / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            program, f"-config.file={config}", f"-server.http-listen-port={http}", f"-server.grpc-listen-port={grpc}",
            stdout=log, stderr=log, cwd=working,
        )  # fmt: skip
    session = aiohttp.ClientSession(f"http://127.0.0.1:{http}")
    running = Loki(session, process, tmp_path / "sotp")
    end = time.monotonic() + READY_S
    while not await _ready(session):
        assert process.returncode is None, (tmp_path / "log").read_text()
        assert time.monotonic() < end, (tmp_path / "log").read_text()
        await asyncio.sleep(0.1)
    return running


async def _ready(session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get("/ready") as got:
            return got.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def _stop(running: Loki) -> None:
    await running.http.close()
    if running.process.returncode is None:
        running.process.terminate()
        await asyncio.wait_for(running.process.wait(), LIMIT_S)


@pytest.fixture
async def loki(program: Path, tmp_path: Path) -> AsyncIterator[Loki]:
    """A Loki that is ready."""
    running = await _start(program, tmp_path)
    yield running
    await _stop(running)


async def test_source_and_rendered_are_valid(program: Path, tmp_path: Path) -> None:
    """`loki -verify-config` takes the source as it stands, and what becomes of it."""
    config = tmp_path / "loki.yml"
    config.write_text(yaml.safe_dump(_rendered(tmp_path)))
    for path in (SOURCE, config):
        passed, output = tools.run(program, "-verify-config", f"-config.file={path}", cwd=tmp_path)
        assert passed, output


async def test_a_line_comes_back(loki: Loki) -> None:
    """What was pushed is found by label and by metadata, under our four labels and no other: a Loki on 127.0.0.1."""
    assert await loki.push((time.time_ns(), "link down", {"severity": "error", "app": "ifmgr"})) == (204, "")
    found = await loki.query('{device="fw-1"} | severity="error"')
    assert [value[1] for stream in found for value in stream["values"]] == ["link down"]
    async with loki.http.get("/loki/api/v1/labels") as got:
        assert set((await got.json())["data"]) == LABELS.keys()


async def test_limits_are_those_that_the_shipper_knows(loki: Loki) -> None:
    """256 KB is the longest line, 7 days the oldest, 10 min the newest; the good lines of a push are kept."""
    now = time.time_ns()
    refused: list[tuple[tuple[int, str, dict[str, str]], str]]
    day, minute = 86_400 * 10**9, 60 * 10**9
    assert (await loki.push((now, "x" * 256 * 1024, {})))[0] == 204
    refused = [
        ((now, "y" * (256 * 1024 + 1), {}), "max entry size"),
        ((now - 8 * day, "old", {}), "too old"),
        ((now + 11 * minute, "new", {}), "too new"),
    ]
    for line, word in refused:
        status, text = await loki.push(line, (now, f"beside {word}", {}))
        assert status == 400
        assert word in text
    found = await loki.query('{device="fw-1"} |= "beside"')
    assert sum(len(stream["values"]) for stream in found) == 3


async def test_a_flood_is_taken(loki: Loki) -> None:
    """20 MB at once from one device, far above Loki's defaults, are no 429."""
    now = time.time_ns()
    for part in range(5):
        lines: list[tuple[int, str, dict[str, str]]] = [
            (now + part * 1000 + one, "z" * 200_000, {}) for one in range(20)
        ]
        assert await loki.push(*lines) == (204, "")


async def test_it_stays_on_loopback_and_reports_to_nobody(loki: Loki) -> None:
    """Not one socket of it listens on another address, and it sends no statistics."""
    listening = _listening(loki.process.pid)
    assert len(listening) == 2  # HTTP and gRPC
    assert all(address.startswith("0100007F:") for address in listening)  # 127.0.0.1, as the kernel writes it
    async with loki.http.get("/config") as got:
        effective = yaml.safe_load(await got.text())
    assert effective["analytics"]["reporting_enabled"] is False
    assert effective["limits_config"]["retention_period"] in {"30d", "4w2d", "720h"}
    assert effective["compactor"]["retention_enabled"] is True


async def test_chunks_and_data_are_where_they_belong(program: Path, tmp_path: Path) -> None:
    """Flushed chunks lie below <apply.directory>/data/loki, nothing beside it, and a restart finds the lines again."""
    first = await _start(program, tmp_path)
    try:
        await first.push((time.time_ns(), "before", {}))
        async with first.http.post("/flush") as got:
            assert got.status == 204
        end = time.monotonic() + LIMIT_S
        while not any(path.is_file() for path in (first.directory / "data/loki/chunks/fake").rglob("*")):
            assert time.monotonic() < end, (tmp_path / "log").read_text()
            await asyncio.sleep(0.1)
    finally:
        await _stop(first)
    assert list((tmp_path / "working").iterdir()) == []
    assert [path.name for path in first.directory.iterdir()] == ["data"]
    assert [path.name for path in (first.directory / "data").iterdir()] == ["loki"]
    second = await _start(program, tmp_path)
    try:
        await second.push((time.time_ns(), "after", {}))
        found = await second.query('{job="syslog"}')
        assert {value[1] for stream in found for value in stream["values"]} == {"before", "after"}
    finally:
        await _stop(second)


async def test_the_ruler_reads_the_release(program: Path, tmp_path: Path) -> None:
    """Rules of the release are loaded through the link `current`, from a folder that Loki can't write."""
    folder = tmp_path / "sotp/releases/0123456789ab/loki/rules/fake"
    folder.mkdir(parents=True)
    (folder / "always.yml").write_text(RULE)
    (tmp_path / "sotp/current").symlink_to("releases/0123456789ab")
    folder.chmod(0o555)
    running = await _start(program, tmp_path, rules=True)
    try:
        end = time.monotonic() + LIMIT_S
        while True:
            async with running.http.get("/prometheus/api/v1/rules") as got:
                groups = (await got.json())["data"]["groups"]
            if groups:
                break
            assert time.monotonic() < end
            await asyncio.sleep(0.2)
        assert [rule["name"] for group in groups for rule in group["rules"]] == ["Always"]
    finally:
        await _stop(running)
