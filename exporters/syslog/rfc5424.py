"""RFC 5424: from the version on. Pure.

Read leniently: what breaks the RFC is named in `parse_error`, and all that can be told is told nevertheless. Only an
invalid escape is no error: §6.3.3 wants it left as it stands.
"""

import re

from exporters.syslog import dialects, stamps
from exporters.syslog.message import Message
from exporters.syslog.stamp import AHEAD_NS, PAST_NS, Zone, rfc3339, sane

_VERSION = re.compile(r"[1-9]\d{0,2} (?=-( |$)|\d{4}-|[^ ]*$|-- )", re.ASCII)
_COMMON = frozenset({"1 20", "1 - "})
_NAMES = ("HOSTNAME", "APP-NAME", "PROCID", "MSGID")
_LONGEST = (255, 48, 128, 32)
_FORMATS = ("CEF:", "LEEF:")
_FORMAT_IN_PLACE = "APP-NAME: CEF or LEEF stands in its place"
_ID = re.compile(r'\[([^\s="\]\[]{1,256})')
_PARAM = re.compile(r' ([^\s="\]]{1,256})="([^"\\\]]*)"')
_ESCAPED_PARAM = re.compile(r' ([^\s="\]]{1,256})="((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\\]])')
_UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\]")
_MOST_PARAMS = 256
_LONGEST_NAME = 32
Structured = tuple[tuple[str, str], ...]
_NONE: Structured = ()
_KNOWN: dict[tuple[str, str, str], tuple[str, str, str, str, bool]] = {}  # by HOSTNAME, APP-NAME and MSGID: `_names`
_KEPT = 8192


def read(text: str, received_ns: int, zone: Zone, facility: int, severity: int) -> Message | None:
    """Reads a message from its VERSION on; None: what stands there is none."""
    if text[:4] not in _COMMON and not _VERSION.match(text):
        return None
    parts = text.split(" ", 7)
    error = wrong = ""
    structured = _NONE
    if len(parts) == 8 and parts[6] == "-":
        _, written, host, app, procid, msgid, _, body = parts
    else:
        parts = text.split(" ", 6)
        if len(parts) < 7:
            error = "it ends within RFC 5424's header"
            parts += [""] * (7 - len(parts))
        _, written, host, app, procid, msgid, body = parts
        structured, body, wrong = _split(body)
    stamp_ns = rfc3339(written)
    device_time = ""
    if stamp_ns is None:
        if written != "-":
            device_time = written
            error = error or f'TIMESTAMP: "{written[:40]}" is none of RFC 3339'
    elif not AHEAD_NS <= received_ns - stamp_ns <= PAST_NS:
        stamp_ns, device_time = None, written
    host, app, msgid, mnemonic, named = _KNOWN.get((host, app, msgid)) or _names(host, app, msgid)
    if not (named and procid) or len(procid) > 128:
        error = error or _wrong(parts[2:6])
    if not text.isascii() or "\n" in text or "\t" in text:  # no other characters were left by `text.decode`
        error = error or _wrong_characters("".join(parts[:6]))
        body = body.removeprefix("\ufeff")
    procid = "" if procid == "-" else procid
    message = Message(
        facility, severity, stamp_ns, host, app, procid, msgid, mnemonic, structured, body, text, device_time,
        error or wrong,
    )  # fmt: skip
    if not mnemonic and body[:2] in dialects.READERS:
        dialects.refine(message)
    return _mended(message, written, parts[3], received_ns, zone) if error else message


def _mended(message: Message, written: str, app: str, received_ns: int, zone: Zone) -> Message:
    """Reads what breaks the RFC and can be told nevertheless; the error stays.

    CEF or LEEF right after HOSTNAME, as some products write it; a TIMESTAMP without a zone, or of two words.
    """
    text, error = message.line, message.parse_error
    if app.startswith(_FORMATS):
        message.app = message.procid = message.msgid = message.mnemonic = ""
        message.structured, message.text, message.parse_error = _NONE, text.split(" ", 3)[3], _FORMAT_IN_PLACE
        dialects.refine(message)
    elif written != "-" and rfc3339(written) is None:
        version, _, rest = text.partition(" ")
        found = stamps.read(rest, 0, received_ns, zone)
        if found and found.ns is not None:
            rest = f"{version} - {rest[found.end :].lstrip(' ')}"
            message = read(rest, received_ns, zone, message.facility, message.severity) or message
            message.line, message.parse_error = text, error
            sound = sane(found.ns, received_ns)
            message.stamp_ns, message.device_time = (found.ns, "") if sound else (None, found.text)
    return message


