"""rules/tests/*.yml against the rules as rendered, and the proof that those tests would notice a broken rule."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import yaml

from sotpctl.render import data

pytestmark = pytest.mark.engines

TryRules = Callable[[dict[str, bytes], str], subprocess.CompletedProcess[str]]
_FAMILIES = sorted(path.name for path in (data.folder("rules") / "tests").glob("*.yml"))


@pytest.mark.parametrize("family", _FAMILIES)
def test_rules_pass_their_tests(family: str, rendered_rules: dict[str, bytes], try_rules: TryRules) -> None:
    """Every case of rules/tests holds for the rules of a default inventory."""
    done = try_rules(rendered_rules, family)

    assert done.returncode == 0, done.stdout + done.stderr


_REACHABILITY, _SOTP, _QUALITY, _ENGINES = "reachability.yml", "sotp.yml", "quality.yml", "engines.yml"
_SNMP, _POLLS, _SLOW = "snmp.yml", "snmp-60s.yml", "snmp-5m.yml"
_GRACE = "max_over_time(device:parents_down:bool[5m])"
_HELD = '(last_over_time(device:alert_held:bool{{alertname="{}"}}[1s]))'
_HELD_SITE = '(ALERTS{alertname="SiteDown", alertstate="firing"})'
_NEVER = "(vector(0) < 0)"


@dataclass(frozen=True)
class Mutation:
    """A rule broken at one place: in which file, and which family of tests must notice."""

    old: str
    new: str
    file: str
    family: str


_MUTATIONS = [
    Mutation("for: 10s", "for: 30s", _REACHABILITY, "down.yml"),
    Mutation(
        "last_over_time(sotp_device_dependents{device=%q}[1h])", "sotp_device_dependents", _REACHABILITY, "down.yml"
    ),
    Mutation("or on (instance, device) last", "or last", _REACHABILITY, "down.yml"),
    Mutation("device:down:bool[1s]", "device:down:bool[1m]", _REACHABILITY, "down.yml"),
    Mutation("(device:up:bool == 0)", "(device:up:bool == 1)", _REACHABILITY, "down.yml"),
    Mutation(f"unless on (device) ({_GRACE} == 1)", "", _REACHABILITY, "parents.yml"),
    Mutation(_GRACE, _GRACE.replace("5m", "1m"), _REACHABILITY, "parents.yml"),
    Mutation(_GRACE, _GRACE.replace("5m", "15m"), _REACHABILITY, "parents.yml"),
    Mutation("== bool device:parents:count", "> bool 0", _REACHABILITY, "parents.yml"),
    Mutation("== bool device:parents:count", "> bool 0", _REACHABILITY, "pingers.yml"),
    Mutation(
        "max by (device, site, role, platform, vendor, team) (\n", "min by (device) (\n", _REACHABILITY, "pingers.yml"
    ),
    Mutation("device) last_over_time(icmp_up[30s])", "device) icmp_up", _REACHABILITY, "gaps.yml"),
    Mutation("or on (instance, device)", "or on (instance)", _REACHABILITY, "gaps.yml"),
    Mutation(_HELD.format("DeviceDown"), _NEVER, _REACHABILITY, "gaps.yml"),
    Mutation(_HELD.format("DeviceUnreachable"), _NEVER, _REACHABILITY, "gaps.yml"),
    Mutation(_HELD.format("DeviceTrouble"), _NEVER, _REACHABILITY, "gaps.yml"),
    Mutation("      unless on (device) device:up:bool\n", "", _REACHABILITY, "gaps.yml"),
    Mutation("[1m]) >= 11", "[1m]) >= 1", _REACHABILITY, "gaps.yml"),
    Mutation("[1m]) >= 11", "[1m]) >= 99", _REACHABILITY, "gaps.yml"),
    Mutation("absent(last_over_time(icmp_up[30s]))", "absent(icmp_up)", _REACHABILITY, "gaps.yml"),
    Mutation("device:down:bool[2m10s]", "device:down:bool[1m]", _REACHABILITY, "quiet.yml"),
    Mutation("keep_firing_for: 5m", "keep_firing_for: 1m", _REACHABILITY, "quiet.yml"),
    # A site: one page in the place of many, and none where a single device explains it.
    Mutation("> bool 1\n", "> bool 0\n", _REACHABILITY, "sites.yml"),
    Mutation(f"unless on (device) ({_GRACE} == 1)", "", _REACHABILITY, "sites.yml"),
    Mutation("max_over_time(site:known:count[1h])", "site:known:count", _REACHABILITY, "sites.yml"),
    Mutation(_HELD_SITE, _NEVER, _REACHABILITY, "sites.yml"),
    Mutation(
        'or on (site) max_over_time(ALERTS{alertname="SiteDown", alertstate="firing"}[5m])',
        "",
        _REACHABILITY,
        "sites.yml",
    ),
    Mutation(
        'ALERTS{alertname="SiteDown", alertstate="firing"}[5m]',
        'ALERTS{alertname="SiteDown", alertstate="firing"}[20m]',
        _REACHABILITY,
        "sites.yml",
    ),
    Mutation("(site:down:bool == 1 or", "(", _REACHABILITY, "sites.yml"),
    Mutation("[1s])) == site:known:count", "[1s])) > 0", _REACHABILITY, "sites.yml"),
    Mutation('unless on (device) ALERTS{alertname="DeviceDown", alertstate="firing"}', "", _REACHABILITY, "sites.yml"),
    Mutation(
        'and on (site) ALERTS{alertname="SiteDown", alertstate="firing"}',
        "and vector(0) < 0",
        _REACHABILITY,
        "sites.yml",
    ),
    Mutation(
        'unless on (site) ALERTS{alertname="SiteMaintenance", alertstate="firing"}', "", _REACHABILITY, "sites.yml"
    ),
    Mutation(
        'and on (device) ALERTS{alertname="DeviceMaintenance", alertstate="firing"} unless',
        "and vector(0) < 0 unless",
        _REACHABILITY,
        "sites.yml",
    ),
    Mutation('bool{site!=""}', "bool", _REACHABILITY, "sites.yml"),
    # Flapping: begins with the third outage, ends with the last change, and is no child's.
    Mutation("count_15m >= 3", "count_15m >= 2", _REACHABILITY, "flapping.yml"),
    Mutation("count_15m >= 3", "count_15m >= 4", _REACHABILITY, "flapping.yml"),
    Mutation(
        'or (device:outages:count_15m and on (device) ALERTS{alertname="DeviceFlapping", alertstate="firing"})',
        "",
        _REACHABILITY,
        "flapping.yml",
    ),
    Mutation(
        "max_over_time(device:parents_down:bool[20m])",
        "max_over_time(device:parents_down:bool[10s])",
        _REACHABILITY,
        "flapping.yml",
    ),
    Mutation("resets(device:up:bool[15m])", "resets(device:up:bool[1h])", _REACHABILITY, "flapping.yml"),
    Mutation(_HELD.format("DeviceFlapping"), _NEVER, _REACHABILITY, "flapping.yml"),
    Mutation("for: 2m", "for: 1m", _REACHABILITY, "redundancy.yml"),
    Mutation(
        "device:parents_down:count == 1",
        "device:parents_down:count >= 1",
        _REACHABILITY,
        "redundancy.yml",
    ),
    Mutation("and on (device) (device:up:bool == 1)", "", _REACHABILITY, "redundancy.yml"),
    # Limits and the past.
    Mutation("unless on (device) (device:down_lately:bool == 1)", "", _QUALITY, "quality.yml"),
    Mutation("device:up:bool[6m]", "device:up:bool[1m]", _QUALITY, "quality.yml"),
    Mutation(">= 9)", ">= 0)", _QUALITY, "quality.yml"),
    Mutation("icmp_rtt_seconds_count[5m])) > 0", "icmp_rtt_seconds_count[5m]))", _QUALITY, "quality.yml"),
    Mutation('ifName="", severity', "severity", _QUALITY, "quality.yml"),
    Mutation('severity="warning"}[2m]', 'severity="warning"}[10s]', _QUALITY, "quality.yml"),
    Mutation(
        "icmp_jitter_seconds) and on (device) (device:up:bool == 1)", "icmp_jitter_seconds)", _QUALITY, "quality.yml"
    ),
    Mutation(
        "3 * device:icmp_rtt_seconds:baseline_1d", "5 * device:icmp_rtt_seconds:baseline_1d", _QUALITY, "past.yml"
    ),
    Mutation("baseline_1d > 0.01", "baseline_1d > 0", _QUALITY, "past.yml"),
    Mutation("offset 1h) >= 90", "offset 1h) >= 10", _QUALITY, "past.yml"),
    Mutation(
        "device:known:ratio_5m[1h] offset 1m) / 60",
        "device:known:ratio_5m[1h] offset 1m) / 61",
        _QUALITY,
        "availability.yml",
    ),
    Mutation(
        "sum_over_time(device:up:ratio_5m[1h] offset 1m)\n",
        "sum_over_time(device:availability:ratio_5m[1h] offset 1m)\n",
        _QUALITY,
        "availability.yml",
    ),
    Mutation("or on (device)\n      0 *", "or on (device)\n      1 *", _QUALITY, "state.yml"),
    Mutation("(device:up:bool == 0) + 3", "(device:up:bool == 0) + 2", _QUALITY, "state.yml"),
    Mutation("2 - device:up:bool", "3 - device:up:bool", _QUALITY, "state.yml"),
    Mutation("0 * sum by (site)", "0 * sum by (none)", _QUALITY, "state.yml"),
    Mutation('device_states:count{code="1"}[1s]', 'device_states:count{code="4"}[1s]', _QUALITY, "state.yml"),
    # The engines.
    Mutation("[15m])) > 3", "[15m])) > 0", _ENGINES, "engines.yml"),
    Mutation('job=~"icmp|facts', 'job=~"snmp-60s|icmp|facts', _ENGINES, "engines.yml"),
    Mutation(
        "started_timestamp_seconds{device=%q}[1h] offset 1m",
        "started_timestamp_seconds{device=%q}[1m] offset 1m",
        _REACHABILITY,
        "maintenance.yml",
    ),
    Mutation("sotp_site_maintenance", "sotp_maintenance", _REACHABILITY, "maintenance.yml"),
    Mutation("offset 20m", "offset 10m", _REACHABILITY, "maintenance.yml"),
    Mutation("for: 10m", "for: 1m", _ENGINES, "engines.yml"),
    Mutation("0 * max by (job)", "1 * max by (job)", _SOTP, "sotp.yml"),
    Mutation("for: 1m", "for: 0s", _SOTP, "sotp.yml"),
    Mutation("icmp|snmp", "snmp", _SOTP, "sotp.yml"),
    Mutation("for: 5m", "for: 1m", _SOTP, "sotp.yml"),
    # SNMP: rates, ports, states, limits.
    Mutation(' unless on (device) (idelta(sysUpTime{job="snmp-60s"}[4m]) < 0)', "", _POLLS, "snmp-rates.yml"),
    Mutation("+ 4294967296)", "+ 0)", _POLLS, "snmp-rates.yml"),
    Mutation("ifName) (irate(ifHCInOctets", "device) (irate(ifHCInOctets", _POLLS, "snmp-rates.yml"),
    Mutation("[20m]", "[5m]", _SLOW, "snmp-rates.yml"),
    Mutation(
        'cpu_utilization_ratio{job="snmp-5m"}[10m]', 'cpu_utilization_ratio{job="snmp-5m"}[1m]', _SLOW, "snmp-rates.yml"
    ),
    Mutation('"column", "ifOutErrors"', '"other", "ifOutErrors"', _POLLS, "snmp-rates.yml"),
    Mutation('"column", "ifHCOutUcastPkts"', '"other", "ifHCOutUcastPkts"', _POLLS, "snmp-rates.yml"),
    Mutation(">= 1\n", "\n", _POLLS, "snmp-rates.yml"),
    Mutation("/ interface:errors:rate", "/ interface:discards:rate", _POLLS, "snmp-rates.yml"),
    Mutation("max without ()", "min without ()", _SNMP, "snmp-rates.yml"),
    Mutation("(in|out)_bits", "(out)_bits", _SNMP, "snmp-rates.yml"),
    Mutation("!= 4) == bool 1", "!= 9) == bool 1", _POLLS, "snmp-interfaces.yml"),
    Mutation(
        "resets(interface:oper_up:bool[1h]) > 0 or",
        "resets(interface:oper_up:bool[1h]) >= 0 or",
        _SNMP,
        "snmp-interfaces.yml",
    ),
    Mutation(" or last_over_time(interface:went_down:bool[1h])", "", _SNMP, "snmp-interfaces.yml"),
    Mutation("unless on (device, ifName) (interface:admin_up:bool == 0)", "", _SNMP, "snmp-interfaces.yml"),
    Mutation('and on (device) max by (device) (up{job=~"snmp-.+"})', "", _SNMP, "snmp-interfaces.yml"),
    Mutation(
        'unless on (device) (snmp_module_success{job=~"snmp-.+", module="if_mib"} == 0)',
        "",
        _SNMP,
        "snmp-interfaces.yml",
    ),
    Mutation("unless on (device, ifName) interface:suspect_up:bool\n", "\n", _SNMP, "snmp-interfaces.yml"),
    Mutation(' or last_over_time(sotp_threshold{ifName!=""}[10m])', "", _SNMP, "snmp-interfaces.yml"),
    Mutation(
        "and on (device, ifName) (last_over_time(sotp_link_info[10m]) or",
        "and on (device) (last_over_time(sotp_link_info[10m]) or",
        _SNMP,
        "snmp-interfaces.yml",
    ),
    Mutation("min_over_time(device:up:bool[6m])", "min_over_time(device:up:bool[1m])", _SNMP, "snmp-interfaces.yml"),
    Mutation(
        'ALERTS{alertname="DeviceMaintenance", alertstate="firing"}', "(vector(0) < 0)", _SNMP, "snmp-interfaces.yml"
    ),
    Mutation(
        'unless on (device, ifName) ALERTS{alertname="InterfaceDown", alertstate="firing"}',
        "",
        _SNMP,
        "snmp-interfaces.yml",
    ),
    Mutation("and on (device, ifName) last_over_time(sotp_link_first[10m])", "", _SNMP, "snmp-interfaces.yml"),
    Mutation(
        'or label_replace(label_replace(ALERTS{alertname="InterfaceDown", alertstate="firing"}',
        "or label_replace(label_replace((vector(0) < 0)",
        _SNMP,
        "snmp-interfaces.yml",
    ),
    Mutation("for: 2m", "for: 1m", _SNMP, "snmp-interfaces.yml"),
    Mutation(
        "(max by (device) (min_over_time(device:up:bool[5m])) == 1)",
        "(max by (device) (device:up:bool) == 1)",
        _SNMP,
        "snmp-state.yml",
    ),
    Mutation('(ALERTS{alertname="SnmpDown", alertstate="firing"})', "(vector(0) < 0)", _SNMP, "snmp-state.yml"),
    Mutation("unless on (device) device:snmp_up:bool\n", "\n", _SNMP, "snmp-state.yml"),
    Mutation('(ALERTS{alertname="FanFailed", alertstate="firing"})', "(vector(0) < 0)", _SNMP, "snmp-state.yml"),
    Mutation("> 42948772 < 42949673", "< 0", _SNMP, "snmp-state.yml"),
    Mutation("device:uptime:seconds < 900", "device:uptime:seconds < 90000000", _SNMP, "snmp-state.yml"),
    Mutation(
        "(min_over_time(device:up:bool[15m]) == 0)",
        "(min_over_time(device:up:bool[15m]) == 7)",
        _SNMP,
        "snmp-state.yml",
    ),
    Mutation("and on (device) (max by (device) (device:bgp_peer_up:bool) == 0)", "", _SNMP, "snmp-state.yml"),
    Mutation(
        'device_bgp_peer_enabled{job="snmp-60s"}[2m]) == 0',
        'device_bgp_peer_enabled{job="snmp-60s"}[2m]) == 7',
        _POLLS,
        "snmp-state.yml",
    ),
    Mutation("changes(device:up:bool[6m]) > 0", "changes(device:up:bool[6m]) >= 0", _SNMP, "snmp-state.yml"),
    Mutation("or last_over_time(device:bgp_peer_spared:bool[10m])", "", _SNMP, "snmp-state.yml"),
    Mutation(
        "resets(device:bgp_peer_up:bool[1h]) > 0",
        "resets(device:bgp_peer_up:bool[1h]) >= 0",
        _SNMP,
        "snmp-state.yml",
    ),
    Mutation(
        "avg by (device, site, role, platform, vendor, team) (last_over_time(device_cpu",
        "max by (device, site, role, platform, vendor, team) (last_over_time(device_cpu",
        _POLLS,
        "snmp-limits.yml",
    ),
    Mutation('{pool!~"(?i).*lsmpi_io.*"}', "", _SNMP, "snmp-limits.yml"),
    Mutation("keep_firing_for: 5m", "keep_firing_for: 1m", _SNMP, "snmp-limits.yml"),
    Mutation("device:optic_power_dbm:last > -30", "device:optic_power_dbm:last > -300", _SNMP, "snmp-limits.yml"),
    Mutation("< on (device) group_left ()", "> on (device) group_left ()", _SNMP, "snmp-limits.yml"),
    Mutation('metric="interface_utilization", ifName!=""', 'metric="none", ifName!=""', _SNMP, "snmp-limits.yml"),
    Mutation('ifName="", severity="critical"', 'severity="critical"', _SNMP, "snmp-limits.yml"),
    Mutation(
        'scalar(min(last_over_time(sotp_threshold{metric="interface_utilization"}',
        'scalar(max(last_over_time(sotp_threshold{metric="interface_utilization"}',
        _SNMP,
        "snmp-limits.yml",
    ),
    Mutation(
        'scalar(min(last_over_time(sotp_threshold{metric="interface_errors"}',
        'scalar(max(last_over_time(sotp_threshold{metric="interface_errors"}',
        _SNMP,
        "snmp-limits.yml",
    ),
    Mutation("for: 5m", "for: 1m", _SNMP, "snmp-limits.yml"),
    Mutation('size_bytes{job="snmp-60s"}[2m]) > 0', 'size_bytes{job="snmp-60s"}[2m])', _POLLS, "snmp-limits.yml"),
]


@pytest.mark.parametrize("mutation", _MUTATIONS, ids=lambda mutation: f"{mutation.old} to {mutation.new}")
def test_rules_tests_notice_a_broken_rule(
    mutation: Mutation, rendered_rules: dict[str, bytes], try_rules: TryRules
) -> None:
    """A rule that is broken at one place fails the tests of its family."""
    text = rendered_rules[mutation.file].decode()
    assert mutation.old in text, "the mutation no longer applies: the rule was rewritten"

    broken = text.replace(mutation.old, mutation.new).encode()
    done = try_rules(rendered_rules | {mutation.file: broken}, mutation.family)

    assert done.returncode != 0
    assert "FAILED" in done.stdout + done.stderr


def test_rules_every_alert_is_tested_and_has_a_runbook(rendered_rules: dict[str, bytes]) -> None:
    """Each alert fires in one test and stays silent in one, and its runbook exists."""
    alerts = {
        rule["alert"]
        for text in rendered_rules.values()
        for g in yaml.safe_load(text)["groups"]
        for rule in g["rules"]
        if "alert" in rule
    }
    folder = data.folder("rules")
    tests = [test for path in (folder / "tests").glob("*.yml") for test in yaml.safe_load(path.read_text())["tests"]]
    cases = [case for test in tests for case in test.get("alert_rule_test", [])]

    assert {case["alertname"] for case in cases if case["exp_alerts"]} == alerts
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == alerts - {"Watchdog"}, (
        "it is never silent"
    )
    runbooks = {path.stem: path.read_text() for path in (folder.parent / "docs" / "runbooks").glob("*.md")}
    assert set(runbooks) == alerts
    assert all(re.match(rf"# {name}\n", text) for name, text in runbooks.items())
