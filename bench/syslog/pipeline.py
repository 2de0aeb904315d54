"""What a message costs from a socket to a store's 204: `python -m bench.syslog.pipeline [--seconds N]`.

The shipper, the sender and the store are processes of their own; the shipper is pinned to the second of two CPUs.
"""

import argparse
import sys
from dataclasses import asdict

from bench.icmp.common import Limit, report
from bench.syslog.runs import run
from bench.syslog.shippers import ours

RATE = 20_000


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--messages", type=int, default=1_000_000, help="of the saturated run")
    chosen = parser.parse_args()
    paced = run(ours(0.2), RATE, chosen.seconds)
    quick = run(ours(0.05), RATE, chosen.seconds / 2)
    full = run(ours(0.2), 0, chosen.messages)
    datagrams = {rate: run(ours(0.2), rate, chosen.seconds / 4, udp=True) for rate in (RATE, 2 * RATE)}
    runs = {"200 ms": paced, "50 ms": quick, "saturated": full} | {
        f"UDP {rate}": one for rate, one in datagrams.items()
    }
    rows = {f"{name}, {key}": value for name, one in runs.items() for key, value in asdict(one).items()}
    limits = [
        Limit("lost", paced.lost, 0),
        Limit("CPU, % of a core", paced.cpu_percent, 25, 12),
        Limit("p99 at a 200 ms flush, s", paced.p99_s, 0.3),
        Limit("p99 at a 50 ms flush, s", quick.p99_s, 0.3, 0.06),
        Limit("memory, MB", paced.rss_mb, 100),
        Limit("lost, saturated", full.lost, 0),
        Limit("lost, UDP at 20,000/s", datagrams[RATE].lost, 0),
    ]
    return report("syslog: to spool to 204", rows, limits)


if __name__ == "__main__":
    sys.exit(main())
