"""All profiles, and which of them a device has."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from exporters.snmp.oid import Oid
from exporters.snmp.oid import parse as parse_oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles.compiled import Profile
from exporters.snmp.profiles.definition import Definition, define
from exporters.snmp.profiles.document import parse
from exporters.snmp.profiles.families import Sample
from exporters.snmp.profiles.values import Index

FOLDER = Path(__file__).parent
GENERIC = "generic"


class Registry:
    """Profiles by name.

    Attributes:
        names: Of all of them.
    """

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions
        self._compiled: dict[str, Profile] = {}
        self.names = tuple(sorted(definitions))

    def profile(self, name: str) -> Profile:
        """Returns a profile by its name.

        Raises:
            KeyError: There is none.
        """
        if name not in self._compiled:
            self._compiled[name] = Profile(self._definitions[name])
        return self._compiled[name]

    def match(self, sys_object_id: str, sys_descr: str) -> Profile:
        """Returns the profile of a device: the longest sysObjectID prefix, then one whose sysDescr expression fits."""
        try:
            oid = parse_oid(sys_object_id)
        except ValueError:
            oid = ()
        ranked = [
            (rank, name)
            for name, definition in self._definitions.items()
            if (rank := _rank(definition, oid, sys_descr)) is not None
        ]
        return self.profile(max(ranked)[1] if ranked else GENERIC)

    def check(self) -> None:
        """Compiles every profile, optional modules too.

        Raises:
            ProfileError: The first mistake, with file and line.
        """
        for definition in self._definitions.values():
            Profile(definition, ("bgp", "ospf"))


def load(*folders: Path) -> Registry:
    """Reads the profiles of SOTP and of the folders given; a later one replaces one of the same name.

    Raises:
        ProfileError: The first mistake, with file and line.
    """
    found: dict[str, Definition] = {}
    for folder in (FOLDER, *folders):
        for path in sorted(folder.glob("*.yaml")):
            found[path.stem] = define(path.stem, parse(path.read_text(encoding="utf-8"), str(path)))
    whole: dict[str, Definition] = {}
    for name in found:
        _inherit(name, found, whole, ())
    registry = Registry(whole)
    registry.check()
    return registry


def match(sys_object_id: str, sys_descr: str) -> Profile:
    """Returns the profile of a device, of those that SOTP has; they are read at the first call.

    Args:
        sys_object_id: As dotted text.
        sys_descr: As the device says it.
    """
    return _shipped().match(sys_object_id, sys_descr)


def samples(
    profile: Profile, tables: Mapping[Oid, Mapping[Index, Value]], *, canonical: bool = False
) -> Iterator[Sample]:
    """Yields the samples of what was read of a device.

    Args:
        profile: What the device has.
        tables: By column or scalar: index to value. A scalar's instance has the index () or, at its object, (0,).
        canonical: Whether interfaces have the inventory's spelling; else the device's own.
    """
    return profile.samples(tables, canonical=canonical)


@cache
def _shipped() -> Registry:
    return load()


def _inherit(
    name: str, found: Mapping[str, Definition], whole: dict[str, Definition], above: tuple[str, ...]
) -> Definition:
    if name in whole:
        return whole[name]
    definition = found[name]
    parent = definition.extends
    if parent is not None:
        if parent not in found:
            raise definition.place.error(f'extends: no profile is called "{parent}"')
        if parent in (*above, name):
            raise definition.place.error(f'extends: "{parent}" inherits from "{name}" itself')
        definition = definition.inherit(_inherit(parent, found, whole, (*above, name)))
    whole[name] = definition
    return definition


def _rank(definition: Definition, oid: Oid, descr: str) -> tuple[int, bool] | None:
    """Returns how well a profile fits: the longest prefix, and whether the description says so too."""
    lengths = [len(prefix) for prefix in definition.prefixes if oid[: len(prefix)] == prefix]
    if (definition.prefixes and not lengths) or (definition.descr and not definition.descr.search(descr)):
        return None
    if not lengths and definition.descr is None:
        return None
    return max(lengths, default=0), definition.descr is not None
