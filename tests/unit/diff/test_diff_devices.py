"""Devices and thresholds, in words."""

import json

import pytest

from sotpctl.apply.words import compare, sentences
from sotpctl.apply.words.values import RATIOS, SECONDS, UNITS, threshold
from sotpctl.inventory import layers


def test_nothing_is_said_of_equal_trees(network) -> None:
    """No edit, no word."""
    assert network.differences() == ()


def test_devices_that_come_and_go_are_named(network) -> None:
    """A few come with what tells them apart, those that go by name; what follows from them is not said again."""

    def edit(document) -> None:
        document["devices"] |= {
            "acc-7": {"address": "192.0.2.27", "site": "waw", "role": "access", "parents": ["core-1"]},
            "acc-8": {"address": "192.0.2.28", "parents": ["core-1"]},
        }
        del document["devices"]["fw-2"]
        document["alerting"]["maintenance"][0]["match"] = {"role": "core"}

    assert network.said(edit, within="exporters/")[:2] == [
        "+2 devices: acc-7 (192.0.2.27, site waw, role access), acc-8 (192.0.2.28)",
        "-1 device: fw-2",
    ]


def test_a_changed_device_says_each_setting_from_and_to(network) -> None:
    """Address, labels, parents and interval stand in the inventory's words; family and vendor only follow."""

    def edit(document) -> None:
        document["devices"]["core-1"] |= {
            "address": "2001:db8::12",
            "site": "krk",
            "platform": "juniper-junos",
            "parents": ["fw-1", "fw-2"],
            "labels": {"rack": "a13"},
            "icmp": {"interval": "2500ms", "timeout": "800ms"},
        }

    assert network.said(edit, within="exporters/") == [
        (
            "~1 device: core-1: address 192.0.2.11 → 2001:db8::12; site waw → krk; "
            "platform cisco-iosxe → juniper-junos; parents +fw-2; label rack a12 → a13; "
            "interval 2 s → 2.5 s; timeout 1 s → 800 ms"
        ),
        "maintenance window patching: devices -core-1",
        # For the first device with IPv6 the shipper listens on that, too.
        (
            "exporters/syslog.json: settings.listen.tcp 0.0.0.0:10514 → [::]:10514; "
            "settings.listen.udp 0.0.0.0:10514 → [::]:10514"
        ),
    ]


def test_a_setting_that_comes_or_goes_is_from_or_to_none(network) -> None:
    """A label, a role and parents that weren't there, or aren't any more."""

    def edit(document) -> None:
        document["devices"]["fw-1"]["labels"] = {"asset": "7"}
        document["devices"]["core-1"]["labels"] = {}
        document["devices"]["fw-2"]["role"] = "core"

    assert network.said(edit, within="exporters/") == [
        "~1 device: core-1: label rack a12 → none",
        "~1 device: fw-1: label asset none → 7",
        "~1 device: fw-2: role none → core; interval 6 s → 2 s",
    ]


def test_equal_changes_are_one_line(network) -> None:
    """Up to three devices are named, more are counted with what they share; the most come first."""

    def edit(document) -> None:
        document["roles"]["access"]["icmp"] = {"interval": "12s"}
        for name in ("fw-1", "fw-2"):
            document["devices"][name]["team"] = "security"

    assert network.said(edit, within="exporters/") == [
        "~6 devices (site waw, role access): interval 6 s → 12 s",
        "~2 devices: fw-1, fw-2: team none → security",
    ]


def test_data_hold_every_device_by_itself(network) -> None:
    """What is folded for people is whole for scripts: kind, subject, before and after."""

    def edit(document) -> None:
        document["roles"]["access"]["icmp"] = {"interval": "12s"}

    data = [difference.data() for difference in network.differences(edit, within="exporters/")]
    assert [row["subject"] for row in data] == [f"acc-{number}" for number in range(1, 7)]
    assert data[0] == {
        "kind": "device",
        "subject": "acc-1",
        "scope": "",
        "change": "changed",
        "file": "exporters/icmp.json",
        "before": {"interval": 6.0},
        "after": {"interval": 12.0},
    }


