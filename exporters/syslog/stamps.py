"""The stamps that devices write where RFC 3164 and RFC 5424 know only one each: found at a place of a header. Pure.

This is the slow path: years before and after, zones by name and number, milliseconds, Cisco's marks of a clock that was
never set (`*`) or lost its source (`.`), and the time since start that IOS writes where it was told so.
"""

import re
from typing import NamedTuple

from exporters.syslog.stamp import MONTHS, Zone, fraction_ns

_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_STAMP = re.compile(
    rf"""
    [*.;]?\s?
    (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s{{1,2}})?
    (?:
        (?P<year_a>\d{{4}})[\s-](?P<month_a>{_MONTH})[\s-]\s?(?P<day_a>\d{{1,2}})        # NX-OS, IOS-XR; Opengear
      | (?P<month_b>{_MONTH})\s{{1,2}}(?P<day_b>\d{{1,2}}),?(?:\s(?P<year_b>\d{{4}}))?    # IOS, ASA, VRP
      | (?P<day_c>\d{{1,2}})[ -](?P<month_c>{_MONTH})[ -](?P<year_c>\d{{4}})
      | (?P<year_d>\d{{4}})[-/](?P<month_d>\d\d?)[-/](?P<day_d>\d\d?)                     # ISO 8601, PAN-OS
      | (?P<month_e>{_MONTH})/(?P<day_e>\d\d)/(?P<year_e>\d{{4}})                         # RouterOS
    )
    [T ,/-]\s?
    (?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d)|(?!:\d))
    (?:[.,:](?P<fraction>\d{{1,9}})(?:\.\d)?)?                                        # VRP: milliseconds, tenths of one
    (?:\s?(?P<half>AM|PM)(?:\.(?P<half_fraction>\d{{1,9}}))?)?                        # CUCM: 12:00:01 PM.123
    (?:\s?(?P<offset>Z(?=[\s:]|$)|[+-]\d\d:?\d\d(?=[\s:]|$)) | \s(?P<zone>[A-Z]{{2,5}})(?=\s|:|$))?
    (?:\sDST(?=[\s:]))?
    (?:\s(?P<year_f>(?:19|20)\d\d)(?=[\s:]|$))?
    (?=[\s:]|$)
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_EPOCH = re.compile(r"(\d{9,10})\.(\d{3,9})(?= )", re.ASCII)  # Meraki
_SINCE_START = re.compile(r"[*.]?((?:\d+[ywdh]){1,3}\d*[wdhm]?|\d{1,4}:\d\d:\d\d)(?:\.\d{1,3})?(?=:\s)", re.ASCII)


class Found(NamedTuple):
    """A stamp in a header.

    Attributes:
        end: Where it ends.
        ns: What it means; None for a time since start, and for a date that there isn't.
        text: As it was written.
    """

    end: int
    ns: int | None
    text: str


def read(text: str, at: int, received_ns: int, zone: Zone) -> Found | None:
    """Returns the stamp at a place, None where there is none."""
    found = _STAMP.match(text, at)
    if not found:
        return _number(text, at)
    # fmt: off
    (year_a, month_a, day_a, month_b, day_b, year_b, day_c, month_c, year_c, year_d, month_d, day_d,
     month_e, day_e, year_e, hour, minute, second, fraction, half, half_fraction, offset, name, year_f) = found.groups()
    # fmt: on
    month, day = month_a or month_b or month_c or month_d or month_e, day_a or day_b or day_c or day_d or day_e
    clock = zone.named((offset or name or "").upper())
    end = found.end()
    if clock is None:  # a word that is no zone's name, a number that is no offset; whoever asked knows what else it is
        clock, end = zone.clock, found.start("offset") if offset else found.start("zone") - 1
    year = year_a or year_b or year_c or year_d or year_e or (year_f if end == found.end() else None)
    rest = (
        int(month) if month[0].isdigit() else MONTHS[month.capitalize()],
        int(day),
        _hour(int(hour), (half or "").upper()),
        int(minute),
        int(second or 0),
    )
    ns = clock.local(int(year) if year else None, rest, received_ns)
    if ns is not None:
        ns += fraction_ns(fraction or half_fraction or "")
    return Found(end, ns, text[at:end].strip())


def _number(text: str, at: int) -> Found | None:
    """A stamp that is no date: seconds since 1970, or since the device's start."""
    if epoch := _EPOCH.match(text, at):
        return Found(epoch.end(), int(epoch[1]) * 10**9 + fraction_ns(epoch[2]), epoch[0])
    since = _SINCE_START.match(text, at)
    return Found(since.end(), None, since[0]) if since else None


def _hour(hour: int, half: str) -> int:
    """Of a day's 24, from a half's 12 where it says which half."""
    if not half:
        return hour
    return hour % 12 + (12 if half == "PM" else 0)