def _names(host: str, app: str, msgid: str) -> tuple[str, str, str, str, bool]:
    """What a device writes again and again, without the - for none; and whether the RFC allows it."""
    named = 0 < len(host) <= 255 and 0 < len(app) <= 48 and 0 < len(msgid) <= 32 and not app.startswith(_FORMATS)
    if len(_KNOWN) >= _KEPT:
        _KNOWN.clear()
    found = _KNOWN[host, app, msgid] = (
        "" if host == "-" else host,
        "" if app == "-" else app,
        "" if msgid == "-" else msgid,
        msgid if dialects.is_junos_name(msgid) else "",
        named,
    )
    return found


def _wrong(fields: list[str]) -> str:
    if fields[1].startswith(_FORMATS):
        return _FORMAT_IN_PLACE
    for name, longest, field in zip(_NAMES, _LONGEST, fields, strict=True):
        if not field:
            return f"{name} is empty; - stands for none"
        if len(field) > longest:
            return f"{name} has {len(field)} characters, {longest} are allowed"
    return ""


def _wrong_characters(head: str) -> str:
    if head.isprintable() and head.isascii():
        return ""
    return "RFC 5424's header has characters other than printable ASCII"


def _split(rest: str) -> tuple[Structured, str, str]:
    """Splits what follows the header into STRUCTURED-DATA, MSG, and what is wrong with the former."""
    if rest == "-":
        return _NONE, "", ""
    if rest[:1] != "[":
        return _NONE, rest, "STRUCTURED-DATA is neither - nor [...]"
    found: list[tuple[str, str]] = []
    ids: set[str] = set()
    error = ""
    at = 0
    while rest[at : at + 1] == "[":
        name = _ID.match(rest, at) if len(found) < _MOST_PARAMS else None
        if not name:
            return tuple(found), rest[at:], error or "STRUCTURED-DATA: an element without an id, or too many"
        if name[1] in ids:
            error = error or f'STRUCTURED-DATA: "{name[1]}" stands twice'
        ids.add(name[1])
        end, wrong = _element(rest, name[1], name.end(), found)
        error = error or wrong
        if rest[end : end + 1] != "]":
            return tuple(found), rest[at:], error or f"STRUCTURED-DATA: {name[1][:40]} doesn't end with ]"
        at = end + 1
    if at < len(rest) and rest[at] != " ":
        return tuple(found), rest[at:], error or "STRUCTURED-DATA: no space after it"
    return tuple(found), rest[at + 1 :], error


def _element(text: str, name: str, start: int, found: list[tuple[str, str]]) -> tuple[int, str]:
    """Reads an element's parameters into `found`; returns where they end, and what is wrong with them."""
    error = f'STRUCTURED-DATA: "{name[:40]}" is too long a name' if len(name) > _LONGEST_NAME else ""
    at = start
    while len(found) < _MOST_PARAMS:
        param = _PARAM.match(text, at) or _ESCAPED_PARAM.match(text, at)
        if not param:
            break
        key, value = param[1], param[2]
        if len(key) > _LONGEST_NAME:
            error = error or f'STRUCTURED-DATA: "{key[:40]}" is too long a name'
        if "\\" in value or "]" in value:
            if _UNESCAPED.search(value):
                error = error or f"STRUCTURED-DATA: {name}.{key} has a ] that isn't escaped"
            value = _ESCAPE.sub(r"\1", value)
        found.append((f"{name}.{key}", value))
        at = param.end()
    if at == start and text[at : at + 1] == "]":
        found.append((name, ""))
    return at, error
