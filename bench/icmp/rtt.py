"""The round-trip times that the exporter reports, against what the kernel saw of the same packets.

A packet socket on the loopback device gets the kernel's stamp of each request as it leaves and of each reply as it
arrives; their difference is the truth. Must: the median error at most 50 µs when idle, the 99th percentile at most 1 ms
while the pages of 1000 targets are scraped without a pause.
"""

import argparse
import re
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path

from bench.icmp.common import Limit, exporter, fetch, report
from bench.icmp.network import inside

TARGETS = 1000
INTERVAL = 2.0
SCRAPERS = 3
_SETTLED_S = 0.1  # a pair must be this old, so that the exporter has read its reply
_SO_TIMESTAMPNS = 35
_ETH_P_ALL = 3  # outgoing packets are shown to this protocol alone
_OUTGOING, _HOST = 4, 0  # packet(7), sll_pkttype
_LAST = re.compile(rb'icmp_rtt_last_seconds\{device="sw-(\d+)"[^}]*\} (\S+)')


class Capture:
    """Pairs of request and reply by target, with the kernel's stamps; read in a thread."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        self._socket.bind(("lo", _ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._requests: dict[tuple[bytes, bytes], float] = {}
        self.pairs: dict[int, deque[tuple[float, float]]] = {number: deque(maxlen=4) for number in range(TARGETS)}
        threading.Thread(target=self._read, daemon=True).start()

    def pair(self, number: int, since: float, until: float) -> float | None:
        """The RTT of the newest pair that was there at `since`; None when another came by `until`."""
        known = list(self.pairs[number])
        settled = [rtt for stamp, rtt in known if stamp < since - _SETTLED_S]
        newer = [rtt for stamp, rtt in known if since - _SETTLED_S <= stamp <= until]
        return settled[-1] if settled and not newer else None

    def _read(self) -> None:
        while True:
            data, ancillary, _, source = self._socket.recvmsg(256, 64)
            icmp = (data[0] & 15) * 4
            if data[9] != socket.IPPROTO_ICMP:
                continue
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            stamp = seconds + nanoseconds / 1e9
            kind, echo = data[icmp], data[icmp + 4 : icmp + 8]
            if kind == 8 and source[2] == _OUTGOING:
                self._requests[data[16:20], echo] = stamp
            elif kind == 0 and source[2] == _HOST:
                sent = self._requests.pop((data[12:16], echo), None)
                if sent is not None:
                    self.pairs[data[14] << 8 | data[15]].append((stamp, stamp - sent))


def main() -> int:
    """Measures; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="scrapes whose values are compared, idle and loaded")
    chosen = parser.parse_args()
    code = inside("bench.icmp.rtt", sys.argv[1:])
    if code is not None:
        return code
    capture = Capture()
    with tempfile.TemporaryDirectory() as folder, exporter(Path(folder), TARGETS, INTERVAL) as (_, base):
        time.sleep(2 * INTERVAL)
        idle = _errors(capture, base, chosen.rounds)
        stop = threading.Event()
        scrapers = [threading.Thread(target=_scrape, args=(base, stop)) for _ in range(SCRAPERS)]
        for scraper in scrapers:
            scraper.start()
        loaded = _errors(capture, base, chosen.rounds)
        stop.set()
        for scraper in scrapers:
            scraper.join()
    rows = {
        "targets, interval": f"{TARGETS}, {INTERVAL:g} s",
        "values compared, idle and loaded": f"{len(idle)}, {len(loaded)}",
        "idle, 99th percentile in µs": round(_share(idle, 0.99), 1),
        "loaded, median in µs": round(_share(loaded, 0.5), 1),
    }
    limits = [
        Limit("idle, median in µs", round(_share(idle, 0.5), 1), 50.0),
        Limit("loaded, 99th percentile in µs", round(_share(loaded, 0.99), 1), 1000.0),
    ]
    return report("icmp rtt", rows, limits)


def _errors(capture: Capture, base: str, rounds: int) -> list[float]:
    """Differences between what is reported and what the kernel saw, µs."""
    found = []
    for _ in range(rounds):
        time.sleep(INTERVAL)  # every target has a new pair
        since = time.time()
        page = fetch(f"{base}/devices")
        until = time.time()
        time.sleep(_SETTLED_S)
        for number, reported in _LAST.findall(page):
            truth = capture.pair(int(number), since, until)
            if truth is not None:
                found.append(abs(float(reported) - truth) * 1e6)
    if len(found) < TARGETS:
        raise SystemExit(f"only {len(found)} values could be compared")
    return found


def _scrape(base: str, stop: threading.Event) -> None:
    while not stop.is_set():
        fetch(f"{base}/reachability")
        fetch(f"{base}/devices")


def _share(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


if __name__ == "__main__":
    sys.exit(main())
