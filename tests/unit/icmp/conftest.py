"""A network that exists only as a list: the pinger is played, with its clock in our hands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from exporters.icmp.pinger import Pinger
from exporters.icmp.socket import SENT
from exporters.icmp.targets import SECOND_NS, Destination, prepare
from exporters.kit.document import Document


@dataclass(frozen=True)
class Request:
    """A request as the transport saw it."""

    device: str
    sequence: int
    index: int
    sent_ns: int
    host: str

    @property
    def at(self) -> float:
        """When it was sent, in seconds."""
        return round(self.sent_ns / SECOND_NS, 3)


@dataclass
class Play:
    """A pinger, its clock, and what it sent.

    Attributes:
        answers: What becomes of a request: seconds until the answer, or None.
        outcome: What the transport says to a request.
    """

    answers: Callable[[Request], float | None] = lambda _: 0.02
    outcome: Callable[[Request], int] = lambda _: SENT
    first_sequence: int = 0
    start_s: float = 1000.0
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = round(self.start_s * SECOND_NS)
        self.lost: list[str] = []
        self._coming: list[tuple[int, Request]] = []
        self.pinger = Pinger(
            self,
            clock=lambda: self.now,
            on_lost=lambda target: self.lost.append(target.spec.name),
            first_sequence=self.first_sequence,
        )

    def send(self, destination: Destination, sequence: int, index: int, sent_ns: int) -> int:
        names = {target.index: name for name, target in self.pinger.targets.items()}
        request = Request(names.get(index, ""), sequence, index, sent_ns, destination.host)
        outcome = self.outcome(request)
        if outcome == SENT:
            self.requests.append(request)
            delay = self.answers(request)
            if delay is not None:
                self._coming.append((sent_ns + round(delay * SECOND_NS), request))
        return outcome

    def load(self, **targets: dict[str, Any]) -> None:
        base = {"address": "192.0.2.1", "interval": 6.0, "timeout": 1.0}
        self.pinger.swap(prepare(Document("r", {}, {name: base | target for name, target in targets.items()})))

    def run(self, seconds: float, *, step: float = 0.01) -> None:
        """Lets time pass as the engine does: answers, then time-outs, then sends."""
        end = self.now + round(seconds * SECOND_NS)
        while self.now < end:
            self.now += round(step * SECOND_NS)
            self.deliver()
            self.pinger.expire(self.now)
            self.pinger.send_due(self.now, 1000)

    def deliver(self) -> None:
        due = sorted([entry for entry in self._coming if entry[0] <= self.now], key=lambda entry: entry[0])
        self._coming = [entry for entry in self._coming if entry[0] > self.now]
        for when, request in due:
            self.reply(request, when)

    def reply(self, request: Request, when: int | None = None, *, host: str | None = None) -> None:
        received = self.now if when is None else when
        self.pinger.on_reply(request.sequence, request.index, request.sent_ns, host or request.host, received)

    def up(self, name: str) -> int | None:
        return self.pinger.targets[name].up

    def times(self, name: str) -> list[float]:
        return [request.at for request in self.requests if request.device == name]


@pytest.fixture
def play() -> type[Play]:
    """The class: a test makes as many as it needs."""
    return Play
