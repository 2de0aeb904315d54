"""`sotpctl alerts route` knows the alerts of the user's own rules."""

import json
from pathlib import Path

from click.testing import CliRunner

from sotpctl.cli.alerts import alerts
from tests.ports import free_address

_RULES = """\
groups:
  - name: applications
    labels: {severity: warning}
    rules:
      - {alert: PortalSlow, expr: a > 1, labels: {team: apps}}
      - {alert: PortalSlow, expr: b > 1, labels: {team: web}}
      - {alert: PortalSlow, expr: c > 1, labels: {severity: critical}}
"""
_INVENTORY = """\
settings: {{endpoints: {{alertmanager: "{alertmanager}"}}}}
devices: {{fw-1: {{address: 192.0.2.1, team: noc}}}}
alerting:
  receivers: {{apps: {hook}, web: {hook}, all: {hook}}}
  routes:
    - {{match: {{team: apps}}, receiver: apps}}
    - {{match: {{team: web}}, receiver: web}}
    - {{receiver: all}}
"""


def test_alerts_route_knows_each_rule_of_a_name(tmp_path: Path) -> None:
    """Rules of one name and severity differ in their labels: who is told of each is said, its group's labels count."""
    hook = "{webhook: {url: 'http://127.0.0.1:9/'}}"
    inventory, rules = tmp_path / "inventory.yaml", tmp_path / "prometheus/rules/own.yml"
    inventory.write_text(_INVENTORY.format(alertmanager=free_address(), hook=hook))
    rules.parent.mkdir(parents=True)
    rules.write_text(_RULES)

    done = CliRunner().invoke(alerts, ["route", "fw-1", "PortalSlow", "--output", "json", "-i", str(inventory)])

    assert done.exit_code == 0, done.output
    told = {
        (one["labels"]["severity"], one["labels"]["team"]): one["told"][0]["receivers"][0]["receiver"]
        for one in json.loads(done.stdout)
    }
    assert told == {("warning", "apps"): "apps", ("warning", "web"): "web", ("critical", "noc"): "all"}
