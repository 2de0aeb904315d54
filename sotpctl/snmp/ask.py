"""Gets and walks for people: a few objects, or rows as they come."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from exporters.snmp import pdu
from exporters.snmp.agent import Agent, Sockaddr
from exporters.snmp.engine import Engine
from exporters.snmp.errors import Failure
from exporters.snmp.modules.auths import Credentials
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Response, VarBind
from exporters.snmp.resolve import Resolver
from exporters.snmp.session import Community
from exporters.snmp.usm import User
from exporters.snmp.walk import Get, Meaning, Request, Walk
from sotpctl.snmp.access import Access

RETRIES = 3
_DAY_S = 86400.0  # a walk takes as long as it takes: each of its requests is bounded
_DISCOVERY = 0.2  # of the time: a last question, where a community got no answer
_SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_FAMILIES = {0: 0, 4: int(socket.AF_INET), 6: int(socket.AF_INET6)}


class Line:
    """A device on the line.

    Attributes:
        access: Who it is.
        engine: Carries everything out.
        agent: What is known of it.
    """

    def __init__(self, access: Access, engine: Engine, sockaddr: Sockaddr, within: float) -> None:
        self.access = access
        self.engine = engine
        self._discovery = within * _DISCOVERY if isinstance(access.credentials, Community) else 0.0
        self._within = within - self._discovery
        self.agent = _agent(sockaddr, access.credentials, self._within)

    async def get(self, instances: Sequence[Oid]) -> Answers:
        """Read instances, in one request where they fit."""
        job = _Asked(instances)
        outcome = await self.engine.run(self.agent, job, self._within)
        failure = outcome.failure
        if failure and failure.reason == "no_such_object":
            failure = None  # that is what `missing` says
        missing = {one: job.missing.get(one, pdu.NO_SUCH_OBJECT) for one in instances if one not in job.found}
        return Answers(job.found, {} if failure else missing, failure)

    async def walk(self, root: Oid) -> AsyncIterator[list[VarBind] | Failure]:
        """Walk a subtree: yield its instances as they come, an answer's at once; where it breaks off, why."""
        came: asyncio.Queue[list[VarBind] | None] = asyncio.Queue()
        running = asyncio.ensure_future(self.engine.run(self.agent, _Streamed(root, came.put_nowait), _DAY_S))
        running.add_done_callback(lambda _: came.put_nowait(None))
        try:
            while (rows := await came.get()) is not None:
                yield rows
        finally:
            running.cancel()
        failure = running.result().failure
        if failure:
            yield failure

    async def lives(self) -> bool:
        """Tell whether an agent is there that answers SNMPv3's discovery, which needs no credentials (RFC 3414 §4).

        Asked with a community alone: with a user, the engine's own failures say it.
        """
        if not self._discovery:
            return False
        agent = _agent(self.agent.sockaddr, User("sotp-discovery"), self._discovery)
        outcome = await self.engine.run(agent, Get([_SYS_UP_TIME]), self._discovery)
        return outcome.failure is None or outcome.failure.reason not in {"timeout", "refused", "malformed"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of a get.

    Attributes:
        found: Those that there are.
        missing: Those that there aren't, and the exception that says so (pdu.NO_SUCH_OBJECT, NO_SUCH_INSTANCE).
        failure: Why there may be more that wasn't read.
    """

    found: dict[Oid, VarBind]
    missing: dict[Oid, int]
    failure: Failure | None


@asynccontextmanager
async def line(access: Access, within: float) -> AsyncIterator[Line | Failure]:
    """Open a line to a device; a failure where its name has no address.

    Args:
        access: Who it is.
        within: Seconds for an answer, with all repeats of its request and what is done to explain that there is none.
    """
    until = time.monotonic() + within
    try:
        sockaddr = await Resolver().sockaddr(access.address, _FAMILIES[access.family], access.port, until)
    except OSError as error:
        why = error.strerror or "the resolver did not answer"
        yield Failure("refused", f'"{access.address}" has no address: {why}')
        return
    engine = Engine()
    engine.start()
    try:
        yield Line(access, engine, sockaddr, within)
    finally:
        engine.stop()


def _agent(sockaddr: Sockaddr, credentials: Credentials, within: float) -> Agent:
    # Jitter makes a wait up to a tenth longer: the last one should still fit in.
    return Agent(sockaddr, credentials, timeout=within / (RETRIES + 1) * 0.9, retries=RETRIES)


class _Asked(Get):
    """A get that remembers what isn't there.

    Attributes:
        missing: By instance the exception in its place.
    """

    def __init__(self, instances: Iterable[Oid]) -> None:
        wanted = list(dict.fromkeys(instances))
        super().__init__(wanted)
        self.missing: dict[Oid, int] = {}

    def take(self, request: Request, answer: Response) -> Meaning:
        """See Get."""
        meaning = super().take(request, answer)
        if not answer.status:
            for binding in pdu.read_varbinds(answer.data, answer.at, answer.end):
                if binding.tag in pdu.EXCEPTIONS:
                    self.missing[binding.oid] = binding.tag
        return meaning


class _Streamed(Walk):
    """A walk that hands over what it read, and keeps nothing of it."""

    def __init__(self, root: Oid, take: Callable[[list[VarBind]], None]) -> None:
        super().__init__([root], typed=True)
        self._take = take

    def take(self, request: Request, answer: Response) -> Meaning:
        """See Walk."""
        try:
            return super().take(request, answer)
        finally:  # what an answer held before it broke off was read, too
            (column,) = self.columns
            tags = column.tags or {}
            rows = [VarBind(column.oid + index, tags[index], value) for index, value in column.table.items()]
            column.table.clear()
            tags.clear()
            if rows:
                self._take(rows)
