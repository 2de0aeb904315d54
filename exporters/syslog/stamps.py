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
        (?P<year_a>\d{{4}})\s(?P<month_a>{_MONTH})\s{{1,2}}(?P<day_a>\d{{1,2}})           # NX-OS, IOS-XR
      | (?P<month_b>{_MONTH})\s{{1,2}}(?P<day_b>\d{{1,2}}),?(?:\s(?P<year_b>\d{{4}}))?    # IOS, ASA, VRP
      | (?P<day_c>\d{{1,2}})[ -](?P<month_c>{_MONTH})[ -](?P<year_c>\d{{4}})
      | (?P<year_d>\d{{4}})[-/](?P<month_d>\d\d?)[-/](?P<day_d>\d\d?)                     # ISO 8601, PAN-OS
      | (?P<month_e>{_MONTH})/(?P<day_e>\d\d)/(?P<year_e>\d{{4}})                         # RouterOS
    )
    [T ,/-]\s?
    (?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d))?
    (?:[.,:](?P<fraction>\d{{1,9}}))?
    (?:\s?(?P<half>AM|PM))?
    (?:\s?(?P<offset>Z(?=[\s:]|$)|[+-]\d\d:?\d\d(?=[\s:]|$)) | \s(?P<zone>[A-Z]{{2,5}})(?=\s|:|$))?
    (?:\sDST(?=[\s:]))?
    (?:\s(?P<year_f>(?:19|20)\d\d)(?=[\s:]|$))?
    (?=[\s:]|$)
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
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
        since = _SINCE_START.match(text, at)
        return Found(since.end(), None, since[0]) if since else None
    parts = found.groupdict()
    clock = zone.named((parts["offset"] or parts["zone"] or "").upper())
    end = found.end()
    if clock is None:  # a word that is no zone's name, a number that is no offset; whoever asked knows what else it is
        clock, end = zone.clock, found.start("offset") if parts["offset"] else found.start("zone") - 1
    date = next(kind for kind in "abcde" if parts[f"month_{kind}"])
    month = parts[f"month_{date}"]
    year = parts.get(f"year_{date}") or (parts["year_f"] if end == found.end() else None)
    rest = (
        int(month) if month[0].isdigit() else MONTHS[month.capitalize()],
        int(parts[f"day_{date}"]),
        _hour(int(parts["hour"]), (parts["half"] or "").upper()),
        int(parts["minute"]),
        int(parts["second"] or 0),
    )
    ns = clock.local(int(year) if year else None, rest, received_ns)
    if ns is not None:
        ns += fraction_ns(parts["fraction"] or "")
    return Found(end, ns, text[at:end].strip())


def _hour(hour: int, half: str) -> int:
    """Of a day's 24, from a half's 12 where it says which half."""
    if not half:
        return hour
    return hour % 12 + (12 if half == "PM" else 0)
