"""Every query of every dashboard, answered by a real Prometheus with the rendered rules."""

import re
import time
from typing import Any

import pytest

from sotpctl.render.grafana.queries import Query, queries
from tests.integration.grafana.network import Prometheus
from tests.integration.grafana.story import BAD_PORT, CUT_PORT, DOWN, MAINTENANCE, POLLED, PORT, UNKNOWN, UNREACHABLE

pytestmark = pytest.mark.engines

Dashboards = dict[str, dict[str, Any]]
# A device's own past takes six hours to become one, which rules/tests prove; a port's speed is drawn only where traffic
# comes near it, which test_grafana_ports.py proves.
_MAY_BE_SILENT = {("Round trip", "Usual"), ("Traffic", "SpeedIn"), ("Traffic", "SpeedOut")}
# What a page is asked for: what only an answering device or a faulty port has is shown of one that is that.
_WAYS: dict[str, tuple[dict[str, str], ...]] = {
    "device": ({"device": DOWN}, {"device": POLLED}),
    "interface": ({"device": POLLED, "ifName": PORT}, {"device": POLLED, "ifName": BAD_PORT}),
}


def _queries(dashboard: dict[str, Any], **values: str) -> list[Query]:
    asked = queries(dashboard, range_s=60, points=12, scrape_s=1, **values)
    return [query for query in asked if query.source == "prometheus"]


def _value(prometheus: Prometheus, dashboard: dict[str, Any], panel: str, ref: str = "A", **values: str) -> float:
    (query,) = (query for query in _queries(dashboard, **values) if (query.panel, query.ref) == (panel, ref))
    (answer,) = prometheus.ask(query.expr)
    return float(answer["value"][1])


@pytest.mark.parametrize("name", ["fleet", "site", "device", "interface", "logs", "alerts", "availability", "sotp"])
def test_grafana_every_query_answers(prometheus: Prometheus, dashboards: Dashboards, name: str) -> None:
    """With one device down, no panel is empty: those whose emptiness is good news have something to say now."""
    asked = zip(*(_queries(dashboards[name], **way) for way in _WAYS.get(name, ({},))), strict=True)
    silent = [
        (way[0].panel, way[0].ref, way[0].expr)
        for way in asked
        if (way[0].panel, way[0].ref) not in _MAY_BE_SILENT and not _answers(prometheus, way)
    ]
    assert silent == []


