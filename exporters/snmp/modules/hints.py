"""Encodings of RFC 2579 and RFC 5905 in octets: DISPLAY-HINT, DateAndTime, NTP time stamps. Pure."""

import calendar
import math
import re
from datetime import UTC, datetime

_SPEC = re.compile(r"(\*?)([0-9]+)([dxoat])(?:([^0-9*])([^0-9*])?)?")
_NTP_EPOCH_S = 2_208_988_800  # from 1900 to 1970
_MOST_NUMBER = 8  # octets that a number may have
_SHORTHANDS = {
    "%F": "%Y-%m-%d",
    "%T": "%H:%M:%S",
    "%D": "%m/%d/%y",
    "%R": "%H:%M",
    "%r": "%I:%M:%S %p",
    "%v": "%d-%b-%Y",
    "%c": "%a %b %d %H:%M:%S %Y",
    "%x": "%m/%d/%y",
    "%X": "%H:%M:%S",
    "%h": "%b",
    "%e": "%d",
    "%k": "%H",
    "%l": "%I",
    "%n": "\n",
    "%t": "\t",
}


def display(hint: str, data: bytes) -> bytes | None:
    """Returns octets as a DISPLAY-HINT (RFC 2579 §3.1) writes them; None where the hint can't be followed.

    The last part repeats while there are octets; a separator at the end is left away.
    """
    specs = _specs(hint)
    if not specs or not data:
        return None
    out = bytearray()
    at = number = 0
    while at < len(data):
        star, take, form, separator, terminator = specs[min(number, len(specs) - 1)]
        if number >= len(specs) and not (take or star):
            return None  # it would repeat for ever
        number += 1
        count = 1
        if star:
            count, at = data[at], at + 1
        while count and at < len(data):
            count -= 1
            chunk = data[at : at + take]
            text = _formatted(form, chunk)
            if text is None:
                return None
            out += text
            at = min(at + take, len(data))
            if separator and at < len(data) and (count or not terminator):
                out += separator
        if terminator and at < len(data):
            out += terminator
    return bytes(out)


def _specs(hint: str) -> list[tuple[bool, int, str, bytes, bytes]]:
    """The hint's parts: repeated, octets, format, separator, terminator; none when it is no hint."""
    found = []
    at = 0
    while at < len(hint):
        part = _SPEC.match(hint, at)
        if part is None:
            return []
        star = bool(part[1])
        separator, terminator = part[4] or "", part[5] or ""
        at = part.end()
        if terminator and not star:
            return []  # two characters where one may stand
        found.append((star, int(part[2]), part[3], separator.encode(), terminator.encode()))
    return found


def _formatted(form: str, chunk: bytes) -> bytes | None:
    if form == "x":
        return chunk.hex().upper().encode()
    if form in "at":
        return chunk
    if len(chunk) > _MOST_NUMBER:
        return None
    value = int.from_bytes(chunk, "big")
    return (b"%d" if form == "d" else b"%o") % value


def date_and_time(data: bytes) -> float | None:
    """Returns a DateAndTime (RFC 2579 §2) in seconds since 1970; without a zone it is UTC; None for none.

    Fields beyond their range carry over, as Go's time.Date has it: a device's month 0 is December before.
    """
    if len(data) not in {8, 11}:
        return None
    offset = 0
    if len(data) == 11:
        sign = {0x2B: 1, 0x2D: -1}.get(data[8], 0)
        if not sign or data[9] > 24 or data[10] > 60:
            return None
        offset = sign * (data[9] * 3600 + data[10] * 60)
    year, month = int.from_bytes(data[:2], "big"), data[2] - 1
    return float(_days(year + month // 12, month % 12 + 1, data[3]) * 86400 + _clock(data) - offset)


def _clock(data: bytes) -> int:
    return data[4] * 3600 + data[5] * 60 + data[6] + data[7] // 10


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01, in the Gregorian calendar without end; day 0 is the last of the month before."""
    cycles = (year - 1970) // 400  # calendar knows the years 1 to 9999, and every 400 of them have as many days
    return calendar.timegm((year - cycles * 400, month, 1, 0, 0, 0)) // 86400 + cycles * 146097 + day - 1


def ntp_time(data: bytes) -> float | None:
    """Returns an NTP time stamp (RFC 5905 §6) in whole seconds since 1970; None for none."""
    return float(int.from_bytes(data[:4], "big") - _NTP_EPOCH_S) if len(data) >= 8 else None


def parsed_time(text: str, pattern: str) -> float | None:
    """Returns a written time in whole seconds since 1970, by a strptime pattern; without a zone it is UTC."""
    if pattern == "%s":
        return float(text) if text.isdecimal() else None
    plain = re.sub(r"%[A-Za-z%]", lambda found: _SHORTHANDS.get(found[0], found[0]), pattern)
    try:
        moment = datetime.strptime(text, plain)  # noqa: DTZ007  # the pattern may have a zone
    except ValueError:
        return None
    return float(math.floor((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))
