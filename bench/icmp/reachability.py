"""One scrape of /reachability with 10,000 devices: its CPU in the exporter, HTTP included; must be 30 ms at most."""

import sys
import tempfile
import time
from pathlib import Path

from bench.icmp.common import Limit, cpu_ms_fine, exporter, fetch, median, report

DEVICES = 10_000
SCRAPES = 15


def main() -> int:
    """Measures; returns the exit code. The devices aren't asked meanwhile: their interval is an hour."""
    with tempfile.TemporaryDirectory() as folder, exporter(Path(folder), DEVICES, 3600.0) as (pid, base):
        pages = {path: [_scrape(pid, base + path) for _ in range(SCRAPES)] for path in ("/reachability", "/devices")}
    reachability, devices = pages["/reachability"], pages["/devices"]
    rows = {
        "devices": DEVICES,
        "bytes of /reachability": reachability[0][1],
        "worst CPU ms of one": round(max(cost for cost, _ in reachability), 2),
        "bytes of /devices": devices[0][1],
        "CPU ms of one /devices, median": median([cost for cost, _ in devices]),
    }
    value = median([cost for cost, _ in reachability])
    return report("icmp reachability", rows, [Limit("CPU ms of one /reachability, median", value, 30.0)])


def _scrape(pid: int, url: str) -> tuple[float, int]:
    before = cpu_ms_fine(pid)
    body = fetch(url)
    time.sleep(0.02)  # what it does after the last byte counts too
    return cpu_ms_fine(pid) - before, len(body)


if __name__ == "__main__":
    sys.exit(main())
