"""syslog.json: whose messages the shipper takes, what it looks for in them, and where it pushes them."""

from dataclasses import dataclass
from typing import Any

from sotpctl.inventory import Device, Inventory
from sotpctl.inventory.log_model import LogPattern, LogStore, LogTls
from sotpctl.render.emit import to_document
from sotpctl.render.places import SecretPlaces

# SNMP traps come from the traps exporter on this host; the message in their place names the device that sent the trap.
_OWN_RELAYS = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the inventory's logs become.

    Attributes:
        revision: The document's.
        content: syslog.json.
        places: Where its secrets lie.
    """

    revision: str
    content: bytes
    places: SecretPlaces


def build(inventory: Inventory) -> Rendered:
    """Return it. The spool is `<apply.directory>/data/syslog`; what the store refused is set aside beside it."""
    logs = inventory.settings.logs
    assert logs is not None  # noqa: S101  # a loaded inventory has them
    places = SecretPlaces("syslog", inventory)
    settings: dict[str, Any] = {
        "listen": dict(logs.listen),
        "loki": _store(logs.store, places),
        "spool": {
            "directory": str((inventory.settings.apply.directory / "data" / "syslog").absolute()),
            "bytes": logs.spool_bytes,
            "policy": logs.spool_policy,
        },
        "unknown_senders": logs.unknown_senders,
        "relays": list(dict.fromkeys((*_OWN_RELAYS, *logs.relays))),
    }
    if logs.tls:
        settings["tls"] = _tls(logs.tls)
    if inventory.alerting.log_patterns:
        settings["log_patterns"] = {one.name: _pattern(one) for one in inventory.alerting.log_patterns}
    targets = {device.name: _target(device, inventory) for device in inventory.enabled()}
    return Rendered(*to_document(settings, targets), places)


def _target(device: Device, inventory: Inventory) -> dict[str, Any]:
    labels = {name: value for name, value in (("site", device.site), ("role", device.role)) if value}
    target: dict[str, Any] = {"address": device.address, "labels": labels}
    if device.family:
        target["family"] = device.family
    if device.platform:
        target["platform"] = device.platform
    site = inventory.sites.get(device.site)
    if site and site.timezone != "UTC":
        target["timezone"] = site.timezone
    return target


def _store(store: LogStore, places: SecretPlaces) -> dict[str, Any]:
    """Return where and as whom to push: where the secrets are, not what they are."""
    secrets = {"password": store.password, "token": store.token}
    files = {"ca_file": store.ca_file, "cert_file": store.client_cert_file, "key_file": store.client_key_file}
    texts = {"url": store.url, "tenant": store.tenant, "username": store.username}
    return {
        **{key: text for key, text in texts.items() if text},
        **{key: {"file": places.path(secret, "store", key)} for key, secret in secrets.items() if secret},
        **{key: str(path) for key, path in files.items() if path},
    }


def _tls(tls: LogTls) -> dict[str, str]:
    files = {"cert_file": tls.cert_file, "key_file": tls.key_file, "client_ca_file": tls.client_ca_file}
    return {key: str(path) for key, path in files.items() if path} | {"client_auth": tls.client_auth}


def _pattern(pattern: LogPattern) -> dict[str, Any]:
    rendered: dict[str, Any] = {"level": pattern.severity, "match": pattern.match}
    if pattern.devices is not None:
        rendered["devices"] = list(pattern.devices)
    return rendered
