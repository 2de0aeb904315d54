"""The modules `profile`, `bgp` and `ospf`: a device's health under one name for every vendor (exporters.snmp.profiles).

What only names things (a sensor's description, a slot's name) is read again every `NAMES_S`, when rows come or go, and
when the device started again: it is most of what there is to read, and hardly ever changes.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from exporters.kit.exposition import header, series, value_text
from exporters.snmp import oid, profiles
from exporters.snmp.columns import Table
from exporters.snmp.errors import Failure
from exporters.snmp.modules.poll import Result, short_ones_together
from exporters.snmp.modules.render import Family
from exporters.snmp.modules.text import value_text as text_of
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles import Profile, Sample
from exporters.snmp.visit import Visit

PROFILE = "profile"
NAMES_S = 900.0

_SYS_DESCR: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
_SYS_OBJECT_ID: Oid = (1, 3, 6, 1, 2, 1, 1, 2, 0)
_SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_SYSTEM = (_SYS_DESCR, _SYS_OBJECT_ID, _SYS_UP_TIME)


@dataclass(slots=True)
class _Kept:
    """What is kept of a device between two polls."""

    system: tuple[Value, Value] = (None, None)
    profile: Profile | None = None
    up_time: Value = None
    names: dict[Oid, Table] = field(default_factory=dict)
    names_at: float = 0.0
    rows: dict[Oid, tuple[Oid, ...]] = field(default_factory=dict)

    def forget_names(self) -> None:
        """The numbers of its parts may be others now: an old name on a new value would be worse than no value."""
        self.names, self.names_at = {}, 0.0


class ProfileModule:
    """A device's profile as a module (collect.Module).

    Attributes:
        name: "profile", or the optional part of it that this module reads: "bgp", "ospf".
    """

    def __init__(self, part: str = "", *, canonical: bool = False) -> None:
        """Creates it.

        Args:
            part: The optional part that it reads; all but these otherwise.
            canonical: Whether interfaces have the inventory's spelling; else the device's own.
        """
        self.name = part or PROFILE
        self._part = part
        self._canonical = canonical
        self._selected = lru_cache(maxsize=256)(self._select)
        profiles.match("", "")  # reads the files now, not while devices wait

    def spelt(self) -> "ProfileModule":
        """Returns it with interfaces in the inventory's spelling."""
        return ProfileModule(self._part, canonical=True)

    async def poll(self, visit: Visit) -> Result:
        """Recognizes the device, reads what its profile names, and gives the samples."""
        visit.tune()
        kept: _Kept = visit.agent.kept.setdefault(self.name, _Kept())
        got, failure = await self._scalars(visit, kept)
        profile = kept.profile
        if profile is None:
            return Result(failure=failure or Failure("no_such_object", "the device has no system group"))
        columns, _ = self._selected(profile)
        values: dict[Oid, Table] = {name: {(): value} for name, value in got.items()}
        moving, failed = await _walk(visit, [column for column in columns if column not in profile.static])
        failure = failure or failed
        failed = await _names(visit, kept, [column for column in columns if column in profile.static], moving)
        failure = failure or failed
        if failed and not kept.names:
            return Result(failure=failure)
        samples = profiles.samples(self._whole(profile), values | moving | kept.names, canonical=self._canonical)
        found = _families(each for each in samples if not self._part or each.name.startswith(f"device_{self._part}_"))
        if self._part and not found and failure is None:
            failure = Failure("no_such_object", f"the device has nothing of what {self.name} reads")
        return Result(found, failure)

    async def _scalars(self, visit: Visit, kept: _Kept) -> tuple[dict[Oid, Value], Failure | None]:
        """Reads the system group, and with it what the profile of the last time names; again where it is another."""
        for _ in range(2):
            names = _SYSTEM + (self._selected(kept.profile)[1] if kept.profile else ())
            got, failure = await visit.get(dict.fromkeys(names))
            system = (got.get(_SYS_OBJECT_ID), got.get(_SYS_DESCR))
            if system == (None, None):
                return got, failure  # the device is silent: it is still what it was
            if kept.profile and system == kept.system:
                break
            kept.profile = profiles.match(_dotted(system[0]), text_of(system[1], "DisplayString"))
            kept.system = system
            kept.forget_names()
        now, before = got.get(_SYS_UP_TIME), kept.up_time
        if isinstance(now, int) and isinstance(before, int) and now < before:
            kept.forget_names()
        kept.up_time = now
        return got, failure if failure and failure.reason != "no_such_object" else None

    def _whole(self, profile: Profile) -> Profile:
        return _with_part(profile, self._part) if self._part else profile

    def _select(self, profile: Profile) -> tuple[tuple[Oid, ...], tuple[Oid, ...]]:
        """Columns and scalars; of an optional part only those that `profile` doesn't read."""
        if not self._part:
            return profile.columns, profile.scalars
        whole = _with_part(profile, self._part)
        return (
            tuple([column for column in whole.columns if column not in set(profile.columns)]),
            tuple([name for name in whole.scalars if name not in set(profile.scalars)]),
        )


@lru_cache(maxsize=256)
def _with_part(profile: Profile, part: str) -> Profile:
    return profile.select([part])


async def _names(visit: Visit, kept: _Kept, columns: list[Oid], moving: dict[Oid, Table]) -> Failure | None:
    """Sees to it that what names things is there and no older than it may be."""
    rows = {column: tuple(table) for column, table in moving.items()}
    now = time.monotonic()
    if kept.names_at and now - kept.names_at < NAMES_S and rows == kept.rows:
        return None
    names, failure = await _walk(visit, columns)
    if failure is None:
        kept.names, kept.names_at, kept.rows = names, now, rows
    return failure


async def _walk(visit: Visit, columns: Iterable[Oid]) -> tuple[dict[Oid, Table], Failure | None]:
    """Walks columns, those of one table together."""
    groups: dict[Oid, list[Oid]] = {}
    for column in columns:
        groups.setdefault(column[:-1], []).append(column)
    tables: dict[Oid, Table] = {}
    first: Failure | None = None
    for roots in short_ones_together([tuple(group) for group in groups.values()], visit.agent.rows):
        found, failure = await visit.walk(roots)
        tables |= found
        first = first or failure
        if visit.dead:
            break
    return tables, first


def _families(samples: Iterable[Sample]) -> dict[str, Family]:
    lines: dict[str, list[str]] = {}
    for sample in samples:
        line = f"{series(sample.name, sample.labels)}{value_text(sample.value)}\n"
        lines.setdefault(sample.name, []).append(line)
    return {name: Family(_header(name), "".join(each)) for name, each in lines.items()}


def _header(name: str) -> str:
    return header(name, "counter" if name in profiles.COUNTERS else "gauge", profiles.HELP.get(name, ""))


def _dotted(value: Value) -> str:
    return oid.text(value) if isinstance(value, tuple) else ""
