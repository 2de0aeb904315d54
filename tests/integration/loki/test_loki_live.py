"""A real Loki reads the rendered loki.yml, and does what the shipper and the dashboards count on."""

import asyncio
import time
from pathlib import Path

import pytest
import yaml

from sotpctl.verify import tools
from tests.integration.loki.conftest import LABELS, LIMIT_S, Loki, lay, planned, start

SOURCE = Path(__file__).parents[3] / "loki" / "loki.yml"

pytestmark = pytest.mark.loki


def _listening(pid: int) -> list[str]:
    """Give the addresses on which a process listens, from /proc/net/tcp and tcp6."""
    sockets = {descriptor.readlink().name for descriptor in Path(f"/proc/{pid}/fd").iterdir()}
    tables = [Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]


async def test_source_and_rendered_are_valid(program: Path, tmp_path: Path) -> None:
    """`loki -verify-config` takes the source as it stands, and what becomes of it."""
    config = tmp_path / "loki.yml"
    config.write_bytes(planned(tmp_path).files["loki/loki.yml"])
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
    lay(tmp_path, planned(tmp_path))
    first = await start(program, tmp_path)
    try:
        await first.push((time.time_ns(), "before", {}))
        async with first.http.post("/flush") as got:
            assert got.status == 204
        end = time.monotonic() + LIMIT_S
        while not any(path.is_file() for path in (first.directory / "data/loki/chunks/fake").rglob("*")):
            assert time.monotonic() < end, (tmp_path / "log").read_text()
            await asyncio.sleep(0.1)
    finally:
        await first.stop()
    assert list((tmp_path / "working").iterdir()) == []
    assert {path.name for path in first.directory.iterdir()} == {"current", "data", "releases"}
    assert [path.name for path in (first.directory / "data").iterdir()] == ["loki"]
    second = await start(program, tmp_path)
    try:
        await second.push((time.time_ns(), "after", {}))
        found = await second.query('{job="syslog"}')
        assert {value[1] for stream in found for value in stream["values"]} == {"before", "after"}
    finally:
        await second.stop()


async def test_what_rules_find_has_these_labels(loki: Loki) -> None:
    """Without `by` a count has all that stands beside its lines; what is absent has the labels of its selector."""
    assert (await loki.push((time.time_ns(), "link down", {"severity": "error", "app": "ifmgr"})))[0] == 204

    async def labels(query: str) -> dict[str, str]:
        async with loki.http.get("/loki/api/v1/query", params={"query": query}) as got:
            (found,) = (await got.json())["data"]["result"]
        return {name: value for name, value in found["metric"].items() if name != "detected_level"}

    assert await labels('count_over_time({job="syslog"} [1h])') == LABELS | {"severity": "error", "app": "ifmgr"}
    assert await labels('sum by (device, site) (count_over_time({job="syslog"} [1h]))') == {
        "device": "fw-1", "site": "waw",
    }  # fmt: skip
    absent = 'absent_over_time({job="syslog", device="waw-fw-1"} [30m]) > 0'
    assert await labels(absent) == {"job": "syslog", "device": "waw-fw-1"}
