"""A walk or a get on its way: what is kept of it between two datagrams, and what its answers teach. Pure."""

import asyncio
from dataclasses import dataclass

from exporters.snmp import message, pdu
from exporters.snmp.agent import DOUBTS, LEAST, START, Agent
from exporters.snmp.errors import Failure
from exporters.snmp.session import PlainSession, SecureSession
from exporters.snmp.walk import Get, Job, Meaning, Request

_SMOOTH = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ended; what it read is in its job.

    Attributes:
        failure: Why it gave less than was asked; None when all is there.
        seconds: How long it took, the wait for its turn included.
        packets: Messages sent.
        retried: Of these, repeated because no answer came.
        answers: Answers taken.
    """

    failure: Failure | None
    seconds: float
    packets: int
    retried: int
    answers: int


class Operation:
    """A job on its way."""

    __slots__ = (
        "agent",
        "answers",
        "armed",
        "attempt",
        "attempts_at",
        "begun",
        "bulk",
        "counted",
        "deadline",
        "discovered",
        "dropped",
        "due",
        "future",
        "id",
        "instances",
        "job",
        "note",
        "packets",
        "refused",
        "request",
        "resends",
        "retried",
        "sent",
        "started",
        "waits",
    )

    def __init__(self, agent: Agent, job: Job, now: float, deadline: float, future: asyncio.Future[Outcome]) -> None:
        self.agent = agent
        self.job = job
        self.begun = now
        self.deadline = deadline
        self.future = future
        self.id = 0
        self.request: Request | None = None
        self.attempt = self.resends = self.refused = 0
        self.packets = self.retried = self.answers = 0
        self.sent = 0.0
        self.started = False
        self.counted = False  # among those under way
        self.waits = False  # for its turn to send, not for an answer
        self.bulk = agent.session.version != message.V1
        self.discovered = False
        self.dropped = 0  # bindings that the last request without an answer asked for
        self.instances = START  # that a GET asks for
        self.note: Failure | None = None  # what to say if no answer comes
        self.attempts_at = 0.0  # when the request's time is up
        self.due = 0  # the step (timers) in which it wants to be looked at
        self.armed: int | None = None  # the step in which it will be

    @property
    def budget(self) -> int:
        """How many bindings its next request may ask for."""
        pace = self.agent.pace
        return min(pace.budget, pace.instances, self.instances) if isinstance(self.job, Get) else pace.budget

    @property
    def attempts(self) -> int:
        """How often its request is repeated: once where the device was silent the last time, too."""
        agent = self.agent
        return min(agent.retries, 1) if agent.answered is False else agent.retries

    @property
    def wait(self) -> float:
        """Seconds to wait for an answer to what was just sent. Repeating it less often is no reason to wait less."""
        agent = self.agent
        left = agent.retries - self.attempt + 1 if self.attempt == self.attempts else 1
        return agent.timeout * left

    def learn(self, request: Request, meaning: Meaning, now: float) -> None:
        """Takes from an answer what it says about the device."""
        agent = self.agent
        if not self.attempt:
            agent.delay += (now - self.sent - agent.delay) / (_SMOOTH if agent.delay else 1)
        if request.kind == pdu.GET:
            self._learn_instances(request, meaning, now)
        elif meaning == Meaning.TOO_BIG:
            agent.pace.too_big(request.asked, now)
        elif meaning == Meaning.BROKEN:
            self.bulk = False
            agent.pace.doubts = DOUBTS
        elif request.kind == pdu.GETBULK:
            self._learn_bulk(request, meaning, now)
        elif agent.session.version != message.V1:
            self._learn_next(now)

    def _learn_bulk(self, request: Request, meaning: Meaning, now: float) -> None:
        """Takes from the answer to a GETBULK how much the device answers at once."""
        pace = self.agent.pace
        pace.doubts = 0
        asked = request.size
        if meaning == Meaning.TRUNCATED:
            pace.truncated(self.job.got, now)
        elif not self.attempt:
            pace.answered(asked, now - self.sent, self.agent.timeout, now)
        elif self.job.got <= asked < self.dropped:  # not the late answer to one that asked for more
            pace.answered_less(self.dropped, asked, now)

    def _learn_next(self, now: float) -> None:
        """Takes from the answer to a GETNEXT whether the device's GETBULK is of use."""
        pace = self.agent.pace
        if not self.job.got and self.job.failure:
            pace.with_bulk()  # GETNEXT fails there, too: it is the object
        elif not self.bulk and pace.doubts >= DOUBTS:
            pace.without_bulk(now)
        self.bulk = True  # once more, unless the pace knows better

    def _learn_instances(self, request: Request, meaning: Meaning, now: float) -> None:
        """Takes from the answer to a GET how many instances the device bears in one."""
        asked = request.size
        if meaning == Meaning.TOO_BIG:
            self.agent.pace.fewer_instances(max(1, asked // 2), now)
        elif self.attempt and self.job.got <= asked < self.dropped:  # not the late answer to one that asked for more
            self.agent.pace.fewer_instances(asked, now)
        self.instances = START

    def lost(self, now: float) -> None:
        """Takes from a missing answer what it says: it may have been more than the device or the path carries.

        Of a device that is silent anyway it says nothing; it is asked the other way all the same.
        """
        agent = self.agent
        if self.request is None or self.request.kind == pdu.GETNEXT:
            return
        self.dropped = self.request.size
        if self.request.kind == pdu.GET:
            self.instances = max(LEAST, self.dropped // 2)
            return
        last = self.attempt + 1 >= self.attempts
        self.bulk = self.bulk and not last
        if agent.answered is not False:
            agent.pace.lost(self.request.asked, now)
            agent.pace.doubts += last

    def silence(self) -> Failure:
        """Returns why it ended without an answer."""
        session = self.agent.session
        if self.note:
            return self.note
        if not self.started:
            return Failure("timeout", "its turn didn't come before the deadline")
        if isinstance(session, SecureSession) and self.discovered and not session.proven:
            other = "password, key or context" if session.user.context else "password or key"
            return Failure(
                "auth", f"the device answers the discovery and nothing else: so it does with another {other}"
            )
        if self.answers:
            return Failure("timeout", f"no answer to request {self.answers + 1}, sent {self.attempt + 1} times")
        hint = " (or another community)" if isinstance(session, PlainSession) else ""
        return Failure("timeout", f"no answer to {self.packets} requests{hint}")
