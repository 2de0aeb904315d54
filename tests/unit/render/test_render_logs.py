"""What log patterns become in rules, and who is told of what logs tell."""

from collections.abc import Callable
from typing import Any

import yaml

from sotpctl.inventory import Inventory
from sotpctl.render import alertmanager, data, rules

Loaded = Callable[[dict[str, Any]], Inventory]


def _alerts(inventory: Inventory) -> dict[str, dict[str, Any]]:
    content = yaml.safe_load(rules.build(inventory, data.files("rules", ".yml"))["logs.yml"])
    return {rule["alert"]: rule for group in content["groups"] for rule in group["rules"] if "alert" in rule}


def test_render_logs_a_pattern_is_an_alert(document: dict[str, Any], loaded: Loaded) -> None:
    """Named after the event, with its severity and patience; its page is the user's own where there are such."""
    document["alerting"]["log_patterns"] = [
        {"name": "vpn_lost", "match": "x", "severity": "critical", "for": "90s"},
        {"name": "odd", "match": "{{ nothing }}"},
    ]
    alerts = _alerts(loaded(document))

    assert alerts["VpnLost"]["labels"]["severity"] == "critical"
    assert alerts["VpnLost"]["for"] == "1m30s"
    assert 'event=~"vpn_lost"' in alerts["VpnLost"]["expr"]
    assert alerts["VpnLost"]["annotations"]["runbook_url"] == "docs/logs.md"
    assert "for" not in alerts["Odd"]
    assert "nothing" not in str(alerts["Odd"])
    document["settings"]["runbook_url"] = "https://wiki.example.net/runbooks/"
    mine = _alerts(loaded(document))["VpnLost"]["annotations"]["runbook_url"]
    assert mine == "https://wiki.example.net/runbooks/VpnLost.md"


def test_render_logs_alerts_open_the_logs_of_those_minutes(document: dict[str, Any], loaded: Loaded) -> None:
    """Every alert that a log is the cause of leads to the logs of its device; those of the shipper don't."""
    for name, alert in _alerts(loaded(document)).items():
        url = alert["annotations"].get("logs_url", "")
        wanted = "https://grafana.example.net/d/sotp-logs/logs?var-device={{ $labels.device }}"
        assert url.startswith(wanted) != name.startswith("Syslog")


def test_render_logs_the_neighbour_of_a_dead_device_is_excused_as_long_as_it_speaks_of_it(
    document: dict[str, Any], loaded: Loaded
) -> None:
    """Longer than an event is news, and longer than the grace after an outage."""
    for grace, window in (("0s", "7m"), ("10m", "12m")):
        document["alerting"]["recovery_grace"] = grace
        text = rules.build(loaded(document), data.files("rules", ".yml"))["logs.yml"].decode()
        assert f"min_over_time(device:up:bool[{window}])" in text


def test_render_logs_information_is_told_to_who_asks(document: dict[str, Any], loaded: Loaded) -> None:
    """An event of severity info that no route takes goes nowhere, all else to the first receiver as ever."""
    config = yaml.safe_load(alertmanager.build(loaded(document)).content)

    assert config["route"]["receiver"] == "chat"
    last = config["route"]["routes"][-1]
    assert last == {"receiver": alertmanager.NOBODY, "matchers": ['severity="info"', 'event!=""']}
