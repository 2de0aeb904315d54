"""The status at 80 columns, as a person sees it: transcripts."""

import textwrap
from datetime import UTC, datetime
from typing import Any

import pytest

from sotpctl.alerts.model import Alert
from sotpctl.cli.status_text import ago, lines
from sotpctl.cli.terminal import width
from sotpctl.status import Devices, Firing, Part, Report, Trouble, Unknown

NOW = 1_800_000_000.0
HOSTILE = "\x1b[31mrm -rf\x1b[0m\n\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\x07"


def _report(**changes) -> Report:
    whole: dict[str, Any] = {
        "release": "cb8ac3787977",
        "releases": ["cb8ac3787977"],
        "applied": NOW - 3 * 3600,
        "commit": "1a2b3c4d5e6f" + "0" * 28,
        "drift": {},
        "parts": [
            Part("facts", "127.0.0.1:10025", "confirmed"),
            Part("icmp", "127.0.0.1:10021", "confirmed"),
            Part("alertmanager", "127.0.0.1:9093", "confirmed"),
            Part("prometheus", "127.0.0.1:9090", "confirmed"),
        ],
        "devices": Devices(("a", "b"), (), (), (), ()),
        "alerts": Firing((), 0, 0),
    }
    return Report(**(whole | changes))


def _alert(name: str, severity: str, seconds: float, summary: str = "", **labels: str) -> Alert:
    at = datetime.fromtimestamp(NOW - seconds, UTC)
    return Alert({"alertname": name, "severity": severity, **labels}, {"summary": summary}, at, name, "active")


def _down(name: str, seconds: float | None, **labels: str) -> Trouble:
    return Trouble(name, None if seconds is None else NOW - seconds, labels)


def _text(report: Report, columns: int = 80) -> str:
    found = [line.text for line in lines(report, NOW, columns)]
    assert all(width(line) <= columns and line.isprintable() for line in found), found
    return "\n".join(found) + "\n"


def _is(report: Report, expected: str) -> None:
    assert _text(report) == textwrap.dedent(expected)


def test_all_is_well() -> None:
    """Four parts, two devices, nothing to do."""
    _is(
        _report(),
        """\
        RELEASE   cb8ac3787977, applied 3 h ago, commit 1a2b3c4d5e6f

        ENGINE        ADDRESS          STATE
        facts         127.0.0.1:10025  confirmed
        icmp          127.0.0.1:10021  confirmed
        alertmanager  127.0.0.1:9093   confirmed
        prometheus    127.0.0.1:9090   confirmed

        DEVICES   2: 2 up

        ALERTS    none fires
        """,
    )


def test_an_outage_fits_a_terminal_of_24_lines() -> None:
    """Who is down and since when, who merely can't be reached, what fires, what is held back."""
    unreachable = tuple(_down(f"waw-host-{number}", 170) for number in range(8, 0, -1))
    devices = Devices(
        tuple(f"d{number}" for number in range(1_200)),
        (_down("waw-acc-1", 180, site="waw", role="access"), Trouble("krk-edge-1", NOW - 7200, {"site": "krk"}, True)),
        unreachable, ("gdn-srv-1",), ("krk-edge-1", "krk-srv-1"),
    )  # fmt: skip
    alerts = (
        _alert(
            "DeviceDown", "critical", 170, "waw-acc-1 is down: 8 devices behind it can't be reached", device="waw-acc-1"
        ),
        _alert(
            "InterfaceUtilizationHigh", "warning", 90_000, "Te1/0/1 is at 91 %", device="waw-core-1", ifName="Te1/0/1"
        ),
    )
    report = _report(devices=devices, alerts=Firing(alerts, 3, 9))
    _is(
        report,
        """\
        RELEASE   cb8ac3787977, applied 3 h ago, commit 1a2b3c4d5e6f

        ENGINE        ADDRESS          STATE
        facts         127.0.0.1:10025  confirmed
        icmp          127.0.0.1:10021  confirmed
        alertmanager  127.0.0.1:9093   confirmed
        prometheus    127.0.0.1:9090   confirmed

        DEVICES   1,211: 1,200 up, 2 down, 8 unreachable, 1 unknown, 2 in maintenance
        down         waw-acc-1   3 min  site waw, role access
        down         krk-edge-1  2 h    site krk, in maintenance
        unreachable  waw-host-1, waw-host-2, waw-host-3, waw-host-4, waw-host-5 and 3
                     more
        unknown      gdn-srv-1
        maintenance  krk-edge-1, krk-srv-1

        ALERTS    1 critical, 1 warning; 3 silenced; 9 inhibited
        critical     DeviceDown waw-acc-1              2 min  waw-acc-1 is down: 8 devi…
        warning      InterfaceUtilizationHigh waw-co…  1 d    Te1/0/1 is at 91 %
        """,
    )
    assert len(_text(report).splitlines()) <= 24


