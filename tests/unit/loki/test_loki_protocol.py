"""What is written is what is read, and what Loki's own protobuf says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.kit.loki import protocol

TEXT = st.text(max_size=40).map(lambda text: text.encode(errors="replace").decode())


@given(st.integers(0, 2**62), TEXT, st.lists(st.tuples(TEXT, TEXT.filter(bool)), max_size=4))
def test_an_entry_comes_back(stamp: int, line: str, metadata: list[tuple[str, str]]) -> None:
    """Stamp to the nanosecond, line and metadata."""
    data = protocol.entry(stamp, line.encode(), protocol.pairs(metadata))
    (found,) = protocol.entries(data)
    assert (found.stamp_ns, found.line, found.metadata, found.raw) == (stamp, line, tuple(metadata), data)


@given(st.binary(max_size=45).map(lambda name: name.hex()), st.binary(max_size=49).map(lambda value: value.hex()))
def test_one_pair_is_a_pair(name: str, value: str) -> None:
    """A head that was made before, and a value, are what `pairs` writes."""
    if value:
        assert protocol.pair_heads(name.encode())[len(value)] + value.encode() == protocol.pairs([(name, value)])


@pytest.mark.parametrize("size", [0, 1, 127, 128, 3990, 4095, 4096, 16_383, 16_384, 250_000])
def test_an_entry_of_any_size(size: int) -> None:
    """Lengths of one byte to three, of the line and of the entry."""
    data = protocol.entry(1, b"x" * size, protocol.pairs([("k", "v")]))
    (found,) = protocol.entries(data)
    assert (found.line, found.metadata, found.raw) == ("x" * size, (("k", "v"),), data)


def test_requests_join() -> None:
    """Two requests, one after the other, are one; streams of the same labels merge in their order."""
    one = protocol.stream(b"{a}", protocol.entry(1, b"x", b"")) + protocol.stream(b"{b}", protocol.entry(2, b"y", b""))
    two = protocol.stream(b"{a}", protocol.entry(3, b"z", b""))
    merged = protocol.merged(one + two)
    assert {labels: [entry.line for entry in protocol.entries(joined)] for labels, joined in merged.items()} == {
        b"{a}": ["x", "z"],
        b"{b}": ["y"],
    }
    assert protocol.count(merged[b"{a}"]) == 2


def test_bytes_as_the_schema_has_them() -> None:
    """A request by hand, from push.proto: tags, lengths, and a nanosecond of five bytes."""
    data = protocol.stream(b"{}", protocol.entry(1_000_000_005, b"hi", protocol.pairs([("k", "v")])))
    stamp = b"\x08\x01\x10\x85\x80\x80\x80\x00"
    pair = b"\x0a\x01k\x12\x01v"
    entry = b"\x0a\x08" + stamp + b"\x12\x02hi" + b"\x1a\x06" + pair
    stream = b"\x0a\x02{}" + b"\x12" + bytes([len(entry)]) + entry
    assert data == b"\x0a" + bytes([len(stream)]) + stream


def test_labels_are_sorted_and_quoted() -> None:
    """As Loki prints them."""
    assert protocol.labels_text({"job": "syslog", "device": 'a"b\\'}) == '{device="a\\"b\\\\", job="syslog"}'
