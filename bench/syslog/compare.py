"""CPU a message against rsyslog and syslog-ng: `python -m bench.syslog.compare [--root DIR] [--seconds N]`.

In one run, one after the other on the same core: at 20,000 messages/s over TCP, then as fast as each takes them.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from bench.icmp.common import Limit, report
from bench.syslog.runs import run
from bench.syslog.shippers import PEERS, ours, rsyslog, syslog_ng

RATE = 20_000


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=PEERS)
    parser.add_argument("--root", type=Path, default=Path("/"), help="where the peers' packages are unpacked")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--messages", type=int, default=400_000, help="of the saturated runs")
    chosen = parser.parse_args()
    shippers = {"sotp": ours(), "rsyslog": rsyslog(chosen.root), "syslog-ng": syslog_ng(chosen.root)}
    paced = {name: run(start, RATE, chosen.seconds) for name, start in shippers.items()}
    full = {name: run(start, 0, chosen.messages) for name, start in shippers.items()}
    rows = {
        f"{name}, {kind}, {key}": value
        for kind, runs in (("20,000/s", paced), ("saturated", full))
        for name, one in runs.items()
        for key, value in [*asdict(one).items(), ("messages_a_cpu_second", one.a_cpu_second)]
    }
    cost = {name: one.us_a_message for name, one in paced.items()}
    speed = {name: one.a_cpu_second for name, one in full.items()}
    limits = [
        Limit("lost", paced["sotp"].lost + full["sotp"].lost, 0),
        Limit("CPU against syslog-ng's", cost["sotp"] / cost["syslog-ng"], 1.0, 0.6),
        Limit("CPU against rsyslog's", cost["sotp"] / cost["rsyslog"], 0.8, 0.5),
        Limit(
            "saturated, syslog-ng's messages a CPU second against ours", speed["syslog-ng"] / speed["sotp"], 1.0, 0.5
        ),
        Limit(
            "saturated, rsyslog's messages a CPU second against ours", speed["rsyslog"] / speed["sotp"], 1 / 1.2, 0.5
        ),
    ]
    return report("syslog: against rsyslog and syslog-ng", rows, limits)


if __name__ == "__main__":
    sys.exit(main())
