"""Thresholds of the devices that stay, from facts.json."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from sotpctl.apply.words.devices import FACTS, known, targets, traits
from sotpctl.apply.words.difference import Detail, Difference
from sotpctl.apply.words.entries import Place, differing, partly
from sotpctl.apply.words.parse import Pair, listing, mappings, text
from sotpctl.apply.words.values import threshold

_SEVERITIES = ("info", "warning", "critical")
_Moved = tuple[str, str, list[Place]]  # metric, interface ("" for the device's own), what moved of each severity


def compare(pair: Pair) -> Iterator[Difference]:
    """Yield a difference for each metric of a device or interface whose limits change."""
    if FACTS not in pair.changed(FACTS) or not pair.sound(FACTS):
        return
    old, new = (targets(document) for document in pair.both(FACTS))
    devices = known(pair)[1]
    for name in sorted(old.keys() & new.keys()):
        before, after = old[name].get("thresholds"), new[name].get("thresholds")
        if before == after:
            continue
        own = traits(devices.get(name, {}))
        for metric, interface, found in _moved(listing(before), listing(after)):
            subject = f"{name}:{interface}" if interface else name
            yield partly("threshold", subject, FACTS, found, say=partial(_said, metric), scope=metric, traits=own)


def _moved(before: list[Any], after: list[Any]) -> Iterator[_Moved]:
    if len(before) == len(after):  # most rows are as they were, in the same place
        pairs = [(left, right) for left, right in zip(before, after, strict=True) if left != right]
        before, after = [left for left, _ in pairs], [right for _, right in pairs]
    for (metric, interface), left, right in differing(_levels(before), _levels(after)):
        found = differing(left or {}, right or {})
        yield metric, interface, sorted(found, key=lambda place: _rank(place[0]))


def _levels(rows: list[Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return severity → limit, by metric and interface."""
    levels: dict[tuple[str, str], dict[str, Any]] = {}
    for row in mappings(rows):
        key = text(row.get("metric")), text(row.get("ifName"))
        levels.setdefault(key, {})[text(row.get("severity"))] = row.get("value")
    return levels


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)


def _said(metric: str, severity: str, before: Any, after: Any) -> Detail:  # noqa: ANN401 - JSON
    return Detail(severity, f"{threshold(metric, before)} → {threshold(metric, after)}")
