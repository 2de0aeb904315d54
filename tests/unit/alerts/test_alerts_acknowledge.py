"""An acknowledgement hides what fires and nothing that is yet to come."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sotpctl.alerts.acknowledge import CHANGING, OF_THE_DEVICE, needed, silences
from sotpctl.alerts.matchers import Matcher, all_match, shown
from sotpctl.alerts.model import Alert, Silence

_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _alert(*silenced_by: str, **labels: str) -> Alert:
    return Alert(labels, {}, _NOW, "f" + repr(sorted(labels.items())), "active", silenced_by)


def test_alerts_all_of_a_device_are_one_silence() -> None:
    """Alerts that differ in their names alone are one silence: alertname=~"A|B", device="D"; the severity may rise."""
    found = silences(
        [
            _alert(alertname="DeviceDown", device="sw", severity="critical", site="waw", rack="a1"),
            _alert(alertname="CpuHigh", device="sw", severity="warning", site="waw", rack="a1"),
        ],
        {"rack"},
    )
    assert [shown(one) for one in found] == ["alertname=~CpuHigh|DeviceDown device=sw"]


def test_alerts_one_of_many_devices_is_one_silence() -> None:
    """The same alert of several devices is one silence that names them."""
    found = silences(_alert(alertname="DeviceDown", device=name, severity="critical") for name in ("b", "a"))
    assert [shown(one) for one in found] == ["alertname=DeviceDown device=~a|b"]


def test_alerts_an_interface_is_not_its_device() -> None:
    """Of an interface only that one is hidden: another one that fails later is told."""
    (found,) = silences([_alert(alertname="InterfaceDown", device="sw", ifName="Te1", severity="warning")])
    assert shown(found) == "alertname=InterfaceDown device=sw ifName=Te1"


def test_alerts_what_has_no_device_is_told_apart_by_its_labels() -> None:
    """Of the suite's own alerts the labels that are left, the site among them, say which one it is."""
    found = silences([_alert(alertname="ExporterDown", exporter="icmp"), _alert(alertname="SiteDown", site="waw")])
    assert [shown(one) for one in found] == ["alertname=ExporterDown exporter=icmp", "alertname=SiteDown site=waw"]


_LABELS = st.fixed_dictionaries(
    {"alertname": st.sampled_from("AB"), "severity": st.sampled_from(["critical", "warning"])},
    optional={"device": st.sampled_from(["a", "b.", "c"]), "ifName": st.sampled_from("12"), "site": st.just("s")},
)


@given(given_=st.lists(_LABELS, max_size=8), other=_LABELS)
def test_alerts_exactly_these_are_hidden(given_: list[dict[str, str]], other: dict[str, str]) -> None:
    """Each alert that fires is hidden by one; another with the same labels' names only if it is one of them."""
    found = silences(_alert(**labels) for labels in given_)

    def hidden(labels: dict[str, str]) -> bool:
        return any(all_match(one, labels) for one in found)

    def key(labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
        out = CHANGING | (OF_THE_DEVICE if "device" in labels else frozenset())
        return tuple(sorted((name, value) for name, value in labels.items() if name not in out))

    def names(labels: dict[str, str]) -> set[str]:
        return {name for name, _ in key(labels)}

    assert all(hidden(labels) for labels in given_)
    assert len(found) <= len(given_)
    alike = [one for one in given_ if names(one) == names(other)]
    if len(alike) == len(given_):
        assert hidden(other) == (key(other) in {key(one) for one in alike})


def test_alerts_what_is_held_back_long_enough_needs_no_silence() -> None:
    """A silence that ends later than asked for is enough; one that ends sooner is not."""
    existing = [
        Silence(name, (Matcher("device", "=", "a"),), _NOW, _NOW + timedelta(hours=hours), "k", "", "active")
        for name, hours in (("long", 3), ("short", 1))
    ]
    until = _NOW + timedelta(hours=2)
    assert needed([_alert("long", alertname="A", device="a")], (), existing, until) == []
    assert needed([_alert("short", alertname="A", device="a")], (), existing, until) != []
    exactly = needed([_alert("short", alertname="A", device="a")], (), existing, _NOW + timedelta(hours=1))
    assert exactly == []
    assert needed([_alert("unknown", alertname="A", device="a")], (), existing, until) != []
    both = [_alert("long", alertname="A", device="a"), _alert(alertname="A", device="b")]
    assert [shown(one) for one in needed(both, (), existing, until)] == ["alertname=A device=~a|b"]
