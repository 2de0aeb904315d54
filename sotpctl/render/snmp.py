"""The SNMP exporter's file, and the jobs that scrape it: one for each poll interval that devices have."""

import glob
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from exporters.kit.if_types import IF_TYPES
from sotpctl.inventory import Device, Inventory
from sotpctl.inventory.auths import SnmpCommunity, SnmpUser
from sotpctl.inventory.secrets import SecretRef
from sotpctl.render.emit import to_document
from sotpctl.render.places import SecretPlaces
from sotpctl.render.prometheus import ScrapeJob, Target

MODULES = ("if_mib", "profile")  # what every device is asked; the inventory's come after them
SLOW_S = 120.0  # slower than that the exporter gives samples the time of their poll (exporters.snmp.devices)

SLOW_SCRAPE_S = 60.0  # how often it is scraped then
_FOLDER = "snmp"  # beside snmp.json: the user's modules
_TIMEOUT_S = 30.0  # what a large device may take


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the inventory's SNMP becomes.

    Attributes:
        revision: The document's.
        content: snmp.json.
        files: What it names: the user's modules, by their paths beside it.
        jobs: For prometheus.yml.
        places: Where its secrets lie.
    """

    revision: str
    content: bytes
    files: Mapping[str, bytes]
    jobs: tuple[ScrapeJob, ...]
    places: SecretPlaces


def build(inventory: Inventory) -> Rendered | None:
    """Return it; None where no device is polled."""
    devices = [device for device in inventory.enabled() if device.snmp]
    if not devices:
        return None
    used = sorted({device.snmp.auth for device in devices if device.snmp})
    places = SecretPlaces("snmp", inventory)
    auths = {name: auth(name, places) for name in used}
    settings: dict[str, Any] = {"auths": auths}
    files = {f"{_FOLDER}/{file.name}": file.content for file in inventory.settings.module_files}
    if files:
        settings["modules"] = [glob.escape(name) for name in files]
    targets = {device.name: _target(device) for device in devices}
    revision, content = to_document(settings, targets, files.values())
    return Rendered(revision, content, files, jobs(devices, inventory.settings.endpoints["snmp"]), places)


def jobs(devices: Iterable[Device], endpoint: str) -> tuple[ScrapeJob, ...]:
    """Return the poll classes' jobs; `endpoint` is the exporter's host:port."""
    classes: dict[float, list[Target]] = {}
    for device in devices:
        if device.snmp:
            labels = {"device": device.name, **device.series_labels()}
            target = Target(device.name, tuple(sorted(labels.items())))
            classes.setdefault(device.snmp.poll_interval, []).append(target)
    return tuple(
        ScrapeJob(
            name=job_name(interval),
            path="/probe",
            interval=interval if interval <= SLOW_S else SLOW_SCRAPE_S,
            targets=tuple(targets),
            probe=endpoint,
            timeout=_TIMEOUT_S,
        )
        for interval, targets in sorted(classes.items())
    )


def job_name(interval: float) -> str:
    """Return a poll class's job: `snmp-60s`, `snmp-5m`."""
    if interval > 60 and interval % 60 == 0:
        return f"snmp-{interval / 60:g}m"
    return f"snmp-{interval:g}s"


def ignored(device: Device) -> dict[str, list[Any]]:
    """Return which interfaces have no series, as the exporter reads it: types by number."""
    given = device.snmp.ignore_interfaces if device.snmp else None
    found: dict[str, list[Any]] = {key: list(values) for key, values in (given or {}).items()}
    if "types" in found:
        found["types"] = [IF_TYPES[one] if isinstance(one, str) else one for one in found["types"]]
    return found


def _target(device: Device) -> dict[str, Any]:
    snmp = device.snmp
    assert snmp is not None  # noqa: S101  # for the type checker: `build` chose those that have it
    target: dict[str, Any] = {
        "address": device.address,
        "port": snmp.port,
        "auth": snmp.auth,
        "modules": list(dict.fromkeys((*MODULES, *snmp.modules))),
        "interval": snmp.poll_interval,
    }
    if device.family:
        target["family"] = device.family
    if ignore := ignored(device):
        target["ignore_interfaces"] = ignore
    return target


def auth(name: str, places: SecretPlaces) -> dict[str, Any]:
    """Return an auth as an exporter reads it: where its secrets are, not what they are."""
    found = places.inventory.auths[name]
    assert isinstance(found, (SnmpCommunity, SnmpUser))  # noqa: S101  # the inventory's own check
    return {
        key: {"file": places.path(value, name, key.replace("_", "-"))} if isinstance(value, SecretRef) else value
        for key, value in found
        if value is not None and key != "type"
    }
