"""Checks of alerting.log_patterns: an expression can't take long, and a name is nobody else's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache

from sotpctl.inventory.alerting import LogPatternEntry
from sotpctl.inventory.files import Files
from sotpctl.inventory.log_model import alert_name
from sotpctl.inventory.problems import Problem


def check_log_patterns(entries: Sequence[LogPatternEntry], files: Files) -> Iterator[Problem]:
    """Yield what is wrong with them; their selectors are checked as every match is."""
    if not entries:
        return
    from exporters.syslog.expressions import check_pattern  # noqa: PLC0415 - only who has patterns waits for it

    seen: dict[str, str] = {}
    for number, entry in enumerate(entries):
        path = ("alerting", "log_patterns", number)
        if reason := check_pattern(entry.match):
            yield files.problem((*path, "match"), f"this expression is refused: {reason}")
        if said := _name(entry.name, seen):
            yield files.problem((*path, "name"), said)


def _name(name: str, seen: dict[str, str]) -> str:
    """Return what is wrong with a name, "" where nothing is; `seen` holds the events before it by their alerts."""
    alert = alert_name(name)
    first = seen.get(alert)
    seen.setdefault(alert, name)
    if first == name:
        return f'another pattern is called "{name}" already'
    if first:
        return f'its alert would be called {alert}, as that of "{first}" is: choose another name'
    if name in _events():
        return f'"{name}" is an event that SOTP knows by itself: choose another name'
    if alert in _shipped():
        return f"its alert would be called {alert}, as one of SOTP's own is: choose another name"
    return ""


@cache
def _events() -> Collection[str]:
    from exporters.syslog.events import Patterns  # noqa: PLC0415 - only who has patterns waits for it

    return Patterns.load().names()


def _shipped() -> Collection[str]:
    from sotpctl.inventory.shipped import shipped_alerts  # noqa: PLC0415 - only who has patterns waits for it

    return shipped_alerts()
