"""A profile as its file says it, and what it inherits. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from exporters.snmp.oid import Oid
from exporters.snmp.profiles.document import Entry, Place
from exporters.snmp.profiles.expressions import Enum

_KEYS = ("extends", "vendor", "match", "objects", "enums", "derived", "info", "uptime", "neighbors", "rules")
_RULE_TEXTS = ("type", "module", "name", "unit", "state", "drop")
_RULE_LISTS = ("ok", "absent", "unless")
_CONDITIONS = ("where", "skip")
_FACTS = ("hardware", "software", "serial")
NEIGHBORS = ("lldp", "lldp-v2", "cdp")
# What is read of the device, as expressions, by what the rule is for; see types.py.
EXPRESSIONS = (
    "value",
    *("used", "free", "size", "ratio"),
    *("enabled", "established", "received", "sent"),
)
LABELS = ("remote_as", "vrf")

Conditions = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `rules:`; see docs/adding-a-vendor.md for each key.

    Attributes:
        texts: Keys that hold one text.
        lists: Keys that hold several.
        conditions: `where` and `skip`.
    """

    name: str
    place: Place
    texts: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, Conditions]


@dataclass(frozen=True, slots=True)
class Fact:
    """One of several sources of a fact about the device: a path or a template, where to look, what part of it.

    Attributes:
        template: What is read.
        where: Of a table's rows, the first that fulfils this.
        pattern: Only what its first group matched.
    """

    template: str
    where: Conditions
    pattern: re.Pattern[str] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Definition:
    """A profile, uncompiled."""

    name: str
    place: Place
    extends: str | None = None
    vendor: str = ""
    prefixes: tuple[Oid, ...] = ()
    descr: re.Pattern[str] | None = None
    objects: Mapping[str, Oid] = field(default_factory=dict)
    enums: Mapping[str, Enum] = field(default_factory=dict)
    derived: Mapping[str, Rule | None] = field(default_factory=dict)
    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    uptime: str | None = None
    neighbors: tuple[str, ...] | None = None
    rules: Mapping[str, Rule | None] = field(default_factory=dict)

    def inherit(self, parent: "Definition") -> "Definition":
        """Returns it with what the parent has and it doesn't say; a rule that is null is gone."""
        return replace(
            self,
            vendor=self.vendor or parent.vendor,
            objects={**parent.objects, **self.objects},
            enums={**parent.enums, **self.enums},
            derived={**parent.derived, **self.derived},
            facts={**parent.facts, **self.facts},
            uptime=self.uptime or parent.uptime,
            neighbors=parent.neighbors if self.neighbors is None else self.neighbors,
            rules={**parent.rules, **self.rules},
        )


def define(name: str, entry: Entry) -> Definition:
    """Returns what a profile's document says, alone.

    Raises:
        ProfileError: A key or a value isn't one.
    """
    keys = entry.mapping(_KEYS)
    match = keys["match"].mapping(("sysObjectID", "sysDescr")) if "match" in keys else {}
    return Definition(
        name=name,
        place=entry.place,
        extends=keys["extends"].text() if "extends" in keys else None,
        vendor=keys["vendor"].text() if "vendor" in keys else "",
        prefixes=tuple(each.oid() for each in match["sysObjectID"].entries()) if "sysObjectID" in match else (),
        descr=_pattern(match["sysDescr"]) if "sysDescr" in match else None,
        objects={key: each.oid() for key, each in keys["objects"].items()} if "objects" in keys else {},
        enums={key: each.enum() for key, each in keys["enums"].items()} if "enums" in keys else {},
        derived=_rules(keys["derived"], ("sum", "part", "match", *_CONDITIONS)) if "derived" in keys else {},
        facts=_facts(keys["info"]) if "info" in keys else {},
        uptime=keys["uptime"].text() if "uptime" in keys else None,
        neighbors=_neighbors(keys["neighbors"]) if "neighbors" in keys else None,
        rules=_rules(keys["rules"], _all_keys()) if "rules" in keys else {},
    )


def _all_keys() -> tuple[str, ...]:
    return (*_RULE_TEXTS, *EXPRESSIONS, *LABELS, *_RULE_LISTS, *_CONDITIONS)


def _rules(entry: Entry, known: tuple[str, ...]) -> dict[str, Rule | None]:
    return {name: None if each.is_null() else _rule(name, each, known) for name, each in entry.items()}


def _rule(name: str, entry: Entry, known: tuple[str, ...]) -> Rule:
    keys = entry.mapping(known)
    return Rule(
        name=name,
        place=entry.place,
        texts={key: each.text() for key, each in keys.items() if key not in _RULE_LISTS and key not in _CONDITIONS},
        lists={key: tuple(each.texts()) for key, each in keys.items() if key in _RULE_LISTS},
        conditions={key: _conditions(each) for key, each in keys.items() if key in _CONDITIONS},
    )


def _conditions(entry: Entry) -> Conditions:
    return {path: tuple(each.texts()) for path, each in entry.items()}


def _facts(entry: Entry) -> dict[str, tuple[Fact, ...]]:
    return {name: tuple(map(_fact, each.entries())) for name, each in entry.mapping(_FACTS).items()}


def _fact(entry: Entry) -> Fact:
    if not entry.is_mapping():
        return Fact(entry.text(), {}, None, entry.place)
    keys = entry.mapping(("from", "where", "match"))
    if "from" not in keys:
        raise entry.place.error('"from" is missing: what is read, as `from: "{sysDescr}"`')
    where = _conditions(keys["where"]) if "where" in keys else {}
    pattern = _pattern(keys["match"]) if "match" in keys else None
    if pattern is not None and not pattern.groups:
        raise keys["match"].place.error("a group is missing: what stands in ( ) is taken")
    return Fact(keys["from"].text(), where, pattern, entry.place)


def _pattern(entry: Entry) -> re.Pattern[str]:
    try:
        return re.compile(entry.text())
    except re.error as error:
        raise entry.place.error(f"no regular expression: {error.msg}") from None


def _neighbors(entry: Entry) -> tuple[str, ...]:
    found = tuple(entry.texts()) if not entry.is_null() else ()
    for name in found:
        if name not in NEIGHBORS:
            raise entry.place.error(f'"{name}" is no protocol here; there are {", ".join(NEIGHBORS)}')
    return found
