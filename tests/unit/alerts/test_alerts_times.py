"""How long and until when: what people type, what they read, and the typos that are refused."""

from datetime import UTC, datetime, timedelta

import pytest

from sotpctl.alerts import times

_WAW = "Europe/Warsaw"
_NOW = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)  # a Tuesday, 14:05 in Warsaw


@pytest.mark.parametrize(("text", "minutes"), [("2h", 120), ("90m", 90), ("1d", 1440), ("1h30m", 90), ("30d", 43200)])
def test_alerts_a_length_is_read(text: str, minutes: int) -> None:
    """As Prometheus writes durations."""
    assert times.length(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("31d", "more than 30 days: a typo"),
        ("999999999y", "longer than time"),
        ("0s", "no time at all"),
        ("2", "no duration"),
        ("-2h", "no duration"),
        ("2 hours", "2h, 90m or 1d"),
    ],
)
def test_alerts_a_length_that_cannot_be_meant_is_refused(text: str, said: str) -> None:
    """Too long, nothing, or no duration: each says what would be right."""
    with pytest.raises(times.TimeError, match=said):
        times.length(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("14:30", "2026-11-24T13:30"),
        ("14:05", "2026-11-25T13:05"),
        ("3:00", "2026-11-25T02:00"),
        ("2026-12-01T14:30", "2026-12-01T13:30"),
        ("2026-12-01 14:30", "2026-12-01T13:30"),
        ("2026-12-01T14:30+00:00", "2026-12-01T14:30"),
        ("2026-12-01T14:30Z", "2026-12-01T14:30"),
    ],
)
def test_alerts_until_goes_by_the_zones_clock(text: str, found: str) -> None:
    """A time of day is the next one of the zone; an offset is taken as it is."""
    assert times.until(text, _WAW, _NOW).isoformat(timespec="minutes") == f"{found}+00:00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-24T14:05", "is past"),
        ("2027-11-24T14:05", "more than 30 days"),
        ("tomorrow", "no time: write it like 14:30"),
        ("25:00", "no time"),
        ("2026-13-01T14:30", "no time"),
        ("", "no time"),
        ("9999-12-31T23:59-14:00", "no time"),
    ],
)
def test_alerts_until_refuses(text: str, said: str) -> None:
    """The past, what is too far, and what is no time."""
    with pytest.raises(times.TimeError, match=said):
        times.until(text, _WAW, _NOW)


def test_alerts_a_clock_that_is_changed() -> None:
    """03:00 is the next 03:00 on the wall, also in the night in which the clocks go back."""
    now = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    assert times.until("03:00", _WAW, now) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("2026-11-24T13:30", "14:30"),
        ("2026-11-24T23:30", "Wed 00:30"),
        ("2026-12-01T13:30", "Tue 1 Dec 14:30"),
        ("2027-01-01T13:30", "Fri 1 Jan 2027 14:30"),
        ("2026-11-23T13:30", "Mon 23 Nov 14:30"),
    ],
)
def test_alerts_a_time_is_shown(when: str, text: str) -> None:
    """Today without a day, this week with its name, else with the date."""
    assert times.clock(datetime.fromisoformat(f"{when}+00:00"), _WAW, _NOW) == text


def test_alerts_a_span_is_shown_in_its_greatest_units() -> None:
    """Two units at most; nothing is negative."""
    spans = {59: "59s", 60: "1m", 3600: "1h", 7500: "2h05m", 86400: "1d", 273600: "3d4h", -5: "0s"}
    assert {seconds: times.span(timedelta(seconds=seconds)) for seconds in spans} == spans
