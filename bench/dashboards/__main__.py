"""All queries of all dashboards against a real Prometheus with a day of 1,000 devices: which is the slowest?

`python -m bench.dashboards [--devices N] [--hours N]`; the day is made up, the Prometheus is not.
"""

import argparse
import json
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.dashboards import fleet
from bench.icmp.common import Limit, report
from bench.prometheus import recorded, remote, server
from sotpctl.render import data
from sotpctl.render.grafana import Query, queries

LIMIT_S = 1.0
_SLICE_S = 1800
_NEWEST_S = 3600
_RANGES_S = {
    "fleet": 6, "site": 6, "device": 6, "interface": 6, "logs": 1, "alerts": 24, "availability": 24, "sotp": 6,
}  # fmt: skip  # hours
_RUNS = 3


def main() -> int:
    """Fill, ask, report; 1 when a query is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--show", type=int, default=12, help="how many of the slowest to print")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server.running(Path(folder)) as prometheus:
        address = prometheus.address
        end = int(time.time())
        began = time.monotonic()
        _fill(address, options.devices, end - options.hours * 3600, end)
        took = time.monotonic() - began
        rows = sorted(_ask_all(address, end), reverse=True)
    slowest = {f"{page}: {panel} {ref}, s": round(seconds, 3) for seconds, page, panel, ref in rows[: options.show]}
    about = {"devices": options.devices, "hours": options.hours, "queries": len(rows), "s to fill": round(took)}
    seconds, page, panel, ref = rows[0]
    return report(
        "dashboards",
        about | slowest,
        [Limit(f"s of the slowest query ({page}: {panel} {ref})", round(seconds, 3), LIMIT_S)],
    )


def _fill(address: str, devices: int, start: int, end: int) -> None:
    for at in range(start, end, _SLICE_S):
        newest = at >= end - _NEWEST_S
        remote.push(address, fleet.rows(devices, at, min(at + _SLICE_S, end), newest=newest))


def _ask_all(address: str, end: int) -> Iterator[tuple[float, str, str, str]]:
    device = recorded.identity(fleet.ASKED)["device"]
    for name, text in data.files("dashboards", ".json").items():
        page = name.removesuffix(".json")
        range_s = _RANGES_S[page] * 3600
        chosen: dict[str, Any] = {"device": device if page in {"device", "interface"} else ".*", "ifName": "Gi1/0/1"}
        for query in queries(json.loads(text), range_s=range_s, **chosen):
            if query.source != "prometheus":
                continue
            seconds = min(_ask(address, query, end, range_s) for _ in range(_RUNS))
            yield seconds, page, query.panel, query.ref


def _ask(address: str, query: Query, end: int, range_s: int) -> float:
    """Seconds until the whole answer is here."""
    when: dict[str, Any] = (
        {"time": end} if query.instant else {"start": end - range_s, "end": end, "step": query.step_s}
    )
    body = urllib.parse.urlencode({"query": query.expr, **when}).encode()
    path = "query" if query.instant else "query_range"
    began = time.perf_counter()
    with urllib.request.urlopen(f"http://{address}/api/v1/{path}", body, timeout=120) as answer:
        answer.read()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
