"""Objects by name: `ifHCInOctets.1` to its OID, and back. Pure but for the files, which are read once.

The names are those of the standard MIBs (`objects.txt`) and, when one of these isn't enough, of the objects that the
exporter's modules and profiles read.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from exporters.snmp import oid
from exporters.snmp.oid import Oid
from sotpctl.inventory.model import ModuleFile
from sotpctl.inventory.problems import did_you_mean, printable

Kind = Literal["scalar", "column", "node"]
WHOLE: tuple[Oid, ...] = ((1, 0), (1, 2), (1, 3))  # what `walk 1` means: an OID on the wire has two numbers at least

_OBJECTS = Path(__file__).with_name("objects.txt")
_NUMERIC = re.compile(r"\.?[0-9]+(\.[0-9]+)*")
_PREFIX = re.compile(r"[A-Za-z][\w-]*::")  # IF-MIB::
_ROOTS: Mapping[str, Oid] = {"iso": (1,)}


@dataclass(frozen=True, slots=True)
class Object:
    """An object of a MIB.

    Attributes:
        name: As the MIB has it.
        oid: Without the instance.
        kind: A scalar has the instance .0, a column one a row, a node (a table, a group) has objects below it.
        words: Of an enumeration: each number's.
        form: How octets are written: mac, hex, date; "" as text where they are text.
    """

    name: str
    oid: Oid
    kind: Kind
    words: Mapping[int, str] = field(default_factory=dict)
    form: str = ""


class UnknownNameError(ValueError):
    """A name or OID that is none; the text says what would be right."""


class Names:
    """Objects by name and by OID.

    Args:
        objects: The first of a name, and of an OID, counts.
        more: Gives others, when these don't know one.
    """

    def __init__(self, objects: Iterable[Object], more: Callable[[], Iterable[Object]] = tuple) -> None:
        self._by_name: dict[str, Object] = {}
        self._by_oid: dict[Oid, Object] = {}  # those that have instances
        self._whole: dict[Oid, Object] = {}
        self._more: Callable[[], Iterable[Object]] | None = more
        self._add(objects)

    def find(self, text: str) -> tuple[Oid, Object | None]:
        """Return the OID that a text means and, where it begins with a name, the object.

        Raises:
            UnknownNameError: It is neither a name that is known nor an OID.
        """
        bare = _PREFIX.sub("", text.strip(), count=1)
        if _NUMERIC.fullmatch(bare):
            return _numeric(bare), None
        name, dot, rest = bare.partition(".")
        found = self._by_name.get(name.casefold())
        if found is None and self._grow():
            found = self._by_name.get(name.casefold())
        if found is None:
            raise UnknownNameError(self._no_such(name or bare))
        if not dot:
            return found.oid, found
        if not _NUMERIC.fullmatch(rest) or rest.startswith("."):
            raise UnknownNameError(f'"{printable(text)}": an index is numbers, as in {found.name}.1')
        try:
            return oid.parse(f"{oid.text(found.oid)}.{rest}"), found
        except ValueError:
            why = "is longer, or has a larger number, than an OID may have"
            raise UnknownNameError(f'"{printable(text)}" {why}') from None

    def describe(self, name: Oid) -> tuple[str, Object | None]:
        """Return an instance as people name it (`ifHCInOctets.1`), and the object; numbers where no name is known."""
        found = self._above(name)
        if found is None and self._grow():
            found = self._above(name)
        return (_joined(found.name, name[len(found.oid) :]), found) if found else (oid.text(name), None)

    def exactly(self, name: Oid) -> Object | None:
        """Return the object that has this OID, without an instance behind it; tables and groups, too."""
        return self._whole.get(name)

    def word(self, value: Oid) -> str:
        """Return the name of an OID that is a value, such as hrStorageRam; "" for none."""
        found = self._by_oid.get(value)
        return found.name if found else ""

    def _add(self, objects: Iterable[Object]) -> None:
        for one in objects:
            self._by_name.setdefault(one.name.casefold(), one)
            self._whole.setdefault(one.oid, one)
            if one.kind != "node":
                self._by_oid.setdefault(one.oid, one)

    def _grow(self) -> bool:
        """Read the others; whether there were any to read."""
        more, self._more = self._more, None
        if more is None:
            return False
        self._add(more())
        return True

    def _above(self, name: Oid) -> Object | None:
        for count in range(len(name), 1, -1):
            found = self._by_oid.get(name[:count])
            if found:
                return found
        return None

    def _no_such(self, name: str) -> str:
        hint = did_you_mean(name, [one.name for one in self._by_name.values()])
        return f'no object is called "{printable(name)}" here{hint or "; an OID always works: 1.3.6.1.2.1.1.1.0"}'


def names(files: Iterable[ModuleFile] = ()) -> Names:
    """Return all names that SOTP has, and those of the inventory's own modules."""
    given = tuple(files)
    return Names(standard(), lambda: itertools.chain(_of_modules(given), _of_the_exporter()))


