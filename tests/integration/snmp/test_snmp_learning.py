"""What the engine learns of an agent: from one bad object or one lost answer nothing that costs all the others."""

import asyncio
import socket

import pytest

from bench.snmp.agent import Responder, interfaces
from exporters.snmp import message, pdu
from exporters.snmp.agent import LEAST, MOST, START, Agent
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Pdu, VarBind
from exporters.snmp.session import Community
from exporters.snmp.walk import Get, Walk

COLUMNS = [(1, 3, 6, 1, 2, 1, 2, 2, 1, column) for column in range(1, 11)]
OTHERS = [(1, 3, 6, 1, 2, 1, 31, 1, 1, 1, column) for column in range(1, 11)]
PUBLIC = Community("2c", "public")
BAD: Oid = (*COLUMNS[2], 5)


class Sore(Responder):
    """Has a column of which it can only say genErr."""

    def answer(self, request: Pdu, room: int, *, v1: bool = False) -> bytes:
        """Names it, as the RFC says."""
        for number, varbind in enumerate(request.varbinds, 1):
            if request.kind != pdu.GET and varbind.oid[: len(BAD) - 1] == BAD[:-1]:
                return pdu.encode(Pdu(pdu.RESPONSE, request.request_id, pdu.GEN_ERR, number, request.varbinds))
        return super().answer(request, room, v1=v1)


class Lossy:
    """Loses what it is told to, of requests or of answers.

    Attributes:
        lose: Tells of a request's bytes and its answer's whether nothing comes.
        sizes: Bindings of the requests that came.
    """

    def __init__(self, rows: int = 30) -> None:
        self.responder = Responder(interfaces(rows))
        self.lose = lambda _request, _answer: False
        self.sizes: list[int] = []

    def __call__(self, data: bytes) -> bytes | None:
        """Answers, or doesn't."""
        head = message.read_plain(data)
        self.sizes.append(len(pdu.decode(data, head.at, head.end).varbinds))
        answer = self.responder(data) or b""
        return None if self.lose(data, answer) else answer


def agent_at(address, *, timeout: float = 1.0, retries: int = 3) -> Agent:
    """Returns an agent that answered before; only what is lost on purpose should be late, on a busy machine, too."""
    agent = Agent(address, PUBLIC, timeout=timeout, retries=retries)
    agent.answered = True
    return agent


def values(walk: Walk) -> int:
    """Returns how many values were read."""
    return sum(map(len, walk.tables.values()))


def broken(rows: int) -> Responder:
    """Returns an agent with one value that can't be read: a Gauge32 of no byte."""
    responder = Responder(interfaces(rows))
    at = responder.mib.oids.index(BAD)
    name = pdu.encode_varbind(VarBind(BAD, 5, None))[2:-2]
    responder.mib.encoded[at] = bytes((0x30, len(name) + 2)) + name + b"\x42\x00"
    return responder


@pytest.mark.parametrize("responder", [Sore(interfaces(50)), broken(50)], ids=["an error", "a broken value"])
async def test_one_bad_object_does_not_cost_getbulk(engine, serve, responder):
    """GETNEXT fails there as GETBULK did: so it is the object, and other tables go on in few packets."""
    agent = agent_at(await serve(responder))
    outcome = await engine.run(agent, Walk(COLUMNS), 5)
    assert outcome.failure is not None
    walk = Walk(OTHERS)
    outcome = await engine.run(agent, walk, 20)
    assert (outcome.failure, values(walk)) == (None, 500)
    assert outcome.packets < 20


async def test_a_lost_answer_is_chance(engine, serve):
    """What is asked for less because of it grows again: to ask for less was our choice, not the agent's."""
    lossy = Lossy(200)
    agent = agent_at(await serve(lossy), timeout=2)
    lossy.lose = lambda _request, _answer: len(lossy.sizes) == 3
    walk = Walk(COLUMNS)
    outcome = await engine.run(agent, walk, 20)
    assert (outcome.failure, outcome.retried, values(walk)) == (None, 1, 2000)
    await engine.run(agent, Walk(COLUMNS), 5)
    assert agent.pace.budget > START


