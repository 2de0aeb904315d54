"""Inheritance: defaults ← sites ← roles ← groups (in the device's order) ← the device, later over earlier, key by key.

The layers are merged once for each distinct combination of site, role and groups; a device that adds nothing of its own
shares the objects built for its combination.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from sotpctl.inventory.document import Document
from sotpctl.inventory.fields import packed
from sotpctl.inventory.interfaces import canonical_interface
from sotpctl.inventory.layers import DeviceLayer
from sotpctl.inventory.model import NO_THRESHOLDS, Device, Icmp, Interface, Snmp, Ssh, Thresholds
from sotpctl.inventory.platforms import VENDORS
from sotpctl.inventory.yaml_source import PathSteps

_SITE_ONLY = frozenset({"name", "latitude", "longitude", "timezone"})
_INHERITED = frozenset({"platform", "team", "enabled", "labels", "icmp", "snmp", "ssh", "thresholds"})
_NO_INTERFACES: Mapping[str, Interface] = MappingProxyType({})
_Tree = Mapping[str, Any]
_Value = TypeVar("_Value")


def merged(base: _Tree, layer: _Tree) -> dict[str, Any]:
    """Lay one layer over another: mappings key by key, anything else replaces, None removes."""
    result = dict(base)
    for key, value in layer.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            below = result.get(key)
            result[key] = merged(below if isinstance(below, dict) else {}, value)
        else:
            result[key] = value
    return result


@dataclass(frozen=True, slots=True)
class _Common:
    """What a device's layers add up to, built."""

    platform: str
    vendor: str
    team: str
    enabled: bool
    labels: Mapping[str, str]
    icmp: Icmp
    snmp: Snmp | None
    ssh: Ssh | None
    thresholds: Thresholds


_NOTHING = _Common(
    "", "", "", enabled=True, labels=MappingProxyType({}), icmp=Icmp(), snmp=None, ssh=None, thresholds=NO_THRESHOLDS
)


def resolve(document: Document) -> dict[str, Device]:
    """Return all devices, complete, sorted by name."""
    trees: dict[tuple[str, str, tuple[str, ...]], dict[str, Any]] = {}
    commons: dict[tuple[str, str, tuple[str, ...]], _Common] = {}
    devices = document.devices
    parents = effective_parents(document)
    resolved: dict[str, Device] = {}
    for name in sorted(devices):
        layer = devices[name]
        site, role, groups = layer.get("site") or "", layer.get("role") or "", layer.get("groups") or ()
        combination = (site, role, groups)
        common = commons.get(combination)
        if common is None:
            trees[combination] = _combined(document, layer)
            common = commons[combination] = _build(trees[combination])
        if not _INHERITED.isdisjoint(layer):
            own = {key: value for key, value in layer.items() if key in _INHERITED}
            below = {key: value for key, value in trees[combination].items() if key in own}
            common = _replaced(common, merged(below, own), own)
        address = layer.get("address", "")  # its lack is a problem that the checks report
        interfaces = layer.get("interfaces")
        resolved[name] = Device(
            name,
            address,
            _family(address, layer),
            site,
            role,
            common.platform,
            common.vendor,
            common.team,
            groups,
            parents.get(name, ()),
            common.enabled,
            common.labels,
            common.icmp,
            common.snmp,
            common.ssh,
            common.thresholds,
            _interfaces(interfaces) if interfaces else _NO_INTERFACES,
        )
    return resolved


def layers(document: Document, device: DeviceLayer) -> Iterator[tuple[PathSteps, _Tree]]:
    """Yield what a device inherits from, the first to yield first: the path and the layer's content."""
    yield ("defaults",), document.defaults
    site, role = device.get("site"), device.get("role")
    if site is not None and (layer := document.sites.get(site)):
        yield ("sites", site), {key: value for key, value in layer.items() if key not in _SITE_ONLY}
    if role is not None and (role_layer := document.roles.get(role)):
        yield ("roles", role), role_layer
    for group in device.get("groups") or ():
        if group_layer := document.groups.get(group):
            yield ("groups", group), group_layer


