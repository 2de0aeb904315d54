"""A walk's and a get's state machines, played against an agent in memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.snmp.agent import Responder, interfaces
from exporters.snmp import ber, message, oid, pdu
from exporters.snmp.agent import LEAST, MOST, START, Pace
from exporters.snmp.columns import Column, LoopError, Reader
from exporters.snmp.errors import MalformedError
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Pdu, Response, Value, VarBind
from exporters.snmp.walk import Get, Job, Meaning, Request, Walk

ROOT = (1, 3, 6, 1, 4, 1, 9)


def play(
    job: Job, responder: Responder, budget: int = 60, repetitions: int = 0, *, bulk: bool = True, v1: bool = False
) -> list[Request]:
    """Carries a job out; returns its requests."""
    requests = []
    while (request := job.next(budget, repetitions, bulk=bulk)) is not None:
        requests.append(request)
        assert len(requests) < 5000
        body = pdu.encode_request(request.kind, 1, 0, request.repetitions, request.bodies)
        data = responder.answer(pdu.decode(body), 65000, v1=v1)
        _, _, status, position, at, end = pdu.read_head(data, 0, len(data))
        meaning = job.take(request, Response(data, status, position, at, end))
        if meaning == Meaning.BROKEN:
            bulk = False
        if meaning == Meaning.TOO_BIG:
            budget = max(1, request.asked // 2)
    return requests


def binding(column: int, index: Oid, value: Value = 1, tag: int = 2) -> VarBind:
    """Returns a cell of the table under ROOT."""
    return VarBind((*ROOT, column, *index), tag, value)


def first(job: Job, budget: int = 60, *, bulk: bool = True) -> Request:
    """Returns the request that stands now."""
    request = job.next(budget, 0, bulk=bulk)
    assert request is not None
    return request


def answer(*varbinds: VarBind) -> Response:
    """Returns an agent's answer."""
    data = pdu.encode(Pdu(pdu.RESPONSE, 1, 0, 0, varbinds))
    *_, at, end = pdu.read_head(data, 0, len(data))
    return Response(data, 0, 0, at, end)


INDEXES = st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 300), min_size=1, max_size=3).map(tuple)
TABLES = st.dictionaries(
    st.integers(1, 9), st.dictionaries(INDEXES, st.integers(0, 2**32 - 1), max_size=12), min_size=1, max_size=5
)


@settings(max_examples=150)
@given(TABLES, st.integers(1, 80), st.integers(0, 12), st.booleans(), st.booleans(), st.integers(-1, 14))
def test_a_walk_finds_exactly_what_there_is(tables, budget, repetitions, bulk, typed, rows):  # noqa: PLR0917  # hypothesis's
    """Whatever the table's holes, indexes and sizes and whatever is asked at once: each value, once, nothing else."""
    found = [
        binding(column, index, value, pdu.COUNTER32)
        for column, table in tables.items()
        for index, value in table.items()
    ]
    walk = Walk([(*ROOT, column) for column in tables], typed=typed, rows=rows)
    play(walk, Responder([*found, VarBind((1, 3, 6, 1, 4, 1, 10, 1), 2, 1)]), budget, repetitions, bulk=bulk)
    assert walk.tables == {(*ROOT, column): table for column, table in tables.items()}
    assert walk.failure is None


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), INDEXES, st.sampled_from(["00", "7f", "80", "00ffffffff", "0100000000", ""])),
        max_size=20,
    )
)
def test_the_fast_reader_and_the_plain_one_agree(items):
    """Any bindings in any order: the fast way gives the plain way's tables and the plain way's failure."""
    varbinds = [
        ber.sequence(ber.tlv(6, oid.encode((*ROOT, column, *index))), ber.tlv(pdu.COUNTER32, bytes.fromhex(body)))
        for column, index, body in items
    ]
    data = b"".join(varbinds)
    seen = []
    for typed in (False, True):
        columns = [Column((*ROOT, column), typed=typed) for column in (1, 2, 3)]
        try:
            count: object = Reader(strict=True, typed=typed).read(data, 0, len(data), columns)
        except MalformedError as error:
            count = type(error)
        seen.append((count, [column.table for column in columns]))
    assert seen[0] == seen[1]


def test_one_request_carries_a_rows_columns():
    """48 interfaces with 41 columns, with the pace grown: 8 requests, not the 1,968 of one value each."""
    roots = sorted({varbind.oid[:-1] for varbind in interfaces(1)})
    walk = Walk(roots, rows=48)
    requests = play(walk, Responder(interfaces(48)), MOST)
    assert len(requests) == 8
    assert sum(map(len, walk.tables.values())) == 41 * 48