async def test_answers_that_never_arrive_when_they_are_long_are_asked_for_no_more(engine, serve):
    """A path that loses what is longer than 700 bytes: found out twice, and then it loses nothing any more."""
    lossy = Lossy(200)
    lossy.lose = lambda _request, answer: len(answer) > 700
    agent = agent_at(await serve(lossy))
    for _ in range(2):
        walk = Walk(COLUMNS)
        outcome = await engine.run(agent, walk, 30)
        assert (outcome.failure, values(walk)) == (None, 2000)
    assert outcome.retried == 0


@pytest.mark.parametrize("side", ["request", "answer"])
async def test_a_long_get_that_is_never_answered_is_asked_in_parts(engine, serve, side):
    """An agent that drops messages beyond 484 bytes (the least that RFC 3417 wants) is read, and it is remembered."""
    lossy = Lossy()
    lossy.lose = lambda request, answer: len(request if side == "request" else answer) > 484
    agent = agent_at(await serve(lossy))
    names = [(*column, row) for column in COLUMNS for row in range(1, 7)]
    get = Get(names)
    outcome = await engine.run(agent, get, 20)
    assert (outcome.failure, len(get.found)) == (None, 60)
    assert outcome.retried <= 2
    get = Get(names)
    outcome = await engine.run(agent, get, 20)
    assert (outcome.failure, outcome.retried, len(get.found)) == (None, 0, 60)
    assert agent.pace.budget == START  # of a GETBULK that says nothing


async def test_a_late_answer_to_a_long_get_counts(engine):
    """It is asked for less meanwhile, under the same request ID: the whole answer is taken, and nothing is learned."""
    responder = Responder(interfaces(30))
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        agent = agent_at(sock.getsockname(), timeout=0.2)
        get = Get([(*column, row) for column in COLUMNS for row in range(1, 7)])
        running = asyncio.ensure_future(engine.run(agent, get, 20))
        (first, source), (second, _) = [await loop.sock_recvfrom(sock, 65535) for _ in range(2)]
        assert len(second) < len(first)
        sock.sendto(responder(first) or b"", source)
        outcome = await running
    assert (outcome.failure, outcome.answers, len(get.found)) == (None, 1, 60)
    assert agent.pace.instances == START


async def test_few_instances_stay_together(engine, serve):
    """A lost GET for a handful says nothing of its length."""
    lossy = Lossy()
    lossy.lose = lambda _request, _answer: len(lossy.sizes) <= 2
    agent = agent_at(await serve(lossy))
    names = [(*COLUMNS[0], row) for row in range(1, LEAST + 1)]
    outcome = await engine.run(agent, Get(names), 20)
    assert (outcome.failure, lossy.sizes) == (None, [LEAST] * 3)
    assert agent.pace.instances == START


async def test_too_big_for_a_get_says_nothing_of_getbulk(engine, serve):
    """A GETBULK's answer is cut to size by the agent, a GET's is refused: it isn't asked for less because of a GET."""
    agent = agent_at(await serve(Responder(interfaces(30), most=800)))
    get = Get([(*column, row) for column in COLUMNS for row in range(1, 7)])
    outcome = await engine.run(agent, get, 20)
    assert (outcome.failure, len(get.found), agent.pace.budget) == (None, 60, START)
    assert agent.pace.instances < START < MOST


async def test_a_time_that_no_timer_takes_leaves_nothing_behind(engine, serve):
    """The operation that can't be begun is the caller's mistake; the device's next one isn't kept waiting by it."""
    agent = agent_at(await serve(Responder(interfaces(3))))
    with pytest.raises(OverflowError):
        await engine.run(agent, Walk(COLUMNS), 1e308)
    outcome = await engine.run(agent, Walk(COLUMNS), 5)
    assert outcome.failure is None
