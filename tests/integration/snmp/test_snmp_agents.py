"""Dead, slow, lying and restarted agents on 127.0.0.x: each ends as the named failure, within its deadline."""

import asyncio
import itertools
import socket
import time
import weakref
from typing import Any

import pytest

from bench.snmp.agent import Responder, interfaces
from bench.snmp.fuzz import fuzz
from exporters.snmp import message, pdu
from exporters.snmp.agent import Agent, Sockaddr
from exporters.snmp.engine import Engine
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Pdu, VarBind
from exporters.snmp.session import Community
from exporters.snmp.usm import User
from exporters.snmp.walk import Get, Walk

COLUMNS = [(1, 3, 6, 1, 2, 1, 2, 2, 1, column) for column in range(1, 11)]
PUBLIC = Community("2c", "public")
USER = User("u", "SHA1", "authentication", "AES128", "privacy-password")
LATE_S = 0.5


def agent_at(
    address: Sockaddr, credentials: Community | User = PUBLIC, *, timeout: float = 0.1, retries: int = 1, **options: Any
) -> Agent:
    """Returns an agent that is soon given up."""
    return Agent(address, credentials, timeout=timeout, retries=retries, **options)


def values(walk: Walk) -> int:
    """Returns how many values were read."""
    return sum(map(len, walk.tables.values()))


def open_socket(host: str = "127.0.0.1") -> socket.socket:
    """Returns a socket that says nothing."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    return sock


@pytest.mark.parametrize(
    "credentials", [Community("1", "public"), PUBLIC, User("plain"), USER], ids=lambda c: str(c)[:18]
)
async def test_a_table_is_read_whole(engine, serve, credentials):
    """Every version reads the same table, and a second walk needs no discovery."""
    responder = Responder(interfaces(30), users=[User("plain"), USER])
    agent = agent_at(await serve(responder), credentials, timeout=2)
    for _ in range(2):
        walk = Walk(COLUMNS)
        outcome = await engine.run(agent, walk, 5)
        assert (outcome.failure, values(walk), outcome.retried) == (None, 300, 0)


async def test_what_was_read_is_kept_by_nobody_but_the_caller(engine, serve):
    """An operation's deadline stays among the times until it comes, without the tables: 1000 of them are 100 MB."""
    walk = Walk(COLUMNS)
    assert (await engine.run(agent_at(await serve(Responder(interfaces(3)))), walk, 60)).failure is None
    gone = weakref.ref(walk)
    del walk
    assert gone() is None


async def test_a_silent_agent_is_a_timeout_at_the_deadline(engine):
    """Nobody answers: retries with jitter, then "timeout", never later than the deadline."""
    with open_socket() as silent:
        outcome = await engine.run(agent_at(silent.getsockname(), retries=2), Walk(COLUMNS), 5)
        assert outcome.failure.reason == "timeout"
        assert (outcome.packets, outcome.retried) == (3, 2)
        assert 0.25 < outcome.seconds < 0.35 + LATE_S
        outcome = await engine.run(agent_at(silent.getsockname(), timeout=5), Walk(COLUMNS), 0.2)
        assert outcome.failure.reason == "timeout"
        assert outcome.seconds < 0.2 + LATE_S


async def test_a_closed_port_is_refused_at_once(engine):
    """An ICMP error is told apart from silence, long before the time-out."""
    with open_socket() as sock:
        address = sock.getsockname()
    outcome = await engine.run(agent_at(address, timeout=5), Walk(COLUMNS), 10)
    assert outcome.failure.reason == "refused"
    assert outcome.seconds < 2


@pytest.mark.parametrize(
    ("change", "reason", "text"),
    [
        (lambda data: data.replace(b"public", b"secret"), "malformed", "another community"),
        (lambda data: data[:2] + b"\x02\x01\x00" + data[5:], "malformed", "another version"),
        (lambda data: data[:-3], "malformed", ""),
        (lambda data: b"\x30\x80" + data[2:], "malformed", "indefinite length"),
    ],
    ids=["community", "version", "truncated", "length"],
)
async def test_an_answer_that_is_none_is_not_believed(engine, serve, change, reason, text):
    """Another community, another version, a broken length: ignored, and named when no better answer comes."""
    responder = Responder([VarBind((1, 3, 6, 1, 1, 0), 2, 1)])
    address = await serve(lambda data: change(responder(data)))
    get = Get([(1, 3, 6, 1, 1, 0)])
    outcome = await engine.run(agent_at(address), get, 3)
    assert outcome.failure.reason == reason
    assert text in outcome.failure.detail
    assert not get.found