def test_thresholds_are_in_their_unit(network) -> None:
    """Shares in %, times in ms; one that comes or goes is from or to none; an interface is named with its device."""

    def edit(document) -> None:
        document["devices"]["core-1"]["thresholds"] = {
            "cpu": {"warning": "85%", "critical": None},
            "icmp_rtt": {"warning": "150ms"},
            "temperature": {"critical": 70},
            "optic_power": {"warning": -12.5},
        }
        document["devices"]["core-1"]["interfaces"]["Te1/0/1"]["thresholds"] = {
            "interface_utilization": {"warning": "62.5%"},
            "interface_errors": {"warning": 3},
        }

    assert sorted(network.said(edit, within="exporters/")) == [
        "threshold cpu of core-1: warning 80 % → 85 %; critical 95 % → none",
        "threshold icmp_rtt of core-1: warning none → 150 ms",
        "threshold interface_errors of core-1:Te1/0/1: warning none → 3/s",
        "threshold interface_utilization of core-1:Te1/0/1: warning 60 % → 62.5 %",
        "threshold optic_power of core-1: warning none → -12.5 dBm",
        "threshold temperature of core-1: critical none → 70 °C",
    ]


def test_thresholds_of_many_are_one_line(network) -> None:
    """A role's limit is said of the role; one for all who have nothing in common, with the first names."""
    assert network.said(
        lambda document: document["roles"]["access"].update(thresholds={"cpu": {"warning": "85%"}})
    ) == ["threshold cpu of 6 devices (site waw, role access): warning 80 % → 85 %"]

    def edit(document) -> None:
        document["defaults"]["thresholds"]["cpu"]["warning"] = "70%"
        for device in document["devices"].values():
            device.pop("site", None)
        del document["alerting"]["maintenance"]

    assert "threshold cpu of 9 devices (acc-1, acc-2, acc-3 and 6 more): warning 80 % → 70 %" in network.said(
        edit, within="exporters/"
    )


def test_thresholds_of_a_new_device_are_no_news(network) -> None:
    """It comes with them."""

    def edit(document) -> None:
        document["devices"]["new"] = {"address": "192.0.2.99", "thresholds": {"cpu": {"warning": "50%"}}}

    assert network.said(edit, within="exporters/") == ["+1 device: new (192.0.2.99)"]


def test_every_metric_of_the_inventory_has_a_unit() -> None:
    """A metric that the inventory takes a limit for is said with its unit: add a new one to words/values.py."""
    metrics = layers.Thresholds.__annotations__ | layers.InterfaceThresholds.__annotations__
    assert set(metrics) == RATIOS | SECONDS | set(UNITS)


@pytest.mark.parametrize(
    ("metric", "value", "text"), [("cpu", 0.07, "7 %"), ("icmp_rtt", 1.5, "1.5 s"), ("x", "?", "?")]
)
def test_a_limit_is_written_as_people_write_it(metric: str, value: object, text: str) -> None:
    """No 7.000000000000001 %, and no failure on what is no number."""
    assert threshold(metric, value) == text


def test_names_are_data_and_stay_what_they_are() -> None:
    """Escaping is the printer's work, once: a script gets the name that is there."""
    name = "\x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}"
    found = compare({"exporters/icmp.json": _document(**{name: {}})}, {"exporters/icmp.json": _document()})
    assert [difference.data()["subject"] for difference in found] == [name]


def _document(**targets: object) -> bytes:
    return json.dumps({"revision": "x", "settings": {}, "targets": targets}).encode()


def test_settings_of_other_exporters_carry_their_name_and_labels_are_said_once() -> None:
    """What SNMP's file says of a device is SNMP's; a label stands in both files; who is not polled any more is off."""
    old = {
        "exporters/icmp.json": _document(a={"address": "192.0.2.1", "labels": {"site": "waw"}}, b={}),
        "exporters/snmp.json": _document(a={"auth": "ro", "labels": {"site": "waw"}}, b={"auth": "ro"}),
    }
    new = {
        "exporters/icmp.json": _document(a={"address": "192.0.2.1", "labels": {"site": "krk"}}, b={}),
        "exporters/snmp.json": _document(a={"auth": "v3", "poll_interval": 60, "labels": {"site": "krk"}}),
    }
    assert sentences(compare(old, new)) == [
        "~1 device: a: site waw → krk; snmp auth ro → v3; snmp poll_interval none → 60 s",
        "~1 device: b: snmp on → none",
    ]


def test_an_exporter_that_comes_is_one_line() -> None:
    """Not one for each device that it watches."""
    icmp = {"exporters/icmp.json": _document(a={}, b={})}
    assert sentences(compare(icmp, {**icmp, "exporters/snmp.json": _document(a={"auth": "ro"}, b={})})) == [
        "+1 exporter: snmp (2 targets)"
    ]
    assert sentences(compare({**icmp, "exporters/snmp.json": _document(a={})}, icmp)) == ["-1 exporter: snmp"]
