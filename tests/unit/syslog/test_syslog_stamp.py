"""Stamps: years that aren't written, zones that are, summer time's repeated hour, leap seconds, and what is insane."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.syslog.parse import parse
from exporters.syslog.stamp import Zone, rfc3339, sane
from exporters.syslog.stamps import read


def ns(year, month, day, *time, fraction=0):
    """A UTC time as nanoseconds: hours, minutes and seconds are 0 where they aren't said."""
    hour, minute, second = (*time, 0, 0, 0)[:3]
    return int(dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC).timestamp()) * 10**9 + fraction


def bsd(text, received, zone="UTC"):
    """What RFC 3164's stamp means."""
    return Zone(zone).bsd(text, received)


def test_the_year_is_the_receipts():
    """RFC 3164 writes none."""
    assert bsd("Mar  1 12:00:01", ns(2024, 3, 1, 12, 0, 5)) == ns(2024, 3, 1, 12, 0, 1)


def test_at_new_year_it_is_the_nearer_one():
    """A message of December that came in January is of last year; a clock that is ahead, of the next."""
    assert bsd("Dec 31 23:59:59", ns(2025, 1, 1, 0, 0, 2)) == ns(2024, 12, 31, 23, 59, 59)
    assert bsd("Jan  1 00:00:03", ns(2024, 12, 31, 23, 59, 59)) == ns(2025, 1, 1, 0, 0, 3)


def test_the_29th_of_february_is_in_a_leap_year():
    """A date that the year of receipt hasn't is one of the year before or after, or none."""
    assert bsd("Feb 29 12:00:00", ns(2025, 3, 1)) == ns(2024, 2, 29, 12)
    assert bsd("Feb 29 12:00:00", ns(2022, 3, 1)) is None


def test_a_stamp_is_of_the_devices_zone():
    """Warsaw is two hours ahead in summer, one in winter."""
    assert bsd("Jul  1 14:00:00", ns(2024, 7, 1, 12, 0, 1), "Europe/Warsaw") == ns(2024, 7, 1, 12)
    assert bsd("Jan  9 13:00:00", ns(2024, 1, 9, 12, 0, 1), "Europe/Warsaw") == ns(2024, 1, 9, 12)


def test_a_router_in_utc_is_read_as_such():
    """The nearer of the two readings is taken: a device whose clock was left in UTC isn't an hour late."""
    assert bsd("Jul  1 12:00:00", ns(2024, 7, 1, 12, 0, 1), "Europe/Warsaw") == ns(2024, 7, 1, 12)
    assert bsd("Jul  1 12:00:00", ns(2024, 7, 1, 12, 0, 1), "Europe/London") == ns(2024, 7, 1, 12)


def test_the_repeated_hour_is_told_by_the_receipt():
    """On 27 October 2024 Warsaw had 02:30 twice, at 00:30 and 01:30 UTC, also for one who keeps what he read."""
    zone = Zone("Europe/Warsaw")
    for hour in (0, 1):
        received = ns(2024, 10, 27, hour, 30, 2)
        assert zone.bsd("Oct 27 02:30:00", received) == ns(2024, 10, 27, hour, 30)


def test_a_named_zone_tells_the_repeated_hour():
    """CEST and CET, though both are near enough."""
    for name, hour in (("CEST", 0), ("CET", 1)):
        found = read(f"Oct 27 02:30:00 {name}", 0, ns(2024, 10, 27, 1, 0), Zone("Europe/Warsaw"))
        assert found
        assert found.ns == ns(2024, 10, 27, hour, 30)


def test_a_leap_second_is_what_follows_it():
    """23:59:60 is no time of any clock of ours."""
    assert rfc3339("2016-12-31T23:59:60Z") == ns(2017, 1, 1)
    assert bsd("Dec 31 23:59:60", ns(2017, 1, 1)) == ns(2017, 1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-01T12:00:01Z", ns(2024, 3, 1, 12, 0, 1)),
        ("2024-03-01T12:00:01.5Z", ns(2024, 3, 1, 12, 0, 1, fraction=500_000_000)),
        ("2024-03-01T12:00:01.123456789Z", ns(2024, 3, 1, 12, 0, 1, fraction=123_456_789)),
        ("2024-03-01T12:00:01.000003-07:00", ns(2024, 3, 1, 19, 0, 1, fraction=3000)),
        ("2024-03-01T12:00:01+05:30", ns(2024, 3, 1, 6, 30, 1)),
    ],
)
def test_rfc3339_is_exact(text, expected):
    """To the nanosecond, whatever the offset."""
    assert rfc3339(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "2024-03-01",
        "2024-03-01T12:00:01",
        "2024-03-01t12:00:01Z",
        "2024-03-01T12:00:01z",
        "2024-02-30T12:00:01Z",
        "2024-03-01T24:00:01Z",
        "2024-03-01T12:60:01Z",
        "2024-03-01T12:00:61Z",
        "2024-03-01T12:00:01.Z",
        "2024-03-01T12:00:01.1234567890Z",
        "2024-03-01T12:00:01+24:00",
        "2024-03-01T12:00:01+0100",
        "²024-03-01T12:00:01Z",
        "0000-03-01T12:00:01Z",
        "2024-03-01T12:00:01.Z5+01:00",
        "2024-03-01T12:00:01Z ",
    ],
)
def test_what_isnt_rfc3339_is_none(text):
    """No date is made up."""
    assert rfc3339(text) is None