def _of_modules(files: Iterable[ModuleFile]) -> Iterator[Object]:
    from exporters.snmp.modules import read  # noqa: PLC0415 - most names are in objects.txt

    for file in files:
        for module in read.parse(file.name, file.content).modules.values():
            for metric in module.metrics:
                yield Object(metric.name, metric.oid, "column" if metric.indexes else "scalar", metric.enum)


@cache
def standard() -> tuple[Object, ...]:
    """Return the objects of `objects.txt`."""
    return tuple(_parsed(_OBJECTS.read_text(encoding="utf-8")))


def _parsed(text: str) -> Iterator[Object]:
    oids: dict[str, Oid] = dict(_ROOTS)
    parents: dict[str, str] = {}
    words: dict[str, dict[int, str]] = {}
    forms: dict[str, str] = {}
    for line in text.splitlines():
        head, _, rest = line.partition(": ")
        if not rest or head.startswith("#"):
            continue
        if head.startswith("@"):
            forms |= dict.fromkeys(rest.split(), head[1:])
        elif head.startswith("="):
            pairs = [pair.split() for pair in rest.split(",")]
            words[head[1:]] = {int(number): word for number, word in pairs}
        else:
            for name, number in [pair.split() for pair in rest.split(",")]:
                oids[name], parents[name] = (*oids[head], int(number)), head
    above = set(parents.values())
    for name, where in oids.items():
        below = parents.get(name, "")
        kind: Kind = "node" if name in above or not below else "column" if below.endswith("Entry") else "scalar"
        yield Object(name, where, kind, words.get(name, {}), forms.get(name, ""))


@cache
def _of_the_exporter() -> tuple[Object, ...]:
    return tuple(_built_in())


def _built_in() -> Iterator[Object]:
    from exporters.snmp.profiles import registry  # noqa: PLC0415 - most names are in objects.txt
    from exporters.snmp.profiles.definition import define  # noqa: PLC0415
    from exporters.snmp.profiles.document import parse  # noqa: PLC0415
    from exporters.snmp.registry import BUILT_IN  # noqa: PLC0415

    own = [ModuleFile(path.name, path.read_bytes(), {}) for path in sorted(BUILT_IN.glob("*.yml"))]
    yield from _of_modules(own)
    for path in sorted(registry.FOLDER.glob("*.yaml")):
        objects = define(path.stem, parse(path.read_text(encoding="utf-8"), str(path))).objects
        for name, where in objects.items():
            scalar = where[-1] == 0
            yield Object(name, where[:-1] if scalar else where, "scalar" if scalar else "column")


def _joined(name: str, index: Oid) -> str:
    return ".".join([name, *map(str, index)])


def _numeric(text: str) -> Oid:
    try:
        return oid.parse(text)
    except ValueError as error:
        if text.removeprefix(".") == "1":
            return (1,)
        raise UnknownNameError(str(error)) from None
