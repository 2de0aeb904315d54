"""Polls a device with several modules. Each module fails for itself; a device that is dead is asked no more.

A module is anything that reads a device through a `Visit` and returns samples: snmp.yml's are `modules.poll.Poller`,
the vendors' profiles another.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from exporters.kit.log import fields
from exporters.snmp.agent import Agent
from exporters.snmp.engine import Engine
from exporters.snmp.errors import Failure
from exporters.snmp.modules.poll import Result
from exporters.snmp.modules.render import Family, first_ones
from exporters.snmp.visit import Counts, Visit

log = logging.getLogger("snmp")


class Module(Protocol):
    """What polls."""

    @property
    def name(self) -> str:
        """Its name, as requests and the document use it."""
        ...

    async def poll(self, visit: Visit) -> Result:
        """Reads a device; what was read before a failure is in the result."""
        ...


@dataclass(slots=True)
class Part:
    """What came of one module.

    Attributes:
        module: Its name.
        failure: Why it gave less than it should.
        counts: What it took.
        seconds: How long, rendering included.
    """

    module: str
    failure: Failure | None
    counts: Counts
    seconds: float


@dataclass(slots=True)
class Poll:
    """A poll that is over.

    Attributes:
        begun: When it began, seconds since 1970.
        since: The same on the monotonic clock, which no one sets.
        up: Whether the device answered as asked.
        families: Its samples, by metric.
        parts: By module, in the order asked for.
    """

    begun: float
    up: bool = False
    families: dict[str, Family] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)


async def collect(engine: Engine, agent: Agent, modules: Sequence[Module], deadline: float) -> Poll:
    """Polls a device.

    Args:
        engine: What carries it out.
        agent: The device.
        modules: In this order.
        deadline: When it is over, monotonic seconds.
    """
    poll = Poll(time.time())
    visit = Visit(engine, agent, deadline)
    for module in modules:
        visit.counts = Counts()
        begun = time.monotonic()
        result = Result(failure=visit.dead) if visit.dead else await _polled(module, visit)
        poll.parts.append(Part(module.name, result.failure, visit.counts, time.monotonic() - begun))
        _add(poll.families, result.families)
        await asyncio.sleep(0)  # other devices' answers
    poll.up = visit.answered
    return poll


async def _polled(module: Module, visit: Visit) -> Result:
    """A mistake of ours in one module is a log line, and not the end of the others."""
    try:
        return await module.poll(visit)
    except Exception:
        host = visit.agent.sockaddr[0]
        log.exception("a module failed, an internal error", extra=fields(module=module.name, address=host))
        return Result(failure=Failure("malformed", "an internal error, see the exporter's log"))


def failed(modules: Sequence[Module], failure: Failure) -> Poll:
    """Returns the poll that didn't take place."""
    return Poll(time.time(), parts=[Part(module.name, failure, Counts(), 0.0) for module in modules])


def _add(families: dict[str, Family], more: dict[str, Family]) -> None:
    """Adds a module's samples; a series that another module gave already stays as it is."""
    for name, family in more.items():
        have = families.setdefault(name, family)
        if have is not family:
            have.text += "".join(first_ones(have.lines, family.lines))
