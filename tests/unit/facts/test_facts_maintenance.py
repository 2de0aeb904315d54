"""Maintenance windows, over the changes of the clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.facts.maintenance import DAYS, Window, windows
from exporters.kit.document import ConfigError

WARSAW = "Europe/Warsaw"


def weekly(start: str, end: str, *days: str, zone: str = WARSAW) -> Window:
    """One weekly window."""
    entry = {"name": "x", "devices": ["a"], "weekly": {"days": list(days), "from": start, "to": end}, "timezone": zone}
    (window,) = windows([entry])
    return window


def spans(window: Window, first: str, hours: int = 24) -> list[str]:
    """When a window is open, to the minute, as UTC times of day: ["01:00-02:00"]."""
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    minutes = [begin + timedelta(minutes=count) for count in range(hours * 60 + 1)]
    found, opened = [], None
    for minute in minutes:
        if window.open_at(minute) and opened is None:
            opened = minute
        elif opened is not None and not window.open_at(minute):
            found.append(f"{opened:%H:%M}-{minute:%H:%M}")
            opened = None
    return found if opened is None else [*found, f"{opened:%H:%M}-"]


@pytest.mark.parametrize(
    ("day", "start", "end", "expected"),
    [
        ("2026-03-22", "02:00", "04:00", ["01:00-03:00"]),  # winter: UTC+1
        ("2026-03-29", "02:00", "04:00", ["01:00-02:00"]),  # at 02:00 it is 03:00: one hour is left
        ("2026-03-29", "02:00", "03:00", ["01:00-02:00"]),  # wholly skipped: the hour after the jump
        ("2026-03-29", "02:30", "03:00", ["01:30-02:00"]),
        ("2026-03-29", "01:30", "02:30", ["00:30-01:30"]),  # half skipped: as long as ever
        ("2026-03-29", "03:00", "04:00", ["01:00-02:00"]),
        ("2026-03-29", "04:00", "05:00", ["02:00-03:00"]),
        ("2026-04-05", "02:00", "04:00", ["00:00-02:00"]),  # summer: UTC+2
        ("2026-10-25", "02:00", "04:00", ["00:00-03:00"]),  # 02:00-03:00 comes twice
        ("2026-10-25", "02:00", "02:30", ["00:00-00:30", "01:00-01:30"]),
        ("2026-10-25", "03:00", "04:00", ["02:00-03:00"]),
    ],
)
def test_a_weekly_window_goes_by_the_clock_on_the_wall(day: str, start: str, end: str, expected: list[str]) -> None:
    """Sundays in Warsaw, those of the clock changes among them: never lost, twice where the time comes twice."""
    assert spans(weekly(start, end, "sun"), day, 20) == expected


def test_a_zone_that_jumps_at_midnight() -> None:
    """Santiago goes from Saturday 24:00 to Sunday 01:00: Sunday's first hour is held during the second."""
    window = weekly("00:00", "01:00", "sun", zone="America/Santiago")
    assert spans(window, "2026-09-06") == ["04:00-05:00"]
    assert spans(window, "2026-09-13") == ["03:00-04:00"]


def test_a_zone_that_jumps_by_half_an_hour() -> None:
    """Lord Howe skips 02:00-02:30."""
    window = weekly("02:00", "02:30", "sun", zone="Australia/Lord_Howe")
    assert spans(window, "2026-10-03T12:00") == ["15:30-16:00"]


def test_a_window_that_crosses_midnight_belongs_to_its_first_day() -> None:
    """Saturday 22:00 to Sunday 02:00; the night before isn't meant."""
    window = weekly("22:00", "02:00", "sat", zone="UTC")
    assert spans(window, "2026-07-03", 72) == ["22:00-02:00"]
    assert window.open_at(datetime(2026, 7, 4, 22, tzinfo=UTC))
    assert not window.open_at(datetime(2026, 7, 4, 21, 59, 59, tzinfo=UTC))
    assert not window.open_at(datetime(2026, 7, 5, 2, tzinfo=UTC))


def test_sunday_night_ends_on_monday() -> None:
    """The week's last day has the week's first behind it."""
    assert spans(weekly("22:00", "02:00", "sun", zone="UTC"), "2026-07-04", 72) == ["22:00-02:00"]
    assert weekly("22:00", "02:00", "sun", zone="UTC").open_at(datetime(2026, 7, 6, 1, tzinfo=UTC))


def test_whole_days() -> None:
    """00:00-24:00 and 00:00-00:00 are the day; two days in a row have no gap."""
    for end in ("24:00", "00:00"):
        assert spans(weekly("00:00", end, "sat", zone="UTC"), "2026-07-03", 72) == ["00:00-00:00"]
    assert spans(weekly("20:00", "24:00", "sat", zone="UTC"), "2026-07-03", 72) == ["20:00-00:00"]
    assert spans(weekly("00:00", "24:00", *DAYS), "2026-03-28", 72) == ["00:00-"]


@given(st.sampled_from(DAYS), st.integers(0, 1439), st.integers(1, 1439))
def test_every_week_of_a_year_has_the_window(day: str, start: int, length: int) -> None:
    """Whatever its times, a window is open at some moment of each of 53 weeks."""
    end = (start + length) % 1440
    window = weekly(f"{start // 60:02}:{start % 60:02}", f"{end // 60:02}:{end % 60:02}", day)
    zone = ZoneInfo(WARSAW)
    first = datetime(2026, 1, 5, tzinfo=zone) + timedelta(days=DAYS.index(day), minutes=start)
    for week in range(53):
        begins = (first + timedelta(weeks=week)).astimezone(UTC)
        assert window.open_at(begins)
        assert not window.open_at(begins - timedelta(days=2 if length < 1380 else 4))


