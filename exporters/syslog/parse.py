"""A message's bytes as a `Message`: `parse`. Pure, never raises; what can't be read is told, with all that can.

The common shapes (RFC 5424, RFC 3164, IOS with a sequence number) are told by their first characters and read in a few
string operations each; all others by `headers`, an order of magnitude slower. Then `dialects` looks at the text: what a
vendor says within it.
"""

import re
from collections.abc import Callable, Sequence

from exporters.syslog import dialect_tables, dialects, headers, ios, mnemonics, rfc3164, rfc5424
from exporters.syslog.message import Message
from exporters.syslog.stamp import MONTHS, Zone
from exporters.syslog.text import decode_all

UTC = Zone("UTC")
NO_HEADER = "no header that is known"

# By what stands before the first >.
_PRI = {f"<{code:0{width}}": (code >> 3, code & 7) for width in (3, 2, 1) for code in range(min(192, 10**width))}
_USER, _NOTICE = 1, 5  # RFC 3164 §4.3.3: what a message without a PRI is


def parse(raw: bytes, received_ns: int, zone: Zone = UTC) -> Message:
    """Reads a message.

    Args:
        raw: Its bytes, as a datagram or `framing` gave them.
        received_ns: When it came, UTC nanoseconds since 1970.
        zone: The device's: what its stamps without one mean.
    """
    return parse_all((raw,), received_ns, zone)[0]


def parse_all(raws: Sequence[bytes], received_ns: int, zone: Zone) -> list[Message]:
    """Reads messages of one device that came together."""
    found = []
    for text in decode_all(raws):
        opening, _, line = text.partition(">")
        pri = _PRI.get(opening)
        if pri:
            facility, severity = pri
            reader = _READERS.get(line[:2])
            message = reader(line, received_ns, zone, facility, severity) if reader else None
            found.append(message or _other(line, received_ns, zone, facility, severity))
        else:
            found.append(_without_pri(text, received_ns, zone))
    return found


def _without_pri(line: str, received_ns: int, zone: Zone) -> Message:
    reader = _READERS.get(line[:2])
    message = reader(line, received_ns, zone, _USER, _NOTICE) if reader and reader is not rfc5424.read else None
    if message is None:
        message = _any(line, received_ns, zone, _USER, _NOTICE)
    dialects.severity_without_pri(message)
    if line[:1] == "<":
        message.parse_error = "what stands as PRI is no number from 0 to 191"
    return message


def _other(line: str, received_ns: int, zone: Zone, facility: int, severity: int) -> Message:
    """What has a PRI and is none of the common shapes, or not quite."""
    message = rfc5424.read(line, received_ns, zone, facility, severity)
    if line[:1] == " ":
        line = line[1:]
        message = rfc3164.read(line, received_ns, zone, facility, severity)
    if not message:
        message = _any(line, received_ns, zone, facility, severity)
        if message.parse_error == NO_HEADER:
            _tagged(message)
    return message


def _any(line: str, received_ns: int, zone: Zone, facility: int, severity: int) -> Message:
    """Whatever is none of the common shapes."""
    message = Message(facility, severity, None, "", "", "", "", "", (), "", line, "", "")
    mnemonic = mnemonics.find(line)
    if mnemonic and (header := headers.before_mnemonic(line, mnemonic, received_ns, zone)):
        headers.fill(message, header, mnemonic, line)
        return message
    header = headers.Header()
    at = headers.walk(line, header, received_ns, zone)
    if not header.stamped and not header.sequence:
        header = headers.Header()
        at = headers.after_names(line, header, received_ns, zone)
    message.host, message.app, message.procid = header.host, header.app, header.procid
    message.stamp_ns, message.device_time = header.stamp_ns, header.device_time
    message.msgid, message.structured, message.text = header.sequence, header.structured, line[at:]
    if header.stamped and not header.colon and not header.app:
        rfc3164.after_stamp(message, message.text)
    elif not dialects.refine(message):
        if not (header.stamped or header.sequence):
            message.parse_error = NO_HEADER
    elif not header.stamped:
        dialect_tables.own_stamp(message, received_ns, zone)
    return message


def _tagged(message: Message) -> None:
    """Reads what has a PRI and a tag, but neither a stamp nor a host: what a kernel or a small device sends."""
    if _TAG.match(message.text):
        message.parse_error = ""
        rfc3164.fill(message, message.text)


_TAG = re.compile(r"[A-Za-z_/][\w./-]{0,47}(?:\[\d{1,10}\])?: ", re.ASCII)
_DIGITS = "0123456789"
_Reader = Callable[[str, int, Zone, int, int], Message | None]
# By the first two characters after the PRI.
_READERS: dict[str, _Reader] = {
    **{month[:2]: rfc3164.read for month in MONTHS},
    **{first + second: ios.read for first in _DIGITS for second in f"{_DIGITS}:"},
    **{mark + month[0]: ios.read for mark in "*." for month in MONTHS},
    "1 ": rfc5424.read,
}
