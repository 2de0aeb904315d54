"""The facts as text: what only a reload changes is rendered once, there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exporters.kit.document import ConfigError, Document, member, only, typed
from exporters.kit.exposition import escape_label, header, label_text, value_text

_SEVERITIES = ("critical", "warning", "info")
_IDENTITY = ("site", "role", "platform", "vendor", "team")
_THRESHOLD_KEYS = frozenset({"ifName", "metric", "severity", "value"})


def static_text(document: Document) -> str:
    """Returns every family of the document but maintenance.

    Raises:
        ConfigError: A fact is missing, of a wrong type, or given twice.
    """
    settings = document.settings
    return "".join(
        [
            _revision(member(settings, "commit", str, "settings")),
            _expected(member(settings, "expected_targets", dict, "settings")),
            _links(member(settings, "links", list, "settings")),
            _devices(document.targets),
            _dependents(document.targets),
            _thresholds(document.targets),
        ]
    )


def maintenance_text(devices: Iterable[str]) -> str:
    """Returns `sotp_maintenance` of the devices whose windows are open, each once."""
    text = "1 while a maintenance window of the device is open, else absent."
    return _family("sotp_maintenance", text, ("device",), [((name,), 1) for name in sorted(set(devices))])


def started_text(devices: Mapping[str, float], sites: Mapping[str, float]) -> str:
    """Returns when the latest window began, in Unix seconds: by device; by site where it held for all its devices."""
    text = "Start of the latest maintenance window of the last eight days that "
    rows = [
        ("sotp_maintenance_started_timestamp_seconds", "the device had.", "device", devices),
        ("sotp_site_maintenance_started_timestamp_seconds", "held for all devices of the site.", "site", sites),
    ]
    return "".join(
        _family(name, text + of, (label,), [((key,), at) for key, at in sorted(starts.items())])
        for name, of, label, starts in rows
    )


def _revision(commit: str) -> str:
    text = "The commit of the inventory that all of this was rendered from; -dirty when it held more than the commit."
    return _family("sotp_inventory_revision_info", text, ("commit",), [((commit,), 1)])


def _expected(targets: Mapping[str, Any]) -> str:
    rows = [((job,), typed(count, int, f"settings.expected_targets.{job}")) for job, count in targets.items()]
    return _family("sotp_expected_targets", "How many targets the job must have.", ("job",), rows)


def _links(links: list[Any]) -> str:
    ends: dict[tuple[str, ...], float] = {}
    for index, link in enumerate(links):
        where = f"settings.links[{index}]"
        end = tuple([typed(part, str, where) for part in typed(link, list, where)])
        if len(end) != 4:
            raise ConfigError(f"{where}: must be [device, interface, peer, peer's interface]")
        ends[end] = ends[end[2:] + end[:2]] = 1
    names = ("device", "ifName", "peer", "peer_ifName")
    first = [(end, 1.0) for end in ends if end[:2] <= end[2:]]
    return _family("sotp_link_info", "A link of the inventory, once from either end.", names, ends.items()) + _family(
        "sotp_link_first", "A link of the inventory, once: the end whose name comes first tells of both.", names, first
    )


def _devices(targets: Mapping[str, Mapping[str, Any]]) -> str:
    rows = []
    for name, target in targets.items():
        labels = member(target, "labels", dict, f"targets.{name}", {})
        only(labels, _IDENTITY, f"targets.{name}.labels")
        rows.append(((name, *[member(labels, key, str, f"targets.{name}.labels", "") for key in _IDENTITY]), 1))
    text = "1 for each device that the inventory has enabled, known to the exporters or not."
    return _family("sotp_device_info", text, ("device", *_IDENTITY), rows)


def _dependents(targets: Mapping[str, Mapping[str, Any]]) -> str:
    rows = []
    for name, target in targets.items():
        only(target, ("dependents", "labels", "thresholds"), f"targets.{name}")
        rows.append(((name,), member(target, "dependents", int, f"targets.{name}")))
    text = "How many devices lose every path to the prober when this one dies."
    return _family("sotp_device_dependents", text, ("device",), rows)


def _thresholds(targets: Mapping[str, Mapping[str, Any]]) -> str:
    text = "The limit in force, after inheritance; an empty ifName is the device's own, the ifName's goes before it."
    lines = [header("sotp_threshold", "gauge", text)]
    known: dict[tuple[Any, ...], tuple[tuple[str, ...], str]] = {}  # most devices inherit theirs: checked once
    for name, target in targets.items():
        start = f'sotp_threshold{{device="{escape_label(name)}",'
        seen: set[tuple[str, ...]] = set()
        for index, entry in enumerate(member(target, "thresholds", list, f"targets.{name}", [])):
            try:
                key, rest = known[_signature(entry)]
            except (KeyError, TypeError, AttributeError):  # new; or of a wrong type, which `_threshold` explains
                key, rest = _threshold(entry, f"targets.{name}.thresholds[{index}]")
                known[_signature(entry)] = key, rest
            if key in seen:
                where = f"targets.{name}.thresholds[{index}]"
                raise ConfigError(f"{where}: is given twice for this device, ifName, metric and severity")
            seen.add(key)
            lines.append(start + rest)
    return "".join(lines)


def _signature(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells entries apart; the type too, as True equals 1.0 and is no limit."""
    return (*entry.items(), type(entry.get("value")))


def _threshold(given: object, where: str) -> tuple[tuple[str, ...], str]:
    """Returns what an entry is about, and its line from `ifName` on."""
    entry = typed(given, dict, where)
    only(entry, _THRESHOLD_KEYS, where)
    severity = member(entry, "severity", str, where)
    if severity not in _SEVERITIES:
        raise ConfigError(f"{where}.severity: must be one of {', '.join(_SEVERITIES)}")
    key = (member(entry, "ifName", str, where), member(entry, "metric", str, where), severity)
    labels = label_text(dict(zip(("ifName", "metric", "severity"), key, strict=True)))
    return key, f"{labels}}} {value_text(member(entry, 'value', float, where))}\n"


def _family(name: str, text: str, labels: Sequence[str], rows: Iterable[tuple[tuple[str, ...], float]]) -> str:
    """One gauge's header and samples; a row is the labels' values, in the order of `labels`, and the number."""
    line = name + "{" + ",".join([f'{label}="%s"' for label in labels]) + "} %s\n"
    body = [line % (*map(escape_label, values), value_text(value)) for values, value in rows]
    return header(name, "gauge", text) + "".join(body)