@given(st.integers(0, 4 * 10**15), st.integers(-1439, 1439))
def test_rfc3339_agrees_with_datetime(microseconds, minutes):
    """Python's own writing is the oracle."""
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    aware = dt.datetime(1971, 1, 2, tzinfo=zone) + dt.timedelta(microseconds=microseconds)
    seconds = aware - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    expected = (seconds.days * 86400 + seconds.seconds) * 10**9 + seconds.microseconds * 1000
    assert rfc3339(aware.isoformat()) == expected


@given(st.text(max_size=40), st.integers(0, 2**62))
def test_no_text_raises(text, received):
    """Whatever stands in a stamp's place."""
    zone = Zone("America/St_Johns")
    zone.bsd(text, received)
    rfc3339(text)
    read(text, 0, received, zone)
    zone.named(text)


@pytest.mark.parametrize(
    "text",
    [
        "*Mar  1 12:00:01.5 UTC",
        ".Mar 1 2024 13:00:01.500 CET",
        "2024 Mar  1 12:00:01.500",
        "Mar  1 12:00:01.500 2024",
        "Fri Mar  1 12:00:01.500 2024",
        "01 Mar 2024 12:00:01.500",
        "2024-03-01 12:00:01.500",
        "2024/03/01 12:00:01,500",
        "mar/01/2024 12:00:01.5",
        "2024-03-01T07:00:01.500-05:00",
        "2024-03-01T070001".replace("070001", "07:00:01.5-0500"),
        "Mar  1 2024 20:00:01.5+08:00",
        "Mar  1 07:00:01.5 EST",
    ],
)
def test_vendors_forms_mean_the_same(text):
    """Years before and after, marks, milliseconds, zones by name and number."""
    found = read(text + ": x", 0, ns(2024, 3, 1, 12, 0, 5), Zone())
    assert found
    assert found.ns == ns(2024, 3, 1, 12, 0, 1, fraction=500_000_000)
    assert found.end == len(text)


def test_sanity_is_an_hour_back_and_ten_minutes_ahead():
    """The limits themselves are sane."""
    now = ns(2024, 3, 1, 12)
    assert sane(now - 3600 * 10**9, now)
    assert not sane(now - 3600 * 10**9 - 1, now)
    assert sane(now + 600 * 10**9, now)
    assert not sane(now + 600 * 10**9 + 1, now)


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        (b"<13>Mar  1 10:00:00 host app: x", "Mar  1 10:00:00"),
        (b"<13>1 2024-03-01T10:00:00Z host app - - - x", "2024-03-01T10:00:00Z"),
        (b"<189>7: *Mar  1 1993 00:00:01.123: %SYS-5-RESTART: x", "*Mar  1 1993 00:00:01.123"),
        (b"<189>7: *Jan  1 00:00:01.123: %SYS-5-RESTART: x", "*Jan  1 00:00:01.123"),
        (b"<189>7: 1w2d: %SYS-5-RESTART: x", "1w2d"),
        (b"<189>7: 00:00:47: %SYS-5-RESTART: x", "00:00:47"),
    ],
)
def test_an_insane_stamp_is_kept_as_it_was_written(raw, written):
    """The message then has none of its own, and its reader still sees what the device said."""
    message = parse(raw, ns(2024, 3, 1, 12))
    assert message.stamp_ns is None
    assert message.device_time == written


def test_an_unknown_zone_is_said():
    """A typing error in the inventory's site."""
    with pytest.raises(ValueError, match='there is no time zone "Europe/Warsa"; an IANA name is wanted'):
        Zone("Europe/Warsa")
