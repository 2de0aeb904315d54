"""The functions of profiles' expressions, `first(a, b)`, `dbm(a)` …: each makes a closure of its arguments'. Pure."""

import math
from collections.abc import Callable
from functools import partial

from exporters.snmp.profiles.values import Columns, Index, Number

_NO_LIGHT_DBM = -60
_LEAST_BIAS_MICROAMPERES = 500  # less no laser takes, and none as many milliamperes


def _first(arguments: list[Number]) -> Number:
    def run(columns: Columns, index: Index) -> float | None:
        for argument in arguments:
            value = argument(columns, index)
            if value is not None:
                return value
        return None

    return run


def _max(arguments: list[Number]) -> Number:
    def run(columns: Columns, index: Index) -> float | None:
        found = [value for argument in arguments if (value := argument(columns, index)) is not None]
        return max(found, default=None)

    return run


def _sum(arguments: list[Number]) -> Number:
    """All that the device has, added; None where it has none."""

    def run(columns: Columns, index: Index) -> float | None:
        found = [value for argument in arguments if (value := argument(columns, index)) is not None]
        return sum(found) if found else None

    return run


def _mapped(act: Callable[[float], float | None], arguments: list[Number]) -> Number:
    (argument,) = arguments

    def run(columns: Columns, index: Index) -> float | None:
        value = argument(columns, index)
        return None if value is None else act(value)

    return run


def _positive(value: float) -> float | None:
    """Nothing where it is 0 or less: what agents say where they don't know."""
    return value if value > 0 else None


def _unsigned(value: float) -> float:
    """What a signed number of 32 bits would be without its sign: 2 GiB and more, in a MIB that forgot of them."""
    return value + 2**32 if value < 0 else value


def _amperes(value: float) -> float:
    """A laser's bias current, told in milliamperes or microamperes, by model: no laser takes what both could mean."""
    return value / (1e6 if value >= _LEAST_BIAS_MICROAMPERES else 1e3)


def _less(arguments: list[Number]) -> Number:
    """What is left of the first without the second; the first alone where the second isn't part of it."""
    whole, part = arguments

    def run(columns: Columns, index: Index) -> float | None:
        one, two = whole(columns, index), part(columns, index)
        if one is None or two is None:
            return None
        return one - two if two <= one else one

    return run


def _dbm(arguments: list[Number]) -> Number:
    """The dBm of milliwatts; no light at all, which has no logarithm, is less than any receiver can tell."""

    def run(columns: Columns, index: Index) -> float | None:
        milliwatts = arguments[0](columns, index)
        if milliwatts is None or milliwatts < 0:
            return None
        return round(10 * math.log10(milliwatts), 3) if milliwatts else _NO_LIGHT_DBM

    return run


# name: how many arguments (0: any number), and what makes the closure
FUNCTIONS: dict[str, tuple[int, Callable[[list[Number]], Number]]] = {
    "first": (0, _first),
    "max": (0, _max),
    "sum": (0, _sum),
    "positive": (1, partial(_mapped, _positive)),
    "unsigned": (1, partial(_mapped, _unsigned)),
    "amperes": (1, partial(_mapped, _amperes)),
    "less": (2, _less),
    "dbm": (1, _dbm),
}
