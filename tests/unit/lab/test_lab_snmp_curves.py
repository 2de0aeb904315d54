"""Counters and gauges as functions of time."""

import pytest

from lab.snmp.curves import DAY, Curve, curve, share, wave

NOW = 1_900_000_000.0


def test_the_total_is_the_rates_integral() -> None:
    """Summed up second by second over ten minutes it is the same, to a millionth."""
    traffic = Curve(50e6, 0.3)
    summed = sum(traffic.rate(NOW + second + 0.5) for second in range(600))
    assert traffic.total(NOW, NOW + 600) == pytest.approx(summed, rel=1e-6)


def test_a_day_has_its_mean_and_no_moment_is_still() -> None:
    """The mean over a day is the mean, to the ripple; the rate is between 0.3 and 1.7 of it, and moves."""
    traffic = curve(1000, "a port")
    assert traffic.total(NOW, NOW + DAY) == pytest.approx(1000 * DAY, rel=0.01)
    rates = [traffic.rate(NOW + minute * 60) for minute in range(1440)]
    assert min(rates) >= 300
    assert max(rates) <= 1700
    assert max(rates) / min(rates) > 2
    assert len(set(rates)) == len(rates)


def test_totals_add_up() -> None:
    """Two spans beside one another are the whole, after a year, too."""
    traffic = curve(1.25e9, "a fast one")
    whole = traffic.total(NOW, NOW + 400 * DAY)
    parts = traffic.total(NOW, NOW + 399 * DAY) + traffic.total(NOW + 399 * DAY, NOW + 400 * DAY)
    assert parts == pytest.approx(whole, rel=1e-12)


def test_the_busy_hours_are_in_the_afternoon() -> None:
    """The peak of any seed is between 9 and 17 o'clock UTC."""
    midnight = NOW // DAY * DAY
    for seed in "abcdefgh":
        busiest = max(
            range(24), key=lambda hour: curve(1, seed).total(midnight + hour * 3600, midnight + hour * 3600 + 3600)
        )
        assert 9 <= busiest <= 17


def test_a_wave_stays_between_its_ends() -> None:
    """And uses most of the way between them in a day."""
    gauge = wave(20, 40, "a sensor")
    values = [gauge(NOW + minute * 60) for minute in range(1440)]
    assert min(values) >= 20
    assert max(values) <= 40
    assert max(values) - min(values) > 12


@pytest.mark.parametrize("poll", [10, 30])
def test_a_wave_moves_between_a_few_polls(poll: int) -> None:
    """Of any seed and at any hour, whole degrees that swing by 4 either way are others within 200 s."""
    for seed in map(str, range(100)):
        gauge = wave(31, 39, seed)
        for begin in range(0, 86400, 7200):
            seen = {round(gauge(NOW + begin + number * poll)) for number in range(200 // poll + 1)}
            assert len(seen) > 1, (seed, begin)


def test_a_share_belongs_to_its_text() -> None:
    """The same in every process, from 0 to 1."""
    assert share("waw-core-1") == share("waw-core-1") != share("waw-core-2")
    assert 0 <= share("") <= 1
