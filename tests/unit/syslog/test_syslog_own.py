"""A user's own patterns: on the devices they are for, beside the built-in ones, and nothing that can take long."""

from typing import Any

import pytest

from exporters.kit.document import Document
from exporters.syslog.config import prepare
from exporters.syslog.events import Event
from exporters.syslog.intake import Intake
from exporters.syslog.own import OwnPatterns, OwnPatternsError

OWN = {
    "vpn_lost": {"level": "warning", "match": r"(?i)tunnel (?P<tunnel>\S+) is DOWN", "devices": ["vpn-1", "gone"]},
    "any_port": {"level": "info", "match": "changed state to down"},
}
SETTINGS: dict[str, Any] = {
    "listen": {"udp": "127.0.0.1:0"},
    "loki": {"url": "http://127.0.0.1:3100"},
    "spool": {"directory": "/var/lib/sotp/syslog"},
    "log_patterns": OWN,
}
TARGETS = {
    "vpn-1": {"address": "192.0.2.1", "platform": "cisco-ios"},
    "sw-1": {"address": "192.0.2.2", "platform": "cisco-ios"},
}


def test_a_pattern_is_for_its_devices() -> None:
    """One with devices is tried on these only, one without on all; the text's case and fields are the expression's."""
    own = OwnPatterns(OWN, ["vpn-1", "sw-1"], [])
    line = "x: Tunnel 7 is down"
    assert own.match("vpn-1", line) == [Event("vpn_lost", "warning", {"tunnel": "7"})]
    assert own.match("sw-1", line) == own.match("unknown", line) == []
    assert own.events_of("vpn-1") == {"vpn_lost": "warning", "any_port": "info"}
    assert own.events_of("sw-1") == {"any_port": "info"}


def test_what_stands_too_late_in_a_line_is_not_seen() -> None:
    """The proof that an expression is cheap is for the first characters of a line."""
    own = OwnPatterns(OWN, ["sw-1"], [])
    assert own.match("sw-1", "x" * 900 + "changed state to down")
    assert own.match("sw-1", "x" * 1100 + "changed state to down") == []


def test_both_are_counted() -> None:
    """A message with a built-in event and one of the user's counts as both; each counter is there at 0 beforehand."""
    intake = Intake(prepare(Document("r", SETTINGS, TARGETS)), now_ns=lambda: 1, salt=0)
    assert intake.events["vpn-1", "vpn_lost", "warning"] == intake.events["sw-1", "any_port", "info"] == 0
    assert ("sw-1", "vpn_lost", "warning") not in intake.events
    down = b"<187>1: Mar  1 12:00:01: %LINK-3-UPDOWN: Interface Gi0/5, changed state to down"
    intake.take([down, b"<13>x y: Tunnel 1 is down"], "192.0.2.2", "udp")
    intake.take([b"<13>x y: Tunnel 1 is down"], "192.0.2.1", "udp")
    counted = {key: count for key, count in intake.events.items() if count}
    assert counted == {
        ("sw-1", "any_port", "info"): 1,
        ("sw-1", "interface_down", "warning"): 1,
        ("vpn-1", "vpn_lost", "warning"): 1,
    }
    batch, _ = intake.streams.seal()
    assert batch.count(b"interface_down") == 1
    assert batch.count(b"vpn_lost") == 1
    assert b"any_port" not in batch  # the line is marked with the built-in event


@pytest.mark.parametrize(
    ("name", "entry", "wrong"),
    [
        ("Vpn", {"level": "info", "match": "x"}, "Vpn: a name has small letters"),
        ("ospf_down", {"level": "info", "match": "x"}, "ospf_down: there is an event of this name already"),
        ("a", ["x"], "a: it must be a mapping, not list"),
        ("a", {"level": "info", "match": "x", "apps": []}, "a.apps: is none of devices, level, match"),
        ("a", {"level": "high", "match": "x"}, "a.level: 'high' is none of critical, warning, info"),
        ("a", {"level": "info"}, "a.match: it must be an expression"),
        ("a", {"level": "info", "match": "(a+)+b"}, "a.match: a repeat within a repeat"),
        ("a", {"level": "info", "match": "x", "devices": "sw-1"}, "a.devices: it must be a list"),
    ],
)
def test_a_wrong_one_says_where_it_is_wrong(name: str, entry: object, wrong: str) -> None:
    """The name, what is wrong and what would be right."""
    with pytest.raises(OwnPatternsError) as caught:
        OwnPatterns({name: entry}, [], ["ospf_down"])
    assert str(caught.value).startswith(wrong)
