"""Messages read: every dialect's header and text, what is missing or broken, and bytes that are no text."""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporters.syslog.parse import NO_HEADER, parse
from exporters.syslog.stamp import Zone
from exporters.syslog.text import decode

NOW = int(dt.datetime(2024, 3, 1, 12, 0, 5, tzinfo=dt.UTC).timestamp()) * 10**9
STAMP = NOW - 4 * 10**9
MS = STAMP + 123_000_000
RECORDED = os.environ.get("SOTP_SYSLOG_CASES")

# What is said of each message; whatever isn't must be empty: no host, no mnemonic, no error.
CASES: dict[bytes, dict[str, object]] = {
    # RFC 5424
    b"<165>1 2024-03-01T12:00:01.123Z web1.example app 42 ID7 - hello": {
        "facility": 20,
        "severity": 5,
        "stamp_ns": MS,
        "host": "web1.example",
        "app": "app",
        "procid": "42",
        "msgid": "ID7",
        "text": "hello",
    },
    b"<0>1 - - - - - -": {"facility": 0, "severity": 0, "stamp_ns": None},
    b"<13>1 2024-03-01T12:00:01Z h a - - - \xef\xbb\xbfgr\xc3\xbc\xc3\x9fe": {"host": "h", "app": "a", "text": "grüße"},
    b'<13>1 2024-03-01T12:00:01Z h a - - [x@1 k="v" l="a \\"q\\" \\\\ \\]"][y] t': {
        "host": "h",
        "app": "a",
        "text": "t",
        "structured": (("x@1.k", "v"), ("x@1.l", 'a "q" \\ ]'), ("y", "")),
    },
    b'<13>1 2024-03-01T12:00:01Z h a - - [x p="C:\\new"] t': {
        "host": "h",
        "app": "a",
        "text": "t",
        "structured": (("x.p", "C:\\new"),),
    },
    b"<13>1 2024-03-01T12:00:01Z h a - - - two\nlines\n": {"host": "h", "app": "a", "text": "two\nlines"},
    b"<13>17 2024-03-01T12:00:01Z h a - - - t": {"host": "h", "app": "a", "text": "t"},
    # RFC 3164 and what became of it
    b"<38>Mar  1 12:00:01 web1 sshd[42]: hello: world": {
        "facility": 4,
        "severity": 6,
        "host": "web1",
        "app": "sshd",
        "procid": "42",
        "text": "hello: world",
    },
    b"<13>Mar  1 12:00:01 192.0.2.1 no tag here": {"host": "192.0.2.1", "text": "no tag here"},
    b"<13>Mar  1 12:00:01 2001:db8::1 app: x": {"host": "2001:db8::1", "app": "app", "text": "x"},
    b"<13>Mar  1 12:00:01 web1 app[42] x": {"host": "web1", "app": "app", "procid": "42", "text": "x"},
    b"<13>Mar  1 12:00:01 web1 app:x": {"host": "web1", "app": "app", "text": "x"},
    b"<13>Mar  1 12:00:01 web1 192.0.2.9:514 refused": {"host": "web1", "text": "192.0.2.9:514 refused"},
    b"<13>Mar  1 12:00:01 web1 http://192.0.2.9/ refused": {"host": "web1", "text": "http://192.0.2.9/ refused"},
    b"<13>Mar  1 12:00:01 app[42]: no host": {"app": "app", "procid": "42", "text": "no host"},
    b"<13>Mar  1 12:00:01 app: no host": {"app": "app", "text": "no host"},
    b"<13>Mar  1 12:00:01 web1": {"host": "web1"},
    b"<13>Mar  1 12:00:01 : x": {"text": "x"},
    b"<13>Mar  1 12:00:01 2024 web1 app: a year": {"host": "web1", "app": "app", "text": "a year"},
    b"<13>Mar  1 2024 12:00:01 web1 app: a year": {"host": "web1", "app": "app", "text": "a year"},
    b"<13>Mar  1 12:00:01.123 web1 app: milliseconds": {
        "stamp_ns": MS,
        "host": "web1",
        "app": "app",
        "text": "milliseconds",
    },
    b"<13>Mar  1 12:00:01 UTC web1 app: a zone": {"host": "web1", "app": "app", "text": "a zone"},
    b"Mar  1 12:00:01 web1 app: no PRI": {"host": "web1", "app": "app", "text": "no PRI"},
    b"<13>2024-03-01T13:00:01.123+01:00 web1 app[42]: rsyslog": {
        "stamp_ns": MS,
        "host": "web1",
        "app": "app",
        "procid": "42",
        "text": "rsyslog",
    },
    b"2024-03-01T12:00:01Z web1 app: no PRI": {"host": "web1", "app": "app", "text": "no PRI"},
    b"<13> Mar  1 12:00:01 web1 app: a space": {"host": "web1", "app": "app", "text": "a space"},
    # Cisco
    b"<189>77: Mar  1 12:00:01: %SYS-5-CONFIG_I: x: y": {
        "facility": 23,
        "severity": 5,
        "app": "SYS",
        "msgid": "77",
        "mnemonic": "SYS-5-CONFIG_I",
        "text": "x: y",
    },
    b"<189>77: *Mar  1 12:00:01.123: %SYS-5-CONFIG_I: x": {
        "facility": 23,
        "stamp_ns": MS,
        "app": "SYS",
        "msgid": "77",
        "mnemonic": "SYS-5-CONFIG_I",
        "text": "x",
    },
    b"<189>77: .Mar  1 13:00:01.123 CET: %SYS-5-CONFIG_I: x": {
        "facility": 23,
        "stamp_ns": MS,
        "app": "SYS",
        "msgid": "77",
        "mnemonic": "SYS-5-CONFIG_I",
        "text": "x",
    },
    b"<189>77: Mar  1 12:00:01 MINE: %SYS-5-CONFIG_I: x": {
        "facility": 23,
        "app": "SYS",
        "msgid": "77",
        "mnemonic": "SYS-5-CONFIG_I",
        "text": "x",
    },
    b"<189>77: rtr-1: Mar  1 2024 12:00:01 UTC: %SYS-5-CONFIG_I: x": {
        "facility": 23,
        "host": "rtr-1",
        "app": "SYS",
        "msgid": "77",
        "mnemonic": "SYS-5-CONFIG_I",
        "text": "x",
    },
    b"<189>77: rtr-1: *Mar  1 12:00:01.123: %SYS-5-CONFIG_I: x: y": {
        "facility": 23,
        "stamp_ns": MS,
        "host": "rtr-1",
        "app": "SYS",
        "msgid": "77",
        "mnemonic": "SYS-5-CONFIG_I",
        "text": "x: y",
    },
    b"<189>77: 000076: *Mar  1 12:00:01.123: %SYS-5-CONFIG_I: x": {
        "facility": 23,
        "stamp_ns": MS,
        "app": "SYS",
        "msgid": "77",
        "mnemonic": "SYS-5-CONFIG_I",
        "text": "x",
    },
    b"<189>77: rtr-1: 000076: *Mar  1 12:00:01.123 UTC: %SYS-5-CONFIG_I: x": {
        "facility": 23,
        "stamp_ns": MS,
        "host": "rtr-1",
        "app": "SYS",
        "msgid": "77",
        "mnemonic": "SYS-5-CONFIG_I",
        "text": "x",
    },
    b"<133>wlc1: *emWeb: Mar 01 12:00:01.123: %EMWEB-5-LOGIN: x": {
        "stamp_ns": MS,
        "facility": 16,
        "host": "wlc1",
        "app": "emWeb",
        "mnemonic": "EMWEB-5-LOGIN",
        "text": "x",
    },
    b"<28>Mar  1 12:00:01 mx rpd[7]: %DAEMON-4-RPD_OSPF_NBRDOWN: x": {
        "facility": 3,
        "severity": 4,
        "host": "mx",
        "app": "rpd",
        "procid": "7",
        "mnemonic": "RPD_OSPF_NBRDOWN",
        "text": "x",
    },
    b"<187>Mar  1 12:00:01:123 2024 cw %%10IFNET/3/LINK_UPDOWN: x": {
        "facility": 23,
        "severity": 3,
        "stamp_ns": MS,
        "host": "cw",
        "app": "IFNET",
        "mnemonic": "IFNET/3/LINK_UPDOWN",
        "text": "x",
    },
    b"<188>2024-3-1 12:00:01 vrp %%01IFNET/4/IF_STATE(l)[7]:x": {
        "facility": 23,
        "severity": 4,
        "host": "vrp",
        "app": "IFNET",
        "mnemonic": "IFNET/4/IF_STATE",
        "text": "x",
    },
    b"<165>Mar  1 06:00:01 CST 2024 box proc[10]: x": {
        "facility": 20,
        "host": "box",
        "app": "proc",
        "procid": "10",
        "text": "x",
    },
    b"<189>Mar  1 12:00:01 192.0.2.1 77: *Mar  1 12:00:01.123: %SYS-5-CONFIG_I: relayed": {
        "facility": 23,
        "stamp_ns": MS,
        "host": "192.0.2.1",
        "app": "SYS",
        "msgid": "77",
        "mnemonic": "SYS-5-CONFIG_I",
        "text": "relayed",
    },
    b"Mar  1 12:00:01: %LINK-3-UPDOWN: x": {"severity": 3, "app": "LINK", "mnemonic": "LINK-3-UPDOWN", "text": "x"},
    b"%LINK-3-UPDOWN: x": {"severity": 3, "stamp_ns": None, "app": "LINK", "mnemonic": "LINK-3-UPDOWN", "text": "x"},
    b"<191>77: Mar  1 12:00:01: OSPF-1 HELLO Gi0/1: Rcv": {
        "facility": 23,
        "severity": 7,
        "msgid": "77",
        "text": "OSPF-1 HELLO Gi0/1: Rcv",
    },
    b"<187>: 2024 Mar  1 12:00:01.123 UTC: %$ VDC-1 %$ %ETHPORT-5-IF_UP: x": {
        "facility": 23,
        "severity": 3,
        "stamp_ns": MS,
        "app": "ETHPORT",
        "mnemonic": "ETHPORT-5-IF_UP",
        "text": "x",
    },
    b"<187>2024 Mar  1 12:00:01 n9k %ETHPORT-5-IF_UP: x": {
        "facility": 23,
        "severity": 3,
        "host": "n9k",
        "app": "ETHPORT",
        "mnemonic": "ETHPORT-5-IF_UP",
        "text": "x",
    },
    b"<189>7: xr RP/0/RSP0/CPU0:Mar  1 12:00:01.123 UTC: bgp[99]: %ROUTING-BGP-5-ADJCHANGE : x": {
        "facility": 23,
        "stamp_ns": MS,
        "host": "xr",
        "app": "bgp",
        "procid": "99",
        "msgid": "7",
        "mnemonic": "ROUTING-BGP-5-ADJCHANGE",
        "text": "x",
        "structured": (("cisco.node", "RP/0/RSP0/CPU0"),),
    },
    b"<166>Mar 01 2024 12:00:01 FW : %ASA-6-302013: x": {
        "facility": 20,
        "severity": 6,
        "host": "FW",
        "app": "ASA",
        "mnemonic": "ASA-6-302013",
        "text": "x",
    },
    b"<166>Mar 01 2024 12:00:01: %ASA-6-302013: x": {
        "facility": 20,
        "severity": 6,
        "app": "ASA",
        "mnemonic": "ASA-6-302013",
        "text": "x",
    },
    b"<166>2024-03-01T12:00:01Z fw : %FTD-6-302013: x": {
        "facility": 20,
        "severity": 6,
        "host": "fw",
        "app": "FTD",
        "mnemonic": "FTD-6-302013",
        "text": "x",
    },
    b"<13>Mar  1 12:00:01 web1 app: see %SYS-5-CONFIG_I: in the text": {
        "host": "web1",
        "app": "app",
        "text": "see %SYS-5-CONFIG_I: in the text",
    },
    # The others
    b"<165>Mar  1 12:00:01 leaf Ebra: %LINEPROTO-5-UPDOWN: x": {
        "facility": 20,
        "host": "leaf",
        "app": "Ebra",
        "mnemonic": "LINEPROTO-5-UPDOWN",
        "text": "x",
    },
    b"<29>Mar  1 12:00:01 mx mgd[7]: UI_COMMIT: x": {
        "facility": 3,
        "host": "mx",
        "app": "mgd",
        "procid": "7",
        "mnemonic": "UI_COMMIT",
        "text": "x",
    },
    b'<29>1 2024-03-01T12:00:01Z mx mgd 7 UI_COMMIT [junos@2636.1 username="a"] x': {
        "facility": 3,
        "host": "mx",
        "app": "mgd",
        "procid": "7",
        "msgid": "UI_COMMIT",
        "mnemonic": "UI_COMMIT",
        "text": "x",
        "structured": (("junos@2636.1.username", "a"),),
    },
    b"<188>Mar  1 2024 13:00:01+01:00 vrp %%01IFNET/4/IF_STATE(l)[7]:x": {
        "facility": 23,
        "severity": 4,
        "host": "vrp",
        "app": "IFNET",
        "mnemonic": "IFNET/4/IF_STATE",
        "text": "x",
    },
    b"<188>Mar  1 2024 12:00:01 vrp %%01OSPF/3/x(t):CID=0x80;y": {
        "facility": 23,
        "severity": 4,
        "host": "vrp",
        "app": "OSPF",
        "mnemonic": "OSPF/3/x",
        "text": "y",
    },
    b"<187>Mar  1 12:00:01 2024 cw %%10IFNET/3/LINK_UPDOWN: x": {
        "facility": 23,
        "severity": 3,
        "host": "cw",
        "app": "IFNET",
        "mnemonic": "IFNET/3/LINK_UPDOWN",
        "text": "x",
    },
    b"<14>Mar  1 12:00:01 sw 00077 ports: x": {
        "severity": 6,
        "host": "sw",
        "app": "ports",
        "msgid": "00077",
        "mnemonic": "00077",
        "text": "x",
    },
    b"<190>1 2024-03-01T12:00:01Z cx intfd 7 - - Event|403|LOG_WARN|AMM|1/1|x": {
        "facility": 23,
        "severity": 6,
        "host": "cx",
        "app": "intfd",
        "procid": "7",
        "msgid": "403",
        "mnemonic": "403",
        "text": "x",
        "structured": (("aruba.severity", "warning"),),
    },
    b"<30>system,info,account user a logged in": {
        "facility": 3,
        "severity": 6,
        "stamp_ns": None,
        "app": "system",
        "mnemonic": "system,info,account",
        "text": "user a logged in",
    },
    b"system,error,critical x": {
        "severity": 3,
        "stamp_ns": None,
        "app": "system",
        "mnemonic": "system,error,critical",
        "text": "x",
    },
    b'<189>date=2024-03-01 time=12:00:01 devname="f" logid="0100032001" level="alert" type="event" msg="a \\"b\\""': {
        "facility": 23,
        "host": "f",
        "app": "event",
        "msgid": "0100032001",
        "mnemonic": "0100032001",
        "text": 'a "b"',
        "structured": (
            ("fortinet.date", "2024-03-01"),
            ("fortinet.time", "12:00:01"),
            ("fortinet.devname", "f"),
            ("fortinet.logid", "0100032001"),
            ("fortinet.level", "alert"),
            ("fortinet.type", "event"),
            ("fortinet.msg", 'a "b"'),
        ),
    },
    b"<14>Mar  1 12:00:01 pa 1,2024/03/01 12:00:01,0,SYSTEM,port,0,2024/03/01 12:00:01,,link-change,e1,0,0,general,low,"
    b'"a, b",9': {
        "severity": 6,
        "host": "pa",
        "app": "system",
        "msgid": "port",
        "mnemonic": "link-change",
        "text": "a, b",
        "structured": (
            ("paloalto.receive_time", "2024/03/01 12:00:01"),
            ("paloalto.serial", "0"),
            ("paloalto.type", "SYSTEM"),
            ("paloalto.subtype", "port"),
            ("paloalto.generated_time", "2024/03/01 12:00:01"),
            ("paloalto.eventid", "link-change"),
            ("paloalto.object", "e1"),
            ("paloalto.module", "general"),
            ("paloalto.severity", "low"),
            ("paloalto.opaque", "a, b"),
            ("paloalto.seqno", "9"),
        ),
    },
}
DEFAULTS: dict[str, object] = {
    "facility": 1,
    "severity": 5,
    "stamp_ns": STAMP,
    "host": "",
    "app": "",
    "procid": "",
    "msgid": "",
    "mnemonic": "",
    "text": "",
} | {"structured": (), "device_time": "", "parse_error": ""}


