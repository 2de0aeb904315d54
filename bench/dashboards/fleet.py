"""What dashboards ask of a made-up fleet: its recorded series, and which of them have a past."""

from collections.abc import Iterable, Iterator
from functools import partial

from bench.prometheus import remote
from bench.prometheus.recorded import (
    DEVICE,
    DOWN_PATTERN,
    PATTERNS,
    PER_SITE,
    PORT,
    PORTS,
    SEVERITIES,
    Metric,
    around,
    constant,
    each,
    identity,
    loss,
    pasts,
)

_STATES = ("unknown", "up", "down", "unreachable", "maintenance")
# Only one device's page asks for its ports' past: it alone has one, and all of them.
FLEET_WIDE = ("interface:utilization:ratio", "interface:errors:rate", "interface:oper_up:bool")
ASKED = 1  # the device whose page is asked for
_EVENTS = ("bgp_down", "config_changed", "interface_down")
SITE = (
    Metric("site:icmp_loss_ratio:avg", 30, loss),
    Metric("site:icmp_loss_ratio:max", 30, loss),
    Metric("site:icmp_rtt_seconds:avg", 30, partial(around, middle=0.01)),
    Metric("site:icmp_rtt_seconds:max", 30, partial(around, middle=0.05)),
    Metric("site:up_seconds:sum_5m", 300, partial(constant, value=300.0 * PER_SITE - 1)),
    Metric("site:known_seconds:sum_5m", 300, partial(constant, value=300.0 * PER_SITE)),
)


def rows(devices: int, start_s: int, end_s: int, *, newest: bool) -> Iterator[bytes]:
    """Give the whole fleet's series for one stretch of time, encoded for remote write.

    With `newest`, what pages ask of the whole fleet only now, or over an hour: interfaces and messages.
    """
    for metric in DEVICE:
        found = pasts(metric, start_s, end_s)
        for number in range(devices):
            yield remote.series(remote.labels(metric.name, identity(number)), found[number % PATTERNS])
    always = each(30, start_s, end_s, lambda _at: 1.0)
    steady = each(15, start_s, end_s, lambda _at: 1e9)
    for number in range(devices):
        if number % PATTERNS == DOWN_PATTERN:
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


def _ports(numbers: Iterable[int], start_s: int, end_s: int) -> Iterator[bytes]:
    for metric in PORT:
        found = pasts(metric, start_s, end_s)
        for number in numbers if metric.name in FLEET_WIDE else (ASKED,):
            for port in range(PORTS):
                who = identity(number) | {"ifName": f"Gi1/0/{port + 1}"}
                yield remote.series(remote.labels(metric.name, who), found[(number + port) % PATTERNS])


def _logs(devices: int, start_s: int, end_s: int) -> Iterator[bytes]:
    """Messages of every severity; of each past one device in sixteen has an event in five minutes."""
    metric = Metric("device:syslog_messages:rate", 30, partial(around, middle=0.1))
    found = pasts(metric, start_s, end_s)
    for number in range(devices):
        for severity in SEVERITIES:
            who = identity(number) | {"severity": severity}
            yield remote.series(remote.labels(metric.name, who), found[number % PATTERNS])
        for index, event in enumerate(_EVENTS):
            who = identity(number) | {"event": event, "level": "warning"}
            first = start_s + (number + index) % PATTERNS * 60
            counted = each(PATTERNS * 60, first, end_s, lambda _at: 1.0)
            yield remote.series(remote.labels("device:syslog_events:count_1m", who), counted)


def _site(name: str, number: int, start_s: int, end_s: int) -> Iterator[bytes]:
    for metric in SITE:
        yield remote.series(
            remote.labels(metric.name, {"site": name}), pasts(metric, start_s, end_s)[number % PATTERNS]
        )
    for state in _STATES:
        count = each(5, start_s, end_s, lambda _at: 10.0)
        yield remote.series(remote.labels("site:devices:count", {"site": name, "state": state}), count)
    for severity in ("critical", "warning", "info"):
        count = each(15, start_s, end_s, lambda _at: 1.0)
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
        yield remote.series(remote.labels(name, labels), each(15, start_s, ends, lambda at: at // 3600 * 3600))
    for name, labels in lasted.items():
        yield remote.series(remote.labels(name, labels), each(15, start_s, ends, lambda at: at % 3600))
    back = each(15, ends, end_s, lambda at: at // 3600 * 3600 + 300)
    yield remote.series(remote.labels("device:state_since:timestamp_seconds", who | {"state": "up"}), back)
