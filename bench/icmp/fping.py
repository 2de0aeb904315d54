"""CPU for 1000 targets x 5 packets against `fping -i 0`: must be 1.3 times fping's at most, the goal is 1.0.

Both are whole processes, user and system time by wait4(2), alternating, medians. Ours drives the exporter's own pinger
and sockets as fast as they go: no HTTP, no schedule, as fping has none. An exporter starts once and runs for months, so
the ratio is taken without the interpreter's start, the imports and the loading of the targets, which a run of ours that
sends nothing measures; the ratio with them is printed as well. fping's own start, a few ms, is not taken off.
"""

import argparse
import gc
import os
import shutil
import subprocess
import sys

from bench.icmp.common import ROOT, Limit, address, median, report, targets

TARGETS = 1000
PACKETS = 5
_BATCH = 64  # requests between two reads


def main() -> int:
    """Measures; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--peer", default=shutil.which("fping"), help="the fping binary")
    parser.add_argument("--drive", type=int, help=argparse.SUPPRESS, metavar="PACKETS")
    chosen = parser.parse_args()
    if chosen.drive is not None:
        return drive(chosen.drive)
    if not chosen.peer:
        raise SystemExit("fping isn't on PATH: install the package fping (Debian: apt-get install fping)")
    hosts = "\n".join([address(number) for number in range(TARGETS)])
    peer = [chosen.peer, "-q", "-i", "0", "-p", "1", "-c", str(PACKETS)]
    ours = [sys.executable, "-m", "bench.icmp.fping", "--drive"]
    costs: dict[str, list[float]] = {"fping": [], "whole": [], "start": []}
    for _ in range(chosen.runs):
        costs["fping"].append(_cost(peer, hosts))
        costs["whole"].append(_cost([*ours, str(PACKETS)], ""))
        costs["start"].append(_cost([*ours, "0"], ""))
    fping, whole, start = (median(costs[key]) for key in ("fping", "whole", "start"))
    rows = {
        "targets x packets": f"{TARGETS} x {PACKETS}",
        "fping, CPU ms": fping,
        "ours, CPU ms without start": round(whole - start, 1),
        "ours, CPU ms of start, imports and loading": start,
        "ratio with start": round(whole / fping, 2),
    }
    return report("icmp fping", rows, [Limit("ratio", round((whole - start) / fping, 3), 1.3, 1.0)])


def drive(packets: int) -> int:
    """Sends `packets` to every target as fast as it goes; fails when an answer is missing."""
    from exporters.icmp.engine import Sockets  # noqa: PLC0415  # only the measured process imports them
    from exporters.icmp.pinger import Pinger  # noqa: PLC0415
    from exporters.icmp.targets import prepare  # noqa: PLC0415
    from exporters.kit.document import Document  # noqa: PLC0415

    sockets = Sockets()
    failed = sockets.ensure([2])
    if failed:
        raise SystemExit(str(failed[2]))
    sock = sockets.open[2]
    pinger = Pinger(sockets)
    pinger.swap(prepare(Document("bench", {}, targets(TARGETS, 6.0))))
    everyone = list(pinger.targets.values())
    gc.freeze()  # as the kit does after the start
    for _ in range(packets):
        for start in range(0, TARGETS, _BATCH):
            for target in everyone[start : start + _BATCH]:
                pinger.send(target)
            sock.drain(pinger, 4096)
    answered = sum(target.replies for target in everyone)
    return int(answered != TARGETS * packets)


def _cost(command: list[str], text: str) -> float:
    """Runs a command; returns its user and system time in ms."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as process:
        assert process.stdin
        process.stdin.write(text.encode())
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed: answers are missing, or it may not open its socket")
    return (usage.ru_utime + usage.ru_stime) * 1000


if __name__ == "__main__":
    sys.exit(main())
