"""prometheus/rules/*.yml beside the inventory → build/prometheus/rules/own-*.yml."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.alerts.catalogue import rendered
from sotpctl.apply.words import compare, sentences
from sotpctl.inventory import Inventory
from sotpctl.render import Plan, plan
from tests.unit.rule_files import resolved

_FOLDER = "prometheus/rules"
_OWN = """\
groups:
  - name: applications
    interval: 20s
    limit: 5
    query_offset: 5s
    rules:
      - record: site:devices_up:sum
        expr: sum by (site) (device:up:bool)
      - alert: FewUp
        expr: |
          # a comment
          site:devices_up:sum < 2
        for: 1m
        keep_firing_for: 2m
        labels: {severity: critical, tier: gold}
        annotations: {summary: "{{ $value }} of {{ $labels.site }} are up"}
      - alert: Linked
        expr: up == 0
        labels: {severity: none}
        annotations: {dashboard_url: y, runbook_url: z}
"""
_NONE = "groups: [{name: b, rules: [{alert: B, expr: up == 0, labels: {severity: info}}]}]\n"

Load = Callable[..., Inventory]


@pytest.fixture
def inventory(tmp_path: Path) -> Load:
    """Load an inventory with settings, beside rules by file name."""
    return lambda settings="{}", **rules: resolved(tmp_path, _FOLDER, settings, rules)


def _own(planned: Plan) -> dict[str, list[dict[str, Any]]]:
    start = f"{_FOLDER}/own-"
    found = {name: text for name, text in planned.files.items() if name.startswith(start)}
    return {name.removeprefix(start): yaml.safe_load(text)["groups"] for name, text in found.items()}


def _alert(text: str, load_: Load, settings: str = "{}") -> dict[str, Any]:
    ((group,),) = _own(plan(load_(settings, a=f"groups: [{{name: g, rules: [{{{text}, expr: x}}]}}]"), "")).values()
    found: dict[str, Any] = group["rules"][0]
    return found


def test_own_rules_are_rendered_as_they_are_written(inventory: Load) -> None:
    """Groups, intervals, rules and their texts are the user's; an alert gets the links and the label that it lacks."""
    ((group,),) = _own(plan(inventory(own=_OWN), "")).values()
    (written,) = yaml.safe_load(_OWN)["groups"]
    few, linked = group["rules"][1:]
    assert {**group, "rules": []} == {**written, "rules": []}
    assert group["rules"][0] == written["rules"][0]
    assert {**few, "labels": {}, "annotations": {}} == {**written["rules"][1], "labels": {}, "annotations": {}}
    assert list(few["annotations"]) == ["summary", "dashboard_url"]
    assert list(few["labels"]) == ["severity", "tier", "last_maintenance"]
    assert linked == written["rules"][2]  # nobody is told of it, so nothing is told anew


def test_own_rules_have_the_labels_of_their_group(inventory: Load) -> None:
    """As Prometheus merges them, the rule's own first: who reads a rule alone, as diff does, sees them."""
    rules = "[{record: 'a:b:c', expr: x}, {alert: A, expr: x, labels: {team: noc}}]"
    text = f"groups: [{{name: g, labels: {{severity: info, team: apps}}, rules: {rules}}}]"
    ((group,),) = _own(plan(inventory(own=text), "")).values()
    assert "labels" not in group
    assert group["rules"][0]["labels"] == {"severity": "info", "team": "apps"}
    assert {**group["rules"][1]["labels"], "last_maintenance": ""} == {
        "severity": "info", "team": "noc", "last_maintenance": "",
    }  # fmt: skip


def test_own_rules_take_no_name_of_ours(inventory: Load) -> None:
    """A file called as one of SOTP's stands beside it, and none of SOTP's is called as own files are."""
    ours = set(plan(inventory(), "").files)
    assert not any(name.startswith(f"{_FOLDER}/own-") for name in ours)
    assert set(plan(inventory(reachability=_OWN), "").files) - ours == {f"{_FOLDER}/own-reachability.yml"}


@pytest.mark.parametrize(
    ("labels", "device"),
    [
        ("severity: info", "$labels.device"),
        ("severity: info, device: fw-1", '"fw-1"'),
        ("severity: info, device: '{{ $labels.instance }}'", "$labels.instance"),
        ("severity: info, device: '{{ $labels.a }}-{{ $labels.b }}'", "$labels.device"),
    ],
)
def test_own_rules_are_about_the_device_that_their_labels_say(inventory: Load, labels: str, device: str) -> None:
    """$labels are the series' alone: a device that the rule sets is written into the link and last_maintenance."""
    alert = _alert(f"alert: A, labels: {{{labels}}}", inventory)
    assert f" else if {device} }}}}sotp-device/device?var-device=" in alert["annotations"]["dashboard_url"]
    assert f'{{device=%q}}[1h] offset 1m))" {device} | query' in alert["labels"]["last_maintenance"]


def test_own_rules_have_runbooks_where_the_user_has(inventory: Load) -> None:
    """settings.runbook_url and the alert's name, fit for a URL; without the setting there is none."""
    given = "alert: Too many, labels: {severity: info}"
    assert "runbook_url" not in _alert(given, inventory)["annotations"]
    alert = _alert(given, inventory, "{runbook_url: 'https://wiki.example.net/rb/'}")
    assert alert["annotations"]["runbook_url"] == "https://wiki.example.net/rb/Too%20many.md"


def test_own_rules_are_owned_and_told(inventory: Load) -> None:
    """The manifest has each file; diff says which alerts and series come, change and go."""
    changed = _OWN.replace("for: 1m", "for: 5m")
    none, one, other, two = (
        plan(inventory(**rules), "").files
        for rules in ({}, {"own": _OWN}, {"own": changed}, {"own": changed, "b": _NONE})
    )
    assert f"{_FOLDER}/own-own.yml" in json.loads(one["manifest.json"])["files"]
    assert sentences(compare(none, one)) == [
        "+2 alerts: FewUp (critical), Linked (none)",
        "+1 recording rule: site:devices_up:sum",
    ]
    assert sentences(compare(one, other)) == ["alert FewUp: for 1m → 5m"]
    assert sentences(compare(two, other)) == ["-1 alert: B"]


def test_own_rules_are_known_to_the_commands(inventory: Load) -> None:
    """`sotpctl alerts route`, `preview` and `silence` find an alert of one's own by its name."""
    found = rendered(inventory(own=_OWN))
    (rule,) = found.called("FewUp")
    assert (rule.severity, rule.labels["tier"]) == ("critical", "gold")
    assert "FewUp" in found.names()
