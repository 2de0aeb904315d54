"""What each rule of a device's profile gave. Pure.

A rule is judged by running the profile with this rule alone over what was read, so that what is said here is what the
exporter does, and not a second opinion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from exporters.snmp import oid
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Profile, Sample
from exporters.snmp.profiles.definition import Definition, Rule
from exporters.snmp.profiles.families import FAMILIES
from exporters.snmp.profiles.rules import in_order
from sotpctl.snmp.match import Match

Tables = Mapping[Oid, Mapping[Oid, Value]]

FACTS = ("hardware", "software", "serial")
WANTED = ("cpu", "memory", "temperature", "fan", "power_supply")
_NAME = re.compile(r"[A-Za-z][\w-]*")
_METRIC_KINDS = {metric: kind for kind, family in FAMILIES.items() for metric, _ in family.metrics}
_SENSOR_TYPE = re.compile(r'(?:^|,)type="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Given:
    """What one rule gave of one kind.

    Attributes:
        kind: A type of the profiles' rules: cpu, memory, temperature, voltage, …
        rule: Its name; "" for neighbours, which `neighbors:` says.
        file: Where it stands.
        rows: How many there are.
        objects: Those that the values came from.
    """

    kind: str
    rule: str
    file: str
    rows: int
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule and what came of it.

    Attributes:
        rule: Its name.
        file: Where it stands.
        kinds: What it may give.
        state: gave; nothing: no row of the device counts; superfluous: another rule gave it; off: of an optional
            module that isn't asked.
        objects: What it reads, and how many rows each has.
    """

    rule: str
    file: str
    kinds: tuple[str, ...]
    state: str
    objects: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Fact:
    """What the device says about itself: hardware, software, serial or uptime; `source` is what said it."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a profile makes of a device."""

    facts: tuple[Fact, ...]
    given: tuple[Given, ...]
    tried: tuple[Tried, ...]

    def missing(self) -> Iterator[tuple[str, list[Tried]]]:
        """Yield what every device should have and this one hasn't, with the rules that look for it."""
        have = {one.kind for one in self.given}
        for kind in WANTED:
            if kind not in have:
                yield kind, [one for one in self.tried if kind in one.kinds]
        known = {one.name for one in self.facts}
        for name in FACTS:
            if name not in known:
                yield name, []


def examine(found: Match, tables: Tables, modules: Iterable[str] = ()) -> Findings:
    """Return what the profile makes of what was read.

    Args:
        found: The profile.
        tables: By column or scalar: index to value.
        modules: The optional ones that are asked, too: bgp, ospf.
    """
    asked = tuple(modules)
    names = {where: name for name, where in found.whole.objects.items()}
    given: list[Given] = []
    tried: list[Tried] = []
    answered: set[str] = set()
    for rule in in_order(found.whole.rules):
        file = found.file_of(rule.name)
        objects = {name: _rows(tables, where) for name, where in _objects(found.whole, rule).items()}
        state = "nothing"
        if rule.texts.get("module", "") not in ("", *asked):
            state = "off"
        elif not answered.isdisjoint(rule.lists.get("unless", ())):
            state = "superfluous"
        else:
            came = list(_of_rule(found.whole, rule, asked, tables))
            if came:
                state = "gave"
                answered.add(rule.name)
                given += _kinds(rule.name, file, came, names)
        tried.append(Tried(rule.name, file, _may_give(found.whole, rule), state, objects))
    given += _neighbors(found, tables)
    return Findings(tuple(_facts(found.whole, tables)), tuple(given), tuple(tried))


def _alone(whole: Definition, **parts: object) -> Definition:
    """Return the profile with these parts of it and no others."""
    return replace(whole, **{"rules": {}, "facts": {}, "uptime": None, "neighbors": (), **parts})  # type: ignore[arg-type]


def _of_rule(whole: Definition, rule: Rule, modules: Sequence[str], tables: Tables) -> Iterator[Sample]:
    by_itself = replace(rule, lists={key: value for key, value in rule.lists.items() if key != "unless"})
    profile = Profile(_alone(whole, rules={rule.name: by_itself}), modules)
    for sample in profile.samples(tables):
        if sample.name != "device_info":  # it has the device's name, whatever the rules
            yield sample


def _kinds(rule: str, file: str, samples: Iterable[Sample], names: Mapping[Oid, str]) -> Iterator[Given]:
    rows: dict[str, set[str]] = {}
    sources: dict[str, dict[str, None]] = {}
    for sample in samples:
        kind = _METRIC_KINDS.get(sample.name, "")
        if not kind:
            found = _SENSOR_TYPE.search(sample.labels)
            kind = found[1] if found else sample.name
        rows.setdefault(kind, set()).add(sample.labels)
        if sample.source:
            sources.setdefault(kind, {})[names.get(sample.source[0], oid.text(sample.source[0]))] = None
    for kind, labels in rows.items():
        yield Given(kind, rule, file, len(labels), tuple(sources.get(kind, ())))


def _neighbors(found: Match, tables: Tables) -> Iterator[Given]:
    for protocol in found.whole.neighbors or ():
        profile = Profile(_alone(found.whole, neighbors=(protocol,)))
        count = sum(1 for sample in profile.samples(tables) if sample.name == "device_neighbor_info")
        if count:
            source = {"lldp": "lldpRemTable", "cdp": "cdpCacheTable"}.get(protocol, protocol)
            yield Given(f"{protocol}_neighbors", "", found.file_of_neighbors, count, (source,))


def _facts(whole: Definition, tables: Tables) -> Iterator[Fact]:
    for name in FACTS:
        for fact in whole.facts.get(name, ()):
            profile = Profile(_alone(whole, facts={name: (fact,)}))
            value = next((_label(one.labels, name) for one in profile.samples(tables) if one.name == "device_info"), "")
            if value:
                yield Fact(name, value, " ".join(_NAME.findall(fact.template)))
                break
    if whole.uptime:
        for sample in Profile(_alone(whole, uptime=whole.uptime)).samples(tables):
            if sample.name == "device_uptime_seconds":
                yield Fact("uptime", f"{sample.value:.0f}", whole.uptime)


def _label(labels: str, name: str) -> str:
    found = re.search(rf'(?:^|,){name}="((?:[^"\\]|\\.)*)"', labels)
    return re.sub(r"\\(.)", lambda one: "\n" if one[1] == "n" else one[1], found[1]) if found else ""


def _objects(whole: Definition, rule: Rule) -> dict[str, Oid]:
    """Return the objects that a rule's values and conditions read; those that only name rows don't matter."""
    texts = [text for key, text in rule.texts.items() if key not in {"name", "module", "state", "drop", "unit"}]
    texts += [path for conditions in rule.conditions.values() for path in conditions]
    words = dict.fromkeys(word for text in texts for word in _NAME.findall(text))
    return {word: whole.objects[word] for word in words if word in whole.objects}


def _rows(tables: Tables, where: Oid) -> int:
    return len(tables.get(where, ()))


def _may_give(whole: Definition, rule: Rule) -> tuple[str, ...]:
    kind = rule.texts.get("type", "")
    table = whole.enums.get(kind.partition("[")[0]) if "[" in kind else None
    return (kind,) if table is None else tuple(dict.fromkeys(str(word) for word in table.values()))
