"""The fast way through an answer reads what reading binding by binding gives, whatever a device sends."""

from collections.abc import Sequence
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from exporters.snmp import ber, oid, pdu
from exporters.snmp.columns import Column, LoopError, Reader
from exporters.snmp.errors import MalformedError
from exporters.snmp.patterns import Patterns

ROOT = (1, 3, 6, 1, 4, 1, 9)
_BODIES = st.binary(max_size=12) | st.binary(min_size=90, max_size=140) | st.just(b"\x00" + b"\xff" * 8)
_VALUES = st.tuples(st.sampled_from([2, 4, 5, 6, 64, 65, 66, 67, 68, 70, 71, 128, 130]), _BODIES) | st.tuples(
    st.sampled_from([2, 65, 66, 67, 70]), st.integers(0, 2**32 - 1).map(lambda n: n.to_bytes(4, "big").lstrip(b"\0"))
)
# What real tables have: a column keeps its type. Such rows are what patterns are made of.
_CELLS = {
    2: st.integers(-(2**31), 2**31 - 1).map(lambda n: ber.integer(n)[2:]),
    4: st.binary(max_size=12) | st.just(b"0\x0b\x06\x08") | st.binary(min_size=90, max_size=140),
    66: st.integers(0, 2**32 - 1).map(lambda n: ber.integer(n)[2:]),
    70: st.integers(0, 2**64 - 1).map(lambda n: ber.integer(n)[2:]),
}
_REAL = st.tuples(*[st.sampled_from(sorted(_CELLS))] * 3).flatmap(
    lambda kinds: st.lists(
        st.tuples(*[st.tuples(st.just(kind), _CELLS[kind]) for kind in kinds]), min_size=3, max_size=9
    )
)
_TABLES = _REAL | st.lists(st.tuples(_VALUES, _VALUES, _VALUES), min_size=4, max_size=9)


def binding(column: int, row: int, tag: int, body: bytes) -> bytes:
    """Returns a cell's bytes."""
    return ber.sequence(ber.tlv(6, oid.encode((*ROOT, column, row))), ber.tlv(tag, body))


def table(values: Sequence[tuple[tuple[int, bytes], ...]], start: int = 1) -> bytes:
    """Returns an answer with whole rows."""
    return b"".join(
        [
            binding(column, row, tag, body)
            for row, cells in enumerate(values, start)
            for column, (tag, body) in enumerate(cells, 1)
        ]
    )


def reading(data: bytes, *, typed: bool = False, patterns: Patterns | None = None, width: int = 3) -> object:
    """Reads an answer: what came of it."""
    columns = [Column((*ROOT, column), typed=typed) for column in range(1, width + 1)]
    reader = Reader(strict=True, typed=typed, patterns=patterns or Patterns(worth=10**9))
    try:
        count: object = reader.read(data, 0, len(data), columns)
    except MalformedError as error:
        count = type(error)
    return count, [(column.table, column.done, None if isinstance(count, type) else column.last) for column in columns]


def all_ways(data: bytes) -> tuple[Any, Any, Any]:
    """Reads an answer by patterns, row by row, and the plain way."""
    return reading(data, patterns=Patterns(worth=1)), reading(data), reading(data, typed=True)


@settings(max_examples=300)
@given(_TABLES, st.sampled_from([1, 124, 16380]))
def test_every_type_and_length_is_read_as_one_by_one(values, start):
    """Numbers of too many bytes, strings of any length, missing objects: the same tables, the same failure."""
    by_pattern, by_row, plain = all_ways(table(values, start))
    assert by_pattern == plain
    assert by_row == plain


