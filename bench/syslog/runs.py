"""One run of one shipper: so many messages in, what came out, and what it cost."""

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.icmp.common import cpu_ms, fetch, memory_mb
from bench.syslog.shippers import Start, process

DRAIN_S = 90.0


@dataclass(frozen=True)
class Run:
    """What was seen.

    Attributes:
        sent, lost: Messages.
        cpu_percent: Of a core, from the first message to the last acknowledgement.
        us_a_message: CPU.
        p50_s, p99_s: From sending to the store's acknowledgement.
        rss_mb: The most memory.
    """

    sent: int
    lost: int
    cpu_percent: float
    us_a_message: float
    p50_s: float
    p99_s: float
    rss_mb: float

    @property
    def a_cpu_second(self) -> float:
        """Messages."""
        return round(1e6 / self.us_a_message)


def run(start: Start, rate: float, amount: float, *, udp: bool = False) -> Run:
    """Sends at a rate for so many seconds, or so many messages where the rate is 0."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        store = stack.enter_context(process(sys.executable, "-m", "bench.syslog.store", cpu=0))
        assert store.stdout
        port = int(store.stdout.readline())
        shipper = stack.enter_context(start(folder, port))
        before, started = cpu_ms(shipper.pid), time.monotonic()
        where = [
            "127.0.0.1",
            str(shipper.udp if udp else shipper.tcp),
            str(rate),
            str(amount),
            *(["udp"] if udp else []),
        ]
        sender = stack.enter_context(process(sys.executable, "-m", "bench.syslog.sender", *where, cpu=0))
        assert sender.stdout
        sent = int(sender.stdout.readline())
        figures, seconds, used = {"messages": 0}, 0.0, 0.0
        end = last = time.monotonic()
        while figures["messages"] < sent and time.monotonic() < min(end + DRAIN_S, last + (3.0 if udp else DRAIN_S)):
            time.sleep(0.1)
            seconds, used = time.monotonic() - started, cpu_ms(shipper.pid) - before
            found = json.loads(fetch(f"http://127.0.0.1:{port}/figures"))
            last = time.monotonic() if found["messages"] > figures["messages"] else last
            figures = found
        return Run(
            sent=sent,
            lost=sent - (figures["different"] if rate else figures["messages"]),
            cpu_percent=round(used / seconds / 10, 1),
            us_a_message=round(used * 1000 / sent, 2),
            p50_s=round(figures["p50"], 3),
            p99_s=round(figures["p99"], 3),
            rss_mb=round(memory_mb(shipper.pid), 1),
        )