def origin(document: Document, name: str, path: PathSteps) -> PathSteps | None:
    """Find what a device's setting comes from: the path of the last layer that says something about it, or None."""
    device = document.devices[name]
    chain: list[tuple[PathSteps, _Tree]] = [*layers(document, device), (("devices", name), device)]
    for prefix, layer in reversed(chain):
        value: Any = layer
        for number, step in enumerate(path, start=1):
            if not isinstance(value, dict) or step not in value:
                break
            value = value[step]
            if value is None or number == len(path):
                return (*prefix, *path[:number])
    return None


def effective_parents(document: Document) -> dict[str, tuple[str, ...]]:
    """Return each device's enabled parents; those that name none hang on settings.prober."""
    devices, prober = document.devices, document.settings.prober
    disabled = {name for name in devices if not _enabled(document, name)} if _any_disabled(document) else set()
    default = (prober,) if prober in devices and prober not in disabled and prober is not None else ()
    parents = {name: layer.get("parents") or default for name, layer in devices.items()}
    if disabled:
        parents = {
            name: tuple(one for one in above if one not in disabled) or default for name, above in parents.items()
        }
    if prober in parents and prober is not None:
        parents[prober] = ()
    return parents


def _any_disabled(document: Document) -> bool:
    shared = (document.defaults, *document.sites.values(), *document.roles.values(), *document.groups.values())
    return any(layer and layer.get("enabled") is False for layer in (*shared, *document.devices.values()))


def _enabled(document: Document, name: str) -> bool:
    device = document.devices[name]
    chain: list[_Tree] = [device, *reversed([layer for _, layer in layers(document, device)])]
    for layer in chain:
        if "enabled" in layer:
            return layer["enabled"] is not False
    return True


def _combined(document: Document, device: DeviceLayer) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for _, layer in layers(document, device):
        tree = merged(tree, layer)
    return tree


def _build(tree: _Tree) -> _Common:
    """Build what a complete tree of settings says."""
    return _replaced(_NOTHING, tree, _INHERITED)


def _replaced(base: _Common, tree: _Tree, changed: Collection[str]) -> _Common:
    """Build the changed parts from the tree, and share the others with the base."""
    snmp, ssh, platform = tree.get("snmp", {}), tree.get("ssh", {}), tree.get("platform", "")
    return _Common(
        platform=platform if "platform" in changed else base.platform,
        vendor=VENDORS.get(platform, "") if "platform" in changed else base.vendor,
        team=tree.get("team", "") if "team" in changed else base.team,
        enabled=tree.get("enabled", True) if "enabled" in changed else base.enabled,
        labels=_sorted(tree.get("labels", {})) if "labels" in changed else base.labels,
        icmp=Icmp(**tree.get("icmp", {})) if "icmp" in changed else base.icmp,
        snmp=_snmp(snmp) if "snmp" in changed else base.snmp,
        ssh=(Ssh(**ssh) if "auth" in ssh else None) if "ssh" in changed else base.ssh,
        thresholds=_thresholds(tree.get("thresholds", {})) if "thresholds" in changed else base.thresholds,
    )


def _snmp(tree: _Tree) -> Snmp | None:
    if "auth" not in tree:
        return None
    ignored = {key: values for key, values in tree.get("ignore_interfaces", {}).items() if values}
    return Snmp(**{**tree, "ignore_interfaces": _sorted(ignored) if ignored else None})


def _sorted(mapping: Mapping[str, _Value]) -> Mapping[str, _Value]:
    return MappingProxyType(dict(sorted(mapping.items())))


def _thresholds(tree: _Tree) -> Thresholds:
    kept: dict[str, Mapping[str, float]] = {metric: _sorted(levels) for metric, levels in tree.items() if levels}
    return _sorted(kept) if kept else NO_THRESHOLDS


def _interfaces(given: Mapping[str, Any]) -> Mapping[str, Interface]:
    built = {
        canonical_interface(name): Interface(_thresholds(merged({}, (layer or {}).get("thresholds") or {})))
        for name, layer in given.items()
    }
    return _sorted(built)


def _family(address: str, layer: DeviceLayer) -> Literal[4, 6] | None:
    if ":" in address:
        return 6
    return 4 if packed(address) is not None else layer.get("family")
