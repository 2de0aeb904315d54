"""A device's clock as UTC nanoseconds. Pure: the time of receipt is an argument.

Reading a date costs microseconds, and thousands of messages a second carry the same one: what was read is kept by its
text, for `_KEEP_NS` and at most `_KEPT` texts.

A stamp without a year means the year that puts it nearest to its receipt. One without a zone is read in the device's
own (its site's, from the inventory) and in UTC, in which many routers run whatever their site; the nearer reading is
taken. The same rule tells the two readings of the hour that is repeated when summer time ends.
"""

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable
from functools import lru_cache

PAST_NS = 3600 * 10**9  # Loki refuses a line that is further behind its stream
AHEAD_NS = -600 * 10**9  # and one that is further ahead of its clock: the least that receipt less stamp may be
MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}

_SECOND_NS = 10**9
_UNITS = [int(10 ** (9 - digits)) for digits in range(10)]  # ns, of a fraction of so many digits
_KEEP_NS = 900 * _SECOND_NS  # less than half of what lies between two readings of a stamp
_KEPT = 4096
_ZONES = 256  # at most, that one zone's devices may name
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)", re.ASCII)
_FRACTION_OFFSET = re.compile(r"(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_BSD = re.compile(
    r"[*.]?(([A-Z][a-z][a-z]) ([ \d]?\d) (\d\d):(\d\d):(\d\d))(?:\.(\d{1,9}))?(?: ([A-Z]{2,5}))?", re.ASCII
)
_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)", re.ASCII)

# Hours east of UTC of the names that devices write. Names of several zones (IST, CST, BST) are the device's own zone's
# where it has such a name, else the one here.
_NAMED_HOURS = {
    name: hours
    for hours, names in (
        (0.0, "UTC GMT Z WET"),
        (1.0, "CET MET BST WEST WAT"),
        (2.0, "CEST MEST EET SAST CAT"),
        (3.0, "EEST MSK EAT TRT"),
        (5.0, "PKT"),
        (5.5, "IST"),
        (7.0, "WIB ICT"),
        (8.0, "SGT HKT AWST"),
        (9.0, "JST KST"),
        (9.5, "ACST"),
        (10.0, "AEST"),
        (10.5, "ACDT"),
        (11.0, "AEDT"),
        (12.0, "NZST"),
        (13.0, "NZDT"),
        (-2.5, "NDT"),
        (-3.0, "BRT ART ADT"),
        (-3.5, "NST"),
        (-4.0, "AST EDT"),
        (-5.0, "EST CDT"),
        (-6.0, "CST MDT"),
        (-7.0, "MST PDT"),
        (-8.0, "PST AKDT"),
        (-9.0, "AKST"),
        (-10.0, "HST"),
    )
    for name in names.split()
}


def sane(stamp_ns: int, received_ns: int) -> bool:
    """Whether a device's clock is near enough to the receipt to be believed."""
    return AHEAD_NS <= received_ns - stamp_ns <= PAST_NS


class Clock:
    """Reads local times that may mean one or several zones."""

    __slots__ = ("_zones",)

    def __init__(self, zones: Iterable[dt.tzinfo]) -> None:
        self._zones = tuple(zones)

    def local(self, year: int | None, rest: tuple[int, int, int, int, int], received_ns: int) -> int | None:
        """Returns what a local time means; None where there is no such time.

        Args:
            year: None where the stamp has none.
            rest: Month, day, hour, minute and second.
            received_ns: Of several meanings, the nearest to it is taken.
        """
        nearest: int | None = None
        this = dt.datetime.fromtimestamp(received_ns / _SECOND_NS, dt.UTC).year
        for each in (this - 1, this, this + 1) if year is None else (year,):
            for zone in self._zones:
                for fold in (0, 1):
                    found = _utc_ns(each, rest, zone, fold)
                    if found is not None and (nearest is None or abs(received_ns - found) < abs(received_ns - nearest)):
                        nearest = found
        return nearest


