"""What the benchmarks share: CPU accounting, the exporter as a process, and the report."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PEERS = (
    "prometheus-smokeping-prober 0.11 is a package of Debian's unstable suite: take it from there with "
    "`apt-get download` and `dpkg -x`, and name its binary by --peer or put it on PATH"
)
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Limit:
    """One figure and what it must not exceed.

    Attributes:
        name: What was measured, with its unit.
        value: The figure.
        must: The most that passes.
        goal: What is aimed at; None: the same.
    """

    name: str
    value: float
    must: float
    goal: float | None = None

    @property
    def verdict(self) -> str:
        """In words."""
        if self.value > self.must:
            return "MISSED"
        return "ok" if self.goal is None or self.value <= self.goal else "ok, goal missed"


def report(name: str, rows: dict[str, Any], limits: Sequence[Limit]) -> int:
    """Prints a table and one line of JSON; returns the exit code: 1 when a limit is missed."""
    width = max(len(text) for text in [*rows, *[limit.name for limit in limits]])
    lines = [f"{key:<{width}}  {_text(value)}" for key, value in rows.items()]
    lines += [
        f"{one.name:<{width}}  {_text(one.value)}  (must <= {_text(one.must)}"
        f"{'' if one.goal is None else f', goal <= {_text(one.goal)}'}): {one.verdict}"
        for one in limits
    ]
    verdicts = {one.name: {"value": one.value, "must": one.must, "verdict": one.verdict} for one in limits}
    print("\n".join([name, "-" * len(name), *lines]))
    print(json.dumps({"bench": name, "figures": rows, "limits": verdicts}))
    return int(any(one.value > one.must for one in limits))


def cpu_ms(pid: int) -> float:
    """User and system time of a process so far, all threads, in ms (10 ms steps)."""
    values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) * _TICK_MS


def cpu_ms_fine(pid: int) -> float:
    """The same of the main thread only, in ns steps: for what takes a few ms."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e6


def memory_mb(pid: int) -> float:
    """The most memory that it had, in MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


def descriptors(pid: int) -> int:
    """Open file descriptors."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208


def fetch(url: str) -> bytes:
    """One scrape."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read())


def median(values: Sequence[float]) -> float:
    """Rounded for people."""
    return round(statistics.median(values), 3)


def address(number: int) -> str:
    """The number-th address of 127.1.0.0/16, where every address answers."""
    return f"127.1.{number >> 8}.{number & 255}"


def targets(count: int, interval: float) -> dict[str, dict[str, Any]]:
    """A fleet with the labels and parents of a real one."""
    labels = {"role": "access", "platform": "cisco-iosxe", "vendor": "cisco", "team": "noc"}
    return {
        f"sw-{number:05}": {
            "address": address(number),
            "interval": interval,
            "timeout": 1.0,
            "labels": {"site": f"site-{number % 50}"} | labels,
            "parents": [f"sw-{number % 10:05}"] if number >= 10 else [],
        }
        for number in range(count)
    }


@contextmanager
def exporter(folder: Path, count: int, interval: float) -> Iterator[tuple[int, str]]:
    """Runs the exporter as a process; gives its pid and base URL once everyone has been asked."""
    config = folder / "icmp.json"
    config.write_text(json.dumps({"revision": "bench", "settings": {}, "targets": targets(count, interval)}))
    command = [sys.executable, "-m", "exporters.main", "icmp", f"--config={config}", "--web.listen-address=127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        base = next(
            f"http://{line.rpartition('address=')[2].split()[0]}" for line in process.stderr if "listening" in line
        )
        end = time.monotonic() + 30
        while fetch(f"{base}/reachability").count(b"\nicmp_up{") < count:
            if time.monotonic() > end:
                raise SystemExit("the exporter doesn't come to know its devices")
            time.sleep(0.5)
        yield process.pid, base
    finally:
        process.terminate()
        process.stderr.close()
        process.wait(10)


async def every(interval: float, url: str, until: float) -> None:
    """Scrapes at an interval until a time of the monotonic clock."""
    while time.monotonic() < until:
        started = time.monotonic()
        await asyncio.to_thread(fetch, url)
        await asyncio.sleep(max(0.0, min(started + interval, until) - time.monotonic()))


def _text(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 1000 else str(value)
