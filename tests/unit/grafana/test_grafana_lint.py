"""The rules of grafana/dashboard-linter, as they apply here, and our own on top.

`job` and `instance` variables have no place on dashboards of recording rules: what is chosen is a site, a role, a
device. So the linter's rules about those are replaced by ours about raw series, below.
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.inventory import Inventory, load
from sotpctl.render import data, rules
from sotpctl.render.grafana.queries import panels
from tests.unit.grafana.promql import selectors

Dashboards = dict[str, dict[str, Any]]
_DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_LOKI = {"type": "loki", "uid": "${loki_datasource}"}
# Of grafana/grafana packages/grafana-data/src/valueFormats/categories.ts, those that we use.
_UNITS = {"none", "short", "percentunit", "s", "bytes", "bps", "pps", "cps", "celsius", "dBm", "suffix:/s"}
_UNITS |= {"dateTimeFromNow", "dateTimeAsIso"}
# One series each, or one a job, or one a process of ours: no fleet, however large.
_SMALL = {
    "sotp_expected_targets",
    "sotp_inventory_revision_info",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
}


def _panels(dashboards: Dashboards) -> Iterator[tuple[str, Any]]:
    return ((name, panel) for name, dashboard in dashboards.items() for panel in panels(dashboard))


def _all(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Headings, too, and what is under folded ones: unfolded, it lies where it says."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels") or ()


def _targets(dashboards: Dashboards) -> Iterator[tuple[str, str]]:
    for name, panel in _panels(dashboards):
        for target in panel["targets"]:
            if target["datasource"] != _LOKI:
                yield f"{name}: {panel['title']} {target['refId']}", target["expr"]


def _log_targets(dashboards: Dashboards) -> Iterator[tuple[str, str]]:
    for name, panel in _panels(dashboards):
        for target in panel["targets"]:
            if target["datasource"] == _LOKI:
                yield f"{name}: {panel['title']} {target['refId']}", target["expr"]


def test_grafana_template_datasource_rule(dashboards: Dashboards) -> None:
    """Every dashboard has a data source variable, named and labelled as Grafana's own tools expect it."""
    prometheus = ("datasource", "Data source", "prometheus")
    loki = ("loki_datasource", "Loki data source", "loki")
    for name, dashboard in dashboards.items():
        sources = [v for v in dashboard["templating"]["list"] if v["type"] == "datasource"]
        asks_loki = name in {"device.json", "logs.json"}
        wanted = [prometheus, loki] if asks_loki else [prometheus]
        assert [(v["name"], v["label"], v["query"]) for v in sources] == wanted, name


def test_grafana_panel_and_target_datasource_rule(dashboards: Dashboards) -> None:
    """No panel, query or variable names a data source but by the variable."""
    for name, panel in _panels(dashboards):
        assert panel["datasource"] in (_DATA_SOURCE, _LOKI), f"{name}: {panel['title']}"
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"]), (
            f"{name}: {panel['title']}"
        )
    for name, dashboard in dashboards.items():
        queried = [v for v in dashboard["templating"]["list"] if v["type"] == "query"]
        assert all(v["datasource"] == _DATA_SOURCE for v in queried), name


def test_grafana_panel_title_description_rule(dashboards: Dashboards) -> None:
    """Every panel has a title, and a description that says more than it."""
    for name, panel in _panels(dashboards):
        assert panel["title"], name
        assert len(panel["description"]) > len(panel["title"]) + 20, f"{name}: {panel['title']}"


def test_grafana_panel_units_rule(dashboards: Dashboards) -> None:
    """Every panel and every column that has a unit has one that Grafana knows; every panel has one."""
    for name, panel in _panels(dashboards):
        config = panel["fieldConfig"]
        units = [config["defaults"]["unit"]] + [
            prop["value"] for override in config["overrides"] for prop in override["properties"] if prop["id"] == "unit"
        ]
        assert set(units) <= _UNITS, f"{name}: {panel['title']}"


def test_grafana_panel_no_targets_rule(dashboards: Dashboards) -> None:
    """Every panel asks something, under a refId of its own."""
    for name, panel in _panels(dashboards):
        refs = [target["refId"] for target in panel["targets"]]
        assert refs, f"{name}: {panel['title']}"
        assert len(set(refs)) == len(refs), f"{name}: {panel['title']}"


def test_grafana_target_rate_interval_rule(dashboards: Dashboards) -> None:
    """Rates are over `$__rate_interval`; what is counted over the whole time range may say `$__range`."""
    for where, expr in _targets(dashboards):
        for function, window in re.findall(r"\b(rate|irate|increase)\([^\[]*\[([^\]]*)\]", expr):
            allowed = {"$__rate_interval"} | ({"$__range"} if function == "increase" else set())
            assert window in allowed, where


def test_grafana_target_counter_agg_rule(dashboards: Dashboards) -> None:
    """A counter is never shown as it is."""
    for where, expr in _targets(dashboards):
        for metric in re.findall(r"\b\w+_total\b", expr):
            assert re.search(rf"\b(rate|increase)\({metric}\b", expr), where


