"""An agent's answers, on the wire's bytes: what it says, how much, to whom."""

from collections.abc import Callable

import pytest

from exporters.snmp import message, oid, pdu, usm
from exporters.snmp.message import REPORTABLE
from exporters.snmp.pdu import Pdu, VarBind
from exporters.snmp.usm import User
from lab.snmp.agent import Agent, Credentials
from lab.snmp.device import Condition
from lab.snmp.mib import Mib
from lab.snmp.udp import MOST

NOW = 1_900_000_000.0
USER = User("sotp", "SHA256", "authentication", "AES128", "privacy-password")
NAMES = "1.3.6.1.2.1.31.1.1.1.1"
STATS = (1, 3, 6, 1, 6, 3, 15, 1, 1)


def mib() -> Mib:
    """A scalar that is its time, 300 names, and a row that comes and goes."""
    objects = Mib()
    objects.ticks("1.3.6.1.2.1.1.3", lambda now: now - NOW + 7)
    for row in range(1, 301):
        objects.text(NAMES, f"port {row}", row)
    objects.integer("1.3.6.1.9.1", lambda now: 1 if now > NOW else None)
    objects.sort()
    return objects


@pytest.fixture
def condition() -> Condition:
    """Booted 1000 seconds ago, for the third time."""
    return Condition(booted=NOW - 1000, boots=3)


@pytest.fixture
def agent(condition: Condition) -> Callable[[Credentials], Agent]:
    """Makes an agent."""
    objects = mib()
    return lambda credentials: Agent("sw", credentials, condition, lambda: objects)


def ask(agent: Agent, kind: int, *names: str, bulk: tuple[int, int] = (0, 0), now: float = NOW) -> Pdu:
    """A v2c request's answer."""
    bindings = [VarBind(oid.parse(name), 5, None) for name in names]
    request = message.encode_plain(message.V2C, b"public", pdu.encode(Pdu(kind, 7, *bulk, bindings)))
    answer = agent.answer(request, now)
    assert answer is not None
    assert len(answer) <= MOST
    head = message.read_plain(answer)
    assert head.community == b"public"
    return pdu.decode(answer, head.at, head.end)


def test_get_and_getnext(agent: Callable[[Credentials], Agent]) -> None:
    """Values, both kinds of absence, what comes next, and the end."""
    sw = agent(b"public")
    found = ask(sw, pdu.GET, "1.3.6.1.2.1.1.3.0", f"{NAMES}.2", f"{NAMES}.999", "1.3.6.1.4.1.9.2.1.58.0")
    assert [(each.tag, each.value) for each in found.varbinds] == [
        (pdu.TIME_TICKS, 7),
        (4, b"port 2"),
        (pdu.NO_SUCH_INSTANCE, None),
        (pdu.NO_SUCH_OBJECT, None),
    ]
    assert (found.kind, found.request_id, found.error_status) == (pdu.RESPONSE, 7, 0)
    after = ask(sw, pdu.GETNEXT, "1.3", f"{NAMES}.9", f"{NAMES}.300")
    assert [each.value for each in after.varbinds] == [7, b"port 10", None]
    assert after.varbinds[2].tag == pdu.END_OF_MIB_VIEW


def test_an_instance_may_come_and_go(agent: Callable[[Credentials], Agent]) -> None:
    """What has no value now is passed over, and not there."""
    sw = agent(b"public")
    assert ask(sw, pdu.GETNEXT, f"{NAMES}.300", now=NOW + 1).varbinds[0].value == 1
    assert ask(sw, pdu.GET, "1.3.6.1.9.1.0").varbinds[0].tag == pdu.NO_SUCH_INSTANCE


def test_getbulk_gives_rows_and_as_much_as_fits(agent: Callable[[Credentials], Agent]) -> None:
    """Non-repeaters once, repeaters in turn; 300 rows are cut off below 1,400 bytes, and asked for in five goes."""
    sw = agent(b"public")
    found = ask(sw, pdu.GETBULK, "1.3.6.1.2.1.1", NAMES, f"{NAMES}.100", bulk=(1, 2)).varbinds
    assert [each.value for each in found] == [7, b"port 1", b"port 101", b"port 2", b"port 102"]
    seen: list[pdu.Value] = []
    last, requests = NAMES, 0
    while len(seen) < 300:
        more = ask(sw, pdu.GETBULK, last, bulk=(0, 500)).varbinds
        rows = [each for each in more if each.tag != pdu.END_OF_MIB_VIEW]
        seen += [each.value for each in rows]
        last, requests = oid.text(rows[-1].oid), requests + 1
    assert seen == [f"port {row}".encode() for row in range(1, 301)]
    assert 5 <= requests <= 10
    assert [each.tag for each in ask(sw, pdu.GETBULK, last, bulk=(0, 9)).varbinds] == [pdu.END_OF_MIB_VIEW]


