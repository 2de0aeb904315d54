"""Devices that come, go or change, from the files of the exporters."""

from collections.abc import Iterator, Mapping
from typing import Any

from sotpctl.apply.words.difference import Difference
from sotpctl.apply.words.entries import Place, partly, places, whole
from sotpctl.apply.words.parse import Pair, mapping, text
from sotpctl.apply.words.values import count

FOLDER = "exporters/"
ICMP = "exporters/icmp.json"  # every device is in it, with its labels
FACTS = "exporters/facts.json"
TRAITS = ("site", "role", "platform", "team")
_ORDER = ("address", *TRAITS, "vendor", "parents")  # a label that isn't one of these is said to be one
_FOLLOWERS = {"family": "address", "vendor": "platform"}
_DERIVED = frozenset({"dependents", "thresholds"})  # a consequence, or said elsewhere

Targets = Mapping[str, dict[str, Any]]


def compare(pair: Pair) -> Iterator[Difference]:
    """Yield exporters that come or go, then devices that differ."""
    files = pair.changed(FOLDER, ".json")
    yield from _exporters(pair, files)
    old, new = known(pair)
    if pair.old and not (pair.sound(ICMP) or pair.sound(FACTS)):
        return  # nobody knows which devices there were
    both = [name for name in files if name in pair.new and pair.sound(name)]
    both.sort(key=lambda name: (name != ICMP, name != FACTS, name))
    found = {name: (targets(pair.before(name)), targets(pair.after(name))) for name in both}
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            yield _whole(name, old.get(name), new.get(name))
        elif moved := _places(name, found):
            yield partly("device", name, ICMP, moved, traits=traits(new[name]))


def known(pair: Pair) -> tuple[Targets, Targets]:
    """Return the devices of both trees with their targets of the ICMP exporter ({} where it doesn't say)."""
    old, new = (
        {**_blank(facts), **targets(icmp)} for facts, icmp in zip(pair.both(FACTS), pair.both(ICMP), strict=True)
    )
    return old, new


def targets(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the targets of an exporter's file."""
    return {name: mapping(target) for name, target in mapping(document.get("targets")).items()}


def traits(target: Mapping[str, Any]) -> dict[str, str]:
    """Return what a device may have in common with others."""
    labels = mapping(target.get("labels"))
    return {key: text(labels.get(key)) for key in TRAITS if text(labels.get(key))}


def _exporters(pair: Pair, files: list[str]) -> Iterator[Difference]:
    for name in files:
        before, after = (mapping(document.get("settings")) if document else None for document in pair.both(name))
        if name not in pair.old or name not in pair.new:
            number = len(targets(pair.after(name) or pair.before(name)))
            title = name.removeprefix(FOLDER).removesuffix(".json")
            yield whole("exporter", title, name, before, after, note=count(number, "target"))


def _blank(facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: {} for name in mapping(facts.get("targets"))}


def _whole(name: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Difference:
    there = after or before or {}
    own = traits(there)
    said = (text(there.get("address")), *(f"{key} {own[key]}" for key in ("site", "role") if key in own))
    return whole("device", name, ICMP, before, after, note=", ".join(part for part in said if part), traits=own)


def _places(name: str, both: Mapping[str, tuple[Targets, Targets]]) -> list[Place]:
    """Return each setting of a device that differs; a label stands in several files, and is said once."""
    found: dict[str, Place] = {}
    for file, (old, new) in both.items():
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        prefix = "" if file in (ICMP, FACTS) else file.removeprefix(FOLDER).removesuffix(".json")
        if prefix and (before is None or after is None):
            found[prefix] = (prefix, before and "on", after and "on")
            continue
        for key, left, right in _settings(before or {}, after or {}):
            if found.get(key, ())[1:] != (left, right):
                where = f"{prefix} {key}".strip()
                found[where] = (where, left, right)
    return list(found.values())


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Place]:
    """Return each setting that differs, in the order in which people name them; not what only follows from another."""
    left, right = _flat(before), _flat(after)
    follows = {follower for follower, cause in _FOLLOWERS.items() if left.get(cause) != right.get(cause)}
    found = [place for place in places(left, right) if place[0] not in follows]
    return sorted(found, key=lambda place: _ORDER.index(place[0]) if place[0] in _ORDER else len(_ORDER))


def _flat(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return a target's settings, labels among them."""
    labels = mapping(target.get("labels"))
    own = {key: value for key, value in target.items() if key != "labels" and key not in _DERIVED}
    return {key if key in _ORDER else f"label {key}": value for key, value in labels.items()} | own
