"""Builds the resolved inventory from a document that all checks have passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from exporters.kit.ports import EXPORTERS
from sotpctl.inventory import durations
from sotpctl.inventory.alerting import LogPatternEntry, MaintenanceEntry, TimeIntervalEntry
from sotpctl.inventory.document import Document, SettingsSection
from sotpctl.inventory.interfaces import canonical_interface
from sotpctl.inventory.links import parse_link
from sotpctl.inventory.log_model import LogPattern
from sotpctl.inventory.logs import resolved
from sotpctl.inventory.model import (
    Alerting,
    Apply,
    Device,
    Inventory,
    Link,
    Maintenance,
    ModuleFile,
    Route,
    Settings,
    Site,
    TimeInterval,
    Watchdog,
    Web,
)
from sotpctl.inventory.rule_source import OwnRules
from sotpctl.inventory.web import WebSection

ENGINES = {"prometheus": 9090, "alertmanager": 9093, "loki": 3100, "victorialogs": 9428, "grafana": 3000}

_Value = TypeVar("_Value")


def default_endpoints() -> dict[str, str]:
    """Return host:port of everything that has an endpoint, on 127.0.0.1."""
    ports = ENGINES | {name: exporter.port for name, exporter in EXPORTERS.items()}
    return {name: f"127.0.0.1:{port}" for name, port in sorted(ports.items())}


def assemble(
    document: Document,
    devices: Mapping[str, Device],
    root: Path,
    *,
    logql: Iterable[OwnRules] = (),
    promql: Iterable[OwnRules] = (),
    module_files: Iterable[ModuleFile] = (),
) -> Inventory:
    """Put an inventory together; `root` is the folder that the document's relative paths are relative to."""
    host = "[::]" if _any_ipv6(devices) else "0.0.0.0"  # noqa: S104 - devices are elsewhere
    sites = {name: _site(document, name) for name in sorted(document.sites)}
    section = document.alerting
    alerting = Alerting(
        receivers=_sorted(section.receivers),
        routes=tuple(
            Route(MappingProxyType(one.match), one.receiver, one.continue_, one.active, one.mute)
            for one in section.routes
        ),
        maintenance=tuple(window for entry in section.maintenance for window in _windows(entry, devices, sites)),
        recovery_grace=section.recovery_grace,
        time_intervals=_sorted(
            {
                name: tuple([_interval(entry, sites) for entry in entries])
                for name, entries in section.time_intervals.items()
            }
        ),
        watchdog=Watchdog(section.watchdog.receiver, section.watchdog.interval) if section.watchdog else None,
        log_patterns=tuple(_log_pattern(entry, devices) for entry in section.log_patterns),
        logql=tuple(logql),
        promql=tuple(promql),
    )
    return Inventory(
        root=root,
        settings=replace(_settings(document.settings, root, host), module_files=tuple(module_files)),
        auths=_sorted(document.auths),
        sites=MappingProxyType(sites),
        devices=MappingProxyType(dict(devices)),
        links=tuple(sorted((_link(text) for text in document.links), key=lambda link: (link.device, link.interface))),
        alerting=alerting,
    )


def matching(match: Mapping[str, Iterable[str]], devices: Iterable[Device]) -> list[Device]:
    """Return the devices whose labels have one of the values, for every label of the match."""
    wanted = {label: frozenset(values) for label, values in match.items()}
    found = []
    for device in devices:
        labels = device.series_labels() | {"device": device.name}
        if all(labels.get(label, "") in values for label, values in wanted.items()):
            found.append(device)
    return found


def _sorted(mapping: Mapping[str, _Value]) -> Mapping[str, _Value]:
    return MappingProxyType(dict(sorted(mapping.items())))


def _log_pattern(entry: LogPatternEntry, devices: Mapping[str, Device]) -> LogPattern:
    chosen = tuple(device.name for device in matching(entry.selector, devices.values())) if entry.selector else None
    return LogPattern(entry.name, entry.match, chosen, entry.severity, entry.for_)


def _any_ipv6(devices: Mapping[str, Device]) -> bool:
    return any(device.family == 6 for device in devices.values())


def _settings(section: SettingsSection, root: Path, host: str) -> Settings:
    endpoints = default_endpoints() | section.endpoints
    return Settings(
        retention=durations.text(section.retention),
        log_retention=durations.text(section.log_retention),
        prober=section.prober,
        grafana_url=(section.grafana_url or f"http://{endpoints['grafana']}").rstrip("/"),
        runbook_url=(section.runbook_url or "").rstrip("/"),
        endpoints=_sorted(endpoints),
        apply=Apply(directory=root / Path(section.apply.directory).expanduser()),
        web=_web(section.web, root) if section.web else None,
        logs=resolved(section.logs, endpoints, host, root),
    )


def _web(section: WebSection, root: Path) -> Web:
    def path(text: str | None) -> Path | None:
        return _absolute(text, root) if text else None

    auth = section.basic_auth
    return Web(
        config_file=_absolute(section.config_file, root),
        scheme=section.scheme,
        ca_file=path(section.ca_file),
        server_name=section.server_name or "",
        client_cert_file=path(section.client_cert_file),
        client_key_file=path(section.client_key_file),
        username=auth.username if auth else "",
        password=auth.password if auth else None,
    )


def _absolute(text: str, root: Path) -> Path:
    return (root / Path(text).expanduser()).absolute()


def _site(document: Document, name: str) -> Site:
    layer = document.sites[name] or {}
    return Site(
        name=name,
        title=layer.get("name") or name,
        latitude=layer.get("latitude"),
        longitude=layer.get("longitude"),
        timezone=layer.get("timezone") or "UTC",
    )


def _link(text: str) -> Link:
    device, interface, peer, peer_interface = parse_link(text)
    return Link(device, canonical_interface(interface), peer, canonical_interface(peer_interface))


def _interval(entry: TimeIntervalEntry, sites: Mapping[str, Site]) -> TimeInterval:
    days = {day for days in entry.weekdays for day in days} or range(7)
    zone = entry.timezone or sites[entry.site or ""].timezone
    return TimeInterval(tuple(sorted(days)), tuple(sorted(entry.times)), zone)


def _windows(
    entry: MaintenanceEntry, devices: Mapping[str, Device], sites: Mapping[str, Site]
) -> Iterable[Maintenance]:
    """Split an entry by the time zones of the sites of its devices."""
    zones: dict[str, list[str]] = {}
    for device in matching(entry.match, devices.values()):
        zone = entry.timezone or (sites[device.site].timezone if device.site in sites else "UTC")
        zones.setdefault(zone, []).append(device.name)
    for zone, names in sorted(zones.items()):
        window = Maintenance(entry.name, tuple(names), zone, weekly=entry.weekly)
        if entry.start is not None and entry.end is not None:
            window = replace(window, start=_utc(entry.start, zone), end=_utc(entry.end, zone))
        yield window


def _utc(moment: datetime, zone: str) -> datetime:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC)
