"""One poll of one device: gets and walks for its modules, counted, within the deadline."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exporters.snmp.agent import Agent
from exporters.snmp.columns import Table
from exporters.snmp.engine import Engine
from exporters.snmp.errors import Failure
from exporters.snmp.oid import Oid
from exporters.snmp.operation import Outcome
from exporters.snmp.pdu import Value
from exporters.snmp.walk import Get, Job, Walk

TIMEOUT_S = 2.0
RETRIES = 3

_HOPELESS = frozenset({"auth", "unknown_user", "not_in_time_window", "refused", "timeout"})


@dataclass(slots=True)
class Counts:
    """What a module's part of a visit took.

    Attributes:
        packets: Messages sent, repeated ones too.
        retried: Messages repeated.
        pdus: Variable bindings read.
        seconds: From its first request to its last answer.
    """

    packets: int = 0
    retried: int = 0
    pdus: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Visit:
    """A visit.

    Attributes:
        engine: What carries it out.
        agent: The device.
        deadline: When it is over, monotonic seconds.
        counts: Of the module at work; the collector gives each its own.
        answered: Whether the device answered anything as asked.
        dead: Why nothing more is asked: the device gave no answer, or refuses the credentials.
    """

    engine: Engine
    agent: Agent
    deadline: float
    counts: Counts = field(default_factory=Counts)
    answered: bool = False
    dead: Failure | None = None

    def tune(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        repetitions: int | None = None,
        any_source: bool = False,
    ) -> None:
        """Says how the device is asked from here on; without an argument as it is best for most.

        Args:
            timeout: Seconds to wait for an answer.
            retries: How often a request is repeated. A late answer counts, whichever request it is to.
            repetitions: The most rows of an answer; else as many as the device turns out to answer at once.
            any_source: Whether answers may come from another address.
        """
        agent = self.agent
        agent.timeout = TIMEOUT_S if timeout is None else timeout
        agent.retries = RETRIES if retries is None else retries
        agent.repetitions = repetitions or 0
        agent.any_source = any_source

    async def get(self, names: Iterable[Oid]) -> tuple[dict[Oid, Value], Failure | None]:
        """Reads single instances.

        Returns:
            The values of those that there are, and why there aren't more: no_such_object where there is none at all.
        """
        job = Get(names)
        failure = await self._run(job)
        return {name: binding.value for name, binding in job.found.items() if binding.value is not None}, failure

    async def walk(
        self, roots: Sequence[Oid], *, strict: bool = True, rows: int | None = None
    ) -> tuple[dict[Oid, Table], Failure | None]:
        """Reads columns that share their rows.

        Args:
            roots: The columns.
            strict: Whether OIDs must increase.
            rows: How many rows are expected; None: as many as the last time.

        Returns:
            What was read, by column; with a failure it may lack rows.
        """
        known = self.agent.rows
        job = Walk(roots, strict=strict, rows=known.get(roots[0], -1) if rows is None else rows)
        failure = await self._run(job)
        tables = job.tables
        if failure is None:
            for root, table in tables.items():
                known[root] = len(table)
        else:
            for root in roots:
                known.pop(root, None)
        return tables, failure

    async def _run(self, job: Job) -> Failure | None:
        left = self.deadline - time.monotonic()
        if self.dead:
            return self.dead
        if left <= 0:
            return Failure("timeout", "the scrape's time was over before its turn")
        outcome = await self.engine.run(self.agent, job, left)
        self._count(outcome, job)
        return outcome.failure

    def _count(self, outcome: Outcome, job: Job) -> None:
        counts = self.counts
        counts.packets += outcome.packets
        counts.retried += outcome.retried
        counts.seconds += outcome.seconds
        counts.pdus += job.bindings
        failure = outcome.failure
        if failure is None or job.bindings or job.failure:
            self.answered = True
        elif failure.reason in _HOPELESS and not self.answered:
            self.dead = failure
