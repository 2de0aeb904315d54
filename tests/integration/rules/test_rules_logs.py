"""Rules on logs: a user's own patterns by promtool, and the proof that rules/tests/logs*.yml notice a broken rule."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sotpctl.inventory import load
from sotpctl.render import data, rules

pytestmark = pytest.mark.engines

TryRules = Callable[[dict[str, bytes], str], subprocess.CompletedProcess[str]]
_FILE, _EVENTS, _SHIPPER = "logs.yml", "logs.yml", "logs-shipper.yml"
_PEER = "unless on (device) (device:peer_changed:bool == 1)"


@dataclass(frozen=True)
class Mutation:
    """A rule broken at one place, and which family of tests must notice."""

    old: str
    new: str
    family: str


_MUTATIONS = [
    Mutation("increase(syslog_events_total[2m])", "syslog_events_total", _EVENTS),  # a restart would be an event
    Mutation("for: 30s", "for: 2m", _EVENTS),
    Mutation("or on (device, event)\n      0 *", "and on (device, event)\n      0 *", _EVENTS),
    Mutation("* on (device) group_left (site, role, platform, vendor, team)", "* on (device) group_left ()", _EVENTS),
    Mutation(_PEER, "", _EVENTS),
    Mutation("[7m])) > min by", "[7m])) >= min by", _EVENTS),
    Mutation("max by (device) (max_over_time(device:up:bool[7m]))", "1 + 0 * device:up:bool", _EVENTS),
    Mutation('"${1}_down"', '"${1}_gone"', _EVENTS),
    Mutation("      > max by (device, event)", "      >= max by (device, event)", _EVENTS),
    Mutation("[58m]", "[3m]", _EVENTS),
    Mutation('"${1}_failed"', '"${1}_broken"', _EVENTS),
    Mutation('"event", "temperature_high", "event"', '"event", "fan_failed", "event"', _EVENTS),
    Mutation('event="interface_down"} > 9.5', 'event="interface_down"} > 8.5', _EVENTS),
    Mutation('stp_topology_changed"} > 9.5', 'stp_topology_changed"} > 4.5', _EVENTS),
    Mutation("[5m])) > 4.5", "[5m])) > 3.5", _EVENTS),
    Mutation("> 10 * device:log_messages:baseline_1d", "> 100 * device:log_messages:baseline_1d", _SHIPPER),
    Mutation("> 10 * device:log_messages:baseline_1d", "> 1 * device:log_messages:baseline_1d", _SHIPPER),
    Mutation("baseline_1d) > 0.33", "baseline_1d) > 0", _SHIPPER),
    Mutation("rate_5m > 3.3 unless", "rate_5m > 1 unless", _SHIPPER),
    Mutation('reason!="unknown_sender"', 'reason!=""', _SHIPPER),
    Mutation("or sotp_syslog_spool_full == 1", "", _SHIPPER),
    Mutation("> 0.5 *", "> 0.4 *", _SHIPPER),
    Mutation("syslog_spool_messages > 0 and", "syslog_spool_messages >= 0 and", _SHIPPER),
    Mutation("sotp_syslog_push_blocked == 1", "sotp_syslog_push_blocked == 2", _SHIPPER),
]


@pytest.mark.parametrize("mutation", _MUTATIONS, ids=lambda mutation: f"{mutation.old} to {mutation.new}")
def test_rules_logs_tests_notice_a_broken_rule(
    mutation: Mutation, rendered_rules: dict[str, bytes], try_rules: TryRules
) -> None:
    """A rule that is broken at one place fails the tests of its family."""
    text = rendered_rules[_FILE].decode()
    assert mutation.old in text, "the mutation no longer applies: the rule was rewritten"

    done = try_rules(rendered_rules | {_FILE: text.replace(mutation.old, mutation.new).encode()}, mutation.family)

    assert done.returncode != 0
    assert "FAILED" in done.stdout + done.stderr


_PATTERN_TEST = """
rule_files: [logs.yml]
evaluation_interval: 10s
tests:
  - interval: 10s
    input_series:
      - {series: 'syslog_events_total{device="vpn-1", event="vpn_lost", level="critical"}', values: 0x6 1x80}
      - {series: 'syslog_events_total{device="vpn-2", event="vpn_lost", level="critical"}', values: 4x86}
      - {series: 'sotp_device_info{device="vpn-1", site="waw"}', values: 1x86}
    promql_expr_test:
      - {expr: 'ALERTS{alertname="VpnLost", alertstate="firing"}', eval_time: 2m, exp_samples: []}
      - expr: 'ALERTS{alertname="VpnLost", alertstate="firing"}'
        eval_time: 2m10s
        exp_samples:
          - labels: >-
              ALERTS{alertname="VpnLost", alertstate="firing", device="vpn-1", event="vpn_lost",
              last_maintenance="never", severity="critical", site="waw"}
            value: 1
      - {expr: 'ALERTS{alertname="VpnLost"}', eval_time: 7m, exp_samples: []}
"""


def test_rules_logs_a_users_pattern_fires_and_ends(promtool: Path, tmp_path: Path) -> None:
    """After `for`, of the device that said so, with its labels; it ends 5 min after the last such message."""
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text(
        "devices: {vpn-1: {address: 192.0.2.1}}\n"
        "alerting: {log_patterns: [{name: vpn_lost, match: x, severity: critical, for: 1m}]}\n"
    )
    loaded = load(inventory)
    assert loaded.inventory, loaded.problems
    for name, content in rules.build(loaded.inventory, data.files("rules", ".yml")).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "test.yml").write_text(_PATTERN_TEST)

    done = subprocess.run(
        [promtool, "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
