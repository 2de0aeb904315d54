"""What is stored of a message: every byte sequence gives entries that are read back as they were put in."""

from hypothesis import given
from hypothesis import strategies as st

from exporters.kit.loki import protocol
from exporters.syslog.events import Event
from exporters.syslog.identify import Device
from exporters.syslog.message import Message
from exporters.syslog.parse import parse
from exporters.syslog.streams import Streams

NOW = 1_795_000_000_123_456_789
CORE = Device("core-1", site="waw", role="core")


def stored(request: bytes) -> list[protocol.Entry]:
    """Every entry, whatever its stream."""
    return [one for _, joined in protocol.streams(request) for one in protocol.entries(joined)]


def message(text: str, stamp_ns: int | None = NOW, **changes: str) -> Message:
    """One that says little."""
    values = {"procid": "", "msgid": "", "device_time": "", "parse_error": ""} | changes
    return Message(
        1, 5, stamp_ns, "h", "app", values["procid"], values["msgid"], "", (), text, text, values["device_time"],
        values["parse_error"],
    )  # fmt: skip


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=20))
def test_whatever_bytes_come_are_stored(raws: list[bytes]) -> None:
    """Each message is one entry with its line, its severity and a stamp that no other has."""
    streams = Streams()
    messages = [parse(raw, NOW) for raw in raws]
    streams.add(CORE, messages, [None] * len(messages), NOW, "tcp")
    assert streams.count == len(raws)
    found = stored(streams.seal()[0])
    assert sorted(one.line for one in found) == sorted(one.line for one in messages)
    assert len({one.stamp_ns for one in found}) == len(found)
    assert all("severity" in dict(one.metadata) for one in found)


def test_a_batch_is_in_the_order_of_receipt_and_knows_its_oldest() -> None:
    """A stream's entries come as they came; equal stamps, in a later batch too, get the next nanosecond."""
    streams = Streams()
    streams.add(CORE, [message("b", NOW), message("a", NOW - 5)], [None] * 2, NOW, "tcp")
    streams.add(CORE, [message("c", NOW)], [None], NOW, "tcp")
    request, oldest = streams.seal()
    assert oldest == NOW - 5
    assert [(one.line, one.stamp_ns - NOW) for one in stored(request)] == [("b", 0), ("a", -5), ("c", 1)]
    streams.add(CORE, [message("d", None)], [None], NOW, "udp")
    assert streams.ways == {"udp": 1}
    assert [(one.line, one.stamp_ns - NOW) for one in stored(streams.seal()[0])] == [("d", 2)]
    assert streams.count == streams.size == 0


def test_metadata_says_all_that_is_known() -> None:
    """What messages share, their own, an event's fields, and who an unknown sender was; long values are cut."""
    streams = Streams()
    event = Event("ospf_down", "warning", {"neighbor": "192.0.2.9"})
    one = message("x", procid="77", msgid="m" * 2000, device_time="1970", parse_error="why")
    streams.add(Device("unknown", address="192.0.2.7"), [one], [event], NOW, "udp")
    (found,) = stored(streams.seal()[0])
    assert dict(found.metadata) == {
        "severity": "notice", "facility": "user", "app": "app", "event": "ospf_down", "level": "warning",
        "procid": "77", "msgid": "m" * 1024, "device_time": "1970", "parse_error": "why",
        "event_neighbor": "192.0.2.9", "address": "192.0.2.7", "host": "h",
    }  # fmt: skip


def test_too_long_a_line_is_cut_with_a_mark() -> None:
    """Below Loki's limit, counted, and it says so."""
    streams = Streams()
    streams.add(CORE, [message("é" * 150_000), message("short")], [None] * 2, NOW, "tcp")
    long, short = stored(streams.seal()[0])
    assert len(long.line.encode()) <= 200_000
    assert dict(long.metadata)["truncated"] == "true"
    assert "truncated" not in dict(short.metadata)
    assert streams.truncated == 1