def test_oids_are_compared_as_numbers_not_as_bytes():
    """16383 is `ff 7f` and 16384 is `81 80 00`: as bytes the order would be the other way round."""
    walk = Walk([(*ROOT, 1)])
    play(walk, Responder([binding(1, (16383,)), binding(1, (16384,))]), budget=1)
    assert list(walk.tables[(*ROOT, 1)]) == [(16383,), (16384,)]


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("second", [(5,), (4,), (4, 9)])
def test_an_oid_that_does_not_increase_is_a_loop(second, typed):
    """The same OID again, or one before it, ends the walk; what was read stays."""
    walk = Walk([(*ROOT, 1)], typed=typed)
    request = first(walk)
    with pytest.raises(LoopError, match=r"1\.3\.6\.1\.4\.1\.9\.1\.5 with .* not above"):
        walk.take(request, answer(binding(1, (5,)), binding(1, second)))
    assert walk.tables[(*ROOT, 1)][(5,)] == 1


def test_where_disorder_is_allowed_only_a_repeated_oid_is_a_loop():
    """`allow_nonincreasing_oids`: an unsorted table is read, and going round in it is noticed all the same."""
    walk = Walk([(*ROOT, 1)], strict=False)
    request = first(walk)
    assert walk.take(request, answer(binding(1, (5,)), binding(1, (3,)))) == Meaning.TRUNCATED
    with pytest.raises(LoopError):
        walk.take(first(walk), answer(binding(1, (5,))))
    assert set(walk.tables[(*ROOT, 1)]) == {(5,), (3,)}


def test_a_walk_without_end_is_a_loop():
    """An agent that always has one more is stopped by the count, and what it made up becomes no series."""
    walk = Walk([(*ROOT, 1)], most_bindings=100)

    def read() -> None:
        for start in range(0, 1000, 10):
            walk.take(first(walk, 10), answer(*[binding(1, (start + row,)) for row in range(10)]))

    with pytest.raises(LoopError, match="more than 100 bindings"):
        read()
    assert walk.tables == {(*ROOT, 1): {}}


def test_more_bindings_than_asked_for_are_malformed():
    """An oversized answer is no answer to our request."""
    walk = Walk([(*ROOT, 1)])
    with pytest.raises(MalformedError, match="5 bindings where 4 were asked for"):
        walk.take(first(walk, 4), answer(*[binding(1, (row,)) for row in range(5)]))


def test_an_answer_of_less_than_a_row_narrows_the_request():
    """An agent that answers two bindings at a time is asked for two columns at a time, and gives everything."""

    class Small(Responder):
        def _bulk(self, request: Pdu, room: int) -> list[bytes]:
            return super()._bulk(request, room)[:2]

    walk = Walk([(*ROOT, column) for column in range(1, 7)])
    play(walk, Small([binding(column, (row,)) for column in range(1, 7) for row in range(1, 6)]))
    assert [len(table) for table in walk.tables.values()] == [5] * 6


def test_an_empty_bulk_answer_means_getnext():
    """GETBULK that brings nothing is broken, and GETNEXT takes over."""

    class NoBulk(Responder):
        def _bulk(self, request: Pdu, room: int) -> list[bytes]:  # noqa: ARG002
            return []

    walk = Walk([(*ROOT, 1), (*ROOT, 2)])
    requests = play(walk, NoBulk([binding(1, (1,)), binding(2, (1,))]))
    assert [request.kind for request in requests[:2]] == [pdu.GETBULK, pdu.GETNEXT]
    assert walk.tables == {(*ROOT, 1): {(1,): 1}, (*ROOT, 2): {(1,): 1}}


def test_v1_ends_a_column_by_an_error():
    """The error noSuchName names the column that is at its end; the others go on."""
    walk = Walk([(*ROOT, 2), (*ROOT, 3)])
    play(walk, Responder([binding(2, (1,)), binding(2, (2,)), binding(3, (1,))]), bulk=False, v1=True)
    assert walk.tables == {(*ROOT, 2): {(1,): 1, (2,): 1}, (*ROOT, 3): {(1,): 1}}
    assert walk.failure is None


def test_an_error_costs_its_column_only():
    """An error genErr for one column is named, and the other columns are read."""

    class Sore(Responder):
        def answer(self, request: Pdu, room: int, *, v1: bool = False) -> bytes:
            for number, varbind in enumerate(request.varbinds, 1):
                if varbind.oid[:8] == (*ROOT, 1):
                    return pdu.encode(Pdu(pdu.RESPONSE, 1, pdu.GEN_ERR, number, request.varbinds))
            return super().answer(request, room, v1=v1)

    walk = Walk([(*ROOT, 1), (*ROOT, 2)])
    play(walk, Sore([binding(2, (1,))]))
    assert walk.tables[(*ROOT, 2)] == {(1,): 1}
    assert str(walk.failure) == "refused: the device answers genErr for 1.3.6.1.4.1.9.1"


