"""What traps and the objects in them are called: `traps.yaml`, compiled. A vendor is added there, without code.

    ospf:                                       # a family
      source: OSPF-TRAP-MIB                     # the MIBs, for people
      platforms: [cisco-ios, juniper-junos]     # or: all; whose devices have these traps' counters from the start
      traps:
        ospfNbrStateChange:
          oid: 1.3.6.1.2.1.14.16.2.2            # or several, where the MIB's number changed
          severity: warning                     # a syslog severity (RFC 5424 §6.2.1)
          by: {ospfNbrState: {full: notice}}    # another one, by an object's value in the trap
          about: An OSPF neighbor's state changed
      objects:
        ospfNbrState: {oid: 1.3.6.1.2.1.14.10.1.6, values: {1: down, 8: full}}

An object may have `values`, `form` (values.text) and `short`, a name of at most 32 characters where its own is longer.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar

import yaml

from exporters.traps.values import Oid, parse_oid

SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
OTHER = "other"
LONGEST_NAME = 32  # RFC 5424 §6.3: SD-NAME

_FORMS = ("", "address", "date", "hex")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}", re.ASCII)


class DefinitionsError(ValueError):
    """The document can't be used: where, and what would be right."""


@dataclass(frozen=True, slots=True)
class Trap:
    """A notification that has a name.

    Attributes:
        name: The MIB's.
        severity: A syslog severity, 0 to 7.
        by: Other severities: by an object's name, by the text of its value.
        about: What it tells, for people.
        oids: Its numbers.
    """

    name: str
    severity: int
    by: Mapping[str, Mapping[str, int]]
    about: str
    oids: tuple[Oid, ...]


@dataclass(frozen=True, slots=True)
class Object:
    """An object that has a name.

    Attributes:
        name: The MIB's.
        param: The same, in at most 32 characters.
        values: An enumeration's names.
        form: How octets are meant.
        oid: Without the instance.
    """

    name: str
    param: str
    values: Mapping[int, str]
    form: str
    oid: Oid


@dataclass(frozen=True, slots=True)
class Family:
    """Traps that go together; `platforms` is empty for all."""

    name: str
    source: str
    platforms: frozenset[str]
    traps: tuple[Trap, ...]
    objects: tuple[Object, ...]


@dataclass(slots=True)
class Definitions:
    """All families, to be looked up in.

    Attributes:
        families: In the document's order.
    """

    families: tuple[Family, ...]
    _traps: dict[Oid, Trap] = field(default_factory=dict)
    _objects: dict[Oid, Object] = field(default_factory=dict)
    _most: int = 0

    def __post_init__(self) -> None:
        for family in self.families:
            for trap in family.traps:
                for oid in trap.oids:
                    _enter(self._traps, oid, trap, f"{family.name}.traps.{trap.name}")
            for one in family.objects:
                _enter(self._objects, one.oid, one, f"{family.name}.objects.{one.name}")
        self._most = max(map(len, self._objects), default=0)

    def trap(self, oid: Oid) -> Trap | None:
        """Returns the trap of a number; SNMPv1's zero before the last arc may be there or not (RFC 3584 §3)."""
        found = self._traps.get(oid)
        if found or len(oid) < 3:
            return found
        return self._traps.get((*oid[:-2], oid[-1]) if oid[-2] == 0 else (*oid[:-1], 0, oid[-1]))

    def object(self, oid: Oid) -> tuple[Object, Oid] | None:
        """Returns the object of an instance, and which instance of it this is."""
        for size in range(min(len(oid), self._most), 1, -1):
            found = self._objects.get(oid[:size])
            if found:
                return found, oid[size:]
        return None

    def names(self, platform: str) -> tuple[str, ...]:
        """Returns the traps of a platform, and "other"."""
        return (
            *[
                trap.name
                for family in self.families
                if not family.platforms or platform in family.platforms
                for trap in family.traps
            ],
            OTHER,
        )


_Named = TypeVar("_Named", Trap, Object)


