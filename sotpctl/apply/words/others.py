"""Whatever has no words of its own: settings by their path, units by their options, the rest by its lines."""

from collections.abc import Iterator, Mapping
from typing import Any

from sotpctl.apply.words import routing, rules, scrape
from sotpctl.apply.words.devices import FACTS, FOLDER
from sotpctl.apply.words.difference import Detail, Difference, Kind
from sotpctl.apply.words.entries import Place, differing, partly, whole
from sotpctl.apply.words.parse import Pair, mapping, paths
from sotpctl.apply.words.values import became, count, said

MANIFEST = "manifest.json"
_UNITS = "systemd/"
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("grafana/dashboards/", "dashboard"),
    (_UNITS, "systemd unit"),
    ("alertmanager/templates/", "template"),
)
# Read elsewhere in this package.
_KNOWN = (MANIFEST, FOLDER, routing.FILE, scrape.FOLDER, *rules.FOLDERS)
_PLACES_AT_MOST = 50  # of a rewritten dashboard nobody reads a thousand paths: its lines are counted


def compare(pair: Pair) -> Iterator[Difference]:
    """Yield what changes in files that no other part of this package reads, and files that come and go."""
    yield from _manifest(*pair.both(MANIFEST))
    for name in pair.changed():
        if name in pair.old and name in pair.new:
            found = list(_places(pair, name)) if pair.sound(name) else []
            if len(found) <= _PLACES_AT_MOST:
                yield from (partly("setting", place[0], name, [place], scope=name) for place in found)
        elif not name.startswith((*_KNOWN, scrape.FILE)):
            there = name in pair.old or None, name in pair.new or None
            yield whole(_kind(name), name, name, *there)


def lines(pair: Pair, name: str) -> Difference:
    """Return the last resort: that so many lines of a file differ, or that what is applied of it can't be read."""
    text = count(pair.lines(name), "line")
    if name in pair.old and not pair.sound(name):
        text += " (what is applied of it is damaged)"
    return partly(_kind(name), name, name, [(text, None, None)], say=lambda where, *_: Detail(where, ""))


def _kind(name: str) -> Kind:
    return next((kind for folder, kind in _KINDS if name.startswith(folder)), "file")


def _places(pair: Pair, name: str) -> Iterator[Place]:
    if name.startswith(_UNITS):
        yield from paths(_unit(pair.old[name]), _unit(pair.new[name]))
    elif name == scrape.FILE:
        yield from _paths(pair, name, "scrape_configs")
    elif name.startswith(FOLDER) and name != FACTS:
        yield from _paths(pair, name, "revision", "targets")
    elif not name.startswith(_KNOWN):
        yield from _paths(pair, name)


def _paths(pair: Pair, name: str, *without: str) -> Iterator[Place]:
    old, new = ({key: item for key, item in document.items() if key not in without} for document in pair.both(name))
    yield from paths(old, new)


def _unit(content: bytes) -> dict[str, Any]:
    """Return a unit's settings, and each option of its command by itself."""
    settings: dict[str, Any] = {}
    for line in content.decode(errors="replace").splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith(("#", ";")):
            options, rest = _command(value) if key.startswith("Exec") else ({}, value)
            settings |= options
            settings[key] = f"{settings[key]} {rest}" if key in settings else rest
    return settings


def _command(line: str) -> tuple[dict[str, str], str]:
    """Return the options of a command (`--name=value`), and the rest of it."""
    options, rest = {}, []
    for word in line.split():
        name, sign, value = word.partition("=")
        if sign and name.startswith("--"):
            options[name] = value
        else:
            rest.append(word)
    return options, " ".join(rest)


def _manifest(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield endpoints and secrets, which stand in no other file."""
    if not old:
        return
    for name, before, after in differing(mapping(old.get("endpoints")), mapping(new.get("endpoints"))):
        place = (f"{said(before)} → {said(after)}", before, after)
        yield partly("endpoint", name, MANIFEST, [place], say=lambda where, *_: Detail(where, ""))
    for name, before, after in differing(mapping(old.get("secrets")), mapping(new.get("secrets"))):
        if before is None or after is None:
            yield whole("secret", name, MANIFEST, before, after, note=_place(before or after))
        else:
            place = ("place", _place(before), _place(after))
            yield partly("secret", name, MANIFEST, [place], say=became)
    for place in paths({"web": old.get("web")}, {"web": new.get("web")}):
        yield partly("setting", place[0], MANIFEST, [place], scope=MANIFEST)


def _place(source: Any) -> str:  # noqa: ANN401 - JSON
    """Return where a secret is: `env SLACK_URL`. What it is stands in no file that is read here."""
    return ", ".join(f"{key} {value}" for key, value in mapping(source).items())
