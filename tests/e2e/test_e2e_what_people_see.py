"""One outage as people see it: the message, its link, the dashboards, `status`, an acknowledgement, the resolution."""

import json
import re
import urllib.parse
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sotpctl.render.grafana import looks
from sotpctl.render.grafana.queries import queries
from tests.e2e.network import CHANNELS, Message, Network, holds_for, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.netns, pytest.mark.timeout(900)]

SWITCH = "waw-acc-1"  # the sole uplink of eight hosts
BEHIND = 8
PAGE = 60.0  # seconds that a page may take, from the death to the message
DOWN, UNREACHABLE = 2, 3  # device:state:code
TILES = {look.name: look.text for look in looks.STATES}  # the Fleet dashboard's, by state
FLUSH = 25.0  # seconds in which Alertmanager has looked at a group again: group_interval and what it takes to send


def test_an_outage_as_people_see_it(network: Network) -> None:
    """Messages, links, dashboards and `status` agree while a device breaks, is acknowledged, and heals."""
    _all_is_well(network)

    broken = datetime.now(UTC)
    network.run("lab", "break", SWITCH)
    wait_for(lambda: len(network.messages()) == len(CHANNELS), PAGE, "a page on each channel")
    for message in network.messages():
        _says_it_all(message, broken)
        _opens_its_dashboard(network, message)
    assert "8 devices behind it" in network.phone_page()
    _the_screens_show_the_outage(network)
    _status_says(network, down=[SWITCH], unreachable=BEHIND, told=[SWITCH], silenced=0)

    network.run("ack", SWITCH, "--for", "1h", "--comment", "line card is being swapped")
    _is_acknowledged(network)
    _status_says(network, down=[SWITCH], unreachable=BEHIND, told=[], silenced=1)
    _the_screens_show_the_outage(network)
    holds_for(lambda: len(network.messages()) == len(CHANNELS), FLUSH, "nothing more is told once it is acknowledged")

    network.run("silence", "end", *(one["id"] for one in network.sotpctl("silence", "list")))
    assert _listed(network) == [SWITCH]
    _status_says(network, down=[SWITCH], unreachable=BEHIND, told=[SWITCH], silenced=0)

    network.run("lab", "heal")
    wait_for(lambda: len(_resolutions(network)) == len(CHANNELS), PAGE, "a resolution on each channel")
    wait_for(lambda: _counted(network) == {"up": 24}, 30, "the Fleet screen shows all devices up")
    _all_is_well(network)
    holds_for(lambda: len(_resolutions(network)) == len(CHANNELS), FLUSH, "one resolution a channel")
    assert {one.channel for one in _resolutions(network)} == CHANNELS
    assert network.messages()[-1].firing is False


def _says_it_all(message: Message, broken: datetime) -> None:
    """What, where, since when, and what hangs on it."""
    assert message.subject == f"[DOWN] {SWITCH} (site waw) · {BEHIND} devices behind it"
    found = re.search(r"since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", message.text)
    assert found, message.text
    since = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    assert broken - timedelta(seconds=1) <= since <= broken + timedelta(seconds=PAGE)
    assert f"{SWITCH} is down: {BEHIND} devices behind it can't be reached" in message.text


def _opens_its_dashboard(network: Network, message: Message) -> None:
    """The link names a dashboard of the release by its uid, and the device for its variable."""
    base = f"http://{network.document['settings']['endpoints']['grafana']}"
    links = re.findall(rf"{re.escape(base)}/d/([\w-]+)[\w/-]*\?([^\s|>]+)", message.text)
    assert links, message.text
    uids = {dashboard["uid"] for dashboard in network.dashboards().values()}
    for uid, query in links:
        assert uid in uids
        assert urllib.parse.parse_qs(query)["var-device"] == [SWITCH]
    assert {uid for uid, _ in links} == {"sotp-device"}


def _the_screens_show_the_outage(network: Network) -> None:
    """Device shows each device's state and Fleet the numbers, by the very queries of their panels."""
    wait_for(lambda: _state(network, SWITCH) == DOWN, 30, "the Device dashboard shows the switch down")
    for child in network.children(SWITCH):
        wait_for(lambda name=child: _state(network, name) == UNREACHABLE, 30, f"{child} is shown as unreachable")  # type: ignore[misc]
    assert _panel(network, "device", "Devices behind it", device=SWITCH) == BEHIND
    expected = {"up": 24 - 1 - BEHIND, "down": 1, "unreachable": BEHIND}
    wait_for(lambda: _counted(network) == expected, 30, f"the Fleet screen shows {expected}")
    assert _panel(network, "fleet", TILES["down"]) == 1
    assert _panel(network, "fleet", TILES["unreachable"]) == BEHIND


def _is_acknowledged(network: Network) -> None:
    """Alertmanager holds the alert back, the list leaves it out, and with --all says by whom and why."""
    (alert,) = network.alertmanager("alerts", filter=[f'device="{SWITCH}"', 'alertname="DeviceDown"'])
    assert alert["status"]["state"] == "suppressed"
    (silence,) = alert["status"]["silencedBy"]
    assert _listed(network) == []
    (row,) = [one for one in network.sotpctl("alerts", "list", "--all") if one["labels"]["alertname"] == "DeviceDown"]
    assert row["labels"]["device"] == SWITCH
    assert "line card is being swapped" in json.dumps(row["held_back"])
    assert [one["id"] for one in network.sotpctl("silence", "list")] == [silence]


def _all_is_well(network: Network) -> None:
    wait_for(lambda: _counted(network) == {"up": 24}, 30, "the Fleet screen shows all devices up")
    wait_for(lambda: _listed(network) == [], 30, "nothing fires")
    _status_says(network, down=[], unreachable=0, told=[], silenced=0)


def _status_says(network: Network, *, down: list[str], unreachable: int, told: list[str], silenced: int) -> None:
    """`sotpctl status` says the same, to scripts and to people, and that SOTP itself is sound."""
    found = network.sotpctl("status")
    assert [one["device"] for one in found["devices"]["down"]] == down
    assert len(found["devices"]["unreachable"]) == unreachable
    assert found["devices"]["up"] == 24 - len(down) - unreachable
    assert [one["device"] for one in found["alerts"]["firing"]] == told
    assert found["alerts"]["silenced"] == silenced
    assert found["sound"] is True
    text = network.run("status").stdout
    assert all(name in text for name in down)
    assert ("unreachable" in text) is bool(unreachable)


def _state(network: Network, device: str) -> float | None:
    return _panel(network, "device", "State", device=device)


def _panel(network: Network, dashboard: str, title: str, device: str = ".*") -> float | None:
    """Answer the query of a panel of the release as Grafana would ask it."""
    (expr,) = {one.expr for one in queries(network.dashboards()[dashboard], device=device) if one.panel == title}
    return network.query(expr)


def _counted(network: Network) -> dict[str, int]:
    """The sites' devices by state, without the states that no device is in."""
    states = ("up", "down", "unreachable", "maintenance", "unknown")
    counted = {state: network.query(f'sum(site:devices:count{{state="{state}"}})') for state in states}
    return {state: int(number) for state, number in counted.items() if number}


def _listed(network: Network) -> list[str]:
    """The devices of what `sotpctl alerts list` lists."""
    rows: list[dict[str, Any]] = network.sotpctl("alerts", "list")
    return [row["labels"].get("device", row["labels"]["alertname"]) for row in rows]


def _resolutions(network: Network) -> list[Message]:
    return [message for message in network.messages() if not message.firing]
