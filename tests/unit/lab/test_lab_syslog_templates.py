"""What the lab's devices log is what the shipper recognises: each template, by the shipper's own parser."""

import re
from random import Random
from zoneinfo import ZoneInfo

import pytest

from exporters.syslog.events import Patterns
from exporters.syslog.message import Message
from exporters.syslog.parse import parse
from exporters.syslog.stamp import Zone
from lab.syslog.templates import Templates, Told
from sotpctl.inventory.platforms import VENDORS

NOW = 1_709_294_401.25  # 1 March 2024, 12:00:01.25 UTC
WARSAW = "Europe/Warsaw"
TEMPLATES, PATTERNS = Templates(), Patterns.load()
INTERFACES = {
    "juniper-junos": "xe-0/0/1", "fortinet-fortios": "port3", "linux": "eth1", "mikrotik-routeros": "ether3",
    "huawei-vrp": "GigabitEthernet0/0/3", "hp-comware": "GigabitEthernet1/0/5", "hp-procurve": "A1",
    "aruba-cx": "1/1/9", "windows": "ethernet_32769", "cisco-asa": "outside", "paloalto-panos": "ethernet1/3",
}  # fmt: skip
EVENTS = [(platform, event) for platform in TEMPLATES.platforms() for event in TEMPLATES.events(platform)]


def told(platform: str) -> Told:
    """A device of a platform."""
    name = INTERFACES.get(platform, "Ethernet1/1")
    return Told(
        "dev-1", "192.0.2.1", zone=ZoneInfo(WARSAW), interface=name, index=7, neighbor="192.0.2.2", peer="dev-2"
    )


def read(raw: bytes) -> Message:
    """The message as the shipper reads it: nothing is unknown, and its stamp is the time at which it was made."""
    message = parse(raw, int(NOW * 1e9), Zone(WARSAW))
    assert message.parse_error == ""
    assert message.device_time == ""
    assert message.stamp_ns is not None
    assert abs(message.stamp_ns / 1e9 - NOW) < 1
    return message


@pytest.mark.parametrize(("platform", "event"), EVENTS)
def test_a_platforms_message_gives_its_event(platform: str, event: str) -> None:
    """With the interface and the neighbour that the device told, where the shipper reads them."""
    raw = TEMPLATES.event(platform, event, told(platform), NOW, Random(1))
    assert raw is not None
    message = read(raw)
    found = PATTERNS.match(platform, message)
    assert (found.name if found else None) == event, message
    fields = found.fields if found else {}
    assert fields.get("neighbor", "192.0.2.2") in {"192.0.2.2", "dev-2"}
    if event.startswith("interface") and found:
        assert fields["interface"] == told(platform).interface


@pytest.mark.parametrize("platform", TEMPLATES.platforms())
def test_a_quiet_day_is_no_event(platform: str) -> None:
    """What devices say now and then raises nothing."""
    made = TEMPLATES.every(platform, told(platform), NOW, Random(1))
    assert made
    for raw in made:
        assert PATTERNS.match(platform, read(raw)) is None, raw


def test_platforms_are_the_inventorys() -> None:
    """Each that the lab has words for is a platform; one that it has none for speaks as `generic`."""
    assert set(TEMPLATES.platforms()) <= set(VENDORS)
    assert TEMPLATES.events("apc-ups") == TEMPLATES.events("generic")


def test_who_changed_the_configuration_is_said() -> None:
    """On every platform whose pattern takes the user."""
    for platform, event in EVENTS:
        if event == "config_changed":
            raw = TEMPLATES.event(platform, event, told(platform), NOW, Random(1))
            assert raw is not None
            found = PATTERNS.match(platform, read(raw))
            assert found is not None
            assert found.fields.get("user", "alice").isalpha(), platform


def test_no_address_is_a_real_ones() -> None:
    """Only the documentation's (RFC 5737)."""
    for platform, event in EVENTS:
        raw = TEMPLATES.event(platform, event, told(platform), NOW, Random(1)) or b""
        for address in re.findall(r"(?<![\d.])\d+\.\d+\.\d+\.\d+(?![\d.])", raw.decode()):
            assert address.startswith(("192.0.2.", "203.0.113.", "0.0.0.0")), raw
