"""What a silence hides is said before it is made; one that hides everything is known for that."""

from datetime import UTC, datetime

import pytest

from sotpctl.alerts.hiding import Network, hides_everything, sentence
from sotpctl.alerts.matchers import parse
from sotpctl.alerts.model import Alert

_NETWORK = Network(
    [
        {"device": "waw-1", "site": "waw", "role": "core", "rack": "a"},
        {"device": "waw-2", "site": "waw", "role": "access"},
        {"device": "waw-3", "site": "waw", "role": "access"},
        {"device": "krk-1", "site": "krk", "role": "core"},
    ],
    ["CpuHigh", "DeviceDown"],
)


@pytest.mark.parametrize(
    "text",
    [
        "device=~.*", "device=~.+", "device!=", 'device!~""', "site=~waw|krk", "site!=gdn", "severity=~.*",
        "severity=critical", "severity!=info", "alertname=~CpuHigh|DeviceDown", "alertname!=Other", "ifName!=Te1",
        "ifName=~.*", "instance=~|x.*|.*", "device=~.*-.*", "site=~.* severity=~.*", 'rack=~".*"',
    ],
)  # fmt: skip
def test_alerts_what_hides_everything_is_known(text: str) -> None:
    """No matcher leaves out a device, an alert, or what is critical."""
    assert hides_everything([parse(one) for one in text.split(" ")], _NETWORK)


@pytest.mark.parametrize(
    "text",
    [
        "device=waw-1", "device!=waw-1", "site=waw", "site=~.* alertname=CpuHigh", "severity=~warning|info",
        "ifName=Te1", "ifName=~.+", "device=", "rack=a", "rack!=a", "alertname=Unknown",
    ],
)  # fmt: skip
def test_alerts_what_narrows_is_let_through(text: str) -> None:
    """One matcher that leaves something out is enough."""
    assert not hides_everything([parse(one) for one in text.split(" ")], _NETWORK)


def test_alerts_the_only_device_can_be_named() -> None:
    """In a network of one device its name is no mistake, a regular expression is."""
    alone = Network(_NETWORK.devices[:1], _NETWORK.names)
    assert not hides_everything([parse("device=waw-1")], alone)
    assert hides_everything([parse("device=~waw-1")], alone)


@pytest.mark.parametrize(
    ("text", "further"),
    [
        ("site=waw", "every further alert of 3 of 4 devices"),
        ("role=core", "every further alert of waw-1 and krk-1"),
        ("device=waw-1", "every further alert of waw-1"),
        ("device=~.*", "every further alert of all 4 devices"),
        ("site=gdn", "every further alert of no device of the inventory"),
        ("site=waw severity=warning", "every further warning alert of 3 of 4 devices"),
        ("alertname=CpuHigh severity=warning", "every further warning CpuHigh"),
        ("alertname=CpuHigh device=waw-1", "every further CpuHigh of waw-1"),
        ("ifName=~Te.* site=krk", 'every further alert with ifName=~"Te.*" of krk-1'),
        ("device=", "every further alert of no device of the inventory"),
        ("severity=~.*", 'every further alert with severity=~".*"'),
    ],
)
def test_alerts_what_is_to_come_is_said(text: str, further: str) -> None:
    """Which alerts, and of how many devices."""
    said = sentence([parse(one) for one in text.split(" ")], [], _NETWORK)
    assert said == f"no alert that fires now and {further}"


def test_alerts_what_fires_is_counted_the_worst_first() -> None:
    """At most three are named; those that notify nobody don't count."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    alerts = [
        Alert({"alertname": name, "severity": severity, "device": "waw-1"}, {}, now, name, "active")
        for name, severity in (
            ("CpuHigh", "warning"), ("DeviceTrouble", "none"), ("A", "info"), ("B", "info"), ("DeviceDown", "critical"),
        )
    ]  # fmt: skip
    assert sentence([parse("device=waw-1")], alerts, _NETWORK) == (
        "4 firing alerts (DeviceDown waw-1, CpuHigh waw-1, A waw-1, …) and every further alert of waw-1"
    )
    assert sentence([parse("device=waw-1")], alerts[:2], _NETWORK).startswith("1 firing alert (CpuHigh waw-1) and ")
