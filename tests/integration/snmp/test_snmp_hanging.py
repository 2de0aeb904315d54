"""Devices that hang cost the healthy ones nothing: no slot, no wait, and fewer datagrams the second time."""

import asyncio
import contextlib
import itertools
import time

import pytest

from bench.snmp.agent import Responder, interfaces
from exporters.snmp.agent import Agent
from exporters.snmp.engine import Engine
from exporters.snmp.session import Community
from exporters.snmp.walk import Walk

COLUMNS = [(1, 3, 6, 1, 2, 1, 2, 2, 1, column) for column in range(1, 11)]
PUBLIC = Community("2c", "public")
LONG_S = 60.0


class Device:
    """An agent that can hang.

    Attributes:
        asked: Datagrams that came.
        deaf: How many it doesn't answer from now on.
    """

    def __init__(self, rows=5):
        self.asked = 0
        self.deaf = 0.0
        self._responder = Responder(interfaces(rows))

    def __call__(self, data):
        """Answers, or doesn't."""
        self.asked += 1
        self.deaf -= 1
        return None if self.deaf >= 0 else self._responder(data)


@contextlib.contextmanager
def engine_of(limit):
    """Runs an engine with so many slots."""
    engine = Engine(limit=limit)
    engine.start()
    yield engine
    engine.stop()
    assert engine.under_way == 0


def at(address, timeout=LONG_S, retries=3):
    """Returns a device at an address."""
    return Agent(address, PUBLIC, timeout=timeout, retries=retries)


async def read(engine, agent):
    """Reads a table; returns how it ended."""
    return await engine.run(agent, Walk(COLUMNS), LONG_S)


async def cancel(tasks):
    """Ends what hangs."""
    for task in tasks:
        assert not task.done()
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("known", ["never asked", "found dead"])
async def test_a_dead_device_takes_no_slot(serve, known):
    """100 dead ones and one slot: nobody takes it, and a device that is asked after them is read at once."""
    silent, living = await serve(lambda _: None), at(await serve(Device()))
    with engine_of(1) as engine:
        dead = [at(silent) for _ in range(100)]
        for agent in dead:
            agent.answered = None if known == "never asked" else False
        tasks = [asyncio.ensure_future(read(engine, agent)) for agent in dead]
        await asyncio.sleep(0)
        assert engine.under_way == 0
        for _ in range(2):  # new itself, and then known
            assert (await read(engine, living)).failure is None
        assert engine.under_way == 0
        await cancel(tasks)


async def test_a_device_that_begins_to_hang_gives_its_slot_back(serve):
    """20 that answered until now hang all at once, with one slot: the next is read long before they are given up."""
    device = Device()
    address = await serve(device)
    with engine_of(1) as engine:
        hanging = [at(address) for _ in range(20)]
        living = at(await serve(Device()))
        for agent in [*hanging, living]:
            assert (await read(engine, agent)).failure is None
        device.deaf = float("inf")
        tasks = [asyncio.ensure_future(read(engine, agent)) for agent in hanging]
        await asyncio.sleep(0)
        assert engine.under_way == 1
        outcome = await read(engine, living)
        assert outcome.failure is None
        assert outcome.seconds < LONG_S / 4
        await cancel(tasks)


async def test_a_device_found_dead_is_asked_twice_and_waited_for_as_long(serve):
    """Four datagrams the first time, two the second, in the same time; when it answers, all is as before."""
    device = Device()
    device.deaf = float("inf")
    agent = at(await serve(device), timeout=0.1)
    with engine_of(2) as engine:
        took = []
        for sent in (4, 2):
            before, begun = device.asked, time.monotonic()
            outcome = await read(engine, agent)
            took.append(time.monotonic() - begun)
            assert outcome.failure.reason == "timeout"
            assert (outcome.packets, device.asked - before) == (sent, sent)
        assert took[1] > 0.35  # three times 0.1 s after the second
        device.deaf = 1
        outcome = await read(engine, agent)
        assert (outcome.failure, outcome.retried) == (None, 1)
        assert agent.pace.bulk
        device.deaf = 3
        assert (await read(engine, agent)).retried == 3


async def test_many_new_devices_at_once_are_all_read(serve):
    """300 devices that were never asked, with two slots: each is read, however many are asked at once."""
    addresses = [await serve(Device()) for _ in range(10)]
    with engine_of(2) as engine:
        outcomes = await asyncio.gather(*[read(engine, at(addresses[number % 10])) for number in range(300)])
        assert {outcome.failure for outcome in outcomes} == {None}
        assert max(outcome.retried for outcome in outcomes) == 0


async def test_the_loop_turns_seldom_for_devices_that_hang(serve):
    """200 that hang, repeated every 0.1 s: their times come up together, some 32 times a second and not 2,000."""
    address = await serve(lambda _: None)
    with engine_of(2) as engine:
        ticks = itertools.count()
        timers = engine._timers
        tick = timers._tick
        timers._tick = lambda step: (next(ticks), tick(step))
        begun = time.monotonic()
        outcomes = await asyncio.gather(*[read(engine, at(address, timeout=0.1, retries=5)) for _ in range(200)])
        took = time.monotonic() - begun
        assert sum(outcome.packets for outcome in outcomes) == 1200
        assert next(ticks) < 32 * took + 1200 / 64 + 20