def test_what_is_wrong_says_what_helps() -> None:
    """Drift, an engine that doesn't run, one that runs something else, one that has just started: whole sentences."""
    _is(
        _report(
            commit="",
            drift={
                "prometheus/rules/x.yml": "changed",
                "loki/loki.yml": "missing",
                "prometheus/rules/mine.yml": "extra",
            },
            parts=[
                Part(
                    "icmp", "127.0.0.1:10021", "unconfirmed", "it runs revision 0123456789ab, rendered is ba9876543210"
                ),
                Part("alertmanager", "127.0.0.1:9093", "absent", "not running"),
                Part("prometheus", "127.0.0.1:9090", "starting", "job icmp has 0 targets, rendered are 1"),
            ],
            alerts=Unknown("Alertmanager (127.0.0.1:9093) is not running"),
        ),
        """\
        RELEASE   cb8ac3787977, applied 3 h ago
        drift     prometheus/rules/x.yml was changed by hand: `sotpctl apply` puts it
                  back
        drift     loki/loki.yml is missing: `sotpctl apply` puts it back
        drift     prometheus/rules/mine.yml was put there by hand: move it away

        ENGINE        ADDRESS          STATE
        icmp          127.0.0.1:10021  it runs revision 0123456789ab, rendered is
                                       ba9876543210
        alertmanager  127.0.0.1:9093   not running
        prometheus    127.0.0.1:9090   starting: job icmp has 0 targets, rendered are 1

        DEVICES   2: 2 up

        ALERTS    unknown: Alertmanager (127.0.0.1:9093) is not running
        """,
    )


def test_thousands_stay_a_page() -> None:
    """Of 9,000 that are down the newest are named, the rest counted; the same of alerts, drift and names."""
    down = tuple(_down(f"d{number:04}", number, site="waw") for number in range(9_000))
    alerts = Firing(
        tuple(_alert("DeviceDown", "critical", number, device=f"d{number:04}") for number in range(9_000)), 0, 0
    )
    unknown = tuple(f"u{number:04}" for number in range(1_000))
    report = _report(
        devices=Devices((), down, (), unknown, ()),
        alerts=alerts,
        drift={f"f{number}": "changed" for number in range(99)},
    )
    text = _text(report)
    assert len(text.splitlines()) < 40
    for part in ("10,000: 9,000 down, 1,000 unknown", "and 8,992 more", "u0004 and 995 more", "94 files more"):
        assert part in text


@pytest.mark.parametrize("columns", [80, 60, 200])
def test_hostile_and_long_names_break_nothing(columns: int) -> None:
    """Escapes, line breaks and marks of direction are written out; wide characters count twice; nothing is too wide."""
    names = (HOSTILE, "Ł" * 90, "東京" * 40, "e\N{COMBINING ACUTE ACCENT}" * 60)
    report = _report(
        release=HOSTILE,
        commit=HOSTILE,
        drift=dict.fromkeys(names, "changed"),
        parts=[Part(name, name, "unconfirmed", name) for name in names],
        devices=Devices((), tuple(_down(name, 5, site=name) for name in names), (), names, names),
        alerts=Firing(tuple(_alert(name, name, 5, name, device=name) for name in names), 0, 0),
    )
    text = _text(report, columns)
    assert r"\x1b[31mrm" in text
    assert "…" in text


def test_nothing_is_told_by_colour_alone() -> None:
    """Each line that is stressed says in words why."""
    report = _report(parts=[Part("icmp", "a:1", "absent", "not running")], drift={"x": "missing"})
    stressed = [line.text for line in lines(report, NOW, 80) if line.colour]
    assert stressed == ["drift     x is missing: `sotpctl apply` puts it back", "icmp    a:1      not running"]


def test_an_unknown_time_is_left_out() -> None:
    """A device may be down before anything says since when."""
    assert "down         a    role core" in _text(
        _report(devices=Devices((), (_down("a", None, role="core"),), (), (), ()))
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "0 s"), (0.4, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (200_000, "2 d")]
)
def test_a_time_is_said_in_its_greatest_unit(seconds: float, text: str) -> None:
    """Rounded down; a clock that is behind gives no negative time."""
    assert ago(seconds) == text
