"""Streams cut into messages: both framings on one port, in pieces of any size, and nothing lost or made up."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.syslog.framing import Framer

TEXT = st.binary(min_size=1, max_size=40).map(lambda raw: b"<13>" + raw)
LINES = st.lists(TEXT.filter(lambda raw: not set(raw) & set(b"\n\r\0")), min_size=1, max_size=20)


def feed(stream, sizes=(), most=65536):
    """Everything a framer makes of a stream that arrives in pieces of these sizes, then as a whole."""
    framer = Framer(most)
    found = []
    for size in sizes:
        found += framer.feed(stream[:size])
        stream = stream[size:]
    return found + framer.feed(stream) + framer.close(), framer


@given(LINES, st.lists(st.integers(1, 30), max_size=20), st.sampled_from([b"\n", b"\r\n", b"\0", b"\n\n"]))
def test_lines_survive_any_pieces(messages, sizes, trailer):
    """Messages that end with a newline, CR LF or NUL come out as they went in, wherever reads cut them."""
    assert feed(trailer.join(messages) + trailer, sizes)[0] == messages


@given(
    st.lists(TEXT, min_size=1, max_size=20), st.lists(st.integers(1, 30), max_size=20), st.sampled_from([b"", b"\n"])
)
def test_counted_messages_survive_any_pieces(messages, sizes, between):
    """Counted messages may hold any byte, newlines and NULs too; an uncounted newline after them is skipped."""
    stream = between.join(b"%d %s" % (len(each), each) for each in messages)
    found, framer = feed(stream, sizes)
    assert found == messages
    assert framer.counts.cut_short == 0
    assert framer.counts.miscounted == 0


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20))
def test_any_bytes_are_framed_alike_in_any_pieces(stream, sizes):
    """How a stream is cut into reads changes nothing; the framer never raises."""
    assert feed(stream, sizes)[0] == feed(stream)[0]


@given(st.binary(max_size=300).map(lambda raw: b"<" + raw), st.lists(st.integers(1, 40), max_size=20))
def test_lines_are_the_streams_bytes(stream, sizes):
    """Of a stream of lines nothing is lost or made up: with the trailers, the messages are the stream."""
    plain = stream.replace(b"\0", b"\n").replace(b"\r", b"")
    assert b"".join(feed(stream.replace(b"\r", b""), sizes)[0]) == plain.replace(b"\n", b"")


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20))
def test_counted_bytes_are_all_there(garbage, sizes):
    """After a counted message, whatever comes is in the messages, in its order, but counts and trailers."""
    found, _ = feed(b"5 <13>a" + garbage, sizes)
    assert found[0] == b"<13>a"
    at = 0
    for piece in found[1:]:
        place = garbage.find(piece, at)
        assert place >= 0
        assert garbage[at:place].strip(b"\n\r\0 0123456789") == b""
        at = place + len(piece)
    assert garbage[at:].strip(b"\n\r\0 0123456789") == b""


def test_a_lines_number_is_no_count():
    """A connection of lines stays one: what a user wrote can't swallow the messages after it."""
    assert feed(b"<13>a\n999 <13>b\n<13>c\n")[0] == [b"<13>a", b"999 <13>b", b"<13>c"]


def test_messages_without_a_pri_are_lines():
    """NX-OS' year and IOS' sequence number are no counts."""
    stream = b"2024 Mar  1 12:00:01 UTC: %A-5-B: x\n77: Mar  1 12:00:01: %A-5-B: y\n"
    assert feed(stream)[0] == stream.splitlines()


def test_counting_goes_on_after_a_wrong_count():
    """What stands where a count should be is a message of its own, and the next count is believed."""
    found, framer = feed(b"5 <13>\xc3\xa9" + b"6 <14>bb" + b"6 <15>cc")
    assert found == [b"<13>\xc3", b"\xa9", b"<14>bb", b"<15>cc"]
    assert framer.counts.miscounted == 1


def test_a_connection_that_ends_within_a_message_keeps_what_came():
    """Both framings: what the end cut is a message, and counted."""
    found, framer = feed(b"16 <1>2")
    assert found == [b"<1>2"]
    assert framer.counts.cut_short == 1
    assert feed(b"<13>no newline")[0] == [b"<13>no newline"]
    assert feed(b"123")[0] == [b"123"]


@pytest.mark.parametrize("sizes", [(), (1,) * 40, (9, 9, 9)])
def test_what_is_too_long_is_cut_and_counted(sizes):
    """A message of more than the limit is cut, counted once, and its rest is no message."""
    for stream in (b"<13>" + b"a" * 30 + b"\n<13>b\n", b"34 <13>" + b"a" * 30 + b"5 <13>b"):
        found, framer = feed(stream, sizes, most=10)
        assert found == [b"<13>aaaaaa", b"<13>b"]
        assert framer.counts.truncated == 1


def test_memory_is_bounded():
    """A connection that never ends its message costs its limit, whichever framing it pretends."""
    for opening in (b"<13>", b"9999999 <13>", b"5 <13>a" + b"x"):
        framer = Framer(most=10_000)
        framer.feed(opening)
        tracemalloc.start()
        for _ in range(2000):
            framer.feed(b"a" * 1000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 60_000