async def test_an_answer_from_another_address_is_not_believed(engine, serve):
    """Right in all but its source: ignored, unless the agent was said to answer from anywhere."""
    responder = Responder([VarBind((1, 3, 6, 1, 1, 0), 2, 1)])
    with open_socket("127.0.0.3") as other:
        source: list[Sockaddr] = []

        def answer(data):
            if source:
                other.sendto(responder(data) or b"", source[0])

        address = await serve(answer, "127.0.0.2")
        await engine.run(agent_at(address), Get([(1, 3, 6, 1, 1, 0)]), 0.01)
        source.append(("127.0.0.1", engine.sockets.open[socket.AF_INET]._socket.getsockname()[1]))
        outcome = await engine.run(agent_at(address), Get([(1, 3, 6, 1, 1, 0)]), 3)
        assert outcome.failure.reason == "timeout"
        assert "answers come from 127.0.0.3" in outcome.failure.detail
        assert engine.inbox.foreign == 2
        outcome = await engine.run(agent_at(address, any_source=True), Get([(1, 3, 6, 1, 1, 0)]), 3)
        assert outcome.failure is None


async def test_an_endless_agent_is_a_loop(engine, serve):
    """OIDs that go round end as "loop", after GETBULK as after GETNEXT, and quickly."""

    class Round(Responder):
        def _bulk(self, request: Pdu, room: int) -> list[bytes]:  # noqa: ARG002
            return list(self.mib.encoded[:10]) * 3

        def _one(self, kind: int, name: Oid) -> bytes | int:  # noqa: ARG002
            return self.mib.encoded[0]

    outcome = await engine.run(agent_at(await serve(Round(interfaces(30)))), Walk(COLUMNS[:1]), 5)
    assert outcome.failure.reason == "loop"
    assert outcome.seconds < 1


async def test_a_late_answer_still_counts(engine, serve):
    """An agent slower than the time-out, but not than the retries, is read."""
    responder = Responder(interfaces(3))

    class Slow:
        def __call__(self, data):
            loop = asyncio.get_running_loop()
            loop.call_later(0.15, lambda: sock.sendto(responder(data) or b"", ("127.0.0.1", port())))

    def port() -> int:
        return int(engine.sockets.open[socket.AF_INET]._socket.getsockname()[1])

    address = await serve(Slow(), "127.0.0.2")
    with open_socket("127.0.0.2") as sock:
        agent = agent_at(address, retries=3, any_source=True)
        walk = Walk(COLUMNS)
        outcome = await engine.run(agent, walk, 5)
    assert (outcome.failure, values(walk)) == (None, 30)
    assert outcome.retried >= 1


async def test_an_agent_with_a_small_buffer_is_asked_for_less(engine, serve):
    """Truncated GETBULK answers and tooBig for GET: everything is read all the same, and the size is remembered."""
    agent = agent_at(await serve(Responder(interfaces(30), most=300)))
    walk = Walk(COLUMNS)
    assert (await engine.run(agent, walk, 5)).failure is None
    assert values(walk) == 300
    assert agent.pace.budget < 15
    get = Get([(*column, row) for column in COLUMNS for row in range(1, 4)])
    agent.pace.budget = 60
    assert (await engine.run(agent, get, 5)).failure is None
    assert len(get.found) == 30


async def test_an_agent_that_drops_getbulk_is_walked_with_getnext(engine, serve):
    """No answer to any GETBULK: GETNEXT reads the table, and soon nothing else is tried."""
    responder = Responder(interfaces(5))
    agent = agent_at(await serve(lambda data: None if b"\xa5" in data[13:16] else responder(data)), timeout=0.05)
    for _ in range(2):
        walk = Walk(COLUMNS)
        outcome = await engine.run(agent, walk, 5)
        assert (outcome.failure, values(walk)) == (None, 50)
    assert not agent.pace.bulk
    assert outcome.retried == 0


async def test_a_v3_agent_may_restart_and_change_its_engine(engine, serve):
    """A reboot, lost boots, a clock that jumps, another engine ID: each costs a packet or two and no failure."""
    responder = Responder(interfaces(3), users=[USER])
    agent = agent_at(await serve(responder), USER, timeout=1)

    async def reads() -> tuple[object, int, int]:
        walk = Walk(COLUMNS)
        outcome = await engine.run(agent, walk, 3)
        return outcome.failure, values(walk), outcome.retried

    whole = (None, 30, 0)
    assert await reads() == whole
    responder.boots, responder.started = 2, time.monotonic()
    assert await reads() == whole
    responder.boots = 1
    assert await reads() == whole
    responder.started -= 100_000
    assert await reads() == whole
    responder.engine_id = b"\x80\x00\x00\x00\x01another"
    assert await reads() == whole


async def test_two_devices_with_one_engine_id_are_two(engine, serve):
    """Cloned devices share an engine ID, not a clock: walked in turn, neither falls out of its time window."""
    agents = []
    for boots in (3, 90):
        responder = Responder(interfaces(3), users=[USER])
        responder.engine_id, responder.boots = b"\x80\x00\x00\x00\x01same", boots
        agents.append(agent_at(await serve(responder), USER, timeout=1))
    for round_ in range(3):
        for agent in agents:
            outcome = await engine.run(agent, Walk(COLUMNS), 3)
            assert outcome.failure is None
            assert outcome.packets <= (2 if round_ else 4)


