"""traps.json: the devices that are polled by SNMP may send traps, with the same credentials."""

from dataclasses import dataclass
from typing import Any

from sotpctl.inventory import Device, Inventory
from sotpctl.render.emit import to_document
from sotpctl.render.places import SecretPlaces
from sotpctl.render.snmp import auth


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the inventory's traps become.

    Attributes:
        revision: The document's.
        content: traps.json.
        places: Where its secrets lie.
    """

    revision: str
    content: bytes
    places: SecretPlaces


def build(inventory: Inventory) -> Rendered | None:
    """Return it; None where no device has SNMP, it is off, or the shipper takes nothing by TCP."""
    logs = inventory.settings.logs
    devices = [device for device in inventory.enabled() if device.snmp]
    if not devices or logs is None or not logs.traps or "tcp" not in logs.listen:
        return None
    used = sorted({device.snmp.auth for device in devices if device.snmp})
    places = SecretPlaces("traps", inventory)
    settings = {
        "auths": {name: auth(name, places) for name in used},
        "listen": logs.traps,
        "syslog": _reached(logs.listen["tcp"]),
    }
    return Rendered(*to_document(settings, {device.name: _target(device) for device in devices}), places)


def _reached(listening: str) -> str:
    """Where on this host a socket is reached that listens there: on every address means on loopback, too."""
    host, _, port = listening.rpartition(":")
    return f"127.0.0.1:{port}" if host in {"", "0.0.0.0", "[::]"} else listening  # noqa: S104  # compared only


def _target(device: Device) -> dict[str, Any]:
    assert device.snmp is not None  # noqa: S101  # for the type checker: `build` chose those that have it
    target: dict[str, Any] = {"address": device.address, "platform": device.platform or "", "auth": device.snmp.auth}
    if device.family:
        target["family"] = device.family
    return target
