"""Planned work: what is typed becomes an entry of the inventory, and is ended there."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sotpctl.alerts import planned
from sotpctl.alerts.planned import Given

_WAW = "Europe/Warsaw"
_NOW = datetime(2026, 11, 24, 13, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "entry"),
    [
        (Given(length="2h"), {"start": "2026-11-24T14:05", "end": "2026-11-24T16:05"}),
        (Given(start="22:00", end="02:00"), {"start": "2026-11-24T22:00", "end": "2026-11-25T02:00"}),
        (Given(start="2026-12-01T22:00", length="4h"), {"start": "2026-12-01T22:00", "end": "2026-12-02T02:00"}),
        (Given(start="2026-11-24T13:00", end="15:00"), {"start": "2026-11-24T13:00", "end": "2026-11-24T15:00"}),
        (
            Given(start="22:00", length="1h", timezone=_WAW),
            {"start": "2026-11-24T22:00", "end": "2026-11-24T23:00", "timezone": _WAW},
        ),
        (
            Given(weekly="sun 2:00-04:00"),
            {"weekly": {"days": ["sun"], "from": "02:00", "to": "04:00"}},
        ),
        (
            Given(weekly="SAT,fri 22:00 - 06:00"),
            {"weekly": {"days": ["fri", "sat"], "from": "22:00", "to": "06:00"}},
        ),
        (
            Given(weekly="fri-mon 22:00-24:00"),
            {"weekly": {"days": ["mon", "fri", "sat", "sun"], "from": "22:00", "to": "24:00"}},
        ),
    ],
)
def test_alerts_when_is_written_by_the_sites_clock(given: Given, entry: dict[str, Any]) -> None:
    """Now, times of day, dates and lengths become the site's local time."""
    assert planned.when(given, _WAW, _NOW) == entry


def test_alerts_what_a_clock_shows_twice_has_an_offset() -> None:
    """In the hour that comes twice the offset says which one is meant."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert planned.when(Given(length="1h"), _WAW, first) == {
        "start": "2026-10-25T02:30+02:00", "end": "2026-10-25T02:30+01:00",
    }  # fmt: skip


def test_alerts_devices_of_several_zones() -> None:
    """A date is each site's own clock; a length from now is one instant; a time of day alone is refused."""
    both = Given(start="2026-12-01T22:00", end="2026-12-02T02:00")
    assert planned.when(both, "", _NOW) == {"start": "2026-12-01T22:00", "end": "2026-12-02T02:00"}
    assert planned.when(Given(length="2h"), "", _NOW)["end"] == "2026-11-24T15:05+00:00"
    with pytest.raises(ValueError, match="several time zones"):
        planned.when(Given(start="22:00", length="2h"), "", _NOW)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Given(), "say until when"),
        (Given(end="02:00", length="2h"), "say until when"),
        (Given(weekly="sun 02:00-04:00", length="2h"), "either --weekly"),
        (Given(start="2026-11-24T10:00", end="2026-11-24T12:00"), "over already: it is 14:05"),
        (Given(start="2026-12-02T10:00", end="2026-12-01T12:00"), "before it starts"),
        (Given(length="60d"), "more than 30 days"),
        (Given(weekly="sunday 02:00-04:00"), "no weekly window"),
        (Given(weekly="sun 02:00"), "no weekly window"),
        (Given(weekly="son 02:00-04:00"), 'did you mean "mon"|did you mean "sun"'),
        (Given(start="later", length="1h"), "no time"),
    ],
)
def test_alerts_what_cannot_be_meant_is_refused(given: Given, said: str) -> None:
    """Contradictions, the past, and what is no time."""
    with pytest.raises(ValueError, match=said):
        planned.when(given, _WAW, _NOW)


def test_alerts_a_selector_is_read() -> None:
    """Several words or commas are and, the same label twice is or."""
    assert planned.match(["site=waw,role=core", "role=access"]) == {"site": ["waw"], "role": ["core", "access"]}
    for text in ("site", "=waw", "site=", "site=~waw", "site==waw", ""):
        with pytest.raises(ValueError, match="write it like"):
            planned.match([text])


def test_alerts_an_entry_is_yaml() -> None:
    """One value stands alone, several are a list; times of day are quoted, as YAML would read them as numbers."""
    entry = {"name": "no", "match": {"site": ["a"], "role": ["b", "c d"]}} | planned.when(
        Given(weekly="sun 02:00-04:00"), _WAW, _NOW
    )
    assert planned.yaml_texts(entry) == {
        "name": '"no"', "match": "{site: a, role: [b, c d]}",
        "weekly": '{days: [sun], from: "02:00", to: "04:00"}',
    }  # fmt: skip
