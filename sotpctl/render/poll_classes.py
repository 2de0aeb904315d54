"""The poll classes that devices are in, and the windows that their rules need.

Devices that are polled equally often are one class: one scrape job, and one group of recording rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sotpctl.inventory import Device
from sotpctl.inventory.durations import text as duration
from sotpctl.render.snmp import SLOW_S, SLOW_SCRAPE_S, job_name

_RATE_POLLS = 4  # a rate survives a missed poll, and its first and last samples lie far apart
_GAUGE_POLLS = 2  # a gauge survives a missed poll
_LEAST_S = 15.0
_MOST_S = 60.0  # states are looked at as often, however seldom they are polled


@dataclass(frozen=True, slots=True)
class PollClass:
    """One class; every duration as Prometheus writes it.

    Attributes:
        job: What its series carry as `job`.
        interval: How often its rules are evaluated.
        packets: How often those about counters of packets are: every other time.
        rates: The window of rates.
        gauges: How far back the newest sample of a gauge may lie.
        health: The same of what is said of each scrape, which may come more often than polls.
    """

    job: str
    interval: str
    packets: str
    rates: str
    gauges: str
    health: str


def poll_classes(devices: Iterable[Device]) -> tuple[PollClass, ...]:
    """Return the classes of these devices, the fastest first."""
    return tuple(map(_poll_class, sorted({device.snmp.poll_interval for device in devices if device.snmp})))


def _poll_class(poll: float) -> PollClass:
    scraped = poll if poll <= SLOW_S else SLOW_SCRAPE_S
    interval = min(max(poll, _LEAST_S), _MOST_S)
    return PollClass(
        job=job_name(poll),
        interval=duration(interval),
        packets=duration(2 * interval),
        rates=duration(_RATE_POLLS * poll),
        gauges=duration(_GAUGE_POLLS * poll),
        health=duration(_GAUGE_POLLS * scraped),
    )
