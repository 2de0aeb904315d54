"""The exporter's two pages: `/reachability`, one atomic snapshot, and `/devices`, counters and histograms.

Label text is built at a reload, not at a scrape. A device's numbers on `/devices` are copied at one moment; the text is
then written family by family, as the format wants it, in chunks between which the loop does other work.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from exporters.icmp.target import BUCKETS_S, Target
from exporters.icmp.targets import SECOND_NS
from exporters.kit.exposition import header, label_text, value_text

CHUNK = 500  # devices

_UP = header(
    "icmp_up",
    "gauge",
    "0 when three requests in a row went unanswered, 1 at the first answer, absent until known.",
)
_PARENT = header("icmp_parent_info", "gauge", "1; the device hangs on the parent.")
_REQUESTS = header("icmp_requests_total", "counter", "Echo requests since start.")
_REPLIES = header("icmp_replies_total", "counter", "Echo requests that were answered, late ones too.")
_DUPLICATES = header("icmp_duplicates_total", "counter", "Answers to a request that had been answered already.")
_UNREACHABLE = header("icmp_unreachable_total", "counter", "ICMP errors about a request, by the error's code.")
_RTT = header("icmp_rtt_seconds", "histogram", "Round-trip time, from the kernel's receive stamps.")
_RTT_LAST = header("icmp_rtt_last_seconds", "gauge", "Round-trip time of the last answer.")
_JITTER = header("icmp_jitter_seconds", "gauge", "Smoothed difference of successive round-trip times, RFC 3550 6.4.1.")
_BOUNDS = [value_text(bound) for bound in BUCKETS_S] + ["+Inf"]


class Snapshot(NamedTuple):
    """One device's numbers at one moment."""

    labels: str
    requests: int
    replies: int
    duplicates: int
    unreachable: tuple[tuple[str, int], ...]
    buckets: tuple[int, ...]
    rtt_sum_ns: int
    rtt_last_ns: int
    jitter_ns: float


def reachability(targets: Iterable[Target]) -> bytes:
    """Returns the page: the state and the parents of all devices, at one moment."""
    targets = list(targets)
    up = [target.spec.up_lines[target.up] for target in targets if target.up is not None]
    parents = [target.spec.parent_lines for target in targets]
    return "".join([_UP, *up, _PARENT, *parents]).encode()


def snapshot(target: Target) -> Snapshot:
    """Copies one device's numbers."""
    return Snapshot(
        target.spec.labels,
        target.requests,
        target.replies,
        target.duplicates,
        tuple(target.unreachable.items()) if target.unreachable else (),
        tuple(target.rtt_buckets),
        target.rtt_sum_ns,
        target.rtt_last_ns,
        target.jitter_ns,
    )


def devices(rows: list[Snapshot]) -> Iterator[bytes]:
    """Yields the page in chunks, each of a few milliseconds' work."""
    for head, line in _FAMILIES:
        yield head.encode()
        for start in range(0, len(rows), CHUNK):
            yield "".join([line(row) for row in rows[start : start + CHUNK]]).encode()


def _unreachable(row: Snapshot) -> str:
    return "".join(
        [
            f"icmp_unreachable_total{{{row.labels},{label_text({'code': code})}}} {count}\n"
            for code, count in row.unreachable
        ]
    )


def _histogram(row: Snapshot) -> str:
    labels = row.labels
    prefix = f'icmp_rtt_seconds_bucket{{{labels},le="'
    lines = [f'{prefix}{bound}"}} {count}\n' for bound, count in zip(_BOUNDS, accumulate(row.buckets), strict=True)]
    total = f"icmp_rtt_seconds_sum{{{labels}}} {row.rtt_sum_ns / SECOND_NS}\n"
    return f"{''.join(lines)}{total}icmp_rtt_seconds_count{{{labels}}} {row.replies}\n"


def _rtt_last(row: Snapshot) -> str:
    if row.rtt_last_ns < 0:
        return ""
    return f"icmp_rtt_last_seconds{{{row.labels}}} {row.rtt_last_ns / SECOND_NS}\n"


def _jitter(row: Snapshot) -> str:
    if row.jitter_ns < 0:
        return ""
    return f"icmp_jitter_seconds{{{row.labels}}} {row.jitter_ns / SECOND_NS}\n"


_FAMILIES: tuple[tuple[str, Callable[[Snapshot], str]], ...] = (
    (_REQUESTS, lambda row: f"icmp_requests_total{{{row.labels}}} {row.requests}\n"),
    (_REPLIES, lambda row: f"icmp_replies_total{{{row.labels}}} {row.replies}\n"),
    (_DUPLICATES, lambda row: f"icmp_duplicates_total{{{row.labels}}} {row.duplicates}\n"),
    (_UNREACHABLE, _unreachable),
    (_RTT, _histogram),
    (_RTT_LAST, _rtt_last),
    (_JITTER, _jitter),
)
