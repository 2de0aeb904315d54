"""Which profile a device has, and why: the exporter's own answer, with the files that it comes from. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from exporters.snmp import oid, profiles
from exporters.snmp.oid import Oid
from exporters.snmp.profiles import registry
from exporters.snmp.profiles.definition import Definition, define
from exporters.snmp.profiles.document import parse


@dataclass(frozen=True, slots=True)
class Match:
    """The profile of a device.

    Attributes:
        chain: The profile as its file says it, then what it extends, the last one with nothing above it.
        whole: With all that it inherits.
        prefix: Of the sysObjectID, by which it was found; None where no prefix was.
        pattern: Which sysDescr fits, too; "" where the profile doesn't ask for one.
    """

    chain: tuple[Definition, ...]
    whole: Definition
    prefix: Oid | None
    pattern: str

    @property
    def name(self) -> str:
        """The profile's name."""
        return self.whole.name

    @property
    def files(self) -> tuple[str, ...]:
        """The files' names, the profile's own first."""
        return tuple(f"{one.name}.yaml" for one in self.chain)

    def file_of(self, rule: str) -> str:
        """Return the file that says a rule."""
        return next((f"{one.name}.yaml" for one in self.chain if rule in one.rules), "")

    @property
    def file_of_neighbors(self) -> str:
        """The file that says which protocols tell of neighbours."""
        return next((f"{one.name}.yaml" for one in self.chain if one.neighbors is not None), "")

    def why(self) -> str:
        """Say why it is this one."""
        reasons = []
        if self.prefix:
            reasons.append(f"sysObjectID begins with {oid.text(self.prefix)}")
        if self.pattern:
            reasons.append(f"sysDescr fits {self.pattern}")
        return ", ".join(reasons) or "no other profile is for its sysObjectID and sysDescr"


def match(sys_object_id: str, sys_descr: str) -> Match:
    """Return the profile that the exporter takes for a device."""
    chosen = profiles.match(sys_object_id, sys_descr).name
    chain = tuple(_chain(chosen))
    whole = chain[-1]
    for one in reversed(chain[:-1]):
        whole = one.inherit(whole)
    try:
        where = oid.parse(sys_object_id)
    except ValueError:
        where = ()
    fitting = [prefix for prefix in whole.prefixes if where[: len(prefix)] == prefix]
    pattern = whole.descr.pattern if whole.descr else ""
    return Match(chain, whole, max(fitting, key=len, default=None), pattern)


@cache
def _definitions() -> Mapping[str, Definition]:
    paths = sorted(registry.FOLDER.glob("*.yaml"))
    return {path.stem: define(path.stem, parse(path.read_text(encoding="utf-8"), str(path))) for path in paths}


def _chain(name: str | None) -> Iterator[Definition]:
    while name is not None:
        definition = _definitions()[name]
        yield definition
        name = definition.extends
