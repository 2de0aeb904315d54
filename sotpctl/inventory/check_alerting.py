"""Checks of the alerting section: what routes and maintenance refer to, and that somebody is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC

from sotpctl.inventory.alerting import MaintenanceEntry, Match, TimeIntervalEntry
from sotpctl.inventory.alerting import Route as RouteEntry
from sotpctl.inventory.check_log_patterns import check_log_patterns
from sotpctl.inventory.document import Document
from sotpctl.inventory.files import Files
from sotpctl.inventory.names import Names
from sotpctl.inventory.platforms import VENDORS
from sotpctl.inventory.problems import Problem, did_you_mean, one_of
from sotpctl.inventory.yaml_source import PathSteps

SEVERITIES = ("critical", "warning", "info", "none")
_OF_DEVICES = frozenset({"site", "role", "platform", "vendor", "team", "device"})
_OF_ALERTS = _OF_DEVICES | {"severity", "alertname", "ifName", "sensor", "escalation", "event"}


def check_alerting(
    document: Document, names: Names, files: Files, own: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    """Yield what is wrong with receivers, routes, time intervals, maintenance and the watchdog.

    Args:
        document: The inventory.
        names: What it defines.
        files: Its files.
        own: The labels that alerts of the user's own have, with the values that are known: routes may name them.
    """
    alerting, receivers = document.alerting, names.receivers
    known = _known_values(document, names)
    labels = _custom_labels(document)
    routable = {label: {*values, *own.get(label, ())} for label, values in known.items()}
    for number, route in enumerate(alerting.routes):
        path: PathSteps = ("alerting", "routes", number)
        if route.receiver not in receivers:
            message = f'no receiver is called "{route.receiver}"{did_you_mean(route.receiver, receivers)}'
            yield files.problem((*path, "receiver"), message)
        yield from _match(route.match, _OF_ALERTS | labels | own.keys(), routable, (*path, "match"), files)
        yield from _hours(route, path, names.time_intervals, files)
    yield from _time_intervals(document, names, files)
    watchdog = alerting.watchdog
    if watchdog is not None and watchdog.receiver not in receivers:
        message = f'no receiver is called "{watchdog.receiver}"{did_you_mean(watchdog.receiver, receivers)}'
        yield files.problem(("alerting", "watchdog", "receiver"), message)
    if alerting.routes or not receivers:
        raw = files.data["alerting"].get("routes") if alerting.receivers else None
        named = [route.get("receiver") for route in raw or () if isinstance(route, dict)]
        used = {name for name in named if isinstance(name, str)} | ({watchdog.receiver} if watchdog else set())
        for name in alerting.receivers.keys() - used:
            yield files.problem(
                ("alerting", "receivers", name),
                "no route leads to this receiver: it is told nothing",
                key=True,
                severity="warning",
            )
    elif "routes" not in files.data["alerting"]:
        message = "there are receivers and no routes: nobody would be told; add routes: [{receiver: …}]"
        yield files.problem(("alerting", "receivers"), message, key=True)
    yield from _maintenance(document, _OF_DEVICES | labels, known, files)
    for number, entry in enumerate(document.alerting.log_patterns):
        yield from _match(
            entry.selector, _OF_DEVICES | labels, known, ("alerting", "log_patterns", number, "selector"), files
        )
    yield from check_log_patterns(document.alerting.log_patterns, files)


def time_interval_places(document: Document, files: Files) -> Iterator[tuple[PathSteps, TimeIntervalEntry]]:
    """Yield every entry of every time interval with its path: an interval is one mapping, or a list of them."""
    for name, entries in document.alerting.time_intervals.items():
        path: PathSteps = ("alerting", "time_intervals", name)
        listed = isinstance(files.data["alerting"]["time_intervals"][name], list)
        for number, entry in enumerate(entries):
            yield (*path, number) if listed else path, entry


def _time_intervals(document: Document, names: Names, files: Files) -> Iterator[Problem]:
    for path, entry in time_interval_places(document, files):
        if entry.site is not None and entry.site not in names.sites:
            message = f'no site is called "{entry.site}"{did_you_mean(entry.site, names.sites)}'
            yield files.problem((*path, "site"), message)
    used = {name for route in document.alerting.routes for name in (*route.active, *route.mute)}
    for name in document.alerting.time_intervals.keys() - used:
        place = ("alerting", "time_intervals", name)
        yield files.problem(place, "no route is active or mute in it", key=True, severity="warning")


def _hours(route: RouteEntry, path: PathSteps, known: Collection[str], files: Files) -> Iterator[Problem]:
    """Check the time intervals that a route names, and that what is critical has another way out of its hours."""
    for key, given in (("active", route.active), ("mute", route.mute)):
        for number, name in enumerate(given):
            if name not in known:
                place = (*path, key, number) if files.text((*path, key)) is None else (*path, key)
                message = f'no time interval is called "{name}"{did_you_mean(name, known)}'
                yield files.problem(place, message)
    if (route.active or route.mute) and not route.continue_ and "critical" in route.match.get("severity", ["critical"]):
        message = (
            "takes critical alerts and tells nobody of them out of its hours; "
            "add continue: true and a route for those hours, or leave critical out of its match"
        )
        yield files.problem((*path, "active" if route.active else "mute"), message, key=True, severity="warning")


def _maintenance(
    document: Document, labels: Collection[str], known: Mapping[str, Collection[str]], files: Files
) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, entry in enumerate(document.alerting.maintenance):
        path: PathSteps = ("alerting", "maintenance", number)
        if entry.name in seen:
            yield files.problem((*path, "name"), f'another maintenance is called "{entry.name}" already')
        seen.add(entry.name)
        if not entry.match:
            yield files.problem((*path, "match"), "must not be empty: say what the work is on, like {site: waw}")
        yield from _match(entry.match, labels, known, (*path, "match"), files)
        if not _in_order(entry):
            yield files.problem((*path, "end"), "ends before it starts")


def _in_order(entry: MaintenanceEntry) -> bool:
    if entry.start is None or entry.end is None:
        return True
    if (entry.start.tzinfo is None) != (entry.end.tzinfo is None):
        return entry.start.replace(tzinfo=UTC).date() <= entry.end.replace(tzinfo=UTC).date()
    return entry.start < entry.end


def _match(
    match: Match, labels: Collection[str], known: Mapping[str, Collection[str]], path: PathSteps, files: Files
) -> Iterator[Problem]:
    for label, values in match.items():
        if label not in labels:
            message = f'nothing here has a label "{label}"{did_you_mean(label, labels) or one_of(labels)}'
            yield files.problem((*path, label), message, key=True)
            continue
        for number, value in enumerate(values):
            if label in known and value not in known[label]:
                place = (*path, label, number) if files.text((*path, label)) is None else (*path, label)
                message = f'no {label} is called "{value}"{did_you_mean(value, known[label])}'
                yield files.problem(place, message)


def _known_values(document: Document, names: Names) -> dict[str, Collection[str]]:
    layers = (document.defaults, *document.sites.values(), *document.roles.values(), *document.groups.values())
    teams = {layer.get("team") for layer in (*layers, *document.devices.values()) if layer}
    return {
        "severity": SEVERITIES,
        "site": names.sites,
        "role": names.roles,
        "device": names.devices,
        "platform": VENDORS,
        "vendor": {vendor for vendor in VENDORS.values() if vendor},
        "team": {team for team in teams if team},
    }


def _custom_labels(document: Document) -> set[str]:
    layers = (document.defaults, *document.sites.values(), *document.roles.values(), *document.groups.values())
    labels: set[str] = set()
    for layer in (*layers, *document.devices.values()):
        if layer and layer.get("labels"):
            labels.update(layer["labels"] or ())
    return labels
