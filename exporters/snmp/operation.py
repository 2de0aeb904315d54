"""A walk or a get on its way: what is kept of it between two datagrams, and what its answers teach. Pure."""

import asyncio
from dataclasses import dataclass

from exporters.snmp import message, pdu
from exporters.snmp.agent import DOUBTS, Agent
from exporters.snmp.errors import Failure
from exporters.snmp.session import PlainSession, SecureSession
from exporters.snmp.walk import Job, Meaning, Request

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
        "due",
        "future",
        "id",
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
        self.note: Failure | None = None  # what to say if no answer comes
        self.attempts_at = 0.0  # when the request's time is up
        self.due = 0  # the step (timers) in which it wants to be looked at
        self.armed: int | None = None  # the step in which it will be

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
        pace = agent.pace
        if not self.attempt:
            agent.delay += (now - self.sent - agent.delay) / (_SMOOTH if agent.delay else 1)
        if meaning == Meaning.TOO_BIG:
            pace.too_big(request.asked, now)
        elif meaning == Meaning.BROKEN:
            self.bulk = False
            pace.doubts = DOUBTS
        elif request.kind == pdu.GETBULK:
            pace.doubts = 0
            if meaning == Meaning.TRUNCATED:
                pace.truncated(self.job.got, now)
            elif not self.attempt:
                pace.answered(request.asked, now - self.sent, agent.timeout, now)
        elif not self.bulk and agent.session.version != message.V1:
            if pace.doubts >= DOUBTS:
                pace.without_bulk(now)
            self.bulk = True  # once more, unless the pace knows better

    def lost(self, now: float) -> None:
        """Takes from a missing answer what it says: it may have been more than the device or the path carries.

        Of a device that is silent anyway it says nothing; it is asked the other way all the same.
        """
        agent = self.agent
        if self.request is None or self.request.kind != pdu.GETBULK:
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
            return Failure(
                "auth", "the device answers the discovery and nothing else: so it does with another password or key"
            )
        if self.answers:
            return Failure("timeout", f"no answer to request {self.answers + 1}, sent {self.attempt + 1} times")
        hint = " (or another community)" if isinstance(session, PlainSession) else ""
        return Failure("timeout", f"no answer to {self.packets} requests{hint}")
