"""When maintenance windows are open: the same as the facts exporter says, at any minute; and when they are next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exporters.facts.maintenance import windows as of_the_exporter
from sotpctl.alerts.windows import Occurrence, current_or_next, is_open
from sotpctl.inventory.alerting import DAYS, Weekly
from sotpctl.inventory.model import Maintenance

_ZONES = ("Europe/Warsaw", "UTC", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia")
_MINUTE = timedelta(minutes=1)


def _weekly(days: list[str], start: str, end: str, zone: str) -> Maintenance:
    weekly = Weekly.model_validate({"days": days, "from": start, "to": end})
    return Maintenance("w", ("a",), zone, weekly=weekly)


def _exporter_says(window: Maintenance, now: datetime) -> bool:
    assert window.weekly is not None
    entry = {
        "name": "w", "devices": ["a"], "timezone": window.timezone,
        "weekly": {"days": list(window.weekly.days), "from": window.weekly.start, "to": window.weekly.end},
    }  # fmt: skip
    (one,) = of_the_exporter([entry])
    return one.open_at(now)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


_START = st.integers(0, 1439) | st.integers(60, 240)
_WINDOWS = st.builds(
    lambda days, start, end, zone: _weekly(sorted(days), _clock(start), _clock(end), zone) if start != end else None,
    st.sets(st.sampled_from(DAYS), min_size=1),
    _START,
    st.integers(1, 1440) | st.integers(60, 240),
    st.sampled_from(_ZONES),
).filter(lambda window: window is not None)
_CHANGES = [datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2026, 3, 8), datetime(2026, 4, 5)]  # noqa: DTZ001
_INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)) | st.builds(  # noqa: DTZ001
    lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(_CHANGES), st.integers(-1500, 1500)
)


@settings(max_examples=150)
@given(window=_WINDOWS, naive=_INSTANTS)
@example(window=_weekly(["sun"], "02:00", "03:00", "Europe/Warsaw"), naive=datetime(2026, 3, 29, 1, 30))  # noqa: DTZ001
@example(window=_weekly(["sat"], "03:02", "03:01", "Europe/Warsaw"), naive=datetime(2026, 3, 29))  # noqa: DTZ001
@example(window=_weekly(["fri", "sat", "sun", "mon"], "00:00", "24:00", "UTC"), naive=datetime(2026, 3, 29))  # noqa: DTZ001
@example(window=_weekly(["sun"], "02:30", "05:00", "Europe/Warsaw"), naive=datetime(2026, 10, 25, 1, 5))  # noqa: DTZ001
@example(window=_weekly(list(DAYS), "00:00", "24:00", "UTC"), naive=datetime(2026, 3, 29, 1, 30))  # noqa: DTZ001
def test_alerts_the_next_time_is_the_exporters(window: Maintenance, naive: datetime) -> None:
    """It is open from its first minute to its last, closed before and after, and never open in between."""
    now = naive.replace(tzinfo=UTC, second=0, microsecond=0)
    assert is_open(window, now) == _exporter_says(window, now)

    found = current_or_next(window, now)

    assert found is not None
    assert found.end > now
    assert found.open_at(now) == _exporter_says(window, now)
    for instant in (found.start, found.start + (found.end - found.start) / 2, found.end - _MINUTE):
        assert _exporter_says(window, instant)
    assert not _exporter_says(window, found.start - _MINUTE) or len(window.weekly.days) == 7  # type: ignore[union-attr]
    assert not _exporter_says(window, found.end) or len(window.weekly.days) == 7  # type: ignore[union-attr]
    hour = now
    while hour < found.start:
        assert not _exporter_says(window, hour)
        hour += timedelta(minutes=17)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2026-03-22", "01:00", "02:00"),  # a week before: 02:00-03:00 is 01:00-02:00 UTC
        ("2026-03-29", "01:00", "02:00"),  # 02:00-03:00 is skipped: held at 03:00-04:00
        ("2026-10-25", "00:00", "02:00"),  # shown twice: held twice as long
    ],
)
def test_alerts_a_weekly_window_over_a_change_of_clocks(day: str, start: str, end: str) -> None:
    """It is never lost, and as long as the clock shows its times."""
    window = _weekly(["sun"], "02:00", "03:00", "Europe/Warsaw")
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/Warsaw"))
    found = current_or_next(window, midnight.astimezone(UTC))
    assert found == Occurrence(
        datetime.fromisoformat(f"{day}T{start}+00:00"), datetime.fromisoformat(f"{day}T{end}+00:00")
    )


def test_alerts_a_window_of_one_time() -> None:
    """Before and within it, it is the next one; its last instant is over."""
    start, end = datetime(2026, 1, 1, 10, tzinfo=UTC), datetime(2026, 1, 1, 12, tzinfo=UTC)
    window = Maintenance("w", ("a",), "UTC", start, end)
    assert current_or_next(window, start - _MINUTE) == Occurrence(start, end)
    assert current_or_next(window, end - _MINUTE) == Occurrence(start, end)
    assert current_or_next(window, end) is None
    assert [is_open(window, one) for one in (start - _MINUTE, start, end - _MINUTE, end)] == [False, True, True, False]