def test_a_get_that_does_not_fit_is_too_big(agent: Callable[[Credentials], Agent]) -> None:
    """It says so, with nothing else (RFC 3416 §4.2.1)."""
    found = ask(agent(b"public"), pdu.GET, *[f"{NAMES}.{row}" for row in range(1, 120)])
    assert (found.error_status, list(found.varbinds)) == (pdu.TOO_BIG, [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x03\x02\x01\x01",
        b"garbage",
        message.encode_plain(message.V2C, b"private", pdu.encode(Pdu(pdu.GET, 1, 0, 0, []))),
        message.encode_plain(message.V1, b"public", pdu.encode(Pdu(pdu.GET, 1, 0, 0, []))),
        message.encode_plain(message.V2C, b"public", pdu.encode(Pdu(pdu.SET, 1, 0, 0, []))),
        message.encode_plain(message.V2C, b"public", b"\xa0\x03\x02\x01"),
    ],
)
def test_what_it_does_not_take_gets_silence(agent: Callable[[Credentials], Agent], data: bytes) -> None:
    """Another community, another version, a SET, garbage."""
    assert agent(b"public").answer(data, NOW) is None


def test_a_hung_agent_and_one_with_another_community_are_silent(
    agent: Callable[[Credentials], Agent], condition: Condition
) -> None:
    """Until they are healed."""
    sw = agent(b"public")
    request = message.encode_plain(message.V2C, b"public", pdu.encode(Pdu(pdu.GETNEXT, 1, 0, 0, [])))
    for fault in ("agent", "community"):
        setattr(condition, fault, True)
        assert sw.answer(request, NOW) is None
        assert condition.heal()
        assert sw.answer(request, NOW) is not None


def report(agent: Agent, keys: usm.Keys = usm.NO_KEYS, *, flags: int = REPORTABLE, **changes: object) -> int | None:
    """What a v3 request is answered with: the number of a counter of usmStats, 0 for a response, None for silence."""
    request = pdu.encode(Pdu(pdu.GETNEXT, 7, 0, 0, [VarBind((1, 3), 5, None)]))
    given = {"engine_id": agent.engine_id, "boots": 3, "time": 1000, "user": b"sotp", "counter": 1} | changes
    scoped = message.encode_scoped(agent.engine_id, b"", request)
    answer = agent.answer(usm.seal(keys, 99, scoped, flags=flags, **given), NOW)  # type: ignore[arg-type]  # a dict
    if answer is None:
        return None
    head = message.read_secured(answer)
    assert (head.id, head.engine_id, head.boots, head.time) == (99, agent.engine_id, 3, 1000)
    plain, inner = usm.unseal(usm.keys_for(USER, agent.engine_id), answer, head)
    found = pdu.decode(plain, inner.at, inner.end)
    if found.kind == pdu.REPORT:
        assert found.varbinds[0].oid[:-2] == STATS
        return found.varbinds[0].oid[-2]
    assert found.varbinds[0].value == 7
    return 0


def test_v3_answers_and_reports(agent: Callable[[Credentials], Agent], condition: Condition) -> None:
    """RFC 3414 §3.2: each reason has its counter of usmStats; nobody who didn't ask for one gets a report."""
    sw = agent(USER)
    keys = usm.keys_for(USER, sw.engine_id)
    wrong = usm.keys_for(User("sotp", "SHA256", "another-one", "AES128", "privacy-password"), sw.engine_id)
    other_key = usm.keys_for(User("sotp", "SHA256", "authentication", "AES128", "another-key"), sw.engine_id)
    assert report(sw, keys) == 0
    assert report(sw, engine_id=b"", user=b"", boots=0, time=0) == 4  # unknownEngineIDs: discovery
    assert report(sw, engine_id=b"", flags=0) is None
    assert report(sw, keys, user=b"nobody") == 3  # unknownUserNames
    assert report(sw, user=b"sotp") == 1  # unsupportedSecLevels
    assert report(sw, wrong) == 5  # wrongDigests
    assert report(sw, other_key) == 6  # decryptionErrors
    assert report(sw, keys, time=1151) == report(sw, keys, boots=2) == 2  # notInTimeWindows
    assert report(sw, keys, time=850) == 0
    condition.community = True
    assert report(sw, keys) == 5


def test_engine_ids_are_their_devices_own(agent: Callable[[Credentials], Agent]) -> None:
    """Same device, same ID; 5 to 32 bytes (RFC 3411)."""
    one, other = agent(USER).engine_id, Agent("sw2", USER, Condition(NOW, 1), mib).engine_id
    assert one == agent(USER).engine_id != other
    assert 5 <= len(one) <= 32
