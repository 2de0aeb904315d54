"""Values, indexes, dates and patterns: as snmp_exporter's collector.go writes and reads them."""

import pytest

from exporters.snmp.modules import hints, regex
from exporters.snmp.modules.model import Index
from exporters.snmp.modules.text import index_text, valid, value_text
from exporters.snmp.pdu import IpAddress


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (b"Gi1/0/1", "DisplayString", "Gi1/0/1"),
        (b"", "DisplayString", ""),
        (b"caf\xe9 \xff\xfe!", "DisplayString", "caf\ufffd \ufffd!"),
        (b"\x01\xab", "OctetString", "0x01AB"),
        (b"\x01\xab", "", "0x01AB"),
        (b"", "OctetString", ""),
        (b"\x00\x1b\x54\x01\x02\x03", "PhysAddress48", "00:1B:54:01:02:03"),
        (b"\x00\x1b", "PhysAddress48", "00:1B:00:00:00:00"),
        (b"\xc0\x00\x02\x01", "InetAddressIPv4", "192.0.2.1"),
        (bytes(range(16)), "InetAddressIPv6", "0001:0203:0405:0607:0809:0A0B:0C0D:0E0F"),
        (IpAddress(b"\xc0\x00\x02\x01"), "IpAddr", "192.0.2.1"),
        ((1, 3, 6, 1), "", "1.3.6.1"),
        (7, "DisplayString", "7"),
        (-7, "gauge", "-7"),
        (2**64 - 1, "gauge", "18446744073709551615"),
        (1.5, "gauge", "1.5"),
        (float.fromhex("0x1.99999ap-4"), "gauge", "0.1"),
        (0.1, "gauge", "0.1"),
        (1e21, "gauge", "1000000000000000000000"),
        (None, "gauge", ""),
    ],
)
def test_a_value_is_written_as_snmp_exporter_writes_it(value, kind, text):
    """What the device sent decides first, then the type of snmp.yml; a run of bad bytes is one U+FFFD."""
    assert value_text(value, kind) == text


def test_octets_without_a_hint_that_fits_stay_hexadecimal():
    """A DISPLAY-HINT is for octet strings; where it can't be followed it is as if it weren't there."""
    assert value_text(b"\x07\xe4", "OctetString", "2d") == "2020"
    assert value_text(b"\x07\xe4", "DisplayString", "2d") == "\x07\ufffd"
    assert value_text(b"\x07\xe4", "OctetString", "broken") == "0x07E4"


@pytest.mark.parametrize(
    ("hint", "data", "text"),
    [
        ("1d.1d.1d.1d", b"\xc0\xa8\x01\x01", "192.168.1.1"),
        ("1x:", b"\x00\x1a\x2b", "00:1A:2B"),
        ("255a", b"Hello", "Hello"),
        ("2d-1d-1d,1d:1d:1d.1d,1a1d:1d", bytes([7, 228, 2, 3, 4, 5, 6, 7, 43, 1, 0]), "2020-2-3,4:5:6.7,+1:0"),
        ("*1x:/1x:", bytes([2, 1, 2, 3, 4]), "01:02/03:04"),
        ("1o", b"\x09", "11"),
        ("9d", bytes(9), None),
        ("d", b"\x01", None),
        ("0a", b"\x01", None),
        ("1z", b"\x01", None),
        ("1d", b"", None),
    ],
)
def test_display_hints(hint, data, text):
    """RFC 2579 §3.1: the last part repeats, a separator at the end is left away."""
    assert hints.display(hint, data) == (None if text is None else text.encode())


@pytest.mark.parametrize(
    ("arcs", "index", "text", "used", "left"),
    [
        ((5, 6), Index("i", "gauge"), "5", (5,), (6,)),
        ((), Index("i", "gauge"), "0", (0,), ()),
        ((2,), Index("i", "EnumAsInfo", enum={2: "down"}), "down", (2,), ()),
        ((3,), Index("i", "EnumAsInfo", enum={2: "down"}), "3", (3,), ()),
        ((3, 97, 98, 99, 1), Index("i", "DisplayString"), "abc", (3, 97, 98, 99), (1,)),
        ((97, 98, 1), Index("i", "DisplayString", size=2), "ab", (97, 98), (1,)),
        ((97, 98, 99), Index("i", "DisplayString", implied=True), "abc", (97, 98, 99), ()),
        ((2, 1, 171), Index("i", "OctetString"), "0x01AB", (2, 1, 171), ()),
        ((0, 9), Index("i", "OctetString"), "", (0,), (9,)),
        ((4, 1), Index("i", "OctetString"), "0x01000000", (4, 1, 0, 0, 0), ()),
        ((0, 1, 2, 3, 4, 5, 9), Index("i", "PhysAddress48"), "00:01:02:03:04:05", (0, 1, 2, 3, 4, 5), (9,)),
        ((192, 0, 2, 1), Index("i", "InetAddressIPv4"), "192.0.2.1", (192, 0, 2, 1), ()),
        ((1, 4, 192, 0, 2, 1, 9), Index("i", "InetAddress"), "192.0.2.1", (1, 4, 192, 0, 2, 1), (9,)),
        ((16, 2, 7, 8), Index("i", "InetAddress"), "0x10020708", (16, 2, 7, 8), ()),
        ((1, 192, 0, 2, 1), Index("i", "InetAddressMissingSize"), "192.0.2.1", (1, 192, 0, 2, 1), ()),
        ((9, 1, 2), Index("i", "InetAddressMissingSize"), "0x090102", (9, 1, 2), ()),
        ((5, 2, 103, 105), Index("i", "LldpPortId"), "g", (5, 2, 103), (105,)),
    ],
)
def test_an_index_part_takes_its_arcs(arcs, index, text, used, left):
    """Text, arcs taken, arcs left; zeros that an agent leaves out count as 0."""
    if index.type == "LldpPortId":  # a DisplayString with its own length follows subtype and length
        arcs, used, text = (5, 3, 2, 103, 105), (5, 3, 2, 103, 105), "gi"
        left = ()
    found = index_text(arcs, index)
    assert (found[0].decode(), *found[1:]) == (text, used, left)


