"""Messages read: every dialect's header and text, what is missing or broken, and bytes that are no text."""

import datetime as dt
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from exporters.syslog.framing import MOST
from exporters.syslog.parse import NO_HEADER, parse
from exporters.syslog.stamp import Zone
from exporters.syslog.text import decode
from tests.unit.syslog.doubling import growth


def utc_ns(text):
    """ISO 8601 as nanoseconds."""
    return round(dt.datetime.fromisoformat(text).timestamp() * 1000) * 10**6


NOW, STAMP = utc_ns("2024-03-01T12:00:05Z"), utc_ns("2024-03-01T12:00:01Z")
RECORDED = os.environ.get("SOTP_SYSLOG_CASES")
CASES = yaml.safe_load(Path(__file__).with_name("parsed_messages.yaml").read_text(encoding="utf-8"))
NOTHING: dict[str, object] = {
    "facility": 1,
    "severity": 5,
    "stamp_ns": STAMP,
    **dict.fromkeys(("host", "app", "procid", "msgid", "mnemonic", "text", "device_time", "parse_error"), ""),
    "structured": (),
}


def fields(says):
    """What the file says of a message, as its fields are."""
    found = NOTHING | {name: value for name, value in says.items() if name != "stamp"}
    found["structured"] = tuple(says.get("structured", {}).items())
    if "stamp" in says:
        found["stamp_ns"] = says["stamp"] and utc_ns(f"2024-03-01T{says['stamp']}Z")
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["message"])
def test_a_message_is_read(case):
    """Every field of every dialect; a field that isn't named is empty."""
    message = parse(case["message"].encode(), NOW)
    assert {name: getattr(message, name) for name in NOTHING} == fields(case["says"])


@pytest.mark.parametrize("text", [case["message"] for case in CASES])
def test_the_line_is_the_whole_message_without_its_pri(text):
    """What is stored is what came."""
    text = text.removesuffix("\n")
    line = text.partition(">")[2].removeprefix(" ") if text[0] == "<" else text
    assert parse(text.encode(), NOW).line == line


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", NO_HEADER),
        (b"hello", NO_HEADER),
        (b"<13>hello", NO_HEADER),
        (b"<192>Mar  1 12:00:01 h a: x", "what stands as PRI is no number from 0 to 191"),
        (b"<13 Mar  1 12:00:01 h a: x", "what stands as PRI is no number from 0 to 191"),
        (b"<13>1 2024-13-01T12:00:01Z h x - - - x", 'TIMESTAMP: "2024-13-01T12:00:01Z" is none of RFC 3339'),
        (b"<13>1 2024-03-01T12:00:01Z h a - -", "it ends within RFC 5424's header"),
        (b"<13>1 2024-03-01T12:00:01Z  a - - - x", "HOSTNAME is empty; - stands for none"),
        (b"<13>1 2024-03-01T12:00:01Z h " + b"a" * 49 + b" - - - x", "APP-NAME has 49 characters, 48 are allowed"),
        (b"<13>1 2024-03-01T12:00:01Z h\nh a - - - x", "RFC 5424's header has characters other than printable ASCII"),
        (b"<13>1 2024-03-01T12:00:01Z h a - - x", "STRUCTURED-DATA is neither - nor [...]"),
        (b'<13>1 2024-03-01T12:00:01Z h a - - [x k="v] t', "STRUCTURED-DATA: x doesn't end with ]"),
        (b'<13>1 2024-03-01T12:00:01Z h a - - [x k="]"] t', "STRUCTURED-DATA: x.k has a ] that isn't escaped"),
        (b"<13>1 2024-03-01T12:00:01Z h a - - [x][x] t", 'STRUCTURED-DATA: "x" stands twice'),
        (b"<13>1 2024-03-01T12:00:01Z h a - - [] t", "STRUCTURED-DATA: an element without an id, or too many"),
    ],
)
def test_what_cant_be_read_is_said_and_kept(raw, error):
    """The error names what is wrong; what can be told is told, and the line is whole."""
    message = parse(raw, NOW)
    assert message.parse_error == error
    if b"Z h a " in raw:
        assert (message.host, message.app, message.stamp_ns) == ("h", "a", STAMP)
    assert message.line in raw.decode()


def test_a_stamp_is_of_the_devices_zone():
    """The same text means another time elsewhere."""
    raw = b"<13>Mar  1 13:00:01 web1 app: x"
    assert parse(raw, NOW, Zone("Europe/Warsaw")).stamp_ns == STAMP
    assert parse(raw, NOW).stamp_ns is None


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"gr\xc3\xbc\xc3\x9fe", "grüße"),
        (b"gr\xfc\xdfe", "grüße"),
        (b"\xc3\xbc and \xfc", "ü and ü"),
        (b"a\x00b\x1b[31mc\x7f", "a\\x00b\\x1b[31mc\\x7f"),
        (b"\x9d\xc2\x9b", "\\x9d\\x9b"),
        (b"\xe2\x80\xaeevil", "\\u202eevil"),
        (b"tab\tand\nnewline\r\n\x00\n", "tab\tand\nnewline"),
        (b"\xf0\x9f\x98\x80", "\U0001f600"),
        (b"\xed\xa0\x80", "í\xa0\\x80"),
    ],
)
def test_bytes_become_text_that_people_can_read(raw, text):
    """UTF-8, else Latin-1; what a terminal would obey is escaped, line ends and NULs at the end are gone."""
    assert decode(raw) == text