@settings(max_examples=300)
@given(_TABLES, st.integers(0, 10_000), st.integers(1, 255))
@example([((128, b""), (2, b"\x01"), (2, b"\x01"))] * 4, 11, 0x80)  # no OID, of an object that there isn't
def test_a_damaged_byte_is_noticed_as_one_by_one(values, where, damage):
    """One byte is another: a length, a type, an OID. Nothing is read that the plain way doesn't read.

    But a binding's own tag, which the fast way takes for granted: it says nothing that the lengths don't.
    """
    data = bytearray(table(values))
    assume(data[where % len(data)] != ber.SEQUENCE)
    data[where % len(data)] ^= damage
    by_pattern, by_row, plain = all_ways(bytes(data))
    assert by_pattern == plain
    assert by_row == plain


@given(st.integers(0, 60), st.binary(max_size=60))
@example(0, b"")
def test_a_string_that_holds_the_next_binding_is_no_binding(row, before):
    """A device's operator may write into an alias what looks like the next column: it stays text."""
    lie = before + binding(2, row + 1, pdu.COUNTER32, b"\x07") + binding(3, row + 1, pdu.COUNTER32, b"\x07")
    data = table([((4, lie[:120]), (65, b"\x01"), (4, lie[:100])) for _ in range(8)], row + 1)
    by_pattern, by_row, plain = all_ways(data)
    assert by_pattern == plain
    assert by_row == plain


def test_any_damaged_byte_of_a_usual_table_is_noticed_as_one_by_one():
    """Each byte of it in turn: patterns see a wrong length, type or OID wherever it stands."""
    rows = [
        ((4, b"Gi1/%d" % row), (2, b"\x01"), (70, ber.integer(row << 12)[2:]), (4, b"x" * row)) for row in (1, 2, 3)
    ]
    data = table(rows)
    patterns = Patterns(worth=1)
    for where in range(len(data)):
        for damage in (0x01, 0x02, 0x80):
            damaged = bytearray(data)
            damaged[where] ^= damage
            if data[where] != ber.SEQUENCE:
                found = reading(bytes(damaged), patterns=patterns, width=4)
                assert found == reading(bytes(damaged), typed=True, width=4), (where, damage)


def test_a_string_that_holds_the_rest_of_its_row_is_one_string():
    """All that a pattern looks for stands in it, down to a string that would end where the row does."""
    rest = binding(2, 1, pdu.COUNTER32, b"\x07") + binding(3, 1, pdu.COUNTER32, b"\x08")
    lie = b"a" + rest[:-3] + ber.tlv(4, b"b" * len(rest))[:2]
    data = table([((4, lie), (65, b"\x07"), (4, b"b"))] * 1 + [((4, b"c"), (65, b"\x07"), (4, b"d"))] * 9)
    by_pattern, by_row, plain = all_ways(data)
    assert by_pattern == plain
    assert by_row == plain


def test_a_row_that_comes_again_is_a_loop():
    """Also where it matches the pattern of the rows before it."""
    rows = [((4, b"a"), (2, b"\x01"), (2, b"\x02"))] * 4
    by_pattern, by_row, plain = all_ways(table(rows) + table(rows[:2], 3))
    assert by_pattern == by_row == plain
    assert plain[0] is LoopError


def test_the_rows_of_a_usual_table_are_read_by_a_pattern():
    """All of an answer, without a look at each binding."""
    data = table([((4, b"Gi1/0/%d" % row), (2, b"\x01"), (70, ber.integer(row << 40)[2:])) for row in range(1, 10)])
    columns = [Column((*ROOT, column)) for column in (1, 2, 3)]
    reader = Reader(strict=True, typed=False, patterns=Patterns(worth=2))
    assert reader._read_rows(data, 0, len(data), columns) == (0, 0)  # which way it takes is the fact
    assert reader._read_rows(data, 0, len(data), columns) == (len(data), 27)
    assert columns[2].table[(9,)] == 9 << 40


def test_a_string_full_of_names_costs_no_time():
    """Each might be the end of the string before: a pattern that tried them all would try for minutes."""
    lie = b"".join([binding(column, 1, 4, b"") for column in (2, 3) for _ in range(3)])[:100]
    data = table([((4, lie), (4, lie), (4, lie)) for _ in range(200)])
    by_pattern, by_row, plain = all_ways(data)
    assert by_pattern == by_row == plain
