"""The exporter's poll of one device: the same modules, in the same order, within the same time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exporters.kit.document import ConfigError
from exporters.kit.scrape import OFFSET_S
from exporters.snmp.collect import Module, collect
from exporters.snmp.errors import Failure
from exporters.snmp.modules.ignore import Ignore
from exporters.snmp.modules.poll import Result
from exporters.snmp.registry import Loader, written
from exporters.snmp.visit import RETRIES, TIMEOUT_S, Visit
from sotpctl.inventory import Device
from sotpctl.inventory.model import ModuleFile
from sotpctl.render import snmp as rendered
from sotpctl.snmp.access import AccessError
from sotpctl.snmp.ask import Line

__all__ = ["DEAD_S", "Part", "Polled", "Terms", "modules", "poll", "terms"]

DEAD_S = TIMEOUT_S * (RETRIES + 1)  # after which the exporter gives up a device that answers nothing


@dataclass(frozen=True, slots=True)
class Terms:
    """How a device is polled.

    Attributes:
        job: Prometheus's job.
        interval: From poll to poll, seconds.
        within: What a poll may take, seconds.
    """

    job: str
    interval: float
    within: float


@dataclass(frozen=True, slots=True)
class Part:
    """What came of one module.

    Attributes:
        module: Its name.
        failure: Why it gave less than it should.
        series: Samples of this poll.
        packets: Messages sent, repeated ones too.
        retried: Of these, repeated.
        values: Variable bindings read.
        seconds: How long it took.
    """

    module: str
    failure: Failure | None
    series: int
    packets: int
    retried: int
    values: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Polled:
    """A poll that is over; `up` is `snmp_up`."""

    up: bool
    seconds: float
    parts: tuple[Part, ...]

    @property
    def failure(self) -> Failure | None:
        """The first failure."""
        return next((part.failure for part in self.parts if part.failure), None)


def terms(device: Device) -> Terms:
    """Return how the device is polled, as Prometheus is told; where it isn't, as it would be by default."""
    found = rendered.jobs([device], "")
    if not found or device.snmp is None:
        return Terms("", 60.0, 10.0 - OFFSET_S)
    (job,) = found
    return Terms(job.name, device.snmp.poll_interval, min(job.timeout or job.interval, job.interval) - OFFSET_S)


def modules(device: Device, files: Iterable[ModuleFile] = ()) -> list[Module]:
    """Return what the device is asked, in order; `files` are the inventory's own modules.

    Raises:
        AccessError: The inventory names a module that there isn't.
    """
    own = device.snmp.modules if device.snmp else ()
    try:
        registry = Loader(written()).of({file.name: file.content for file in files})
    except ConfigError as error:
        raise AccessError(str(error)) from None
    ignore = Ignore(**{key: tuple(values) for key, values in rendered.ignored(device).items()})
    found = []
    for name in dict.fromkeys((*rendered.MODULES, *own)):
        if name not in registry:
            raise AccessError(f'{device.name}: snmp.modules: no module is called "{name}"; {registry.near(name)}')
        found.append(registry.module(name, ignore=ignore))
    return found


async def poll(line: Line, chosen: Sequence[Module], within: float) -> Polled:
    """Poll once, as a scrape does: a new exporter's first poll, which reads names, too."""
    counted = [_Counted(module) for module in chosen]
    begun = time.monotonic()
    done = await collect(line.engine, line.agent, counted, begun + within)
    parts = tuple(
        Part(
            part.module,
            part.failure,
            own.series,
            part.counts.packets,
            part.counts.retried,
            part.counts.pdus,
            part.seconds,
        )
        for part, own in zip(done.parts, counted, strict=True)
    )
    return Polled(done.up, time.monotonic() - begun, parts)


@dataclass(slots=True)
class _Counted:
    """A module, and how many samples it gave (collect.Module)."""

    inner: Module
    series: int = field(default=0)

    @property
    def name(self) -> str:
        """The module's."""
        return self.inner.name

    async def poll(self, visit: Visit) -> Result:
        """Poll with it."""
        result = await self.inner.poll(visit)
        self.series = sum(len(family.lines) for family in result.families.values())
        return result