@given(st.binary(max_size=300))
@example(b"<13>1 ")
@example(b"<13>1 2")
@example(b"<1>1 - - - - - [")
@example(b"77: ")
@example(b"%")
@example(b",")
@example(b"CEF:0|a|b|c|/x/y|d|5|")
@example("<13>²: Mar  1 12:00:01: %A-5-B: x".encode())
@example(b"<13>Mar  1 2024 12:00:01+01:77 an offset that is none:x")
def test_no_bytes_raise(raw):
    """Whatever a device or an attacker sends, it is a message, and its line can be encoded."""
    message = parse(raw, NOW)
    assert 0 <= message.facility <= 23
    assert 0 <= message.severity <= 7
    message.line.encode()


PIECES = st.sampled_from(
    [
        b"<13>",
        b"<189>",
        b"1 ",
        b"77: ",
        b"Mar  1 12:00:01",
        b"2024-03-01T12:00:01Z",
        b" ",
        b": ",
        b"%SYS-5-X: ",
        b"*",
        b"[",
        b"]",
        b'"',
        b"\\",
        b"=",
        b"%%01A/4/B",
        b"date=",
        b"logid=",
        b"1,2024/03/01 12:00:01,",
        b"SYSTEM,",
        b"a,info ",
        b"Event|1|LOG_INFO|",
        b"CEF:0|a|b|",
        b"UI_X: ",
        b"host",
        b"app[1]",
        b"-",
        b"\n",
        b"\xff",
        b"UTC",
        b"RP/0/RP0/CPU0:",
        b"%$ VDC-1 %$",
        b"1w2d",
        b"00077 ports: ",
        b"1709294401.123 ",
        b"notice ",
        b"user.info ",
        b"a,00005e005309,v4.0:",
        b"<124198> <WARN> ",
        b"LEEF:1.0|a|b|",
        b"\xef\xbb\xbf",
    ]
)


@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_no_mixture_of_dialects_raises(raw):
    """Pieces of headers in any order: each branch meets what another left."""
    message = parse(raw, NOW, Zone("Asia/Kolkata"))
    assert message.text in message.line or message.structured or "\ufeff" in message.line
    for name, value in message.structured:
        assert isinstance(name, str)
        assert isinstance(value, str)


FRESH = (b"%d" % number for number in itertools.count())  # what was read once is kept
# What a message begins with, a piece that is repeated as often as there is room, and its end.
HOSTILE = {
    "no text": (b"", b"\xff", b""),
    "half a text": (b"", b"\xc3\xa9\xff", b""),
    "controls": (b"", b"\0\x1b", b"x"),
    "a key": (b"<13>date=1 ", b"a", b""),
    "keys": (b"<13>devid=1 ", b"a=", b""),
    "quotes": (b"<13>devid=1 ", b'a="\\"', b""),
    "topics": (b"<13>", b"a,", b""),
    "elements": (b"<13>1 - - - - - ", b"[a]", b""),
    "parameters": (b"<13>1 - - - - - [a", b' b="c"', b"]"),
    "escapes": (b'<13>1 - - - - - [a b="', b"\\", b""),
    "percents": (b"<13>", b"%A-5-", b""),
    "marks": (b"<13>", b"%$ VDC-1 %$", b""),
    "numbers": (b"<13>", b"1: ", b""),
    "stamps": (b"<13>", b"Mar  1 12:00:01: ", b""),
    "commas": (b"<14>1,2024/03/01 12:00:01,0,SYSTEM", b",", b""),
    "quotes in CSV": (b"<14>1,2024/03/01 12:00:01,0,SYSTEM,", b'"', b""),
    "colons": (b"<13>Mar  1 12:00:01 ", b": ", b""),
    "brackets": (b"<13>Mar  1 12:00:01 a", b"[", b""),
    "names in a host": (b"<13>Mar  1 12:00:01 ", b"a,", b""),
    "spaces after a host": (b"<13>Mar  1 12:00:01 a ", b" ", b""),
    "levels": (b"<13>Mar  1 12:00:01 a ", b"notice ", b"b[1]: c"),
    "levels in brackets": (b"<13>Mar  1 12:00:01 2024 a b[1]: <124198> ", b"<WARN> ", b""),
    "names before a stamp": (b"<13>", b"a ", b""),
    "stamps of two words": (b"<13>1 ", b"2024-03-01 12:00:01 ", b""),
}


@pytest.mark.parametrize(("head", "piece", "end"), HOSTILE.values(), ids=HOSTILE.keys())
def test_no_message_takes_long(head, piece, end):
    """Twice as long a message costs about twice the time, whatever its pieces are made to do to a parser."""
    half, whole = (head + piece * (size // len(piece)) + end for size in (MOST // 2, MOST))
    assert growth(lambda raw: parse(raw + next(FRESH), NOW), half, whole) <= 3


@pytest.mark.skipif(RECORDED is None, reason="SOTP_SYSLOG_CASES names no folder with recorded cases")
def test_others_messages_are_read_as_they_say():
    """More than 99 % of what go-syslog's and Telegraf's tests expect of their messages."""
    command = [sys.executable, "-m", "bench.syslog.parse", *map(str, sorted(Path(RECORDED or ".").glob("*.jsonl")))]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert json.loads(result.stdout.splitlines()[-1])["share"] > 0.99
