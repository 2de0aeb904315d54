"""A message's bytes as a `Message`: `parse`. Pure, never raises; what can't be read is told, with all that can.

The common shapes (RFC 5424, RFC 3164, IOS with a sequence number) are read by hand, in a few string operations each;
all others by `headers`, an order of magnitude slower. Then `dialects` looks at the text: what a vendor says within it.
"""

import re
from functools import lru_cache

from exporters.syslog import dialect_tables, dialects, headers, mnemonics, rfc5424
from exporters.syslog.message import Message
from exporters.syslog.stamp import AHEAD_NS, MONTHS, PAST_NS, Zone, fraction_ns
from exporters.syslog.text import decode

UTC = Zone("UTC")
NO_HEADER = "no header that is known"

# By what stands before the first >.
_PRI = {f"<{code:0{width}}": (code >> 3, code & 7) for width in (3, 2, 1) for code in range(min(192, 10**width))}
_IOS_TAIL = re.compile(r"(?:\.(\d{1,9}))?(?: ([A-Z]{2,5}))?", re.ASCII)
_USER, _NOTICE = 1, 5  # RFC 3164 §4.3.3: what a message without a PRI is
_DIGITS = frozenset("0123456789")
_MARKS = frozenset("*.")
_NUMBERED = _DIGITS | _MARKS
_INNER = frozenset("0123456789*.:")
_NO_APP = frozenset("%[({\"'<=|")
_NO_TAG = frozenset("/:0123456789")
_BSD_HEADS = frozenset(f"{month} " for month in MONTHS)
_IETF_HEADS = frozenset({"1 20", "1 - "})


def parse(raw: bytes, received_ns: int, zone: Zone = UTC) -> Message:
    """Reads a message.

    Args:
        raw: Its bytes, as a datagram or `framing` gave them.
        received_ns: When it came, UTC nanoseconds since 1970.
        zone: The device's: what its stamps without one mean.
    """
    line = decode(raw)
    opening, _, rest = line.partition(">")
    pri = _PRI.get(opening)
    if pri:
        facility, severity = pri
        line = rest
    else:
        facility, severity = _USER, _NOTICE
    message = None
    head = line[:4]
    if head in _BSD_HEADS:
        message = _bsd(line, received_ns, zone, facility, severity)
    elif head in _IETF_HEADS and pri:
        return rfc5424.read(line, received_ns, facility, severity)
    elif head[:1] in _NUMBERED:
        message = _ios(line, received_ns, zone, facility, severity)
        if message is None and pri and rfc5424.starts(line):
            return rfc5424.read(line, received_ns, facility, severity)
    elif head[:1] == " " and pri:
        line = line[1:]
        message = _bsd(line, received_ns, zone, facility, severity)
    if message is None:
        message = _any(line, received_ns, zone, facility, severity)
    if not pri:
        dialects.severity_without_pri(message)
        if head[:1] == "<":
            message.parse_error = "what stands as PRI is no number from 0 to 191"
    return message


def _bsd(line: str, received_ns: int, zone: Zone, facility: int, severity: int) -> Message | None:
    """`Jan  2 03:04:05 host app[pid]: text`, RFC 3164; None: it isn't quite that."""
    stamp_ns = zone.clock.bsd(line[:15], received_ns)
    if stamp_ns is None or line[15:16] != " ":
        return None
    device_time = ""
    if not AHEAD_NS <= received_ns - stamp_ns <= PAST_NS:
        stamp_ns, device_time = None, line[:15]
    words = line[16:].split(" ", 2)
    tag = _tag_word(words[1]) if len(words) == 3 and _plain_host(words[0]) else None
    if tag:
        app, procid = tag
        message = Message(
            facility, severity, stamp_ns, words[0], app, procid, "", "", (), words[2], line, device_time, ""
        )
        dialects.refine(message)
        return message
    message = Message(facility, severity, stamp_ns, "", "", "", "", "", (), "", line, device_time, "")
    return _after_bsd_stamp(message, received_ns, zone)


def _after_bsd_stamp(message: Message, received_ns: int, zone: Zone) -> Message | None:
    """Reads what follows an RFC 3164 stamp where it isn't a host and a tag: one of them, none, or another header."""
    line = message.line
    host, _, rest = line[16:].partition(" ")
    if not _plain_host(host):
        if host == ":" or (host[-1:] != ":" and "[" not in host):
            return None
        if rest[:1] == "%":
            host = host[:-1]
        else:
            host, rest = "", line[16:]  # no host: that is the tag
    mnemonic = mnemonics.find(rest) if rest and rest[0] in _INNER else None
    inner = headers.before_mnemonic(rest, mnemonic, received_ns, zone) if mnemonic else None
    if mnemonic and inner:
        if not inner.stamped:
            inner.stamp_ns, inner.device_time = message.stamp_ns, message.device_time
        inner.host = inner.host or host
        return _with_mnemonic(rest, inner, mnemonic, message)
    message.host = host
    message.app, message.procid, message.text = _tag(rest)
    dialects.refine(message)
    return message


def _tag(rest: str) -> tuple[str, str, str]:
    """Splits `app[pid]: text`, `app[pid] text` and `app:text` into app, pid and text; "", "", all: there is no tag."""
    colon = rest.find(":", 0, 80)
    space = rest.find(" ", 0, 80)
    if colon > 0 and not -1 < space < colon and rest[colon + 1 : colon + 2] not in _NO_TAG:
        tag, end = rest[:colon], colon + 1
    elif space > 0 and rest[space - 1] == "]":
        tag, end = rest[:space], space
    else:
        return "", "", rest
    parts = _app_and_procid(tag)
    return (*parts, rest[end + 1 if rest[end : end + 1] == " " else end :]) if parts else ("", "", rest)


