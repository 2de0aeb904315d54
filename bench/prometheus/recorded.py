"""A made-up fleet's recorded series: their names, labels and intervals are those of rules/*.yml."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.prometheus import remote

PER_SITE = 50
PATTERNS = 16  # different pasts for each metric; every device has one of them
DOWN_PATTERN = 1  # devices of this past had an outage in every hour
ROLES = ("core", "access", "server", "wireless")
SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")


@dataclass(frozen=True)
class Metric:
    """One metric: how often it is sampled, and what it may be at a time (seconds) in a past (0 to 15)."""

    name: str
    every_s: int
    value: Callable[[random.Random, float, int], float]


def _code(_: random.Random, at: float, past: int) -> float:
    return 2.0 if past == DOWN_PATTERN and at % 3600 < 300 else 1.0


def _up(_: random.Random, at: float, past: int, whole: float) -> float:
    return whole * (0.5 if past == DOWN_PATTERN and at % 3600 < 600 else 1.0)


def around(chance: random.Random, _at: float, past: int, middle: float) -> float:
    """A value about a middle, another one for each past."""
    return middle * (1 + past / 4) * chance.uniform(0.8, 1.3)


def loss(chance: random.Random, _at: float, past: int) -> float:
    """Mostly nothing, in half of the pasts sometimes a little."""
    return chance.choice((0.0, 0.0, 0.02)) if past % 2 else 0.0


def constant(_: random.Random, _at: float, _past: int, value: float) -> float:
    """Always the same."""
    return value


def _utilization(chance: random.Random, _at: float, past: int) -> float:
    return past / 20 * chance.uniform(0.8, 1.2)


_RTT = "device:icmp_rtt_seconds:"
DEVICE = (
    Metric("device:state:code", 5, _code),
    Metric("device:state_code:max_1m", 60, _code),
    Metric("device:icmp_loss:ratio", 30, loss),
    Metric(f"{_RTT}mean_5m", 30, partial(around, middle=0.01)),
    Metric(f"{_RTT}p50_5m", 60, partial(around, middle=0.009)),
    Metric(f"{_RTT}p95_5m", 60, partial(around, middle=0.02)),
    Metric(f"{_RTT}p99_5m", 60, partial(around, middle=0.04)),
    Metric("device:icmp_jitter_seconds:max", 30, partial(around, middle=0.001)),
    Metric("device:up:ratio_5m", 60, partial(_up, whole=1.0)),
    Metric("device:known:ratio_5m", 60, partial(constant, value=1.0)),
    Metric("device:availability:ratio_1d", 120, partial(_up, whole=0.999)),
    Metric("device:up_seconds:sum_5m", 300, partial(_up, whole=300.0)),
    Metric("device:known_seconds:sum_5m", 300, partial(constant, value=300.0)),
    Metric(f"{_RTT}baseline_1d", 240, partial(constant, value=0.01)),
    Metric("sotp_device_dependents", 10, partial(constant, value=1.0)),
    Metric("device:snmp_up:bool", 60, partial(constant, value=1.0)),
    Metric("device:cpu_utilization:ratio", 60, _utilization),
    Metric("device:uptime:seconds", 60, partial(constant, value=1e6)),
)
# Of each of a device's ports.
PORTS = 48
PORT = (
    Metric("interface:in_bits:rate", 60, partial(around, middle=1e8)),
    Metric("interface:out_bits:rate", 60, partial(around, middle=1e8)),
    Metric("interface:utilization:ratio", 60, _utilization),
    Metric("interface:speed:bits", 60, partial(constant, value=1e10)),
    Metric("interface:errors:rate", 120, loss),
    Metric("interface:discards:rate", 120, loss),
    Metric("interface:errors:ratio", 120, loss),
    Metric("interface:admin_up:bool", 60, partial(constant, value=1.0)),
    Metric("interface:oper_up:bool", 60, partial(constant, value=1.0)),
)


def identity(number: int) -> dict[str, str]:
    """Name a device and say what it is."""
    site, role = f"s{number // PER_SITE:03}", ROLES[number % len(ROLES)]
    return {
        "device": f"{site}-{role}-{number % PER_SITE}",
        "site": site,
        "role": role,
        "platform": "cisco-iosxe",
        "vendor": "cisco",
        "team": "noc",
    }


def pasts(metric: Metric, start_s: int, end_s: int) -> list[bytes]:
    """Encode a stretch of time of each of a metric's pasts."""
    found = []
    for past in range(PATTERNS):
        chance = random.Random(f"{metric.name} {past} {start_s}")
        found.append(each(metric.every_s, start_s, end_s, partial(_at_time, metric, chance, past)))
    return found


def each(every_s: int, start_s: int, end_s: int, value: Callable[[float], float], offset_s: int = 0) -> bytes:
    """Encode samples of a stretch of time: at whole multiples of the interval, and an offset later."""
    stamps = range(-(-(start_s - offset_s) // every_s) * every_s + offset_s, end_s, every_s)
    return remote.samples([at * 1000 for at in stamps], [value(at) for at in stamps])


def _at_time(metric: Metric, chance: random.Random, past: int, at: float) -> float:
    return metric.value(chance, at, past)
