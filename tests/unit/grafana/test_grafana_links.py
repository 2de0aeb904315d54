"""Every way from one dashboard to another leads somewhere, and brings along what it should."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from sotpctl.render import data, rules
from sotpctl.render.grafana import links
from sotpctl.render.grafana.queries import panels

Dashboards = dict[str, dict[str, Any]]
_UIDS = {
    "fleet.json": "sotp-fleet",
    "site.json": "sotp-site",
    "device.json": "sotp-device",
    "interface.json": "sotp-interface",
    "logs.json": "sotp-logs",
    "alerts.json": "sotp-alerts",
    "availability.json": "sotp-sla",
    "sotp.json": "sotp-self",
}


def _links(dashboard: dict[str, Any]) -> list[tuple[str, str]]:
    """Every link of every panel: the panel's title, and the address."""
    found = []
    for panel in panels(dashboard):
        config = panel["fieldConfig"]
        lists = [config["defaults"].get("links", [])] + [
            prop["value"]
            for override in config["overrides"]
            for prop in override["properties"]
            if prop["id"] == "links"
        ]
        found += [(panel["title"], link["url"]) for each in lists for link in each]
    return found


def _variables(dashboard: dict[str, Any]) -> set[str]:
    return {variable["name"] for variable in dashboard["templating"]["list"]}


def test_grafana_uids_are_stable(dashboards: Dashboards) -> None:
    """Messages, bookmarks and other people's links name these: changing one breaks them all."""
    assert {name: dashboard["uid"] for name, dashboard in dashboards.items()} == _UIDS


def test_grafana_links_resolve(dashboards: Dashboards) -> None:
    """Each link names a dashboard that is there, and sets variables that it has."""
    by_path = {f"/d/{d['uid']}/{name.removesuffix('.json')}": d for name, d in dashboards.items()}
    for name, dashboard in dashboards.items():
        for title, url in _links(dashboard):
            target = by_path[urlsplit(url).path]
            query = urlsplit(url).query
            chosen = {key.removeprefix("var-") for key, _ in parse_qsl(query) if key.startswith("var-")}
            kept = set(re.findall(r"\$\{(\w+):queryparam\}", query))
            assert chosen | kept <= _variables(target), f"{name}: {title}"
            assert kept <= _variables(dashboard), f"{name}: {title}"


def test_grafana_links_keep_time_and_data_source(dashboards: Dashboards) -> None:
    """Whoever narrows down goes on looking at the same time, in the same Prometheus."""
    for name, dashboard in dashboards.items():
        for title, url in _links(dashboard):
            assert "${__url_time_range}" in url, f"{name}: {title}"
            assert "${datasource:queryparam}" in url, f"{name}: {title}"


def test_grafana_links_name_cells_and_labels_that_are_there(dashboards: Dashboards) -> None:
    """A link takes its value from a column of the row that is clicked, by the heading that the column has."""
    for name, dashboard in dashboards.items():
        for panel in panels(dashboard):
            text = json.dumps(panel["fieldConfig"])
            headings = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
            asked = json.dumps([target["expr"] for target in panel["targets"]])
            for cell in re.findall(r"__data\.fields\.(\w+)", text):
                assert cell in headings or re.search(rf"by \([^)]*\b{cell}\b", asked), f"{name}: {panel['title']}"


def test_grafana_narrows_from_fleet_to_interface(dashboards: Dashboards) -> None:
    """Fleet leads to sites and devices, Site to devices and interfaces, Device to interfaces and to its log."""
    reached = {name: {urlsplit(url).path for _, url in _links(dashboard)} for name, dashboard in dashboards.items()}
    assert {links.SITE.path, links.DEVICE.path, links.AVAILABILITY.path} <= reached["fleet.json"]
    assert {links.DEVICE.path, links.INTERFACE.path} <= reached["site.json"]
    assert {links.SITE.path, links.INTERFACE.path, links.LOGS.path} <= reached["device.json"]
    assert {links.DEVICE.path, links.INTERFACE.path} <= reached["interface.json"]
    assert {links.SITE.path, links.DEVICE.path} <= reached["logs.json"]
    assert {links.DEVICE.path, links.SITE.path} <= reached["alerts.json"]
    assert {links.DEVICE.path, links.SITE.path} <= reached["availability.json"]


def test_grafana_menu_is_the_same_everywhere(dashboards: Dashboards) -> None:
    """One menu lists them all, by a tag that all have, and takes time range and choice along."""
    for name, dashboard in dashboards.items():
        (menu,) = dashboard["links"]
        assert (menu["type"], menu["asDropdown"]) == ("dashboards", True), name
        assert menu["keepTime"], name
        assert menu["includeVars"], name
        assert all(set(menu["tags"]) <= set(other["tags"]) for other in dashboards.values()), name


@pytest.mark.parametrize("name", sorted(_UIDS))
def test_grafana_variables_are_there_and_cascade(dashboards: Dashboards, name: str) -> None:
    """Every variable that a query or another variable uses stands before it, and every one that is offered is used."""
    dashboard = dashboards[name]
    known: set[str] = set()
    used: set[str] = set()
    for variable in dashboard["templating"]["list"]:
        asked = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(variable.get("query", ""))))
        assert asked <= known, variable["name"]
        used |= asked
        known.add(variable["name"])
    texts = json.dumps([[panel["targets"], panel["datasource"]] for panel in panels(dashboard)])
    used |= set(re.findall(r"\$\{?([a-z]\w*)", texts))
    assert used == known


def test_grafana_alerts_link_to_dashboards_that_are_there(dashboards: Dashboards) -> None:
    """What an alert's message links to is one of these dashboards, with a variable that it has."""
    by_path = {f"/d/{d['uid']}/{name.removesuffix('.json')}": d for name, d in dashboards.items()}
    places = rules.Links("https://runbooks.example", "https://grafana.example")
    alert = {"alert": "A", "labels": {"severity": "info"}, "annotations": {"description": "d"}}
    for summary in ("{{ $labels.device }} is down", "Nothing is watched"):
        told: dict[str, Any] = yaml.safe_load(yaml.safe_dump(alert))
        told["annotations"]["summary"] = summary
        rules.enrich(told, places)
        url = urlsplit(told["annotations"]["dashboard_url"])
        chosen = {key.removeprefix("var-") for key, _ in parse_qsl(url.query)}
        assert chosen <= _variables(by_path[url.path])


def test_grafana_dashboards_of_the_docs_are_these() -> None:
    """docs/dashboards.md names every dashboard's title and uid."""
    text = (data.folder("dashboards").parent / "docs" / "dashboards.md").read_text(encoding="utf-8")
    for place in links.PLACES:
        assert place.uid in text
        assert place.title in text


def test_grafana_pictures_of_the_docs_are_there_and_small() -> None:
    """Every picture that docs/dashboards.md shows is there, none is left over, and a page of them loads fast."""
    folder = data.folder("dashboards").parent / "docs"
    shown = set(re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (folder / "dashboards.md").read_text(encoding="utf-8")))
    assert shown == {f"dashboards/{path.name}" for path in (folder / "dashboards").iterdir()}
    assert all((folder / path).stat().st_size < 250_000 for path in shown)
