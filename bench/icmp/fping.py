"""CPU for 1000 targets x 5 packets against `fping -i 0`: must be 1.3 times fping's at most, the goal is 1.0.

Alternating, medians. Of fping the whole process counts, user and system time by wait4(2); its start is a few ms of it.
Ours drives the exporter's own pinger and sockets as fast as they go: no HTTP, no schedule, as fping has none. An
exporter starts once and runs for months, so what counts is its user and system time from before the first request to
after the last answer, by getrusage(2); the ratio with the interpreter's start and the imports is printed as well.
"""

import argparse
import gc
import os
import resource
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
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--peer", default=shutil.which("fping"), help="the fping binary")
    parser.add_argument("--drive", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.drive:
        return drive()
    if not chosen.peer:
        raise SystemExit("fping isn't on PATH: install the package fping (Debian: apt-get install fping)")
    hosts = "\n".join([address(number) for number in range(TARGETS)])
    peer = [chosen.peer, "-q", "-i", "0", "-p", "1", "-c", str(PACKETS)]
    ours = [sys.executable, "-m", "bench.icmp.fping", "--drive"]
    costs: dict[str, list[float]] = {"fping": [], "whole": [], "driven": []}
    for _ in range(chosen.runs):
        costs["fping"].append(_cost(peer, hosts)[0])
        cost, printed = _cost(ours, "")
        costs["whole"].append(cost)
        costs["driven"].append(float(printed))
    fping, whole, driven = (median(costs[key]) for key in ("fping", "whole", "driven"))
    rows = {
        "targets x packets": f"{TARGETS} x {PACKETS}",
        "fping, CPU ms": fping,
        "ours, CPU ms": driven,
        "ours, CPU ms of start, imports and loading": round(whole - driven, 1),
        "ratio with start": round(whole / fping, 2),
    }
    return report("icmp fping", rows, [Limit("ratio", round(driven / fping, 3), 1.3, 1.0)])


def drive() -> int:
    """Pings every target as fast as it goes, and prints the CPU of that in ms; fails when an answer is missing."""
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
    before = _spent_ms()
    for _ in range(PACKETS):
        for start in range(0, TARGETS, _BATCH):
            for target in everyone[start : start + _BATCH]:
                pinger.send(target)
            sock.drain(pinger, 4096)
    print(_spent_ms() - before)
    answered = sum(target.replies for target in everyone)
    return int(answered != TARGETS * PACKETS)


def _spent_ms() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1000


def _cost(command: list[str], text: str) -> tuple[float, str]:
    """Runs a command; returns its user and system time in ms, and what it printed."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(text.encode())
        process.stdin.close()
        printed = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed: answers are missing, or it may not open its socket")
    return (usage.ru_utime + usage.ru_stime) * 1000, printed


if __name__ == "__main__":
    sys.exit(main())
