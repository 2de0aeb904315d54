"""Numbers that move: functions of time alone, so that every lab of an inventory shows the same, and no state is kept.

A rate follows a day's curve (most in the afternoon, UTC) with a ripple of 17 minutes on it. A counter is the curve's
integral, in closed form: the rate between two reads is the curve's mean between them, exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from math import cos, pi, sin

DAY = 86400.0
_RIPPLE = 1020.0
_DAILY_SHARE, _RIPPLE_SHARE = 0.55, 0.15  # of the mean; together below 1, or a counter would fall

Moving = Callable[[float], float]
"""A number by the time, seconds since 1970."""


def share(text: str) -> float:
    """Returns a number from 0 to 1 that belongs to the text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32


@dataclass(frozen=True, slots=True)
class Curve:
    """What happens so often a second on average, more by day than by night.

    Attributes:
        mean: Per second, over a whole day.
        phase: When its day begins, as a share of a day.
    """

    mean: float
    phase: float

    def rate(self, now: float) -> float:
        """Returns how much it is a second at a time: from 0.3 to 1.7 times the mean."""
        day, ripple = self._angles(now)
        return self.mean * (1 + _DAILY_SHARE * sin(day) + _RIPPLE_SHARE * sin(ripple))

    def total(self, since: float, until: float) -> float:
        """Returns how much it was between two times: the rate's integral."""
        (day, ripple), (day_end, ripple_end) = self._angles(since), self._angles(until)
        daily = _DAILY_SHARE * DAY * (cos(day) - cos(day_end))
        rippling = _RIPPLE_SHARE * _RIPPLE * (cos(ripple) - cos(ripple_end))
        return self.mean * (until - since + (daily + rippling) / (2 * pi))

    def _angles(self, now: float) -> tuple[float, float]:
        return 2 * pi * (now / DAY - self.phase), 2 * pi * (now / _RIPPLE - self.phase * 7)


def curve(mean: float, seed: str) -> Curve:
    """Returns a curve whose peak is between 10 and 16 o'clock UTC, when exactly belongs to the seed."""
    return Curve(mean, 0.17 + 0.25 * share(seed))


def wave(low: float, high: float, seed: str) -> Moving:
    """Returns a gauge that goes between two values: most of the way by the day, the rest in minutes, fast and slow."""
    middle, reach = (low + high) / 2, (high - low) / 2
    phase, part = 0.17 + 0.25 * share(seed), share(f"{seed} period")
    swings = ((0.6, DAY, -phase), (0.2, 600 * (1 + part), phase), (0.2, 90 * (1 + part), phase))

    def read(now: float) -> float:
        return middle + reach * sum(much * sin(2 * pi * (now / period + begun)) for much, period, begun in swings)

    return read
