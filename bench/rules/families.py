"""Families of made-up series: names, intervals, labels and values through time, as remote write wants them."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from bench.prometheus import remote
from bench.prometheus.recorded import PATTERNS, Metric, each

_BIRTH_S = 1_780_000_000  # what counters count from: with it the largest fits into a double


@dataclass
class Family:
    """Series that share a metric's name, interval and pasts.

    Attributes:
        metric: What they share.
        spread: Each past is sampled at a moment of its own, as devices are scraped; else all at once, as a page is.
        members: Each one's past and encoded labels.
    """

    metric: Metric
    spread: bool = False
    members: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, labels: Mapping[str, str], past: int = 0) -> None:
        """Add a series; its past is any whole number."""
        self.members.append((past % PATTERNS, remote.labels(self.metric.name, labels)))

    def rows(self, start_s: int, end_s: int) -> Iterator[bytes]:
        """Encode a stretch of time of all of them."""
        encoded = []
        for past in range(PATTERNS):
            value = partial(_at_time, self.metric, random.Random(f"{self.metric.name} {past} {start_s}"), past)
            offset = past * self.metric.every_s // PATTERNS if self.spread else 0
            encoded.append(each(self.metric.every_s, start_s, end_s, value, offset))
        for past, labels in self.members:
            if encoded[past]:
                yield remote.series(labels, encoded[past])


def rows(families: Iterable[Family], start_s: int, end_s: int) -> Iterator[bytes]:
    """Encode a stretch of time of several families."""
    for family in families:
        yield from family.rows(start_s, end_s)


def counter(chance: random.Random, at: float, past: int, rate: float) -> float:
    """Count up, unevenly, at another pace in each past."""
    return float(int(rate * (1 + past / 4) * (at - _BIRTH_S) + chance.random() * rate))


def _at_time(metric: Metric, chance: random.Random, past: int, at: float) -> float:
    return metric.value(chance, at, past)
