"""10,000 targets every 6 s, scraped as designed, against smokeping_prober scraped every 30 s.

Must: 0.15 of its CPU, 150 MB, 20 descriptors. One after the other in one network namespace, so that neither reads the
other's answers; both with ping sockets, which smokeping_prober needs at this size (a raw socket reads every reply).

smokeping_prober starts its pingers one by one, and serves no page before the last. Where two cores don't take it there
within WARM_UP_S it is measured as it is by then, unscraped, with those that it has: that favours it, and is said.
"""

import argparse
import asyncio
import contextlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path

from bench.icmp.common import (
    PEERS,
    Limit,
    address,
    cpu_ms,
    descriptors,
    every,
    exporter,
    fetch,
    memory_mb,
    report,
)
from bench.icmp.network import inside

TARGETS = 10_000
INTERVAL = 6.0
WARM_UP_S = 180.0
_PEER_URL = "http://127.0.0.1:19374/metrics"


def main() -> int:
    """Measures; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long each is measured, after a round of warm-up")
    parser.add_argument("--peer", default=shutil.which("prometheus-smokeping-prober"), help="the peer's binary")
    chosen = parser.parse_args()
    if not chosen.peer:
        raise SystemExit(PEERS)
    code = inside("bench.icmp.fleet", sys.argv[1:])
    if code is not None:
        return code
    with tempfile.TemporaryDirectory() as folder:
        with exporter(Path(folder), TARGETS, INTERVAL) as (pid, base):
            scrapes = [(5.0, f"{base}/reachability"), (30.0, f"{base}/devices")]
            ours = _measure(pid, scrapes, chosen.seconds)
            answered = _answered(fetch(f"{base}/devices"))
        with _smokeping(Path(folder), chosen.peer) as pid:
            served = _pingers() >= TARGETS
            theirs = _measure(pid, [(30.0, _PEER_URL)] if served else [], chosen.seconds)
    rows = {
        "targets, interval": f"{TARGETS}, {INTERVAL:g} s",
        "requests that were answered": f"{answered:.2%}",
        "ours, CPU of a core": f"{ours[0]:.1%}",
        "smokeping_prober, CPU of a core": f"{theirs[0]:.1%}",
        "smokeping_prober, MB": round(theirs[1]),
        "smokeping_prober, descriptors": theirs[2],
        "smokeping_prober, all pingers started": "yes" if served else f"no, not within {WARM_UP_S:g} s",
    }
    limits = [
        Limit("CPU against smokeping_prober", round(ours[0] / theirs[0], 3), 0.15),
        Limit("ours, MB", round(ours[1], 1), 150),
        Limit("ours, descriptors", ours[2], 20),
        Limit("ours, unanswered share", round(1 - answered, 4), 0.001),
    ]
    return report("icmp fleet", rows, limits)


def _measure(pid: int, scrapes: list[tuple[float, str]], seconds: float) -> tuple[float, float, int]:
    """Scrapes and measures: share of a core, most memory in MB, descriptors."""
    before, started = cpu_ms(pid), time.monotonic()
    asyncio.run(_scrape(scrapes, started + seconds))
    return (cpu_ms(pid) - before) / 1000 / (time.monotonic() - started), memory_mb(pid), descriptors(pid)


async def _scrape(scrapes: list[tuple[float, str]], until: float) -> None:
    await asyncio.gather(*(every(interval, url, until) for interval, url in scrapes))
    await asyncio.sleep(until - time.monotonic())


def _answered(page: bytes) -> float:
    """The share of all requests that were answered; those of the last second are still under way."""
    total = dict.fromkeys((b"icmp_requests_total{", b"icmp_replies_total{"), 0.0)
    for line in page.splitlines():
        for name in total:
            if line.startswith(name):
                total[name] += float(line.rpartition(b" ")[2])
    requests, replies = total.values()
    return min(1.0, replies / requests)


@contextlib.contextmanager
def _smokeping(folder: Path, peer: str) -> Iterator[int]:
    """Runs smokeping_prober with the same targets; gives its pid after a round."""
    config = folder / "smokeping.yml"
    hosts = [address(number) for number in range(TARGETS)]
    config.write_text(json.dumps({"targets": [{"hosts": hosts, "interval": f"{INTERVAL:g}s"}]}))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    command = [peer, f"--config.file={config}", "--web.listen-address=127.0.0.1:19374", "--log.level=error"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + WARM_UP_S
            while _pingers() < TARGETS and time.monotonic() < end and process.poll() is None:
                time.sleep(1)
            if process.poll() is not None:
                raise SystemExit("smokeping_prober ended right after its start")
            time.sleep(2 * INTERVAL)
            yield process.pid
        finally:
            process.terminate()


def _pingers() -> int:
    """How many targets smokeping_prober shows; 0 while it serves no page."""
    try:
        return fetch(_PEER_URL).count(b"\nsmokeping_requests_total{")
    except (urllib.error.URLError, ConnectionError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
