"""A Prometheus that has what it would have after a day with the made-up network."""

import time

from bench.prometheus import remote
from bench.prometheus.server import Server
from bench.rules import families, past, polled, scraped
from exporters.kit.document import Document

_SLICE_S = 1800
_DAY_S, _HOUR_S = 86_400, 3600
_AHEAD_S = 570  # remote write takes what is 10 min ahead of its clock at most


def fill(prometheus: Server, devices: int, facts: Document) -> int:
    """Give it a day of what is read over a day, an hour of the rest, what is scraped next; return when that ends."""
    now = int(time.time())
    days, hours = list(past.of_a_day(devices)), list(past.of_an_hour(devices))
    raw = [*polled.families(devices, now), *scraped.families(devices, facts)]
    address = prometheus.address
    for start in range(now - _DAY_S, now - _HOUR_S, _SLICE_S):
        remote.push(address, families.rows(days, start, start + _SLICE_S))
    for start in range(now - _HOUR_S, now, _SLICE_S):
        remote.push(address, families.rows([*days, *hours, *raw], start, start + _SLICE_S))
    present = int(time.time())
    remote.push(address, families.rows([*days, *hours], now, present))
    remote.push(address, families.rows(raw, now, present + _AHEAD_S))
    return present + _AHEAD_S
