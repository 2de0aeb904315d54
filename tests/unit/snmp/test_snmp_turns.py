"""Whose turn it is, and when operations are looked at again: counted, with a clock that the test turns."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from exporters.snmp.agent import Agent
from exporters.snmp.operation import Operation
from exporters.snmp.session import Community
from exporters.snmp.timers import STEP_S, Timers
from exporters.snmp.turns import KNOCKS, PATIENCE_S, Turns, patience
from exporters.snmp.walk import Get


class Handle:
    """A timer of the loop below."""

    def __init__(self, when: float, call: Callable[[], None]) -> None:
        self.at, self.call, self.cancelled = when, call, False

    def when(self) -> float:
        """See asyncio."""
        return self.at

    def cancel(self) -> None:
        """See asyncio."""
        self.cancelled = True


class Loop:
    """What Timers needs of an event loop.

    Attributes:
        now: Its clock.
        wakes: How often it called anybody.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.wakes = 0
        self._handles: list[Handle] = []

    def call_at(self, when: float, call: Callable[..., None], *given: Any) -> Handle:
        """See asyncio."""
        handle = Handle(when, lambda: call(*given))
        self._handles.append(handle)
        return handle

    def until(self, end: float) -> None:
        """Turns the clock on, from timer to timer."""
        while waiting := [each for each in self._handles if not each.cancelled and each.at <= end]:
            first = min(waiting, key=Handle.when)
            self._handles.remove(first)
            self.now = max(self.now, first.at)
            self.wakes += 1
            first.call()
        self.now = end


class Due:
    """Timers with such a loop.

    Attributes:
        found: What came up, with the time.
    """

    def __init__(self) -> None:
        self.loop = Loop()
        self.found: list[tuple[float, Operation]] = []
        self.timers = Timers(self._tick)
        self.timers.start(self.loop)  # type: ignore[arg-type]  # the part of it that is used

    def _tick(self, step: int) -> None:
        self.found += [(self.loop.now, operation) for operation in self.timers.due(step, 64)]


def device(*, answered: bool | None = None) -> Agent:
    """Returns a device that answered the last time, or didn't, or was never asked."""
    agent = Agent(("127.0.0.1", 161), Community("2c", "public"))
    agent.answered = answered
    return agent


@pytest.fixture
def operation():
    """Makes operations."""
    loop = asyncio.new_event_loop()
    yield lambda agent=None: Operation(agent or device(), Get(()), 0.0, 99.0, loop.create_future())
    loop.close()


def test_a_thousand_silent_devices_cost_a_turn_a_step(operation):
    """Whatever the times: each comes up once, in its step, never before, and the loop wakes once a step."""
    due = Due()
    chance = random.Random(3)
    times = {operation(): chance.uniform(0, 2) for _ in range(1000)}
    for each, when in times.items():
        due.timers.set(each, when)
    due.loop.until(3)
    assert sorted(map(id, times)) == sorted(id(each) for _, each in due.found)
    assert all(0 <= at - times[each] < STEP_S for at, each in due.found)
    assert due.loop.wakes <= 2 / STEP_S + 1


def test_a_step_with_many_is_worked_off_in_parts(operation):
    """A tick takes so many and no more, so that messages are read between; the others come right after."""
    due = Due()
    for _ in range(1000):
        due.timers.set(operation(), 1.0)
    due.loop.until(1.0)
    assert len(due.found) == 1000
    assert due.loop.wakes == -(-1000 // 64)


def test_what_was_put_off_comes_later_and_what_ended_not_at_all(operation):
    """Each answer puts off its operation's time: that costs no timer. What was taken out wakes nobody."""
    due = Due()
    late, gone, soon = operation(), operation(), operation()
    due.timers.set(late, 1.0)
    for when in range(2, 60):
        due.timers.set(late, float(when))
    due.timers.set(gone, 0.5)
    due.timers.clear(gone)
    due.timers.set(soon, 40.0)
    due.timers.set(soon, 0.25)
    due.loop.until(58.9)
    assert due.found == [(0.25, soon)]
    due.loop.until(60)
    assert due.found == [(0.25, soon), (59.0, late)]
    assert due.loop.wakes <= 5


def test_devices_that_dont_answer_take_no_slot(operation):
    """With every slot taken, those that are dead or new are asked, a few a turn; those that answer wait for a slot."""
    turns = Turns(1)
    taken = operation()
    turns.count(taken, counted=True)
    healthy = [device(answered=True) for _ in range(2)]
    for agent in [*[device(answered=False) for _ in range(20)], *healthy, *[device() for _ in range(20)]]:
        turns.enter(agent)
    found = list(iter(turns.next, None))
    assert len(found) == KNOCKS
    assert not any(agent.answered for agent in found)
    turns.next_turn()
    turns.count(taken, counted=False)
    turns.count(taken, counted=False)
    assert turns.taken == 0
    assert turns.next() is healthy[0]
    assert turns.more


def test_patience_follows_a_devices_own_delay():
    """A quick device's request that isn't answered soon counts no more; a slow one's counts longer, within limits."""
    agent = device(answered=True)
    least, most = PATIENCE_S
    assert patience(agent) == least
    agent.delay = 0.04
    assert patience(agent) == pytest.approx(0.16)
    agent.delay = 3
    assert patience(agent) == most