@pytest.mark.parametrize("raw", list(CASES), ids=lambda raw: raw.decode())
def test_a_message_is_read(raw):
    """Every field of every dialect; a field that isn't named is empty."""
    message = parse(raw, NOW)
    assert {name: getattr(message, name) for name in DEFAULTS} == DEFAULTS | CASES[raw]


@pytest.mark.parametrize("raw", CASES, ids=lambda raw: raw.decode())
def test_the_line_is_the_whole_message_without_its_pri(raw):
    """What is stored is what came."""
    text = raw.decode().removesuffix("\n")
    assert parse(raw, NOW).line == (text.partition(">")[2].removeprefix(" ") if text[0] == "<" else text)


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
@example("<13>²: Mar  1 12:00:01: %A-5-B: x".encode())
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


HOSTILE = {
    "no text": b"\xff" * 65536,
    "half a text": b"\xc3\xa9\xff" * 21845,
    "controls": b"\0\x1b" * 32768 + b"x",
    "a key": b"<13>date=1 " + b"a" * 65000,
    "keys": b"<13>devid=1 " + b"a=" * 32000,
    "quotes": b"<13>devid=1 " + b'a="\\"' * 13000,
    "topics": b"<13>" + b"a," * 32000,
    "elements": b"<13>1 - - - - - " + b"[a]" * 21000,
    "parameters": b"<13>1 - - - - - [a" + b' b="c"' * 10000 + b"]",
    "escapes": b'<13>1 - - - - - [a b="' + b"\\" * 65000,
    "percents": b"<13>" + b"%A-5-" * 13000,
    "marks": b"<13>" + b"%$ VDC-1 %$" * 6000,
    "numbers": b"<13>" + b"1: " * 21000,
    "stamps": b"<13>" + b"Mar  1 12:00:01: " * 3800,
    "commas": b"<14>1,2024/03/01 12:00:01,0,SYSTEM" + b"," * 65000,
    "quotes in CSV": b"<14>1,2024/03/01 12:00:01,0,SYSTEM," + b'"' * 65000,
    "colons": b"<13>Mar  1 12:00:01 " + b": " * 32000,
    "brackets": b"<13>Mar  1 12:00:01 a" + b"[" * 65000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_message_takes_long(raw):
    """The longest message there is costs milliseconds, whatever its pieces are made to do to a parser."""
    start = time.process_time()
    parse(raw, NOW)
    assert time.process_time() - start < 0.2


@pytest.mark.skipif(RECORDED is None, reason="SOTP_SYSLOG_CASES names no folder with recorded cases")
def test_others_messages_are_read_as_they_say():
    """More than 99 % of what go-syslog's and Telegraf's tests expect of their messages."""
    command = [sys.executable, "-m", "bench.syslog.parse", *map(str, sorted(Path(RECORDED or ".").glob("*.jsonl")))]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert json.loads(result.stdout.splitlines()[-1])["share"] > 0.99
