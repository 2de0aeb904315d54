"""Says for each effective setting of a device which line of which file it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from sotpctl.inventory import durations
from sotpctl.inventory.document import Document
from sotpctl.inventory.files import Files
from sotpctl.inventory.interfaces import canonical_interface
from sotpctl.inventory.model import Device, Icmp, ModuleFile, Snmp, Ssh
from sotpctl.inventory.resolve import origin
from sotpctl.inventory.yaml_source import PathSteps, dotted

BUILT_IN = "built-in default"


@dataclass(frozen=True, slots=True)
class Setting:
    """One effective setting: its path within the device, its value as text, and its place (`file:line (layer)`)."""

    path: str
    value: str
    source: str


def explain(device: Device, document: Document, files: Files, module_files: Iterable[ModuleFile] = ()) -> list[Setting]:
    """Return a device's settings that have a value, in the order of the model.

    Behind its SNMP modules stands where each of `module_files`, the user's own, is defined.
    """
    settings = []
    for path, value in _leaves(device):
        source = _source(device, path, document, files)
        settings.append(Setting(dotted(path), value, source))
        if path == ("snmp", "modules"):
            settings += _modules(device, module_files)
    return settings


def _modules(device: Device, files: Iterable[ModuleFile]) -> Iterator[Setting]:
    places = {name: place for file in files for name, place in file.modules.items()}
    for name in device.snmp.modules if device.snmp else ():
        if name in places:
            yield Setting(dotted(("snmp", "modules", name)), "a module of your own", places[name])


def _leaves(device: Device) -> Iterator[tuple[PathSteps, str]]:
    for field in fields(device):
        if field.name == "name":
            continue
        value = getattr(device, field.name)
        if isinstance(value, Mapping):
            yield from _mapping((field.name,), value)
        elif isinstance(value, (Icmp, Snmp, Ssh)):
            for inner in fields(value):
                given = getattr(value, inner.name)
                if isinstance(given, Mapping):
                    yield from _mapping((field.name, inner.name), given)
                elif given not in (None, ()):
                    yield (field.name, inner.name), durations.text(given) if inner.type == "float" else _text(given)
        elif value not in (None, "", ()):
            yield (field.name,), _text(value)


def _mapping(path: PathSteps, value: Mapping[str, object]) -> Iterator[tuple[PathSteps, str]]:
    for key, inner in value.items():
        thresholds = getattr(inner, "thresholds", None)
        if isinstance(inner, Mapping):
            yield from _mapping((*path, key), inner)
        elif isinstance(thresholds, Mapping):
            yield from _mapping((*path, key, "thresholds"), thresholds)
        else:
            yield (*path, key), _text(inner)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _source(device: Device, path: PathSteps, document: Document, files: Files) -> str:
    if path == ("vendor",):
        return f"platform {device.platform}"
    if path == ("family",) and document.devices[device.name].get("family") is None:
        return "the address"
    found = origin(document, device.name, _as_written(device, path, document))
    if found is None and path == ("parents",) and document.settings.prober is not None:
        return f"{files.place(('settings', 'prober'))} (settings.prober)"
    if found is None:
        return BUILT_IN
    layer = dotted(found[: 1 if found[0] == "defaults" else 2])
    return f"{files.place(found)} ({layer})"


def _as_written(device: Device, path: PathSteps, document: Document) -> PathSteps:
    """Return the path with the interface's name as the inventory spells it."""
    if path[0] != "interfaces":
        return path
    given = document.devices[device.name].get("interfaces") or {}
    spelt = next(name for name in given if canonical_interface(name) == path[1])
    return ("interfaces", spelt, *path[2:])