def test_grafana_template_on_time_change_reload_rule(dashboards: Dashboards) -> None:
    """Choices are asked for anew when the time range changes."""
    for name, dashboard in dashboards.items():
        for variable in dashboard["templating"]["list"]:
            assert variable["type"] != "query" or variable["refresh"] == 2, f"{name}: {variable['name']}"


def test_grafana_template_uneditable_rule(dashboards: Dashboards) -> None:
    """Dashboards are code: Grafana offers no edit that the next release would undo."""
    assert not any(dashboard["editable"] for dashboard in dashboards.values())


@pytest.mark.parametrize("name", ["site", "role", "device", "ifName", "severity", "alert", "event"])
def test_grafana_choices_take_several(dashboards: Dashboards, name: str) -> None:
    """Several values can be chosen at once; where all can, All also means what has no such label.

    But for the device of an interface: a port's name means nothing without it.
    """
    found = [(page, v) for page, d in dashboards.items() for v in d["templating"]["list"] if v["name"] == name]
    assert found
    for page, variable in found:
        assert variable["multi"] or (page, name) == ("interface.json", "device")
        assert not variable["includeAll"] or variable["allValue"] == ".*"


def test_grafana_queries_take_several(dashboards: Dashboards) -> None:
    """A variable stands in a regular expression, never in an equation, which several values would break."""
    choices = "site|role|device|ifName|severity|alert|event"
    for where, expr in (*_targets(dashboards), *_log_targets(dashboards)):
        assert not re.search(rf'[^~]="\$({choices})"', expr), where


def test_grafana_no_raw_series_of_the_fleet(dashboards: Dashboards) -> None:
    """Whoever asks for many devices asks recording rules; raw series are asked for by device, job or exporter."""
    for where, expr in _targets(dashboards):
        for selector in selectors(expr):
            recorded = ":" in selector.metric
            narrowed = re.search(r'\b(device|parent)=~"\$device"|\bjob="|\bexporter!=""', selector.matchers)
            assert recorded or narrowed or selector.metric in _SMALL, f"{where}: {selector.metric}"


def test_grafana_metrics_are_there(dashboards: Dashboards) -> None:
    """What panels ask by a recorded name is recorded by a rule; by any other, an exporter or Prometheus gives it."""
    recorded = {
        rule["record"]
        for content in rules.build(_inventory(), data.files("rules", ".yml")).values()
        for group in yaml.safe_load(content)["groups"]
        for rule in group["rules"]
        if "record" in rule
    }
    asked = {selector.metric for _, expr in _targets(dashboards) for selector in selectors(expr)}
    assert {metric for metric in asked if ":" in metric} <= recorded


def _inventory() -> Inventory:
    text = "auths: {ro: {type: snmp, version: 2c, community: {env: C}}}\n"
    text += "devices: {sw: {address: 192.0.2.1, snmp: {auth: ro}}}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inventory.yaml"
        path.write_text(text)
        inventory = load(path).inventory
    assert inventory
    return inventory


def test_grafana_logs_are_asked_by_stream_first(dashboards: Dashboards) -> None:
    """Every LogQL query begins with labels that streams have, and has one that never matches everything."""
    found = list(_log_targets(dashboards))
    assert found
    for where, expr in found:
        for matchers in re.findall(r"\{([^}]*)\}", re.sub(r"\$\{[^}]*\}", "", expr)):
            labels = re.findall(r"(\w+)\s*(?:=~|=)", matchers)
            assert set(labels) <= {"job", "device", "site", "role"}, where
            assert 'job="syslog"' in matchers, where


def test_grafana_text_that_people_type_is_quoted(dashboards: Dashboards) -> None:
    """Typed text stands between backticks as it is: a regular expression's backslashes survive, and its quotes."""
    for where, expr in _log_targets(dashboards):
        for name in ("search", "mnemonic"):
            plain = re.sub(rf"`[^`]*\$\{{{name}:raw\}}[^`]*`", "", expr)
            assert f"${name}" not in plain, where
            assert f"${{{name}" not in plain, where


def test_grafana_gaps_are_gaps(dashboards: Dashboards) -> None:
    """No line or band is drawn through a time of which nothing is known."""
    for name, panel in _panels(dashboards):
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        assert not custom.get("spanNulls", False), f"{name}: {panel['title']}"
        assert not custom.get("insertNulls", False), f"{name}: {panel['title']}"


def test_grafana_panels_do_not_overlap(dashboards: Dashboards) -> None:
    """Rows are full or end early, and nothing lies on anything."""
    for name, dashboard in dashboards.items():
        taken: set[tuple[int, int]] = set()
        for panel in _all(dashboard):
            box = panel["gridPos"]
            assert box["x"] + box["w"] <= 24, f"{name}: {panel['title']}"
            cells = {(x, y) for x in range(box["x"], box["x"] + box["w"]) for y in range(box["y"], box["y"] + box["h"])}
            assert not cells & taken, f"{name}: {panel['title']}"
            taken |= cells


def test_grafana_panel_ids_are_unique(dashboards: Dashboards) -> None:
    """A link to one panel finds that one."""
    for name, dashboard in dashboards.items():
        ids = [panel["id"] for panel in _all(dashboard)]
        assert len(set(ids)) == len(ids), name
