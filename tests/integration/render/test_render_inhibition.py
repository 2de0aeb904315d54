"""What a real Alertmanager holds back under the rendered inhibition rules."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.engines

NONE, WARNING, CRITICAL = "none", "warning", "critical"


def _alert(name: str, severity: str, **labels: str) -> dict[str, Any]:
    return {"labels": {"alertname": name, "severity": severity, "site": "waw", **labels}}


def _key(labels: dict[str, str]) -> str:
    return (
        " ".join(value for name, value in sorted(labels.items()) if name not in ("site", "severity"))
        + " "
        + labels["severity"]
    )


_CASES = {
    "trouble spares DeviceDown and holds back the device's other alerts, of this device alone": (
        [
            _alert("DeviceTrouble", NONE, device="sw"),
            _alert("DeviceDown", CRITICAL, device="sw"),
            _alert("DeviceUnreachable", NONE, device="sw"),
            _alert("InterfaceDown", WARNING, device="sw", ifName="Te1"),
            _alert("CpuHigh", CRITICAL, device="sw"),
            _alert("CpuHigh", CRITICAL, device="core"),
        ],
        {"InterfaceDown sw Te1 warning", "CpuHigh sw critical"},
    ),
    "a dead uplink is told of beside what it leaves without redundancy, in maintenance neither": (
        [
            _alert("DeviceTrouble", NONE, device="up-1"),
            _alert("DeviceDown", CRITICAL, device="up-1"),
            _alert("RedundancyLost", WARNING, device="up-1"),
            _alert("DeviceTrouble", NONE, device="up-2"),
            _alert("DeviceMaintenance", NONE, device="up-2"),
            _alert("DeviceDown", CRITICAL, device="up-2"),
            _alert("RedundancyLost", WARNING, device="up-2"),
        ],
        {"DeviceDown up-2 critical", "RedundancyLost up-2 warning"},
    ),
    "a device that flaps has one page, which its own trouble spares": (
        [
            _alert("DeviceTrouble", NONE, device="sw"),
            _alert("DeviceFlapping", CRITICAL, device="sw"),
            _alert("DeviceDown", CRITICAL, device="sw"),
            _alert("DeviceDown", CRITICAL, device="core"),
        ],
        {"DeviceDown sw critical"},
    ),
    "a site's page stands for its devices' pages, of this site alone and not of devices without a site": (
        [
            _alert("SiteDown", CRITICAL),
            _alert("DeviceDown", CRITICAL, device="e1"),
            _alert("DeviceFlapping", CRITICAL, device="e2"),
            _alert("ExporterDown", CRITICAL, exporter="snmp"),
            _alert("DeviceDown", CRITICAL, device="far", site="krk"),
            _alert("DeviceDown", CRITICAL, device="nowhere", site=""),
        ],
        {"DeviceDown e1 critical", "DeviceFlapping e2 critical"},
    ),
    "a site's maintenance holds back the site's page and nothing else": (
        [
            _alert("SiteMaintenance", NONE),
            _alert("SiteDown", CRITICAL),
            _alert("SiteDown", CRITICAL, site="krk"),
            _alert("ExporterDown", CRITICAL, exporter="snmp"),
        ],
        {"SiteDown critical"},
    ),
    "a limit that is passed says that it is unusual; the greater limit stands for the lesser ones": (
        [
            _alert("LatencyHigh", WARNING, device="sw"),
            _alert("LatencyUnusual", WARNING, device="sw"),
            _alert("LatencyUnusual", WARNING, device="core"),
            _alert("LatencyHigh", "info", device="sw"),
            _alert("JitterHigh", CRITICAL, device="core"),
            _alert("JitterHigh", "info", device="core"),
        ],
        {"LatencyUnusual sw warning", "LatencyHigh sw info", "JitterHigh core info"},
    ),
    "maintenance spares nothing but the sources": (
        [
            _alert("DeviceMaintenance", NONE, device="sw"),
            _alert("DeviceTrouble", NONE, device="sw"),
            _alert("DeviceDown", CRITICAL, device="sw"),
            _alert("CpuHigh", WARNING, device="sw"),
            _alert("DeviceDown", CRITICAL, device="core"),
        ],
        {"DeviceDown sw critical", "CpuHigh sw warning"},
    ),
    "critical holds back the warning of the same alert, device, interface, sensor and pool of memory": (
        [
            _alert("CpuHigh", CRITICAL, device="sw"),
            _alert("CpuHigh", WARNING, device="sw"),
            _alert("CpuHigh", WARNING, device="core"),
            _alert("MemoryHigh", CRITICAL, device="sw", pool="Processor"),
            _alert("MemoryHigh", WARNING, device="sw", pool="Processor"),
            _alert("MemoryHigh", WARNING, device="sw", pool="I/O"),
            _alert("Busy", CRITICAL, device="sw", ifName="Te1"),
            _alert("Busy", WARNING, device="sw", ifName="Te1"),
            _alert("Busy", WARNING, device="sw", ifName="Te2"),
        ],
        {"CpuHigh sw warning", "MemoryHigh sw Processor warning", "Busy sw Te1 warning"},
    ),
    "alerts without a device hold back nothing that lacks one too": (
        [
            _alert("DeviceTrouble", NONE),
            _alert("DeviceMaintenance", NONE),
            _alert("ExporterDown", CRITICAL, exporter="snmp"),
            _alert("ExporterDown", WARNING, exporter="facts"),
            _alert("PrometheusTargetMissing", WARNING, job="icmp"),
            _alert("Mark", CRITICAL, device="sw"),
            _alert("Mark", WARNING, device="sw"),
        ],
        {"Mark sw warning"},
    ),
    "that nothing is watched holds back that the icmp exporter is down, and no other": (
        [
            _alert("ReachabilityMissing", CRITICAL),
            _alert("ExporterDown", CRITICAL, exporter="icmp"),
            _alert("ExporterDown", CRITICAL, exporter="snmp"),
            _alert("DeviceDown", CRITICAL, device="sw"),
        ],
        {"ExporterDown icmp critical"},
    ),
}


@pytest.mark.parametrize("case", _CASES)
def test_render_inhibition_holds_back_exactly(
    document: dict[str, Any], run_alertmanager: Callable[[dict[str, Any]], Any], eventually: Any, case: str
) -> None:
    """Of the alerts of a case exactly those that are named are inhibited."""
    alerts, inhibited = _CASES[case]
    hook = {"webhook": {"url": "http://127.0.0.1:9/"}}
    running = run_alertmanager(document | {"alerting": {"receivers": {"hook": hook}, "routes": [{"receiver": "hook"}]}})

    running.post(*alerts)

    eventually(lambda: len(running.alerts()), len(alerts))
    eventually(lambda: {_key(one["labels"]) for one in running.alerts() if one["status"]["inhibitedBy"]}, inhibited)
