"""The shipper as a process, killed under load: what was synced arrives, one batch a kill may come twice."""

import asyncio
import functools
import json
import random
import re
import sys
from contextlib import suppress
from pathlib import Path

import aiohttp

from tests.integration.syslog.conftest import document, until
from tests.integration.syslog.sink import Sink

ROOT = Path(__file__).parents[3]
KILLS = 20
BATCH = 1.4 * 1024 * 1024  # bytes of a batch, and of what a last read adds


class Process:
    """One life of it."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, base: str) -> None:
        self.process, self.port, self.base = process, port, base

    async def metrics(self) -> dict[str, float]:
        """Every sample."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.base}/metrics") as got:
            rows = [line.rpartition(" ") for line in (await got.text()).splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in rows}


async def start(config: Path) -> Process:
    """Start it, and wait until it takes messages."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "exporters.main", "syslog", f"--config={config}", "--web.listen-address=127.0.0.1:0",
        stderr=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stderr
    port = 0
    while line := (await process.stderr.readline()).decode():
        if found := re.search(r"transport=tcp host=\S+ port=(\d+)", line):
            port = int(found[1])
        if found := re.search(r"msg=\"?listening\"? address=(\S+)", line):
            return Process(process, port, f"http://{found[1]}")
    raise AssertionError("it didn't start")


async def _send(port: int, first: int) -> None:
    """Number on until the connection breaks."""
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        number = first
        while True:
            writer.write(b"".join(b"<13>app: message %d\n" % n for n in range(number, number + 1000)))
            number += 1000
            await writer.drain()
            await asyncio.sleep(0.02)


def _more(sink: Sink, before: int) -> bool:
    return len(sink.requests) > before


async def test_killed_twenty_times(tmp_path: Path, sink: Sink) -> None:
    """After twenty kills the store has each durable message, and the shipper's ledger counts exactly those."""
    made = document(tmp_path, sink.url, limits={"sender_rate": 1e7, "sender_burst": 1e7})
    config = tmp_path / "syslog.json"
    config.write_text(json.dumps({"revision": made.revision, "settings": made.settings, "targets": made.targets}))
    luck = random.Random(8)
    repeated = 0.0
    for life in range(KILLS):
        running = await start(config)
        sending = asyncio.create_task(_send(running.port, life * 10_000_000))
        before = len(sink.requests)
        await until(functools.partial(_more, sink, before))
        await asyncio.sleep(luck.uniform(0.05, 0.4))
        running.process.kill()
        await running.process.wait()
        await sending
        extra = len(sink.lines) - len(sink.unique())
        assert (extra - repeated) * 30 <= BATCH
        repeated = extra
    last = await start(config)
    end = 0.0
    for _ in range(600):
        metrics = await last.metrics()
        end = metrics["syslog_messages_shipped_total"]
        if not metrics["syslog_spool_messages"]:
            break
        await asyncio.sleep(0.05)
    received = sum(value for key, value in metrics.items() if key.startswith("syslog_messages_received_total"))
    dropped = sum(value for key, value in metrics.items() if key.startswith("syslog_messages_dropped_total"))
    assert dropped == 0
    assert received == end == len(sink.unique())
    numbers = sorted(int(line.rpartition(" ")[2]) for _, _, line in sink.unique())
    for life in range(KILLS):  # of each connection the beginning, without a gap
        mine = [number - life * 10_000_000 for number in numbers if number // 10_000_000 == life]
        assert mine == list(range(len(mine)))
    last.process.terminate()
    assert await last.process.wait() == 0
