"""loki/rules/*.yml beside the inventory → build/loki/rules/TENANT/*.yml."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sotpctl.alerts.catalogue import rendered
from sotpctl.inventory import Inventory, load
from sotpctl.render import Plan, plan
from tests.unit.rule_files import resolved

_KEEP = "loki/rules/fake/.keep.yml"
_OWN = """\
groups:
  - name: vpn
    interval: 30s
    rules:
      - alert: TunnelDown
        expr: |
          # a comment
          sum by (device, site, role) (count_over_time({job="syslog"} |= "tunnel" [5m])) > 0
        for: 1m
        labels: {severity: critical, team: noc}
        annotations: {summary: "{{ $labels.device }}: a tunnel is down"}
      - alert: Linked
        expr: vector(1) > 0
        labels: {severity: info}
        annotations: {logs_url: x, dashboard_url: y, runbook_url: z}
"""
_NONE = "groups: [{name: b, rules: [{alert: B, expr: vector(1) > 0, labels: {severity: none}}]}]\n"

Load = Callable[..., Inventory]


@pytest.fixture
def inventory(tmp_path: Path) -> Load:
    """Load an inventory with settings, beside rules by file name."""
    return lambda settings="{}", **rules: resolved(tmp_path, "loki/rules", settings, rules)


def _rules(planned: Plan) -> dict[str, Any]:
    return {
        name.removeprefix("loki/rules/"): yaml.safe_load(text)
        for name, text in planned.files.items()
        if name.startswith("loki/rules/") and name != _KEEP
    }


def test_loki_rules_are_rendered_as_they_are_written(inventory: Load) -> None:
    """Groups, rules and their texts are the user's, comments in expressions too; an alert without links gets them."""
    found = _rules(plan(inventory(own=_OWN), ""))
    (group,) = found["fake/own.yml"]["groups"]
    written = yaml.safe_load(_OWN)["groups"][0]
    added = group["rules"][0]["annotations"]
    assert {**group, "rules": []} == {**written, "rules": []}
    assert group["rules"][1] == written["rules"][1]
    assert {**group["rules"][0], "annotations": {}} == {**written["rules"][0], "annotations": {}}
    assert list(added) == ["summary", "logs_url", "dashboard_url"]
    assert added["logs_url"].startswith("http://127.0.0.1:3000/d/sotp-logs/logs{{ with $labels.device }}")


def test_loki_rules_have_runbooks_where_the_user_has(inventory: Load) -> None:
    """settings.runbook_url and the alert's name."""
    found = _rules(plan(inventory("{runbook_url: 'https://wiki.example.net/rb/'}", own=_OWN), ""))
    first, second = found["fake/own.yml"]["groups"][0]["rules"]
    assert first["annotations"]["runbook_url"] == "https://wiki.example.net/rb/TunnelDown.md"
    assert second["annotations"]["runbook_url"] == "z"


def test_loki_rules_that_are_removed_disappear(inventory: Load) -> None:
    """A file that is gone is gone from the tree, too; the folder stays, or Loki would go on with what it had."""
    both, one, none = (plan(inventory(**rules), "") for rules in ({"a": _OWN, "b": _NONE}, {"b": _NONE}, {}))
    assert list(_rules(both)) == ["fake/a.yml", "fake/b.yml"]
    assert list(_rules(one)) == ["fake/b.yml"]
    assert _rules(none) == {}
    assert yaml.safe_load(none.files[_KEEP]) == {"groups": []}
    assert both.files["loki/loki.yml"] == none.files["loki/loki.yml"]  # so that rules never want a restart


@pytest.mark.parametrize(
    ("logs", "tenant", "ours"),
    [
        ("{}", "fake", True),
        ("{tenant: noc}", "fake", True),
        ("{url: 'http://127.0.0.1:3100', tenant: noc}", "fake", True),
        ("{url: 'https://loki.example.net', tenant: noc}", "noc", False),
        ("{url: 'https://loki.example.net'}", "fake", False),
    ],
)
def test_loki_rules_are_their_tenants(inventory: Load, logs: str, tenant: str, ours: bool) -> None:
    """SOTP's Loki has the one tenant, called `fake`; one elsewhere has settings.logs.tenant, and confirms nothing."""
    planned = plan(inventory(f"{{logs: {logs}}}", own=_OWN), "")
    assert list(_rules(planned)) == [f"{tenant}/own.yml"]
    assert yaml.safe_load(planned.files["manifest.json"]).get("loki_rules", False) is ours


def test_loki_rules_are_known_to_the_commands(inventory: Load) -> None:
    """`sotpctl alerts route` and `silence` find an alert of one's own by its name."""
    found = rendered(inventory(own=_OWN))
    (rule,) = found.called("TunnelDown")
    assert (rule.severity, rule.labels["team"]) == ("critical", "noc")
    assert "TunnelDown" in found.names()


def test_loki_rules_labels_may_be_routed(tmp_path: Path) -> None:
    """Routes may name a label that only a rule has, and its values; a typo in either is a question."""
    (tmp_path / "loki/rules").mkdir(parents=True)
    (tmp_path / "loki/rules/own.yml").write_text(_OWN.replace("team: noc", "team: vpn, service: gold"))
    routes = "[{match: {team: vpn, service: silver}, receiver: r}, {match: {servce: x}, receiver: r}]"
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text(
        "devices: {fw-1: {address: 192.0.2.1}}\n"
        f"alerting: {{receivers: {{r: {{webhook: {{url: 'http://127.0.0.1'}}}}}}, routes: {routes}}}\n"
    )
    (said,) = load(inventory).problems
    assert said.message == 'nothing here has a label "servce"; did you mean "service"?'
    inventory.write_text(inventory.read_text().replace("team: vpn", "team: vpm"))
    assert next(one.message for one in load(inventory).problems) == 'no team is called "vpm"; did you mean "vpn"?'
