"""What devices that hang cost those that don't: latency of healthy devices' scrapes, alone and among hanging ones.

    python -m bench.snmp.hanging [--devices 1000] [--rounds 2] [--spread 60]

Half of the devices answer, the other half's agent is a socket that nobody reads. Each half is scraped once a round, at
random times within `--spread` seconds, as Prometheus spreads its scrapes by hash; the hanging half by a process of its
own. Rounds alone and rounds among them alternate, so that a machine that slows down slows both, and the percentiles
are of all rounds together. What a scrape of a hanging device costs the exporter in CPU stands beside it: it is what is
left of the difference, and unlike the latency it doesn't depend on what else the machine does.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp

from bench.icmp.common import Limit, cpu_ms_fine, report
from bench.snmp.agent import Responder, interfaces, spawn
from bench.snmp.peers import document, ours

AUTHS: dict[str, dict[str, Any]] = {"v2c": {"version": 2, "community": "public"}}
AGENTS = 2
ROUNDS = 2
SPREAD_S = 60.0  # the poll interval that devices have by default
ROWS = 48
_HUNG_S = 10.0
_FIRST_S = 4.0


def main() -> int:
    """Measures; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=1000, help="half of them hang")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="alone and among them each")
    parser.add_argument("--spread", type=float, default=SPREAD_S, help="seconds that a round's scrapes are spread over")
    chosen = parser.parse_args()
    rows: dict[str, Any] = {}
    limits: list[Limit] = []
    measure(chosen.devices, chosen.rounds, chosen.spread, rows, limits)
    return report("snmp hanging", rows, limits)


def measure(devices: int, rounds: int, spread: float, rows: dict[str, Any], limits: list[Limit]) -> None:
    """Adds the figures and the limit."""
    half = devices // 2
    started = [spawn(lambda: Responder(interfaces(ROWS))) for _ in range(AGENTS)]
    try:
        with tempfile.TemporaryDirectory() as text, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            config = _config(Path(text), half, [port for _, port in started], silent.getsockname()[1])
            with ours(config, os.environ) as (pid, base):
                alone, among, cpu = asyncio.run(_rounds(pid, base, half, rounds, spread))
    finally:
        for process, _ in started:
            process.terminate()
            process.join()
    name = f"{half} of {devices} devices hang"
    for share in (50, 90, 99):
        figures = _percentile(alone, share) * 1e3, _percentile(among, share) * 1e3
        rows[f"{name}: p{share} of the healthy ones alone / among them, ms"] = "{:.1f} / {:.1f}".format(*figures)
    rows[f"{name}: CPU of a scrape of one that hangs, ms"] = round(cpu, 2)
    ratio = round(_percentile(among, 99) / _percentile(alone, 99), 3)
    limits.append(Limit(f"{name}: p99 of the healthy ones", ratio, 1.1, 1.0))


def _config(folder: Path, half: int, ports: Sequence[int], silent: int) -> Path:
    (folder / "auths.yml").write_text(json.dumps({"auths": AUTHS}))
    common = {"address": "127.0.0.1", "auth": "v2c", "modules": ["if_mib"], "interval": 1.0}
    targets = {f"sw-{number}": common | {"port": ports[number % len(ports)]} for number in range(half)}
    targets |= {f"hung-{number}": common | {"port": silent} for number in range(half)}
    config = folder / "snmp.json"
    config.write_text(document(targets, {}, [str(folder / "auths.yml")]))
    return config


async def _rounds(pid: int, base: str, half: int, rounds: int, spread: float) -> tuple[list[float], list[float], float]:
    """Returns the healthy ones' latencies alone and among hanging ones, and a hanging one's CPU in ms."""
    healthy = [f"{base}/probe?target=sw-{number}" for number in range(half)]
    hung = [f"{base}/probe?target=hung-{number}" for number in range(half)]
    turn, turns = get_context("spawn").Pipe()
    other = get_context("spawn").Process(target=_hung, args=(hung, spread, turns), daemon=True)
    other.start()
    alone: list[float] = []
    among: list[float] = []
    cpu = []
    async with client() as session:
        await burst(session, healthy, spread=spread / 2, within=_HUNG_S)
        await asyncio.to_thread(turn.recv)
        for number in range(rounds):
            before = cpu_ms_fine(pid)
            alone += await burst(session, healthy, spread=spread, within=_HUNG_S, seed=number)
            middle = cpu_ms_fine(pid)
            turn.send(half + number)
            among += await burst(session, healthy, spread=spread, within=_HUNG_S, seed=number)
            await asyncio.to_thread(turn.recv)
            cpu.append((cpu_ms_fine(pid) - 2 * middle + before) / half)
    other.terminate()
    other.join()
    return alone, among, sorted(cpu)[len(cpu) // 2]


def _hung(urls: Sequence[str], spread: float, turns: "Connection[None, int]") -> None:
    """Scrapes the hanging ones: once for a start, then whenever it is given a seed; says when it has done so."""

    async def serve() -> None:
        async with client() as session:
            await burst(session, urls, spread=spread / 2, within=_FIRST_S)
            turns.send(None)
            while True:
                seed = await asyncio.to_thread(turns.recv)
                await burst(session, urls, spread=spread, within=_HUNG_S, seed=seed)
                turns.send(None)

    asyncio.run(serve())


def _percentile(values: Sequence[float], share: int) -> float:
    return sorted(values)[len(values) * share // 100 - 1]


def client() -> aiohttp.ClientSession:
    """Returns what scrapes as Prometheus does: at once, over connections that it keeps."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=300), timeout=aiohttp.ClientTimeout(total=300)
    )


async def burst(
    session: aiohttp.ClientSession, urls: Sequence[str], *, spread: float = 0.0, within: float = 120.0, seed: int = 0
) -> list[float]:
    """Fetches all, at random times within `spread` seconds; returns how long each took, in seconds."""
    chance = random.Random(seed)
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": str(within)}

    async def one(url: str, after: float) -> float:
        await asyncio.sleep(after)
        begun = time.monotonic()
        async with session.get(url, headers=headers) as answer:
            text = await answer.read()
        took = time.monotonic() - begun
        assert answer.status == 200, text
        assert "hung" in url or text.count(b"\nifHCInOctets{") == ROWS, text[-2000:]
        return took

    return await asyncio.gather(*[one(url, chance.uniform(0, spread)) for url in urls])


if __name__ == "__main__":
    sys.exit(main())
