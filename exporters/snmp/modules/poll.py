"""A module at work: its filters, gets and walks, and what comes of them. Source: `collector.go`, `ScrapeTarget`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from exporters.snmp.columns import Table
from exporters.snmp.errors import Failure
from exporters.snmp.modules.blocks import Kept
from exporters.snmp.modules.ignore import NOTHING, Ignore
from exporters.snmp.modules.model import Filter, Module
from exporters.snmp.modules.plan import Plan, live, plan, sort_in
from exporters.snmp.modules.render import Family, Renderer
from exporters.snmp.modules.text import value_text
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value
from exporters.snmp.visit import Visit


@dataclass(slots=True)
class Result:
    """What a module gave.

    Attributes:
        families: The samples, by metric.
        failure: Why there may be less than there should be.
    """

    families: dict[str, Family] = field(default_factory=dict)
    failure: Failure | None = None


class Poller:
    """Polls with one module of snmp.yml (collect.Module).

    Attributes:
        name: The module's.
        module: What its file says.
    """

    def __init__(self, module: Module, *, canonical: bool = False, ignore: Ignore = NOTHING) -> None:
        """Compiles it.

        Args:
            module: What its file says.
            canonical: The label `ifName` has the inventory's spelling, not the device's own.
            ignore: Interfaces without series.
        """
        self.name = module.name
        self.module = module
        self._metrics = live(module)
        self._ignore = ignore
        self._kept = f"{self.name}, canonical" if canonical else self.name
        self._renderer = Renderer(self._metrics, canonical=canonical)
        self._plan = lru_cache(maxsize=4)(self._planned)  # filters that fail make another

    async def poll(self, visit: Visit) -> Result:
        """Reads and renders; what was read before a failure is there."""
        module = self.module
        visit.tune(
            timeout=module.timeout,
            retries=module.retries,
            repetitions=module.repetitions,
            any_source=module.any_source,
        )
        reading = _Reading(visit, strict=module.strict)
        names, walk = await self._filtered(reading)
        await reading.get(names)
        plan = self._plan(walk)
        for roots in short_ones_together(plan.walks, visit.agent.rows):
            await reading.walk(roots)
        await reading.get([leaf for leaf in plan.leaves if reading.tables.get(leaf) == {}])
        if reading.failure is None and not reading.anything:
            reading.failure = Failure("no_such_object", f"the device has nothing of what {self.name} reads")
        if not reading.anything:
            return Result(failure=reading.failure)
        tables = sort_in(plan, reading.tables, reading.got)
        if self._ignore != NOTHING:
            tables = self._ignore.applied(self._metrics, tables, reading.tables, reading.missing)
        kept: Kept = visit.agent.kept.setdefault(self._kept, {})
        return Result(self._renderer.render(tables, _cut(plan, reading.missing), kept), reading.failure)

    def _planned(self, walk: tuple[Oid, ...]) -> Plan:
        return self._ignore.planned(plan(self._metrics, walk), self._metrics)

    async def _filtered(self, reading: "_Reading") -> tuple[list[Oid], tuple[Oid, ...]]:
        """What is read by name, and what is walked, after the filters."""
        names, walk = list(self.module.get), self.module.walk
        allowed: dict[Oid, list[int]] = {}
        for each in self.module.filters:
            tables, failure = await reading.visit.walk([each.oid], strict=self.module.strict)
            if failure:
                continue  # what it would have left out is read, too
            rows = _rows(each, tables[each.oid])
            for target in each.targets:
                allowed[target] = [row for row in allowed[target] if row in rows] if target in allowed else rows
        for target, rows in allowed.items():
            names = [name for name in names if name[: len(target)] != target] + [(*target, row) for row in rows]
        return names, tuple([root for root in walk if root not in allowed])


class _Reading:
    """What was read so far.

    Attributes:
        visit: By which.
        tables: By walked subtree.
        got: By instance.
        missing: Subtrees that weren't read to their end.
        failure: The first one.
    """

    def __init__(self, visit: Visit, *, strict: bool) -> None:
        self.visit = visit
        self.tables: dict[Oid, Table] = {}
        self.got: dict[Oid, Value] = {}
        self.missing: set[Oid] = set()
        self.failure: Failure | None = None
        self._strict = strict

    @property
    def anything(self) -> bool:
        """Whether there was anything."""
        return bool(self.got) or any(self.tables.values())

    async def get(self, names: list[Oid]) -> None:
        """Reads instances; that there is none of them is no failure."""
        if not names:
            return
        found, failure = await self.visit.get(names)
        self.got |= found
        if failure and failure.reason != "no_such_object":
            self.missing |= set(names)
            self.failure = self.failure or failure

    async def walk(self, roots: tuple[Oid, ...]) -> None:
        """Walks columns."""
        if self.visit.dead:
            failure: Failure | None = self.visit.dead
        else:
            tables, failure = await self.visit.walk(roots, strict=self._strict)
            self.tables |= tables
        if failure:
            self.missing |= set(roots)
            self.failure = self.failure or failure


def _cut(plan: Plan, missing: set[Oid]) -> set[Oid]:
    """The columns that lack something."""
    return missing and {
        column
        for column in plan.wanted
        if any(root[: len(column)] == column or column[: len(root)] == root for root in missing)
    }


def _rows(each: Filter, table: Table) -> list[int]:
    """The rows that a filter lets through: the last number of their indexes."""
    found = []
    for index, value in table.items():
        text = value_text(value, "DisplayString")
        if any(pattern.search(text) for pattern in each.values):
            found.append(index[-1])
    return found


def short_ones_together(walks: Iterable[tuple[Oid, ...]], rows: Mapping[Oid, int]) -> list[tuple[Oid, ...]]:
    """Makes one walk of those that had at most one row the last time: many such fit into one answer.

    Args:
        walks: Columns that share their rows.
        rows: How many rows each column had, where that is known.
    """
    short: list[Oid] = []
    found = []
    for roots in walks:
        if all(0 <= rows.get(root, -1) <= 1 for root in roots):
            short += roots
        else:
            found.append(roots)
    return [*found, tuple(short)] if short else found
