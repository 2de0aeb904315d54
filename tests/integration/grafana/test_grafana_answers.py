"""Every query of every dashboard, answered by a real Prometheus with the rendered rules."""

from typing import Any

import pytest

from sotpctl.render.grafana.queries import Query, queries
from tests.integration.grafana.network import DOWN, MAINTENANCE, UNKNOWN, UNREACHABLE, Prometheus

pytestmark = pytest.mark.engines

Dashboards = dict[str, dict[str, Any]]
# A device's own past takes six hours to become one, which rules/tests prove; no warning fires here, and the column
# beside it, of critical alerts, asks the same way.
_MAY_BE_SILENT = {("Round trip", "Usual"), ("Devices", "G")}


def _queries(dashboard: dict[str, Any], **values: str) -> list[Query]:
    return queries(dashboard, range_s=60, points=12, scrape_s=1, **values)


def _value(prometheus: Prometheus, dashboard: dict[str, Any], panel: str, ref: str = "A", **values: str) -> float:
    (query,) = (query for query in _queries(dashboard, **values) if (query.panel, query.ref) == (panel, ref))
    (answer,) = prometheus.ask(query.expr)
    return float(answer["value"][1])


@pytest.mark.parametrize("name", ["fleet", "site", "device", "alerts", "availability", "sotp"])
def test_grafana_every_query_answers(prometheus: Prometheus, dashboards: Dashboards, name: str) -> None:
    """With one device down, no panel is empty: those whose emptiness is good news have something to say now.

    What only an answering device has, its page shows of one that is up.
    """
    ways = (DOWN, "core-1") if name == "device" else (".*",)
    asked = zip(*(_queries(dashboards[name], device=device) for device in ways), strict=True)
    silent = [
        (way[0].panel, way[0].ref, way[0].expr)
        for way in asked
        if (way[0].panel, way[0].ref) not in _MAY_BE_SILENT
        and not any(prometheus.ask(query.expr, instant=query.instant) for query in way)
    ]
    assert silent == []


def test_grafana_choices_have_values(prometheus: Prometheus, dashboards: Dashboards) -> None:
    """Each variable's query finds something to choose."""
    for name, dashboard in dashboards.items():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                series, label = (
                    variable["query"]["query"].removeprefix("label_values(").removesuffix(")").rsplit(", ", 1)
                )
                series = series.replace("$site", ".*").replace("$role", ".*").replace("$severity", ".*")
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
