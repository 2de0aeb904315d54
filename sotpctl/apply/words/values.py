"""Values for people: with their units, and short."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sotpctl.apply.words.difference import Detail

NONE = "none"
_SHOWN = 60
_NAMED = 3
# What a number of a threshold is: see sotpctl/inventory/layers.py.
RATIOS = frozenset({"cpu", "memory", "icmp_loss", "interface_utilization"})
SECONDS = frozenset({"icmp_rtt", "icmp_jitter"})
UNITS: Mapping[str, str] = {"temperature": " °C", "interface_errors": "/s", "optic_power": " dBm"}
# Keys of an exporter's file whose numbers are seconds.
_SECONDS_KEYS = ("interval", "timeout")


def said(value: Any, key: str = "") -> str:  # noqa: ANN401 - JSON
    """Return a value as a person reads it; a long one is cut. `key` is its name, which may give its unit."""
    if value is None or value in ("", [], {}):
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return seconds(value) if key.endswith(_SECONDS_KEYS) else f"{value:g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def seconds(value: float) -> str:
    """Return 0.15 as "150 ms", 6.0 as "6 s"."""
    return f"{value * 1000:g} ms" if 0 < value < 1 else f"{value:g} s"


def threshold(metric: str, value: Any) -> str:  # noqa: ANN401 - JSON
    """Return a limit in its metric's unit: "80 %", "150 ms", "70 °C"."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return said(value)
    if metric in RATIOS:
        return f"{round(value * 100, 4):g} %"
    if metric in SECONDS:
        return seconds(value)
    return f"{value:g}{UNITS.get(metric, '')}"


def became(what: str, before: Any, after: Any) -> Detail:  # noqa: ANN401 - JSON
    """Return what became of one value; two long texts are only "changed"."""
    if _strings(before) and _strings(after) and (before or after) and isinstance(before or after, list):
        return Detail(what, _moved(before or [], after or []))
    left, right = said(before, what), said(after, what)
    long = isinstance(before, str) and isinstance(after, str) and max(len(before), len(after)) > _SHOWN
    return Detail(what, "changed") if long or left == right else Detail(what, f"{left} → {right}")


def count(number: int, noun: str) -> str:
    """Return "1 device", "1,200 devices"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def names(subjects: Sequence[str]) -> str:
    """Return "a, b, c and 1,197 more"; a name that comes again is named once, and counts."""
    if len(subjects) <= _NAMED:
        return ", ".join(dict.fromkeys(subjects))
    shown = list(dict.fromkeys(subjects))[:_NAMED]
    return f"{', '.join(shown)} and {len(subjects) - len(shown):,} more"


def _moved(before: Sequence[str], after: Sequence[str]) -> str:
    """Return what came to a list and what left it."""
    old, new = set(before), set(after)
    came, went = [one for one in after if one not in old], [one for one in before if one not in new]
    return " ".join([*_signed("+", came), *_signed("-", went)]) or "in another order"


def _signed(sign: str, items: Sequence[str]) -> Iterator[str]:
    if len(items) > _NAMED:
        yield f"{sign}{len(items):,}"
    else:
        yield from (f"{sign}{item}" for item in items)


def _strings(value: Any) -> bool:  # noqa: ANN401 - JSON
    return value is None or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def joined(details: Iterable[Detail]) -> str:
    """Return details as one phrase."""
    return "; ".join(map(str, details))
