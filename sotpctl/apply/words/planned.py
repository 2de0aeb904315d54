"""Links, maintenance windows and the inventory's commit, from facts.json."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sotpctl.apply.words.devices import FACTS
from sotpctl.apply.words.difference import Difference
from sotpctl.apply.words.entries import differing, partly, places, whole
from sotpctl.apply.words.parse import Pair, listing, mapping, mappings, text
from sotpctl.apply.words.values import count

_SHORT = 12
_Key = tuple[str, str, int]  # name, time zone, number: a window that spans zones stands once for each


def compare(pair: Pair) -> Iterator[Difference]:
    """Yield windows and links that come, go or change."""
    if FACTS not in pair.changed(FACTS) or (FACTS in pair.old and not pair.sound(FACTS)):
        return
    old, new = _settings(pair)
    for (name, zone, _), before, after in differing(_named(old), _named(new)):
        if before is None or after is None:
            note = _when(_flat(before or after or {}))
            yield whole("maintenance window", name, FACTS, before, after, scope=zone, note=note)
        else:
            yield partly("maintenance window", name, FACTS, places(_flat(before), _flat(after)), scope=zone)
    for link, one, other in differing(_links(old), _links(new)):
        yield whole("link", link, FACTS, one, other)


def commit(pair: Pair) -> Difference | None:
    """Return what becomes of the inventory's commit; None when it stays."""
    old, new = (text(settings.get("commit")) for settings in _settings(pair))
    return None if old == new else partly("commit", "commit", FACTS, [("commit", short(old), short(new))])


def short(commit: str) -> str:
    """Return a commit as people say it; "-dirty" stays."""
    name, dash, dirty = commit.partition("-")
    return name[:_SHORT] + dash + dirty


def _settings(pair: Pair) -> tuple[dict[str, Any], dict[str, Any]]:
    old, new = (mapping(document.get("settings")) for document in pair.both(FACTS))
    return old, new


def _links(settings: Mapping[str, Any]) -> dict[str, list[str]]:
    ends = ([str(part) for part in listing(link)] for link in listing(settings.get("links")))
    return {f"{one[0]}:{one[1]} - {one[2]}:{one[3]}": one for one in ends if len(one) == 4}


def _named(settings: Mapping[str, Any]) -> dict[_Key, dict[str, Any]]:
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for window in mappings(settings.get("maintenance")):
        key = text(window.get("name")), text(window.get("timezone"))
        found[*key, seen[key]] = window
        seen[key] += 1
    return found


def _flat(window: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in window.items() if key != "weekly"} | mapping(window.get("weekly"))


def _when(window: Mapping[str, Any]) -> str:
    days = [str(day) for day in listing(window.get("days"))]
    start, end = (window.get("from"), window.get("to")) if days else (window.get("start"), window.get("end"))
    when = " ".join([*days, text(start), "to", text(end)])
    return f"{when}, {count(len(listing(window.get('devices'))), 'device')}"
