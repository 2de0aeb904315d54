"""What a message costs from TCP through the spool to a store's 204: `python -m bench.syslog.pipeline [--seconds N]`.

The shipper, the sender and the store are processes of their own; the shipper is pinned to the second of two CPUs.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.icmp.common import ROOT, Limit, cpu_ms, fetch, memory_mb, report

RATE = 20_000


@contextmanager
def process(*arguments: str, cpu: int | None = None, stderr: int | None = None) -> Iterator["subprocess.Popen[str]"]:
    """A Python process that is ended."""
    made = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True)
    if cpu is not None and (os.cpu_count() or 1) > cpu:
        os.sched_setaffinity(made.pid, {cpu})
    try:
        yield made
    finally:
        made.terminate()
        made.wait(20)


@contextmanager
def shipper(folder: Path, store: int, flush: float) -> Iterator[tuple[int, int, str]]:
    """The exporter; its pid, its TCP port, and its pages."""
    config = folder / "syslog.json"
    settings = {
        "listen": {"tcp": "127.0.0.1:0"},
        "loki": {"url": f"http://127.0.0.1:{store}"},
        "spool": {"directory": str(folder / "spool"), "flush": flush},
        "limits": {"sender_rate": 1e7, "sender_burst": 1e7},
    }
    device = {"address": "127.0.0.1", "labels": {"site": "waw", "role": "core"}, "platform": "cisco-iosxe"}
    config.write_text(json.dumps({"revision": "bench", "settings": settings, "targets": {"sw-1": device}}))
    command = ("-m", "exporters.main", "syslog", f"--config={config}", "--web.listen-address=127.0.0.1:0")
    with process(*command, cpu=1, stderr=subprocess.PIPE) as made:
        assert made.stderr
        port, base = 0, ""
        for line in made.stderr:
            if "takes syslog" in line and (found := re.search(r"port=(\d+)", line)):
                port = int(found[1])
            if "listening" in line:
                base = f"http://{line.rpartition('address=')[2].split()[0]}"
                break
        yield made.pid, port, base


def shipped(base: str) -> int:
    """The shipper's own count."""
    found = re.search(rb"^syslog_messages_shipped_total ([0-9.e+]+)", fetch(f"{base}/metrics"), re.MULTILINE)
    return int(float(found[1])) if found else 0


def run(rate: float, amount: float, flush: float) -> dict[str, float]:
    """One run; amount is seconds, or messages where the rate is 0."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = stack.enter_context(process("-m", "bench.syslog.store", cpu=0))
        assert store.stdout
        port = int(store.stdout.readline())
        pid, tcp, base = stack.enter_context(shipper(folder, port, flush))
        before, started = cpu_ms(pid), time.monotonic()
        sender = stack.enter_context(
            process("-m", "bench.syslog.sender", "127.0.0.1", str(tcp), str(rate), str(amount), cpu=0)
        )
        assert sender.stdout
        sent = int(sender.stdout.readline())
        end = time.monotonic() + 60
        while shipped(base) < sent and time.monotonic() < end:
            time.sleep(0.05)
        seconds, used = time.monotonic() - started, cpu_ms(pid) - before
        figures = json.loads(fetch(f"http://127.0.0.1:{port}/figures"))
        return {
            "sent": sent,
            "lost": sent - figures["messages"] if not rate else sent - figures["different"],
            "cpu_percent": round(used / seconds / 10, 1),
            "us_a_message": round(used * 1000 / sent, 2),
            "messages_a_cpu_second": round(sent / used * 1000),
            "p50_s": round(figures["p50"], 3),
            "p99_s": round(figures["p99"], 3),
            "rss_mb": round(memory_mb(pid), 1),
        }


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--messages", type=int, default=1_000_000, help="of the saturated run")
    chosen = parser.parse_args()
    paced = run(RATE, chosen.seconds, 0.2)
    quick = run(RATE, chosen.seconds / 2, 0.05)
    full = run(0, chosen.messages, 0.2)
    rows = {
        f"{name}, {key}": value
        for name, one in (("200 ms", paced), ("50 ms", quick), ("saturated", full))
        for key, value in one.items()
    }
    limits = [
        Limit("lost", paced["lost"], 0),
        Limit("CPU, % of a core", paced["cpu_percent"], 25, 12),
        Limit("p99 at a 200 ms flush, s", paced["p99_s"], 0.3),
        Limit("p99 at a 50 ms flush, s", quick["p99_s"], 0.3, 0.06),
        Limit("memory, MB", paced["rss_mb"], 100),
        Limit("lost, saturated", full["lost"], 0),
    ]
    return report("syslog: TCP to spool to 204", rows, limits)


if __name__ == "__main__":
    sys.exit(main())
