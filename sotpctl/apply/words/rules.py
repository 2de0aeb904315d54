"""Alerts and recording rules by name, from Prometheus's and Loki's rule files."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sotpctl.apply.words.difference import Detail, Difference, Kind
from sotpctl.apply.words.entries import differing, partly, places, whole
from sotpctl.apply.words.parse import Pair, mapping, mappings, text
from sotpctl.apply.words.values import became

FOLDERS = ("prometheus/rules/", "loki/rules/")
_TEXTS = frozenset({"expr", "summary", "description", "impact"})  # only "changed": they fill lines


class _Key(NamedTuple):
    """What tells one rule from another: a name may come again for another severity, or in another group."""

    group: str
    kind: Kind
    name: str
    severity: str
    number: int


def compare(pair: Pair) -> Iterator[Difference]:
    """Yield groups whose settings change, and rules that come, go or change; a file without a rule by itself."""
    for folder in FOLDERS:
        for name in pair.changed(folder, ".yml"):
            if name not in pair.old or pair.sound(name):
                found = list(_compare(name, *pair.both(name)))
                yield from found or _file(pair, name)


def _file(pair: Pair, name: str) -> Iterator[Difference]:
    there = name in pair.old or None, name in pair.new or None
    if None in there:
        yield whole("file", name, name, *there)


def _compare(file: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for group, before, after in differing(_settings(old), _settings(new)):
        if before is not None and after is not None:  # of another group, its rules tell
            yield partly("rule group", group, file, places(before, after))
    for key, before, after in differing(_named(old), _named(new)):
        if before is None or after is None:
            yield whole(key.kind, key.name, file, before, after, scope=key.severity, note=key.severity)
        else:
            found = places(_flat(before), _flat(after))
            yield partly(key.kind, key.name, file, found, scope=key.severity, say=_said)


def _settings(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        text(group.get("name")): {key: value for key, value in group.items() if key not in {"name", "rules"}}
        for group in mappings(document.get("groups"))
    }


def _named(document: Mapping[str, Any]) -> dict[_Key, dict[str, Any]]:
    found: dict[_Key, dict[str, Any]] = {}
    seen: Counter[_Key] = Counter()
    for group in mappings(document.get("groups")):
        for rule in mappings(group.get("rules")):
            name, severity = text(rule.get("alert")), text(mapping(rule.get("labels")).get("severity"))
            kind: Kind = "alert" if name else "recording rule"
            key = _Key(text(group.get("name")), kind, name or text(rule.get("record")), severity, 0)
            found[key._replace(number=seen[key])] = rule
            seen[key] += 1
    return found


def _flat(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule's fields, `for` first: that is what people ask for."""
    labels = {f"label {key}": value for key, value in mapping(rule.get("labels")).items()}
    own = {key: value for key, value in rule.items() if key not in {"labels", "annotations"}}
    first = {key: own.pop(key) for key in ("for", "keep_firing_for") if key in own}
    return first | own | labels | mapping(rule.get("annotations"))


def _said(key: str, before: Any, after: Any) -> Detail:  # noqa: ANN401 - YAML
    return Detail(key, "changed") if key in _TEXTS else became(key, before, after)
