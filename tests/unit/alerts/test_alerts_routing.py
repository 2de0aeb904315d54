"""The routing tree, time intervals and inhibition, as Alertmanager documents them; the engines are asked elsewhere."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sotpctl.alerts.intervals import contains
from sotpctl.alerts.model import Alert
from sotpctl.alerts.routing import at, inhibitor, walk

_CONFIG: dict[str, Any] = {
    "route": {
        "receiver": "first",
        "routes": [
            {"receiver": "nobody", "matchers": ['severity="none"']},
            {"receiver": "chat", "matchers": ['severity="critical"'], "continue": True,
             "mute_time_intervals": ["night"]},
            {"receiver": "mail", "matchers": ['severity=~"critical|warning"'], "active_time_intervals": ["office"],
             "routes": [{"matchers": ['team="noc"']},
                        {"receiver": "sub", "matchers": ['site!="waw"'], "continue": True}]},
        ],
    },
    "time_intervals": [
        {"name": "night", "time_intervals": [
            {"times": [{"start_time": "22:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "06:00"}],
             "location": "Europe/Warsaw"}]},
        {"name": "office", "time_intervals": [
            {"weekdays": ["monday:friday"], "times": [{"start_time": "08:00", "end_time": "16:00"}],
             "location": "Europe/Warsaw"}]},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"severity": "none"}, ["nobody"]),
        ({"severity": "critical", "site": "waw"}, ["chat", "mail"]),
        ({"severity": "critical", "site": "waw", "team": "noc"}, ["chat", "mail"]),
        ({"severity": "warning", "site": "krk"}, ["sub"]),
        ({"severity": "info"}, ["first"]),
        ({}, ["first"]),
    ],
)
def test_alerts_the_first_that_matches_is_told(labels: dict[str, str], receivers: list[str]) -> None:
    """Further with `continue`; a child's receiver is its parent's where it has none; nothing else: the root's."""
    assert [one.receiver for one in walk(_CONFIG, labels)] == receivers


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("2026-11-24T09:00", {"chat": "", "mail": ""}),  # Tuesday, 10:00 in Warsaw
        ("2026-11-24T15:00", {"chat": "", "mail": "outside office"}),
        ("2026-11-24T21:00", {"chat": "within night", "mail": "outside office"}),
        ("2026-11-25T04:59", {"chat": "within night", "mail": "outside office"}),
        ("2026-11-25T05:00", {"chat": "", "mail": "outside office"}),
        ("2026-07-24T20:00", {"chat": "within night", "mail": "outside office"}),  # 22:00: summer time
        ("2026-07-24T06:00", {"chat": "", "mail": ""}),
        ("2026-11-22T09:00", {"chat": "", "mail": "outside office"}),  # Sunday
    ],
)
def test_alerts_who_is_told_depends_on_the_zones_clock(when: str, said: dict[str, str]) -> None:
    """A muted or inactive route keeps its alert: nobody else is told in its place."""
    told = walk(_CONFIG, {"severity": "critical", "site": "waw"})
    answers = at(_CONFIG, told, datetime.fromisoformat(f"{when}+00:00"))
    assert {one.receiver: one.why for one in answers} == said
    assert all(one.told == (not one.why) for one in answers)


@pytest.mark.parametrize(
    ("interval", "holds"),
    [
        ({"days_of_month": ["1:5"]}, False),
        ({"days_of_month": ["28"]}, True),
        ({"days_of_month": ["-1"]}, True),
        ({"days_of_month": ["-3:-2"]}, False),
        ({"days_of_month": ["31"]}, False),
        ({"days_of_month": ["20:31"]}, True),
        ({"months": ["february"]}, True),
        ({"months": ["2:3"]}, True),
        ({"months": ["march:december"]}, False),
        ({"years": ["2020:2026"]}, True),
        ({"years": [2027]}, False),
        ({"weekdays": ["Saturday"]}, True),
        ({"weekdays": ["sunday:friday"]}, False),
        ({"months": ["february"], "weekdays": ["sunday"]}, False),
        ({"times": [{"start_time": "12:00", "end_time": "12:30"}]}, True),
        ({"times": [{"start_time": "11:00", "end_time": "12:00"}]}, False),
        ({"times": [{"start_time": "13:00", "end_time": "24:00"}], "location": "Europe/Warsaw"}, True),
        ({}, True),
    ],
)
def test_alerts_a_time_interval_holds(interval: dict[str, Any], holds: bool) -> None:
    """Every kind of range that is given, by one of its ranges; on Saturday, 28 February 2026, 12:00 UTC."""
    assert contains(interval, datetime(2026, 2, 28, 12, tzinfo=UTC)) is holds


_RULES = {
    "inhibit_rules": [
        {"source_matchers": ['alertname="Trouble"', 'device!=""'], "target_matchers": ['alertname!="Down"'],
         "equal": ["device"]},
        {"source_matchers": ['severity="critical"'], "target_matchers": ['severity=~"warning|critical"'],
         "equal": ["alertname"]},
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "by"),
    [
        ({"alertname": "Cpu", "device": "a"}, "Trouble a"),
        ({"alertname": "Cpu", "device": "b"}, ""),
        ({"alertname": "Down", "device": "a"}, ""),
        ({"alertname": "Fan", "device": "b", "severity": "warning"}, "Fan b"),
        ({"alertname": "Fan", "device": "b", "severity": "critical"}, ""),  # source and target at once: not by its like
    ],
)
def test_alerts_what_inhibits_is_found(labels: dict[str, str], by: str) -> None:
    """A source whose `equal` labels are the same, unless both sides match both."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    firing = [
        Alert({"alertname": "Trouble", "device": "a", "severity": "none"}, {}, now, "1", "active"),
        Alert({"alertname": "Fan", "device": "b", "severity": "critical"}, {}, now, "2", "active"),
    ]
    found = inhibitor(_RULES, labels, firing)
    assert (found.title() if found else "") == by
