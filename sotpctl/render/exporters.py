"""exporters/*.json: what each exporter is told of the inventory."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sotpctl.inventory import Device, Inventory
from sotpctl.inventory.graph import dependents
from sotpctl.inventory.model import Maintenance, Thresholds
from sotpctl.render.emit import to_document


def icmp(inventory: Inventory) -> tuple[str, bytes]:
    """Return revision and text of icmp.json; intervals and time-outs in seconds."""
    return to_document({}, {device.name: _icmp_target(device) for device in inventory.enabled()})


def facts(inventory: Inventory, commit: str, expected_targets: Mapping[str, int]) -> tuple[str, bytes]:
    """Return revision and text of facts.json: numbers of the inventory that become metrics.

    Args:
        inventory: The resolved inventory.
        commit: The inventory's commit, see `sotpctl.render.commit`.
        expected_targets: How many targets each scrape job has.
    """
    devices = inventory.enabled()
    behind = dependents({device.name: device.parents for device in devices})
    settings = {
        "commit": commit,
        "expected_targets": dict(expected_targets),
        "links": _links(inventory),
        "maintenance": [_maintenance(window) for window in inventory.alerting.maintenance],
    }
    targets = {
        device.name: {
            "dependents": behind[device.name],
            "labels": device.identity(),
            "thresholds": list(_thresholds(device)),
        }
        for device in devices
    }
    return to_document(settings, targets)


def _icmp_target(device: Device) -> dict[str, Any]:
    target: dict[str, Any] = {
        "address": device.address,
        "interval": device.icmp.interval,
        "timeout": device.icmp.timeout,
        "labels": device.series_labels(),
        "parents": list(device.parents),
    }
    if device.family:
        target["family"] = device.family
    return target


def _thresholds(device: Device) -> Iterator[dict[str, Any]]:
    yield from _rows("", device.thresholds)
    for name in sorted(device.interfaces):
        yield from _rows(name, device.interfaces[name].thresholds)


def _rows(interface: str, thresholds: Thresholds) -> Iterator[dict[str, Any]]:
    for metric in sorted(thresholds):
        for severity in sorted(thresholds[metric]):
            value = thresholds[metric][severity]
            yield {"ifName": interface, "metric": metric, "severity": severity, "value": value}


def _links(inventory: Inventory) -> list[list[str]]:
    enabled = {device.name for device in inventory.enabled()}
    return sorted(
        [link.device, link.interface, link.peer, link.peer_interface]
        for link in inventory.links
        if {link.device, link.peer} <= enabled
    )


def _maintenance(window: Maintenance) -> dict[str, Any]:
    rendered: dict[str, Any] = {"name": window.name, "devices": sorted(window.devices)}
    if window.weekly:
        weekly = window.weekly
        return rendered | {
            "weekly": {"days": list(weekly.days), "from": weekly.start, "to": weekly.end},
            "timezone": window.timezone,
        }
    return rendered | {"start": _utc(window.start), "end": _utc(window.end)}


def _utc(moment: datetime | None) -> str:
    """Write an RFC 3339 time in UTC; the model gives a window that isn't weekly both ends."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
