"""Durations as Prometheus writes them: `500ms`, `6s`, `1m30s`, `90d`."""

from __future__ import annotations

import re

_UNITS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_SHAPE = re.compile("".join(rf"(?:([0-9]{{1,9}}){unit})?" for unit in _UNITS))


def seconds(text: str) -> float:
    """Read a duration in seconds; ValueError says what would be right.

    The units are Prometheus's (model.ParseDuration): y (365 d), w, d, h, m, s, ms, the greater first.
    """
    match = _SHAPE.fullmatch(text)
    if not text or match is None:
        raise ValueError(f'"{text}" is no duration: write it like 500ms, 6s, 1m30s or 90d')
    return sum(int(part) * unit for part, unit in zip(match.groups(), _UNITS.values(), strict=True) if part) / 1000


def text(duration: float) -> str:
    """Write seconds in the canonical spelling, days being the greatest unit: 90.0 is `1m30s`."""
    rest = round(duration * 1000)
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