def test_a_length_that_lies_takes_no_memory():
    """An index that says it is four billion arcs long is no longer than an OID."""
    assert len(index_text((2**32 - 1, 1), Index("i", "OctetString"))[0]) < 300


def test_valid_joins_a_run_of_bad_bytes():
    """Go's ToValidUTF8."""
    assert valid(b"a\xe2\x82b\xed\xa0\x80") == "a\ufffdb\ufffd"


@pytest.mark.parametrize(
    ("data", "seconds"),
    [
        (bytes([7, 213, 9, 10, 15, 3, 0, 9]), 1126364580),
        (bytes([7, 213, 9, 10, 15, 3, 0, 0, 43, 2, 0]), 1126357380),
        (bytes([7, 213, 9, 10, 15, 3, 0, 0, 45, 2, 30]), 1126373580),
        (bytes(8), -62169984000),
        (bytes([7, 213, 13, 1, 0, 0, 0, 0]), 1136073600),
        (bytes(7), None),
        (bytes([7, 213, 9, 10, 15, 3, 0, 0, 33, 0, 0]), None),
    ],
)
def test_date_and_time(data, seconds):
    """RFC 2579: 8 bytes in UTC, 11 with a zone; fields out of range carry over; else there is no sample."""
    assert hints.date_and_time(data) == seconds


def test_other_times():
    """NTP time stamps in whole seconds, and written times by a pattern."""
    assert hints.ntp_time(bytes.fromhex("83aa7e8080000000")) == 0.0
    assert hints.ntp_time(b"short") is None
    assert hints.parsed_time("2024-01-02 03:04:05", "%F %T") == 1704164645.0
    assert hints.parsed_time("02/Jan/2024 +0100", "%d/%b/%Y %z") == 1704150000.0
    assert hints.parsed_time("nonsense", "%Y") is None


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"\d+", "12", True),
        (r"\d+", "12x", False),
        (r"^a$", "a\n", False),
        (r"(?i)abc", "ABC", True),
        (r"[[:digit:]]+x", "12x", True),
        (r"[^[:space:]]+", "ab", True),
        (r"\Qa.b\E", "a.b", True),
        (r"\Qa.b\E", "axb", False),
        (r"a\z", "a", True),
        (r"[]a]+", "]a", True),
    ],
)
def test_patterns_mean_what_go_means(pattern, text, matches):
    """Anchored, ASCII, `$` at the very end, POSIX classes, flags in front, quoting."""
    assert bool(regex.compile(pattern, whole=True).search(text)) is matches


def test_a_filters_pattern_is_searched_for():
    """Not anchored, and `$` is the very end, not the line's."""
    assert regex.compile("b$", whole=False).search("ab")
    assert not regex.compile("b$", whole=False).search("ab\n")


@pytest.mark.parametrize("pattern", ["(", r"\pN", "(?U)a*", "(a(?i)b)"])
def test_what_python_lacks_is_refused(pattern):
    """Better an error at load than another meaning."""
    with pytest.raises(regex.PatternError):
        regex.compile(pattern, whole=True)


@pytest.mark.parametrize(
    ("template", "text"),
    [("$1.$2", "1.2"), ("${1}x$$", "1x$"), ("$1x", ""), ("0$1", "01"), ("$9", ""), ("${n}", "2")],
)
def test_templates_are_expanded_as_go_does(template, text):
    """`$1x` is a group called "1x", as Go's Expand has it."""
    match = regex.compile(r"(\d)(?P<n>\d)", whole=True).search("12")
    assert match
    assert regex.expand(match, regex.template(template)) == text


def test_numbers_are_read_as_go_reads_them():
    """No blanks, no underscores."""
    assert regex.number("1e3") == 1000.0
    assert regex.number("-.5") == -0.5
    assert regex.number("1_0") is None
    assert regex.number(" 1") is None
    assert regex.number("") is None