class Zone:
    """A device's time zone, and every other that its stamps may name.

    Attributes:
        clock: Reads stamps that name no zone.
    """

    __slots__ = ("_kept", "_named", "_own", "_since", "_until", "clock")

    def __init__(self, name: str = "UTC") -> None:
        """Takes an IANA name.

        Raises:
            ValueError: There is no such zone.
        """
        try:
            self._own: dt.tzinfo = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f'there is no time zone "{name}"; an IANA name is wanted: Europe/Warsaw, UTC') from error
        self.clock = Clock((self._own, dt.UTC) if name != "UTC" else (dt.UTC,))
        self._named: dict[str, Clock] = {"": self.clock}
        self._named |= self._own_names()
        for known, hours in _NAMED_HOURS.items():
            self._named.setdefault(known, Clock((dt.timezone(dt.timedelta(hours=hours)),)))
        self._kept: dict[str, int] = {}
        self._since = self._until = 0

    def bsd(self, text: str, received_ns: int) -> int | None:
        """Returns what RFC 3164's `Jan  2 03:04:05` or IOS' `*Jan  2 03:04:05.678 CET` means; None: it is neither."""
        if self._since <= received_ns < self._until:
            found = self._kept.get(text)
            if found is not None:
                return found
        else:
            self._kept.clear()
            self._since, self._until = received_ns, received_ns + _KEEP_NS
        return self._read_bsd(text, received_ns)

    def named(self, name: str) -> Clock | None:
        """Returns the clock of a zone's name or numeric offset ("CEST", "+02:00"), None for an unknown one."""
        try:
            return self._named[name]
        except KeyError:
            offset = offset_ns(name)
            if offset is None or len(self._named) > _ZONES:
                return None
            zone = dt.timezone(dt.timedelta(seconds=offset // _SECOND_NS))
            found = self._named[name] = Clock((zone,))
            return found

    def _read_bsd(self, text: str, received_ns: int) -> int | None:
        found = _BSD.fullmatch(text)
        month = MONTHS.get(found[2]) if found else None
        clock = self.named(found[8] or "") if found else None
        if not found or not month or not clock:
            return None
        whole = f"{found[1]}{found[8] or ''}"
        stamp_ns = self._kept.get(whole)
        if stamp_ns is None:
            rest = (month, int(found[3]), int(found[4]), int(found[5]), int(found[6]))
            stamp_ns = clock.local(None, rest, received_ns)
        if stamp_ns is not None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[whole] = stamp_ns
            stamp_ns += fraction_ns(found[7] or "")
            self._kept[text] = stamp_ns
        return stamp_ns

    def _own_names(self) -> dict[str, Clock]:
        """The zone's own names, each with its offset: CET and CEST."""
        seasons = [dt.datetime(2024, month, 1, tzinfo=self._own) for month in (1, 7)]
        offsets = {each.tzname() or "": each.utcoffset() for each in seasons}
        return {name: Clock((dt.timezone(offset),)) for name, offset in offsets.items() if name.isalpha() and offset}


def rfc3339(text: str) -> int | None:
    """Returns what an RFC 3339 stamp means, with up to nine digits of a second; None where it isn't one.

    RFC 5424 §6.2.3 asks for capitals. It forbids leap seconds, which are read as what follows them.
    """
    if len(text) < 25:
        return _rfc3339(text)
    seconds, digits = _iso(text[:19]), text[20:-1]  # finer than milliseconds: no two have the same fraction
    if seconds is None or text[19] != "." or text[-1] != "Z" or not digits.isdecimal() or len(digits) > 9:
        return _rfc3339(text)
    return seconds + int(digits) * _UNITS[len(digits)]


@lru_cache(_KEPT)
def _rfc3339(text: str) -> int | None:
    seconds, after = _iso(text[:19]), _after_seconds(text[19:])
    return None if seconds is None or after is None else seconds + after


def offset_ns(text: str) -> int | None:
    """Returns how far east of UTC `+01:00` or `+0100` is, nanoseconds; None where it is no offset."""
    found = _OFFSET.fullmatch(text)
    if not found:
        return None
    size = (int(found[2]) * 60 + int(found[3])) * 60 * _SECOND_NS
    return -size if found[1] == "-" else size


def fraction_ns(digits: str) -> int:
    """Returns the digits after a second's point as nanoseconds."""
    return int(digits[:9].ljust(9, "0")) if digits else 0


@lru_cache(_KEPT)
def _iso(text: str) -> int | None:
    """`2024-01-02T03:04:05` as if it were UTC, nanoseconds."""
    found = _ISO.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups())
    return _utc_ns(year, (month, day, hour, minute, second), dt.UTC, 0)


def _after_seconds(tail: str) -> int | None:
    """`.123456+01:00`: the fraction less the offset, nanoseconds."""
    found = _FRACTION_OFFSET.fullmatch(tail)
    if not found:
        return None
    offset = 0 if found[2] == "Z" else offset_ns(found[2])
    return None if offset is None else fraction_ns(found[1] or "") - offset


def _utc_ns(year: int, rest: tuple[int, int, int, int, int], zone: dt.tzinfo, fold: int) -> int | None:
    month, day, hour, minute, second = rest
    if second > 60:
        return None
    leap = second == 60  # it is the second before the next minute, and no clock of ours has it
    try:
        when = dt.datetime(year, month, day, hour, minute, second - leap, tzinfo=zone, fold=fold)
        offset = when.utcoffset()
    except (ValueError, OverflowError):
        return None
    days = when.toordinal() - _EPOCH_DAY
    seconds = days * 86400 + hour * 3600 + minute * 60 + second
    if offset:
        seconds -= offset.days * 86400 + offset.seconds
    return seconds * _SECOND_NS