async def test_an_agent_that_refuses_every_time_is_not_in_time_window(engine, serve):
    """A report of notInTimeWindow to every request ends as that, and soon."""

    class Strict(Responder):
        def _secured(self, data: bytes) -> bytes:
            self.boots += 1
            return super()._secured(data)

    outcome = await engine.run(agent_at(await serve(Strict(interfaces(1), users=[USER])), USER), Walk(COLUMNS), 3)
    assert outcome.failure.reason == "not_in_time_window"
    assert outcome.seconds < 1


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (User("nobody"), "unknown_user"),
        (User("u", "SHA1", "another-password", "AES128", "privacy-password"), "auth"),
        (User("u", "SHA1", "authentication", "AES128", "another-password"), "auth"),
    ],
    ids=["name", "authentication", "privacy"],
)
async def test_wrong_credentials_are_named(engine, serve, user, reason):
    """An unknown user and a wrong key are no time-outs, even where the device says nothing to the latter."""
    outcome = await engine.run(agent_at(await serve(Responder(interfaces(1), users=[USER])), user), Walk(COLUMNS), 3)
    assert outcome.failure.reason == reason


async def test_a_forged_v3_answer_is_not_believed(engine, serve):
    """A response without the digest that was asked for is ignored, however well it fits."""
    responder = Responder(interfaces(1), users=[USER])

    def forge(data):
        head = message.read_secured(data)
        if not head.flags & message.AUTH:
            return responder(data)
        body = pdu.encode(Pdu(pdu.RESPONSE, head.id, 0, 0, [VarBind((*COLUMNS[0], 1), 2, 666)]))
        return message.encode_secured(
            head.id,
            0,
            engine_id=responder.engine_id,
            boots=1,
            time=1,
            user=b"u",
            data=message.encode_scoped(responder.engine_id, b"", body),
        )[0]

    get = Get([(*COLUMNS[0], 1)])
    outcome = await engine.run(agent_at(await serve(forge), USER), get, 3)
    assert outcome.failure.reason == "auth"
    assert not get.found


async def test_dead_devices_hold_nobody_up(serve):
    """Five times as many dead devices as requests may be under way: the living are read long before those time out."""
    engine = Engine(limit=10)
    engine.start()
    address = await serve(Responder(interfaces(10)))
    with open_socket() as silent:
        dead = [engine.run(agent_at(silent.getsockname(), timeout=3), Walk(COLUMNS), 6) for _ in range(50)]
        tasks = [asyncio.ensure_future(each) for each in dead]
        living = await asyncio.gather(*[engine.run(agent_at(address, timeout=3), Walk(COLUMNS), 6) for _ in range(20)])
        assert all(outcome.failure is None for outcome in living)
        assert max(outcome.seconds for outcome in living) < 2.5
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert engine.under_way == 0
    engine.stop()


async def test_a_device_gets_one_request_at_a_time_with_a_gap(engine, serve):
    """Operations on one device follow one another, and its requests keep the distance that was asked for."""
    responder = Responder(interfaces(10))
    times = []

    def noted(data):
        times.append(time.monotonic())
        return responder(data)

    agent = agent_at(await serve(noted), timeout=2, gap=0.05)
    outcomes = await asyncio.gather(*[engine.run(agent, Walk(COLUMNS[:2]), 5) for _ in range(4)])
    assert all(outcome.failure is None for outcome in outcomes)
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.04


async def test_a_gap_never_passes_the_deadline(engine, serve):
    """An operation whose next request may not leave before its deadline ends at its deadline."""
    agent = agent_at(await serve(Responder(interfaces(30))), timeout=2, gap=5)
    outcome = await engine.run(agent, Walk(COLUMNS), 0.2)
    assert outcome.failure.reason == "timeout"
    assert outcome.seconds < 0.2 + LATE_S


async def test_stop_ends_what_is_under_way():
    """A stopped engine leaves nobody waiting."""
    engine = Engine()
    engine.start()
    with open_socket() as silent:
        task = asyncio.ensure_future(engine.run(agent_at(silent.getsockname(), timeout=9), Walk(COLUMNS), 20))
        await asyncio.sleep(0)
        engine.stop()
        failure = (await task).failure
        assert failure is not None
        assert failure.reason == "timeout"


async def test_a_thousand_damaged_answers_do_no_harm():
    """Fuzz: no exception escapes, no deadline passes (`python -m bench.snmp.fuzz` does 100,000)."""
    tally = await fuzz(1000, seed=20)
    assert (tally.escaped, tally.late) == ([], [])
    assert tally.answers >= 1000
    assert {"", "malformed"} <= set(tally.outcomes)
