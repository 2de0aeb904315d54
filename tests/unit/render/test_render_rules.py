"""What render adds to the sources of rules."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from sotpctl.inventory import Inventory
from sotpctl.render import plan
from sotpctl.render.rules import Links, enrich, windows

Loaded = Callable[[dict[str, Any]], Inventory]
_LINKS = Links(runbooks="https://docs.example.net", grafana="https://grafana.example.net")


def _alerts(inventory: Inventory) -> dict[str, dict[str, Any]]:
    files = plan(inventory, "").files
    groups = [g for name in files if "/rules/" in name for g in yaml.safe_load(files[name])["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def test_render_rules_every_alert_has_its_links(document: dict[str, Any], loaded: Loaded) -> None:
    """runbook_url and dashboard_url are added mechanically: a device's alert opens the device, SOTP's own SOTP."""
    document["settings"]["runbook_url"] = "https://docs.example.net/runbooks/"
    alerts = _alerts(loaded(document))

    for name, alert in alerts.items():
        assert alert["annotations"]["runbook_url"] == f"https://docs.example.net/runbooks/{name}.md"
    device = "https://grafana.example.net/d/sotp-device/device?var-device={{ $labels.device }}"
    assert alerts["DeviceDown"]["annotations"]["dashboard_url"] == device
    assert alerts["ExporterDown"]["annotations"]["dashboard_url"] == "https://grafana.example.net/d/sotp-self/sotp"
    assert (
        alerts["ReachabilityMissing"]["annotations"]["dashboard_url"] == "https://grafana.example.net/d/sotp-self/sotp"
    )


def test_render_rules_use_the_recovery_grace(document: dict[str, Any], loaded: Loaded) -> None:
    """alerting.recovery_grace is the window in which a returned parent still excuses its children."""
    document["alerting"]["recovery_grace"] = "150s"

    assert "device:parents_down:bool[2m30s]" in _alerts(loaded(document))["DeviceDown"]["expr"]


def test_render_rules_windows_grow_with_slow_intervals(document: dict[str, Any], loaded: Loaded) -> None:
    """A device that is asked once a minute is remembered for longer; trouble outlives the slowest poll by 2 min."""
    normal = windows(loaded(document))
    document["devices"]["srv-1"] |= {"icmp": {"interval": "60s"}, "snmp": {"auth": "ro", "poll_interval": "300s"}}
    slow = windows(loaded(document))

    assert (normal["state_window"], normal["hold_window"], normal["trouble_window"]) == ("30s", "1m", "3m")
    assert (slow["state_window"], slow["hold_window"], slow["trouble_window"]) == ("1m20s", "2m40s", "7m")


def test_render_rules_loss_of_slow_devices_has_a_window_of_its_own(document: dict[str, Any], loaded: Loaded) -> None:
    """Ten requests of the slowest device fit into it, an hour at most; alerts forget an outage when the window does."""
    fast = windows(loaded(document))
    document["devices"]["srv-1"] |= {"icmp": {"interval": "45s"}}
    slow = windows(loaded(document))
    document["devices"]["srv-2"] |= {"icmp": {"interval": "20m"}}
    slowest = windows(loaded(document))

    assert (fast["slow_window"], fast["loss_memory"]) == ("", "6m")
    assert (slow["slow_window"], slow["loss_memory"]) == ("8m", "9m")
    assert (slowest["slow_window"], slowest["loss_memory"]) == ("1h", "1h1m")


def test_render_rules_an_alert_of_a_site_opens_the_site(document: dict[str, Any], loaded: Loaded) -> None:
    """What the summary names first of device and site is the dashboard that opens."""
    alerts = _alerts(loaded(document))

    site = "https://grafana.example.net/d/sotp-site/site?var-site={{ $labels.site }}"
    assert alerts["SiteDown"]["annotations"]["dashboard_url"] == site
    assert alerts["PacketLossHigh"]["annotations"]["dashboard_url"].endswith("/device?var-device={{ $labels.device }}")


def test_render_rules_without_enabled_devices_miss_nothing(document: dict[str, Any], loaded: Loaded) -> None:
    """An inventory whose devices are all disabled pages nobody for the lack of their state."""
    document["settings"].pop("prober")
    document["devices"] = {"off": {"address": "192.0.2.1", "enabled": False}}
    document.pop("links")
    document.pop("alerting")

    assert "ReachabilityMissing" not in _alerts(loaded(document))


@pytest.mark.parametrize(
    ("alert", "message"),
    [
        (
            {"labels": {"severity": "bad"}, "annotations": {"summary": "s", "description": "d"}},
            "severity must be one of",
        ),
        ({"labels": {"severity": "info"}, "annotations": {"description": "d"}}, "summary is missing"),
        ({"labels": {"severity": "info"}, "annotations": {"summary": "s"}}, "description is missing"),
    ],
)
def test_render_rules_refuse_an_alert_that_says_too_little(alert: dict[str, Any], message: str) -> None:
    """Severity, summary and description are demanded of every alert."""
    with pytest.raises(ValueError, match=f"rules: Odd: {message}"):
        enrich({"alert": "Odd", **alert}, _LINKS)
