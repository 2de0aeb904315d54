"""What the rules themselves had recorded before: the windows of the next evaluations reach back to it."""

import random
from collections.abc import Iterator
from functools import partial

from bench.prometheus.recorded import DEVICE, PER_SITE, PORT, PORTS, SEVERITIES, Metric, constant, identity
from bench.rules.families import Family
from bench.rules.network import port_name
from bench.rules.polled import dead, desk

_DAY = {"device:up:ratio_5m", "device:known:ratio_5m"}  # a day of these is read; of all others an hour at most
_PARENTS = Metric("device:parents:count", 5, partial(constant, value=1.0))


def of_a_day(devices: int) -> Iterator[Family]:
    """Give what is read over a day."""
    for metric in DEVICE:
        if metric.name in _DAY:
            yield _of_devices(metric, devices)
    yield _of_devices(Metric("device:icmp_rtt_seconds:mean_1h", 240, partial(constant, value=0.01)), devices)
    yield _logged("device:log_messages:rate_1h", 300, devices)


def of_an_hour(devices: int) -> Iterator[Family]:
    """Give what is read over an hour at most, and what is as long because it always is."""
    for metric in DEVICE:
        if metric.name not in _DAY and ":" in metric.name:
            yield _of_devices(metric, devices)
    up, down = (Family(Metric("device:up:bool", 5, partial(constant, value=value))) for value in (1.0, 0.0))
    # No dead device is a parent: what is said of those with dead parents is said of nobody.
    dead_ones, parents = Family(Metric("device:down:bool", 5, partial(constant, value=1.0))), Family(_PARENTS)
    for number in range(devices):
        (down if dead(number) else up).add(identity(number))
        if dead(number):
            dead_ones.add(identity(number))
        if number % PER_SITE:
            parents.add({"device": identity(number)["device"]})
    yield from (up, down, dead_ones, parents)
    yield _logged("device:log_messages:rate_5m", 60, devices)
    yield from _ports(devices)


def _ports(devices: int) -> Iterator[Family]:
    for metric in PORT:
        family = Family(metric)
        empty = Family(Metric(metric.name, metric.every_s, partial(constant, value=0.0)))
        for number in range(devices):
            for port in range(1, PORTS + 1):
                down = metric.name == "interface:oper_up:bool" and desk(number, port)
                (empty if down else family).add(identity(number) | {"ifName": port_name(port)}, number + port)
        yield from (family, empty)


def _of_devices(metric: Metric, devices: int) -> Family:
    family = Family(metric)
    for number in range(devices):
        family.add(identity(number), number)
    return family


def _logged(name: str, every_s: int, devices: int) -> Family:
    family = Family(Metric(name, every_s, _some))
    for number in range(devices):
        for severity in SEVERITIES[:5]:
            family.add({"device": identity(number)["device"], "logged": severity}, number)
    return family


def _some(chance: random.Random, _at: float, _past: int) -> float:
    return chance.uniform(0.1, 0.2)
