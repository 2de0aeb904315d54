"""A made-up fleet's recorded series: their names, labels and intervals are those of rules/*.yml."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from bench.dashboards import remote

PER_SITE = 50
_PATTERNS = 16  # different pasts for each metric; every device has one of them
_STATES = ("unknown", "up", "down", "unreachable", "maintenance")
_ROLES = ("core", "access", "server", "wireless")
_DOWN_PATTERN = 1  # devices of this past had an outage in every hour


@dataclass(frozen=True)
class Metric:
    """One recorded metric: how often it is evaluated, and what it may be at a time (seconds) in a past (0 to 15)."""

    name: str
    every_s: int
    value: Callable[[random.Random, float, int], float]


def _code(_: random.Random, at: float, past: int) -> float:
    return 2.0 if past == _DOWN_PATTERN and at % 3600 < 300 else 1.0


def _up(_: random.Random, at: float, past: int, whole: float) -> float:
    return whole * (0.5 if past == _DOWN_PATTERN and at % 3600 < 600 else 1.0)


def _around(chance: random.Random, _at: float, past: int, middle: float) -> float:
    return middle * (1 + past / 4) * chance.uniform(0.8, 1.3)


def _loss(chance: random.Random, _at: float, past: int) -> float:
    return chance.choice((0.0, 0.0, 0.02)) if past % 2 else 0.0


def _constant(_: random.Random, _at: float, _past: int, value: float) -> float:
    return value


def _utilization(chance: random.Random, _at: float, past: int) -> float:
    return past / 20 * chance.uniform(0.8, 1.2)


_RTT = "device:icmp_rtt_seconds:"
DEVICE = (
    Metric("device:state:code", 5, _code),
    Metric("device:state_code:max_1m", 60, _code),
    Metric("device:icmp_loss:ratio", 30, _loss),
    Metric(f"{_RTT}mean_5m", 30, partial(_around, middle=0.01)),
    Metric(f"{_RTT}p50_5m", 30, partial(_around, middle=0.009)),
    Metric(f"{_RTT}p95_5m", 30, partial(_around, middle=0.02)),
    Metric(f"{_RTT}p99_5m", 30, partial(_around, middle=0.04)),
    Metric("device:icmp_jitter_seconds:max", 30, partial(_around, middle=0.001)),
    Metric("device:up:ratio_5m", 60, partial(_up, whole=1.0)),
    Metric("device:known:ratio_5m", 60, partial(_constant, value=1.0)),
    Metric("device:availability:ratio_1d", 120, partial(_up, whole=0.999)),
    Metric("device:up_seconds:sum_5m", 300, partial(_up, whole=300.0)),
    Metric("device:known_seconds:sum_5m", 300, partial(_constant, value=300.0)),
    Metric(f"{_RTT}baseline_1d", 240, partial(_constant, value=0.01)),
    Metric("sotp_device_dependents", 10, partial(_constant, value=1.0)),
    Metric("device:snmp_up:bool", 60, partial(_constant, value=1.0)),
    Metric("device:cpu_utilization:ratio", 60, _utilization),
    Metric("device:uptime:seconds", 60, partial(_constant, value=1e6)),
)
# Of each of a device's ports. Only one device's page asks for their past: it alone has one, and all of them.
PORTS = 48
PORT = (
    Metric("interface:in_bits:rate", 60, partial(_around, middle=1e8)),
    Metric("interface:out_bits:rate", 60, partial(_around, middle=1e8)),
    Metric("interface:utilization:ratio", 60, _utilization),
    Metric("interface:speed:bits", 60, partial(_constant, value=1e10)),
    Metric("interface:errors:rate", 60, _loss),
    Metric("interface:discards:rate", 60, _loss),
    Metric("interface:errors:ratio", 60, _loss),
    Metric("interface:admin_up:bool", 60, partial(_constant, value=1.0)),
    Metric("interface:oper_up:bool", 60, partial(_constant, value=1.0)),
)
FLEET_WIDE = ("interface:utilization:ratio", "interface:errors:rate", "interface:oper_up:bool")
ASKED = 1  # the device whose page is asked for
SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
_EVENTS = ("bgp_down", "config_changed", "interface_down")
SITE = (
    Metric("site:icmp_loss_ratio:avg", 30, _loss),
    Metric("site:icmp_loss_ratio:max", 30, _loss),
    Metric("site:icmp_rtt_seconds:avg", 30, partial(_around, middle=0.01)),
    Metric("site:icmp_rtt_seconds:max", 30, partial(_around, middle=0.05)),
    Metric("site:up_seconds:sum_5m", 300, partial(_constant, value=300.0 * PER_SITE - 1)),
    Metric("site:known_seconds:sum_5m", 300, partial(_constant, value=300.0 * PER_SITE)),
)


def rows(devices: int, start_s: int, end_s: int, *, newest: bool) -> Iterator[bytes]:
    """Give the whole fleet's series for one stretch of time, encoded for remote write.

    With `newest`, what pages ask of the whole fleet only now, or over an hour: interfaces and messages.
    """
    for metric in DEVICE:
        pasts = _pasts(metric, start_s, end_s)
        for number in range(devices):
            yield remote.series(remote.labels(metric.name, identity(number)), pasts[number % _PATTERNS])
    always = _each(30, start_s, end_s, lambda _at: 1.0)
    steady = _each(15, start_s, end_s, lambda _at: 1e9)
    for number in range(devices):
        if number % _PATTERNS == _DOWN_PATTERN:
            yield from _outages(number, start_s, end_s)
        else:
            up = identity(number) | {"state": "up"}
            yield remote.series(remote.labels("device:state_since:timestamp_seconds", up), steady)
        parent = {"device": identity(number)["device"], "parent": identity(number // PER_SITE * PER_SITE)["device"]}
        yield remote.series(remote.labels("icmp_parent_info", parent), always)
    yield from _ports(range(devices) if newest else (ASKED,), start_s, end_s)
    if newest:
        yield from _logs(devices, start_s, end_s)
    for site in range(devices // PER_SITE):
        yield from _site(f"s{site:03}", site, start_s, end_s)


def identity(number: int) -> dict[str, str]:
    """Name a device and say what it is."""
    site, role = f"s{number // PER_SITE:03}", _ROLES[number % len(_ROLES)]
    return {
        "device": f"{site}-{role}-{number % PER_SITE}",
        "site": site,
        "role": role,
        "platform": "cisco-iosxe",
        "vendor": "cisco",
        "team": "noc",
    }


def _ports(numbers: Iterable[int], start_s: int, end_s: int) -> Iterator[bytes]:
    for metric in PORT:
        pasts = _pasts(metric, start_s, end_s)
        for number in numbers if metric.name in FLEET_WIDE else (ASKED,):
            for port in range(PORTS):
                who = identity(number) | {"ifName": f"Gi1/0/{port + 1}"}
                yield remote.series(remote.labels(metric.name, who), pasts[(number + port) % _PATTERNS])


def _logs(devices: int, start_s: int, end_s: int) -> Iterator[bytes]:
    """Messages of every severity; of each past one device in sixteen has an event in five minutes."""
    metric = Metric("device:syslog_messages:rate", 30, partial(_around, middle=0.1))
    pasts = _pasts(metric, start_s, end_s)
    for number in range(devices):
        for severity in SEVERITIES:
            who = identity(number) | {"severity": severity}
            yield remote.series(remote.labels(metric.name, who), pasts[number % _PATTERNS])
        for index, event in enumerate(_EVENTS):
            who = identity(number) | {"event": event, "level": "warning"}
            first = start_s + (number + index) % _PATTERNS * 60
            counted = _each(_PATTERNS * 60, first, end_s, lambda _at: 1.0)
            yield remote.series(remote.labels("device:syslog_events:count_1m", who), counted)


def _site(name: str, number: int, start_s: int, end_s: int) -> Iterator[bytes]:
    for metric in SITE:
        yield remote.series(
            remote.labels(metric.name, {"site": name}), _pasts(metric, start_s, end_s)[number % _PATTERNS]
        )
    for state in _STATES:
        count = _each(5, start_s, end_s, lambda _at: 10.0)
        yield remote.series(remote.labels("site:devices:count", {"site": name, "state": state}), count)
    for severity in ("critical", "warning", "info"):
        count = _each(15, start_s, end_s, lambda _at: 1.0)
        yield remote.series(remote.labels("site:alerts:count", {"site": name, "severity": severity}), count)


def _outages(number: int, start_s: int, end_s: int) -> Iterator[bytes]:
    """Since when the device is in its state; in its outages, how long they are and the alert about them."""
    who = identity(number)
    down = {"device:state_since:timestamp_seconds": who | {"state": "down"}}
    alert = {"alert:firing_since:timestamp_seconds": who | {"alertname": "DeviceDown", "severity": "critical"}}
    lasted = {"device:outage:duration_seconds": who | {"state": "down"}, "alert:firing:duration_seconds": {}}
    lasted["alert:firing:duration_seconds"] = alert["alert:firing_since:timestamp_seconds"]
    ends = min(max(start_s // 3600 * 3600 + 300, start_s), end_s)
    for name, labels in (down | alert).items():
        yield remote.series(remote.labels(name, labels), _each(15, start_s, ends, lambda at: at // 3600 * 3600))
    for name, labels in lasted.items():
        yield remote.series(remote.labels(name, labels), _each(15, start_s, ends, lambda at: at % 3600))
    back = _each(15, ends, end_s, lambda at: at // 3600 * 3600 + 300)
    yield remote.series(remote.labels("device:state_since:timestamp_seconds", who | {"state": "up"}), back)


def _pasts(metric: Metric, start_s: int, end_s: int) -> list[bytes]:
    pasts = []
    for past in range(_PATTERNS):
        chance = random.Random(f"{metric.name} {past} {start_s}")
        value = partial(_at_time, metric, chance, past)
        pasts.append(_each(metric.every_s, start_s, end_s, value))
    return pasts


def _at_time(metric: Metric, chance: random.Random, past: int, at: float) -> float:
    return metric.value(chance, at, past)


def _each(every_s: int, start_s: int, end_s: int, value: Callable[[float], float]) -> bytes:
    stamps = range(-(-start_s // every_s) * every_s, end_s, every_s)
    return remote.samples([at * 1000 for at in stamps], [value(at) for at in stamps])