def _enter(table: dict[Oid, _Named], oid: Oid, value: _Named, where: str) -> None:
    other = table.setdefault(oid, value)
    if other is not value:
        raise DefinitionsError(f"{where}.oid: is {other.name}'s, too")


@lru_cache(1)
def built_in() -> Definitions:
    """Returns `traps.yaml`, compiled."""
    return load(files("exporters.traps").joinpath("traps.yaml").read_text(encoding="utf-8"))


def load(text: str) -> Definitions:
    """Compiles a document.

    Raises:
        DefinitionsError: It can't be used.
    """
    document = yaml.load(text, yaml.CSafeLoader)
    families = tuple([_family(name, content) for name, content in _items(document, "the document")])
    names = [trap.name for family in families for trap in family.traps]
    names += [one.name for family in families for one in family.objects]
    for name, count in Counter(names).items():
        if not _NAME.fullmatch(name) or count > 1:
            raise DefinitionsError(f"{name}: a name stands once, and has letters, digits and - only")
    return Definitions(families)


def _family(name: str, content: object) -> Family:
    parts = dict(_items(content, name, ("source", "platforms", "traps", "objects")))
    platforms = parts.get("platforms")
    if platforms != "all" and not (isinstance(platforms, list) and platforms):
        raise DefinitionsError(f"{name}.platforms: must be all, or a list of platforms")
    return Family(
        name,
        str(parts.get("source", "")),
        frozenset() if platforms == "all" else frozenset(map(str, platforms)),
        tuple([_trap(key, value, f"{name}.traps.{key}") for key, value in _items(parts.get("traps", {}), name)]),
        tuple([_object(key, value, f"{name}.objects.{key}") for key, value in _items(parts.get("objects", {}), name)]),
    )


def _trap(name: str, content: object, where: str) -> Trap:
    parts = dict(_items(content, where, ("oid", "severity", "by", "about")))
    given = parts.get("oid")
    by = {
        key: {value: _severity(severity, where) for value, severity in _items(values, where)}
        for key, values in _items(parts.get("by", {}), where)
    }
    oids = tuple([_oid(one, where) for one in (given if isinstance(given, list) else [given])])
    return Trap(name, _severity(parts.get("severity"), where), by, str(parts.get("about", "")), oids)


def _object(name: str, content: object, where: str) -> Object:
    parts = dict(_items(content, where, ("oid", "values", "form", "short")))
    values = parts.get("values", {})
    if not isinstance(values, dict) or not all(type(key) is int and type(text) is str for key, text in values.items()):
        raise DefinitionsError(
            f"{where}.values: must be numbers with their names; YAML wants quotes around on, off, yes"
        )
    form, param = str(parts.get("form", "")), str(parts.get("short", name))
    if form not in _FORMS:
        raise DefinitionsError(f"{where}.form: must be one of {', '.join(_FORMS[1:])}")
    if len(param) > LONGEST_NAME:
        raise DefinitionsError(f"{where}: {param} is longer than {LONGEST_NAME} characters; give it a `short`")
    return Object(name, param, values, form, _oid(parts.get("oid"), where))


def _items(holder: object, where: str, known: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not isinstance(holder, dict):
        raise DefinitionsError(f"{where}: must be a mapping")
    for key, value in holder.items():
        if type(key) is not str:
            raise DefinitionsError(f"{where}: {key!r} is no text; YAML wants quotes around on, off, true and numbers")
        if known and key not in known:
            raise DefinitionsError(f"{where}.{key}: is unknown; there are {', '.join(known)}")
        yield key, value


def _severity(value: object, where: str) -> int:
    if value not in SEVERITIES:
        raise DefinitionsError(f"{where}.severity: must be one of {', '.join(SEVERITIES)}")
    return SEVERITIES.index(str(value))


def _oid(value: object, where: str) -> Oid:
    try:
        return parse_oid(str(value))
    except ValueError as error:
        raise DefinitionsError(f"{where}.oid: {error}") from None
