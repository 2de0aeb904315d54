"""A walk or a get on its way: what the engine keeps of it between two datagrams."""

import asyncio
from dataclasses import dataclass

from exporters.snmp.agent import Agent
from exporters.snmp.errors import Failure
from exporters.snmp.walk import Job, Request

NEVER = float("inf")


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
        "malformed",
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
        self.attempt = self.resends = self.malformed = self.refused = 0
        self.packets = self.retried = self.answers = 0
        self.sent = 0.0
        self.started = False
        self.counted = False  # among those under way
        self.waits = False  # for its turn to send, not for an answer
        self.bulk = True
        self.discovered = False
        self.note: Failure | None = None  # what to say if no answer comes
        self.attempts_at = 0.0  # when the request's time is up
        self.due = self.armed = NEVER
