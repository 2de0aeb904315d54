"""All rules in a real Prometheus that has 1,000 devices of 48 ports: what does each group take of its interval?

`python -m bench.rules [--devices N] [--minutes N]`; what was scraped is made up, the Prometheus is not. It is filled
beyond the present, as far as remote write goes, so that it does nothing but evaluate while it is measured.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.icmp.common import Limit, cpu_ms, memory_mb, report
from bench.prometheus import server
from bench.rules import evaluation, filling, network
from exporters.kit.document import Document
from sotpctl.render.plan import plan

GROUP_LIMIT = 0.25  # of its interval
ALL_LIMIT, ALL_GOAL = 0.5, 0.2  # of a core
_QUIET = 0.05  # of a core: all that was taken is stored
_FIRST_S = 60  # the first evaluations create series
_RULES = "prometheus/rules/"


def main() -> int:
    """Fill, evaluate, report; 1 when rules cost too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=6, help="how long to look; some groups take turns of 5")
    parser.add_argument("--show", type=int, default=15, help="how many of the dearest rules to print")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, server.running(Path(name)) as prometheus:
        files = plan(network.inventory(options.devices, prometheus.folder), "bench").files
        ends = filling.fill(prometheus, options.devices, Document(**json.loads(files["exporters/facts.json"])))
        idle, load = _settle(prometheus.pid), os.getloadavg()[0]
        server.load_rules(prometheus, {path.removeprefix(_RULES): files[path] for path in files if _RULES in path})
        groups, busy = _evaluate(prometheus, options.minutes * 60)
        if time.time() > ends:
            sys.exit("the samples ended before the measurement did: the machine is too busy, or --minutes are too many")
        about: dict[str, Any] = {
            "devices": options.devices,
            "series": _series(prometheus),
            "MB, peak": round(memory_mb(prometheus.pid)),
            "load of the machine before": round(load, 2),
            "share of a core before": round(idle, 3),
        }
        rows = about | _rows(prometheus, groups, options.show)
    worst = groups[0]
    limits = [
        Limit(f"share of its interval, {worst.name}", round(worst.share, 3), GROUP_LIMIT),
        Limit(
            "share of a core that rules took (CPU, less what it takes without)",
            round(busy - idle, 3),
            ALL_LIMIT,
            ALL_GOAL,
        ),
    ]
    return report("rules", rows, limits)


def _evaluate(prometheus: server.Server, seconds: float) -> tuple[list[evaluation.Group], float]:
    """What the groups took, and what the whole process did of a core."""
    evaluation.watch(prometheus, _FIRST_S)
    before, began = cpu_ms(prometheus.pid), time.monotonic()
    groups = evaluation.watch(prometheus, seconds)
    return groups, (cpu_ms(prometheus.pid) - before) / 1000 / (time.monotonic() - began)


def _settle(pid: int) -> float:
    """Wait until it has stored everything; returns what it takes of a core then."""
    share = 1.0
    for _ in range(24):
        before = cpu_ms(pid)
        time.sleep(5)
        share = (cpu_ms(pid) - before) / 5000
        if share < _QUIET:
            break
    return share


def _series(prometheus: server.Server) -> int:
    return int(prometheus.get("status/tsdb")["headStats"]["numSeries"])


def _rows(prometheus: server.Server, groups: list[evaluation.Group], show: int) -> dict[str, str]:
    now = time.time()
    rows = {}
    for group in groups:
        read = sum(evaluation.reads(prometheus, rule.query, now) for rule in group.rules)
        rows[f"group {group.name}"] = (
            f"{group.share:.2%} of {group.interval:g} s: {group.seconds:.3f} s, {len(group.rules)} rules, "
            f"{read} series read, {len(group.times)} evaluations"
        )
    rules = [(rule.seconds, group.name, rule.name) for group in groups for rule in group.rules]
    for place, (seconds, group_name, name) in enumerate(sorted(rules, reverse=True)[:show], start=1):
        rows[f"rule {place}: {group_name}: {name}"] = f"{seconds:.3f} s"
    rows["evaluation / interval, all groups"] = f"{sum(group.share for group in groups):.3f}"
    return rows


if __name__ == "__main__":
    sys.exit(main())