def _answers(prometheus: Prometheus, way: tuple[Query, ...]) -> bool:
    """Whether one of them has something to say before long: polls are seconds apart here, a late one leaves a gap."""
    end = time.monotonic() + 30
    while not any(prometheus.ask(query.expr, instant=query.instant) for query in way):
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def test_grafana_choices_have_values(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """Each variable's query finds something to choose."""
    for name, dashboard in dashboards.items():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                series, label = (
                    variable["query"]["query"].removeprefix("label_values(").removesuffix(")").rsplit(", ", 1)
                )
                series = re.sub(r"\$\w+", ".*", series)
                assert prometheus.ask(f"group by ({label}) ({series})"), f"{name}: {variable['name']}"


def test_grafana_tiles_say_what_is(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """Each state has its own number, devices of no site among them, and together they are all devices."""
    numbers = {
        title: _value(prometheus, dashboards["fleet"], title)
        for title in ("▼ down", "⊘ unreachable", "? unknown", "◷ maintenance", "▲ up")
    }
    assert numbers == {"▼ down": 1, "⊘ unreachable": 1, "? unknown": 1, "◷ maintenance": 1, "▲ up": 3}


def test_grafana_choosing_a_site_narrows(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """A site that is well shows no trouble of another."""
    assert _value(prometheus, dashboards["fleet"], "▼ down", site="krk") == 0
    assert _value(prometheus, dashboards["fleet"], "▲ up", site="krk") == 1
    assert _value(prometheus, dashboards["site"], "▲ up", site="krk|waw") == 2


def test_grafana_device_shows_what_its_message_says(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """The link of a DeviceDown opens a page that says down, since when, and how many hang on it."""
    page = dashboards["device"]
    assert _value(prometheus, page, "State", device=DOWN) == 2
    assert _value(prometheus, page, "Devices behind it", device=DOWN) == 1
    (firing,) = prometheus.ask(f'ALERTS_FOR_STATE{{alertname="DeviceDown",device="{DOWN}"}}')
    since_ms = _value(prometheus, page, "Since", device=DOWN)
    assert abs(since_ms / 1000 - float(firing["value"][1])) < 5
    assert [_value(prometheus, page, "State", device=name) for name in (UNREACHABLE, MAINTENANCE, UNKNOWN)] == [3, 4, 0]


def test_grafana_changes_name_what_fell_and_what_it_was(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """What changed in the last hour is what fell, with what it was before; who is as ever isn't listed."""
    rows = {
        query.ref: prometheus.ask(query.expr)
        for query in _queries(dashboards["fleet"])
        if query.panel == "What changed in the last hour"
    }
    now = {row["metric"]["device"]: row["metric"]["state"] for row in rows["A"]}
    assert now == {DOWN: "down", UNREACHABLE: "unreachable"}
    assert {row["metric"]["device"]: row["metric"]["was"] for row in rows["B"]} == {DOWN: "up", UNREACHABLE: "up"}


def test_grafana_neighbours_have_their_state(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """A device's page names what leads to it and what hangs on it, each with its state."""
    (query,) = (query for query in _queries(dashboards["device"], device=DOWN) if query.panel == "Next to it")
    found = {row["metric"]["other"]: (row["metric"]["relation"], row["value"][1]) for row in prometheus.ask(query.expr)}
    assert found == {"core-1": ("▲ leads to it", "1"), UNREACHABLE: ("▼ hangs on it", "3")}


def _rows(
    prometheus: Prometheus, dashboard: dict[str, Any], panel: str, ref: str, label: str, **values: str
) -> dict[str, float]:
    (query,) = (query for query in _queries(dashboard, **values) if (query.panel, query.ref) == (panel, ref))
    return {row["metric"][label]: float(row["value"][1]) for row in prometheus.ask(query.expr)}


def test_grafana_interfaces_are_as_they_are(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """A cut cable is down, a port that nobody uses is no fault, and its own page says the same of each."""
    states = _rows(prometheus, dashboards["device"], "Interfaces", "B", "ifName", device=POLLED)
    assert (states[PORT], states[CUT_PORT]) == (1, 0)
    assert {1, 4} <= set(states.values())
    for port, state in states.items():
        assert _value(prometheus, dashboards["interface"], "Interface", device=POLLED, ifName=port) == state


def test_grafana_interface_limits_are_its_own_or_its_devices(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """The dashed line is the interface's threshold where the inventory has one, else the device's."""
    page = dashboards["interface"]
    assert _limit(prometheus, page, PORT) == 0.6
    assert _limit(prometheus, page, BAD_PORT) == 0.8


def _limit(prometheus: Prometheus, page: dict[str, Any], port: str) -> float:
    asked = _queries(page, device=POLLED, ifName=port)
    (query,) = (query for query in asked if (query.panel, query.ref) == ("Utilization", "Warning"))
    (answer,) = prometheus.ask(query.expr)
    return float(answer["value"][1])


def test_grafana_interface_leads_to_the_other_end(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """By the inventory's link, with the state of the device there; the page of the other end leads back."""
    page = dashboards["interface"]
    (query,) = (
        query
        for query in _queries(page, device=POLLED, ifName=PORT)
        if (query.panel, query.ref) == ("The other end", "B")
    )
    (row,) = prometheus.ask(query.expr)
    assert (row["metric"]["peer"], row["metric"]["peer_ifName"], row["value"][1]) == (DOWN, "Gi1/0/49", "2")


def test_grafana_neighbours_stand_beside_the_inventory(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """What the device sees, and what should be there, in one row; a link that shows no neighbour has a row, too."""
    asked = _queries(dashboards["device"], device=POLLED)
    (query,) = (query for query in asked if (query.panel, query.ref) == ("Neighbours", "A"))
    found = {row["metric"]["ifName"]: row["metric"] for row in prometheus.ask(query.expr)}
    assert found[BAD_PORT]["neighbor"] == "edge-1"
    assert found[BAD_PORT]["link"] == "edge-1 eth0"
    assert found[PORT]["link"] == f"{DOWN} Gi1/0/49"


def test_grafana_events_are_counted_once_a_device(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """Logs and Device name the event and where, and choosing another site has none of it."""
    (query,) = (query for query in _queries(dashboards["logs"], site="krk") if query.panel == "Events")
    assert {row["metric"]["device"] for row in prometheus.ask(query.expr)} == {"edge-1"}
    assert _rows(prometheus, dashboards["device"], "Events of this device", "A", "event", device=POLLED).keys() == {
        "ospf_down"
    }
