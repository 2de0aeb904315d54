"""Who is told of an alert, as Alertmanager walks alertmanager.yml (dispatch/route.go), and what inhibits it.

Works on the rendered configuration as data, so that it answers for what the engine will read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sotpctl.alerts.intervals import contains
from sotpctl.alerts.matchers import Matcher, all_match, parse
from sotpctl.alerts.model import Alert

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """A receiver that a route leads to, with the names of the time intervals that say when."""

    receiver: str
    mute: tuple[str, ...] = ()
    active: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a receiver is told at an instant; `why` names the time interval where it is not."""

    receiver: str
    told: bool
    why: str = ""


def walk(config: Mapping[str, Any], labels: Labels) -> list[Told]:
    """Return whom the routing tree leads to, in its order."""
    return list(_walk(config["route"], labels, ""))


def at(config: Mapping[str, Any], told: Iterable[Told], when: datetime) -> list[Answer]:
    """Return who of them is told at an instant (aware)."""
    intervals = {one["name"]: one["time_intervals"] for one in config.get("time_intervals", ())}
    return [_at(intervals, one, when) for one in told]


def inhibitor(config: Mapping[str, Any], labels: Labels, alerts: Iterable[Alert]) -> Alert | None:
    """Return the firing alert that holds back one with these labels, None where nothing does."""
    firing = list(alerts)
    for rule in config.get("inhibit_rules", ()):
        source, target = _matchers(rule, "source_matchers"), _matchers(rule, "target_matchers")
        if not all_match(target, labels):
            continue
        both = all_match(source, labels)
        for one in firing:
            equal = all(one.labels.get(label, "") == labels.get(label, "") for label in rule.get("equal", ()))
            if equal and all_match(source, one.labels) and not (both and all_match(target, one.labels)):
                return one
    return None


def _walk(route: Mapping[str, Any], labels: Labels, inherited: str) -> Iterator[Told]:
    receiver = route.get("receiver") or inherited
    found = False
    for child in route.get("routes", ()):
        if all_match(_matchers(child, "matchers"), labels):
            found = True
            yield from _walk(child, labels, receiver)
            if not child.get("continue", False):
                break
    if not found:
        yield Told(receiver, tuple(route.get("mute_time_intervals", ())), tuple(route.get("active_time_intervals", ())))


def _at(intervals: Mapping[str, Sequence[Mapping[str, Any]]], one: Told, when: datetime) -> Answer:
    def within(name: str) -> bool:
        return any(contains(interval, when) for interval in intervals.get(name, ()))

    muted = [name for name in one.mute if within(name)]
    if muted:
        return Answer(one.receiver, told=False, why=f"within {', '.join(muted)}")
    if one.active and not any(within(name) for name in one.active):
        return Answer(one.receiver, told=False, why=f"outside {', '.join(one.active)}")
    return Answer(one.receiver, told=True)


def _matchers(rule: Mapping[str, Any], key: str) -> list[Matcher]:
    return [parse(text) for text in rule.get(key, ())]