@lru_cache(8192)
def _tag_word(word: str) -> tuple[str, str] | None:
    """`sshd[123]:` as app and process id; None for another word, and for what may begin another header."""
    return _app_and_procid(word[:-1]) if word[-1:] == ":" and word[0] not in _INNER else None


def _app_and_procid(tag: str) -> tuple[str, str] | None:
    """`sshd[123]` or `sshd` as app and process id; None for what is no tag."""
    if not tag or " " in tag or tag[0] in _NO_APP:
        return None
    app, bracket, procid = tag.partition("[")
    if not bracket:
        return tag, ""
    return (app, procid[:-1]) if procid[-1:] == "]" else None


@lru_cache(8192)
def _plain_host(word: str) -> bool:
    """Whether a word after a stamp can only be a name: no tag, no year, no offset, nothing like a zone's name."""
    if not word or word[0] in "+-:" or word[-1] == ":" or "[" in word:
        return False
    return len(word) > 5 or not (word.isdigit() or (word.isalpha() and word.isupper()))


def _ios(line: str, received_ns: int, zone: Zone, facility: int, severity: int) -> Message | None:
    """`1234: router1: *Jan  2 03:04:05.678 CET: %FACILITY-5-MNEMONIC: text`; None: it isn't quite that.

    The number and the name may be absent.
    """
    parts = line.split(": ", 3)
    if len(parts) < 3:
        return None
    sequence = host = ""
    if len(parts) == 4 and (found := _percent_word(parts[2])) and parts[0].isdigit():
        sequence, stamp, _, text = parts
    elif len(parts) == 4 and (found := _percent_word(parts[3].partition(": ")[0])) and parts[0].isdigit():
        sequence, host, stamp, text = parts
        text = text.partition(": ")[2]
        host = "" if host.isdigit() else host  # a second number: service sequence-numbers
    elif found := _percent_word(parts[1]):
        stamp = parts[0]
        text = line.split(": ", 2)[2]
    else:
        return None
    at = 1 if stamp[:1] in _MARKS else 0
    after = _tail(stamp[at + 15 :])
    if not after:
        return None
    fraction, zone_name = after
    clock = zone.named(zone_name) if zone_name else zone.clock
    stamp_ns = clock.bsd(stamp[at : at + 15], received_ns) if clock else None
    if stamp_ns is None:
        return None
    stamp_ns += fraction
    device_time = ""
    if not AHEAD_NS <= received_ns - stamp_ns <= PAST_NS:
        stamp_ns, device_time = None, stamp
    name, app = found
    return Message(facility, severity, stamp_ns, host, app, "", sequence, name, (), text, line, device_time, "")


@lru_cache(8192)
def _percent_word(word: str) -> tuple[str, str] | None:
    """`%SYS-5-CONFIG_I` as mnemonic and facility."""
    found = mnemonics.known(word[1:]) if word[:1] == "%" else None
    return (word[1:], found[0]) if found else None


@lru_cache(8192)
def _tail(tail: str) -> tuple[int, str] | None:
    """What stands between an IOS stamp's second and its mnemonic: nanoseconds and the zone's name."""
    found = _IOS_TAIL.fullmatch(tail)
    return (fraction_ns(found[1] or ""), found[2] or "") if found else None


def _any(line: str, received_ns: int, zone: Zone, facility: int, severity: int) -> Message:
    """Whatever is none of the common shapes."""
    mnemonic = mnemonics.find(line)
    if mnemonic:
        header = headers.before_mnemonic(line, mnemonic, received_ns, zone)
        if header:
            blank = Message(facility, severity, None, "", "", "", "", "", (), "", line, "", "")
            return _with_mnemonic(line, header, mnemonic, blank)
    header = headers.Header()
    at = headers.walk(line, header, received_ns, zone)
    if not header.stamped and not header.sequence:
        at = 0
    rest = line[at:]
    host, app, procid = header.host, header.app, header.procid
    if header.stamped and not header.colon and not header.app:
        name, _, after = rest.partition(" ")
        if name and name[-1] != ":" and "[" not in name:
            host, rest = name, after
        app, procid, rest = _tag(rest)
    message = Message(
        facility,
        severity,
        header.stamp_ns,
        host,
        app,
        procid,
        header.sequence,
        "",
        (("cisco.node", header.node),) if header.node else (),
        rest,
        line,
        header.device_time,
        "",
    )
    known = dialects.refine(message)
    if not header.stamped:
        if known:
            dialect_tables.own_stamp(message, received_ns, zone)
        elif not header.sequence:
            message.parse_error = NO_HEADER
    return message


def _with_mnemonic(text: str, header: headers.Header, mnemonic: mnemonics.Found, message: Message) -> Message:
    """Fills a message with what its header and its mnemonic say."""
    message.stamp_ns, message.device_time = header.stamp_ns, header.device_time
    message.host = header.host
    message.app, message.procid = header.app or mnemonic.facility, header.procid
    message.msgid = header.sequence
    message.mnemonic = mnemonic.name
    message.structured = (("cisco.node", header.node),) if header.node else ()
    message.text = text[mnemonic.end :]
    return message