def test_a_one_off_window_holds_its_start_and_not_its_end() -> None:
    """Instants in UTC, or with an offset."""
    (window,) = windows([one_off("2026-12-01T22:00:00Z", "2026-12-02T03:00:00+01:00")])
    opens, closes = datetime(2026, 12, 1, 22, tzinfo=UTC), datetime(2026, 12, 2, 2, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    assert [window.open_at(now) for now in (opens - tick, opens, closes - tick, closes)] == [False, True, True, False]


def test_the_start_of_a_window_is_remembered_for_eight_days() -> None:
    """One-off: from its first instant on, over its end, until no weekly window's start would be older."""
    (window,) = windows([one_off("2026-12-01T22:00:00Z", "2026-12-02T02:00:00Z")])
    opens = datetime(2026, 12, 1, 22, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    at = [opens - tick, opens, opens + timedelta(days=1), opens + timedelta(days=8) - tick, opens + timedelta(days=8)]
    assert [window.started_by(now) for now in at] == [None, opens, opens, opens, None]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-07-05T00:00", "2026-07-05T00:00"),  # Sunday 02:00 in Warsaw
        ("2026-07-04T23:59", "2026-06-28T00:00"),
        ("2026-07-11T12:00", "2026-07-05T00:00"),
        ("2026-03-29T01:00", "2026-03-29T01:00"),  # 02:00 is skipped: it is 03:00
        ("2026-03-29T00:59", "2026-03-22T01:00"),
        ("2026-10-25T00:00", "2026-10-25T00:00"),  # 02:00 is shown twice, the first begins it
        ("2026-10-25T01:30", "2026-10-25T00:00"),
    ],
)
def test_the_latest_start_of_a_weekly_window(now: str, expected: str) -> None:
    """By the zone's clock, over its changes; never a start that is yet to come."""
    window = weekly("02:00", "04:00", "sun")
    assert window.started_by(datetime.fromisoformat(now + "Z")) == datetime.fromisoformat(expected + "Z")


@given(st.sets(st.sampled_from(DAYS), min_size=1), st.integers(0, 1439), st.integers(0, 60 * 24 * 400))
def test_a_weekly_window_always_has_a_start_that_lies_behind(days: set[str], start: int, minutes: int) -> None:
    """Not in the future, within eight days, and it stays the same until the next one."""
    window = weekly(f"{start // 60:02}:{start % 60:02}", f"{(start + 1) % 1440 // 60:02}:{(start + 1) % 60:02}", *days)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = window.started_by(now)
    assert found is not None
    assert now - timedelta(days=8) < found <= now
    later = window.started_by(now + timedelta(minutes=1))
    assert later is not None
    assert later == found or now < later


def one_off(start: str, end: str, **more: Any) -> dict[str, Any]:
    """A one-off window's entry."""
    return {"name": "x", "devices": ["a"], "start": start, "end": end, **more}


WEEK = {"days": ["sun"], "from": "02:00", "to": "04:00"}


def week(**changes: Any) -> dict[str, Any]:
    """A weekly window's entry."""
    return {"name": "x", "devices": ["a"], "timezone": WARSAW, "weekly": {**WEEK, **changes}}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (7, ": must be an object, not a whole number"),
        ({}, ': "devices" is missing'),
        (one_off("2026-12-01T22:00:00Z", "2026-12-01T22:00:00Z"), ": must end after it starts"),
        (one_off("2026-12-01T22:00:00", "2026-12-02T22:00:00Z"), '.start: must be an instant such as "2026-12-01T22'),
        (one_off("2026-12-01T22:00:00Z", "soon"), ".end: must be an instant"),
        (one_off("2026-12-01T22:00:00Z", "2026-12-02T22:00:00Z", timezone="UTC"), ': "timezone" is no key'),
        (one_off("2026-12-01T22:00:00Z", "2026-12-02T22:00:00Z", devices=[1]), ".devices: must be a string"),
        ({**week(), "timezone": "Europe/Warsow"}, '.timezone: no time zone is called "Europe/Warsow" here'),
        ({**week(), "timezone": "../../etc/passwd"}, ".timezone: no time zone is called"),
        ({**week(), "timezone": ""}, ".timezone: no time zone is called"),
        ({**week(), "start": "2026-12-01T22:00:00Z"}, ': "start" is no key'),
        (week(days=[]), ".weekly.days: must be some of mon, tue"),
        (week(days=["sunday"]), ".weekly.days: must be some of mon, tue"),
        (week(to="4:00"), '.weekly.to: must be a time of day such as "02:00"'),
        (week(to="25:00"), ".weekly.to: must be a time of day"),
        (week(**{"from": "24:00"}), ".weekly.from: must be before 24:00"),
    ],
)
def test_what_is_no_window_is_refused(entry: Any, message: str) -> None:
    """Each mistake with its place in the list."""
    with pytest.raises(ConfigError) as caught:
        windows([week(), entry])
    assert str(caught.value).startswith(f"settings.maintenance[1]{message}")
