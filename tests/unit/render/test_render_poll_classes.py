"""The poll classes' rules: a file for each, with windows of its own."""

from collections.abc import Callable
from typing import Any

import yaml

from sotpctl.inventory import Inventory
from sotpctl.render import data, rules
from sotpctl.render.poll_classes import PollClass, poll_classes

Loaded = Callable[[dict[str, Any]], Inventory]


def _polled(document: dict[str, Any], **intervals: str) -> dict[str, Any]:
    """Poll these devices as often, and no other."""
    document["defaults"].pop("snmp", None)
    for name, interval in intervals.items():
        document["devices"][name.replace("_", "-")]["snmp"] = {"auth": "ro", "poll_interval": interval}
    return document


def _built(inventory: Inventory) -> dict[str, dict[str, Any]]:
    built = rules.build(inventory, data.files("rules", ".yml"))
    return {name: yaml.safe_load(text) for name, text in built.items()}


def test_render_poll_classes_have_windows_of_their_polls(document: dict[str, Any], loaded: Loaded) -> None:
    """4 polls for rates, 2 for gauges; what is said of a scrape, 2 scrapes; evaluated as often, 15 s to 1 min apart."""
    inventory = loaded(_polled(document, fw="5s", core_1="5m", acc_1="60s", srv_1="60s"))

    assert poll_classes(inventory.enabled()) == (
        PollClass("snmp-5s", interval="15s", packets="30s", rates="20s", gauges="10s", health="10s"),
        PollClass("snmp-60s", interval="1m", packets="2m", rates="4m", gauges="2m", health="2m"),
        PollClass("snmp-5m", interval="1m", packets="2m", rates="20m", gauges="10m", health="2m"),
    )


def test_render_poll_classes_become_files(document: dict[str, Any], loaded: Loaded) -> None:
    """Each class has a file with two groups, one for counters of packets, and reads its own job alone."""
    files = _built(loaded(_polled(document, core_1="5m", acc_1="60s")))

    for job, other in (("snmp-60s", "snmp-5m"), ("snmp-5m", "snmp-60s")):
        assert [group["name"] for group in files[f"{job}.yml"]["groups"]] == [job, f"{job}-packets"]
        text = yaml.safe_dump(files[f"{job}.yml"])
        assert f'job="{job}"' in text
        assert other not in text
    assert "polls.yml" not in files


def test_render_poll_classes_without_polls_are_none(document: dict[str, Any], loaded: Loaded) -> None:
    """Where no device is polled there is no file of a class; alerts wait for series that never come."""
    files = _built(loaded(_polled(document)))

    assert [name for name in files if name.startswith("snmp")] == ["snmp.yml"]


def test_render_poll_classes_that_are_slow_wait_for_two_polls(document: dict[str, Any], loaded: Loaded) -> None:
    """One poll beyond a limit is no alert in any class; a reboot and a neighbour's death are felt a poll later."""
    fast = rules.windows(loaded(_polled(document, acc_1="60s")))
    slow = rules.windows(loaded(_polled(document, acc_1="10m")))

    assert (fast["sustained"], fast["neighbour_window"], fast["reboot_window"]) == ("5m", "6m", "15m")
    assert (slow["sustained"], slow["neighbour_window"], slow["reboot_window"]) == ("21m", "15m", "30m")


def test_render_poll_classes_states_are_looked_at_with_the_fastest_poll(
    document: dict[str, Any], loaded: Loaded
) -> None:
    """What changes with a poll is evaluated as often as the fastest class is polled, from 30 s to 1 min apart."""
    mixed = rules.windows(loaded(_polled(document, core_1="5m", acc_1="45s")))
    fast = rules.windows(loaded(_polled(document, acc_1="5s")))
    slow = rules.windows(loaded(_polled(document, acc_1="5m")))

    assert (mixed["states"], fast["states"], slow["states"]) == ("45s", "30s", "1m")