def test_a_get_tells_what_is_missing_from_what_failed():
    """Missing instances are simply not there; no_such_object only where there is none at all. The same on v1."""
    responder = Responder([binding(1, (0,)), binding(3, (0,))])
    for v1 in (False, True):
        get = Get([(*ROOT, 1, 0), (*ROOT, 2, 0), (*ROOT, 3, 0)])
        play(get, responder, v1=v1)
        assert list(get.found) == [(*ROOT, 1, 0), (*ROOT, 3, 0)]
        assert get.failure is None
        nothing = Get([(*ROOT, 9, 0)])
        play(nothing, responder, v1=v1)
        assert nothing.failure is not None
        assert nothing.failure.reason == "no_such_object"


@pytest.mark.parametrize("v1", [True, False])
def test_an_error_that_names_no_instance_costs_none_but_its_own(v1):
    """An agent that says 0 in place of the instance's number: each is asked for by itself, and one is missing."""

    class Vague(Responder):
        def answer(self, request: Pdu, room: int, *, v1: bool = False) -> bytes:
            if any(varbind.oid == (*ROOT, 4, 0) for varbind in request.varbinds):
                status = pdu.NO_SUCH_NAME if v1 else pdu.GEN_ERR
                return pdu.encode(Pdu(pdu.RESPONSE, 1, status, 0, request.varbinds))
            return super().answer(request, room, v1=v1)

    get = Get([(*ROOT, column, 0) for column in range(1, 10)])
    play(get, Vague([binding(column, (0,)) for column in range(1, 10)]), v1=v1)
    assert [name[-2] for name in get.found] == [1, 2, 3, 5, 6, 7, 8, 9]
    assert v1 == (get.failure is None)


def test_what_repeats_a_request():
    """A late answer to the same columns is one to a repeat; of a GET, also one to more instances."""
    get = Get([(*ROOT, column, 0) for column in range(1, 10)])
    whole, part = first(get), first(get, 4)
    assert part.repeats(whole)
    assert not whole.repeats(part)
    part.join(whole)
    assert (part.asked, part.least) == (9, 4)
    late = answer(*[binding(column, (0,)) for column in range(1, 10)])
    assert get.take(part, late) == Meaning.PROGRESS
    assert len(get.found) == 9
    walk = Walk([(*ROOT, 1), (*ROOT, 2)])
    both = first(walk)
    assert first(walk, 30, bulk=False).repeats(both)
    assert not first(walk, 1).repeats(both)


def test_an_answer_as_long_as_the_shorter_repeat_is_not_cut_off():
    """It was we who asked for less; one that is shorter still was cut off by the agent."""
    for rows, meaning in ((5, Meaning.PROGRESS), (4, Meaning.TRUNCATED)):
        walk = Walk([(*ROOT, 1)])
        before, request = first(walk, 10), first(walk, 5)
        request.join(before)
        assert walk.take(request, answer(*[binding(1, (row,)) for row in range(1, rows + 1)])) == meaning


def test_the_pace_grows_on_fast_answers_and_shrinks_on_bad_ones():
    """Full and fast: more at once, to the ceiling. tooBig, slow or lost: less, and not back at once."""
    pace = Pace()
    assert pace.budget == START
    for _ in range(40):
        pace.answered(pace.budget, 0.01, 2.0, 0.0)
    assert pace.budget == MOST
    pace.lost(MOST, 1.0)
    assert pace.budget == MOST // 2
    for _ in range(40):
        pace.answered(pace.budget, 0.01, 2.0, 2.0)
    assert START < pace.budget < MOST
    pace.too_big(100, 3.0)
    assert pace.budget == 50
    pace.answered(50, 1.5, 2.0, 4.0)
    assert pace.budget == 25
    for _ in range(9):
        pace.lost(pace.budget, 5.0)
    assert pace.budget == LEAST
    pace.begin(5000.0)
    for _ in range(60):
        pace.answered(pace.budget, 0.01, 2.0, 5000.0)
    assert pace.budget == MOST


def test_the_pace_takes_one_lost_answer_for_chance_and_two_running_for_a_limit():
    """Unless one as long was answered between them."""
    pace = Pace()
    for _ in range(3):
        pace.answered_less(40, 20, 1.0)
        pace.answered(40, 0.01, 2.0, 1.0)
    for _ in range(40):
        pace.answered(pace.budget, 0.01, 2.0, 1.0)
    assert pace.budget == MOST
    pace.answered_less(40, 20, 2.0)
    pace.answered(30, 0.01, 2.0, 2.0)
    pace.answered_less(45, 22, 2.0)
    for _ in range(40):
        pace.answered(pace.budget, 0.01, 2.0, 2.0)
    assert pace.budget == 22


def test_a_message_envelope_is_what_the_agent_in_memory_speaks():
    """The tests' agent answers real messages, so that integration tests and this one mean the same."""
    request = message.encode_plain(message.V2C, b"public", pdu.encode_request(pdu.GET, 5, 0, 0, [oid.encode(ROOT)]))
    data = Responder([])(request)
    assert data is not None
    head = message.read_plain(data)
    assert pdu.decode(data, head.at, head.end).request_id == 5
