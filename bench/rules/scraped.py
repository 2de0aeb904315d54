"""What Prometheus has of the exporters that carry all devices: ICMP, facts, syslog."""

import random
from collections.abc import Iterator
from functools import partial

import yaml
from prometheus_client.parser import text_string_to_metric_families

from bench.prometheus.recorded import PER_SITE, SEVERITIES, Metric, constant, identity
from bench.rules.families import Family, counter
from bench.rules.polled import dead
from exporters.facts.exposition import static_text
from exporters.icmp.target import BUCKETS_S
from exporters.kit.document import Document
from exporters.syslog.events import built_in

_BOUNDS = [*map(str, BUCKETS_S), "+Inf"]
_JOBS = ("reachability", "icmp", "facts", "syslog", "sotp", "alertmanager", "prometheus")


def families(devices: int, facts: Document) -> Iterator[Family]:
    """Give the series of so many devices; `facts` is the facts exporter's file."""
    yield from _reachability(devices)
    yield from _icmp(devices)
    yield from _facts(facts)
    yield from _syslog(devices)
    for name in ("up", "scrape_duration_seconds", "scrape_samples_post_metric_relabeling"):
        family = Family(Metric(name, 10, partial(constant, value=1.0)))
        for job in _JOBS:
            family.add({"job": job, "instance": "127.0.0.1"})
        yield family


def _reachability(devices: int) -> Iterator[Family]:
    up, down = (Family(Metric("icmp_up", 5, partial(constant, value=value))) for value in (1.0, 0.0))
    parents = Family(Metric("icmp_parent_info", 5, partial(constant, value=1.0)))
    for number in range(devices):
        who = _from("reachability") | identity(number)
        (down if dead(number) else up).add(who)
        if number % PER_SITE:
            parent = identity(number // PER_SITE * PER_SITE)["device"]
            parents.add(_from("reachability") | {"device": who["device"], "parent": parent})
    yield from (up, down, parents)


def _icmp(devices: int) -> Iterator[Family]:
    counted = {"requests_total": 1 / 6, "replies_total": 1 / 6, "duplicates_total": 0.0, "rtt_seconds_sum": 0.002}
    for name, rate in counted.items():
        yield _each_device(Metric(f"icmp_{name}", 30, partial(counter, rate=rate)), devices)
    yield _each_device(Metric("icmp_rtt_seconds_count", 30, partial(counter, rate=1 / 6)), devices)
    yield _each_device(Metric("icmp_rtt_last_seconds", 30, partial(constant, value=0.01)), devices)
    yield _each_device(Metric("icmp_jitter_seconds", 30, partial(constant, value=0.001)), devices)
    buckets = Family(Metric("icmp_rtt_seconds_bucket", 30, partial(counter, rate=1 / 6)))
    for number in range(devices):
        for bound in _BOUNDS:
            buckets.add(_from("icmp") | identity(number) | {"le": bound}, number)
    yield buckets


def _facts(document: Document) -> Iterator[Family]:
    found: dict[tuple[str, float], Family] = {}
    for family in text_string_to_metric_families(static_text(document)):
        for name, labels, value, *_ in family.samples:
            same = Family(Metric(name, 10, partial(constant, value=value)))
            found.setdefault((name, value), same).add(_from("facts") | labels)
    yield from found.values()


def _syslog(devices: int) -> Iterator[Family]:
    """Every event is there from the start; a device logs one of them once an hour."""
    silent = Family(Metric("syslog_events_total", 10, partial(constant, value=0.0)))
    logged = Family(Metric("syslog_events_total", 10, _hourly))
    messages = Family(Metric("syslog_device_messages_total", 10, partial(counter, rate=0.1)))
    known = [(name, event["level"]) for name, event in yaml.safe_load(built_in()).items()]
    for number in range(devices):
        device = _from("syslog") | {"device": identity(number)["device"]}
        for place, (event, level) in enumerate(known):
            family = logged if place == number % len(known) else silent
            family.add(device | {"event": event, "level": level}, number)
        for severity in SEVERITIES:
            messages.add(device | {"severity": severity}, number)
    yield from (silent, logged, messages)


def _hourly(_: random.Random, at: float, past: int) -> float:
    return float((int(at) + past * 225) // 3600)


def _each_device(metric: Metric, devices: int) -> Family:
    family = Family(metric)
    for number in range(devices):
        family.add(_from("icmp") | identity(number), number)
    return family


def _from(job: str) -> dict[str, str]:
    return {"job": job, "instance": "127.0.0.1"}
