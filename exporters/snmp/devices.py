"""The devices between two scrapes: their agents, and the polls that several scrapes share.

Two scrapes of the same within half an interval cause one poll: the second gets the first's samples with their time.
Polls slower than `SLOW_S` are scraped more often than the device is asked: every scrape gets the last poll's samples
with their time, until the next is due. A poll that failed hides nothing: it is what every scrape gets, until the next.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exporters.kit.log import fields
from exporters.snmp.agent import Agent
from exporters.snmp.collect import Module, Poll, collect, failed
from exporters.snmp.engine import Engine
from exporters.snmp.errors import Failure
from exporters.snmp.exposition import Page, health, page, stamped
from exporters.snmp.modules.auths import Credentials
from exporters.snmp.resolve import Resolver
from exporters.snmp.targets import Config, Spec
from exporters.snmp.usm import User

SLOW_S = 120.0
SCRAPE_S = 60.0  # how often slower classes are scraped

_MOST_AGENTS = 64  # of a device: requests may name any context
_LATE_S = 0.4  # what a poll may take beyond its deadline, to render; Prometheus waits a little longer

log = logging.getLogger("snmp")


@dataclass(frozen=True, slots=True)
class Request:
    """A scrape.

    Attributes:
        spec: The device.
        auth: A key of the auths.
        credentials: What it means.
        context: SNMPv3's context in place of the auth's own.
        modules: In order.
        deadline: Monotonic seconds.
    """

    spec: Spec
    auth: str
    credentials: Credentials
    context: str
    modules: Sequence[Module]
    deadline: float

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two scrapes the same: a module that spells interfaces otherwise is another one."""
        return (self.auth, self.context, *self.modules)


@dataclass(slots=True)
class _Shared:
    """A poll that scrapes share.

    Attributes:
        begun: Monotonic seconds.
        fresh: Seconds for which it is good.
        task: What polls.
        text: For the scrape that had it begun, without time stamps.
    """

    begun: float
    fresh: float
    task: asyncio.Task[Page] | None = None
    text: bytes | None = None


@dataclass(slots=True)
class _Device:
    """What is kept of a device."""

    spec: Spec
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    agents: dict[tuple[str, str], tuple[Credentials, Agent]] = field(default_factory=dict)
    polls: dict[tuple[object, ...], _Shared] = field(default_factory=dict)
    state: str = "up"


class Devices:
    """All devices of the configuration.

    Attributes:
        polls: How many polls ended, by result: "up" or the reason.
        shared: How many scrapes got another one's poll.
    """

    def __init__(self, engine: Engine, resolver: Resolver) -> None:
        self.polls: dict[str, int] = {}
        self.shared = 0
        self._engine = engine
        self._resolver = resolver
        self._devices: dict[str, _Device] = {}
        self._auths: Mapping[str, Credentials] = {}

    def __len__(self) -> int:
        return len(self._devices)

    def swap(self, config: Config) -> None:
        """Follows a configuration: a device that stays as it is keeps its agent and what was learned of it."""
        before, self._devices = self._devices, {}
        for name, spec in config.specs.items():
            device = before.get(name)
            if device is None or device.spec != spec:
                device = _Device(spec)
            device.polls.clear()  # modules may be others under the same name
            self._devices[name] = device

    async def scrape(self, request: Request) -> bytes:
        """Returns the answer to a scrape."""
        device = self._devices.get(request.spec.name)
        if device is None:  # a reload came between
            device = _Device(request.spec)
        now = time.monotonic()
        shared = device.polls.get(request.key)
        running = shared and shared.task and not shared.task.done()
        first = shared is None or (not running and now - shared.begun >= shared.fresh)
        if shared is None or first:
            shared = _Shared(now, 0.0)
            shared.task = asyncio.create_task(self._poll(device, request, shared))
            device.polls[request.key] = shared
        else:
            self.shared += 1
        task = shared.task
        if task is None:  # for the type checker
            return b""
        await asyncio.wait([task], timeout=max(0.0, request.deadline - time.monotonic()) + _LATE_S)
        if not task.done():
            failure = Failure("timeout", "the poll isn't over")
            return health(page(failed(request.modules, failure))[0])
        found = task.result()
        text, shared.text = shared.text, None
        if text is None or not first or device.spec.interval > SLOW_S:
            text = stamped(found)
        return text + health(found)

    async def _poll(self, device: _Device, request: Request, shared: _Shared) -> Page:
        poll = await self._collected(device, request)
        found, shared.text = page(poll)
        self._note(device, poll)
        shared.fresh = _fresh(device.spec.interval, up=poll.up)
        left = max(0.0, shared.begun + shared.fresh - time.monotonic())
        asyncio.get_running_loop().call_later(left, _forget, device, request.key, shared)
        return found

    async def _collected(self, device: _Device, request: Request) -> Poll:
        """Polls a device: one poll at a time, because an agent has one set of parameters."""
        try:
            async with asyncio.timeout(max(0.0, request.deadline - time.monotonic())):
                await device.lock.acquire()
        except TimeoutError:
            return failed(request.modules, Failure("timeout", "another poll of the device isn't over"))
        try:
            agent = await self._agent(device, request)
            return await collect(self._engine, agent, request.modules, request.deadline)
        except OSError as error:
            why = f'"{request.spec.address}" has no address: {error.strerror or "the resolver did not answer"}'
            return failed(request.modules, Failure("refused", why))
        finally:
            device.lock.release()

    async def _agent(self, device: _Device, request: Request) -> Agent:
        spec = request.spec
        sockaddr = await self._resolver.sockaddr(spec.address, spec.family, spec.port, request.deadline)
        credentials = request.credentials
        if request.context and isinstance(credentials, User):
            credentials = replace(credentials, context=request.context)
        key = (request.auth, request.context)
        known, agent = device.agents.pop(key, (None, None))
        if agent is None or known != credentials or agent.sockaddr != sockaddr:
            agent = Agent(sockaddr, credentials)
        device.agents[key] = (credentials, agent)
        if len(device.agents) > _MOST_AGENTS:
            del device.agents[next(iter(device.agents))]  # the one that was asked longest ago
        return agent

    def _note(self, device: _Device, poll: Poll) -> None:
        """Counts a poll, and logs a device that changes: each failure once, not once a scrape."""
        failure = next((part.failure for part in poll.parts if part.failure), None)
        state = "up" if poll.up or failure is None else failure.reason
        self.polls[state] = self.polls.get(state, 0) + 1
        if state == device.state:
            return
        device.state = state
        if state == "up":
            log.info("answers SNMP again", extra=fields(device=device.spec.name))
        elif failure:
            log.warning(
                "doesn't answer SNMP",
                extra=fields(device=device.spec.name, reason=failure.reason, detail=failure.detail),
            )


def _fresh(interval: float, *, up: bool) -> float:
    """For how many seconds a poll is good."""
    if interval <= SLOW_S:
        return interval / 2
    return interval - SCRAPE_S / 2 if up else SCRAPE_S / 2


def _forget(device: _Device, key: Iterable[object], shared: _Shared) -> None:
    if device.polls.get(tuple(key)) is shared:
        del device.polls[tuple(key)]
