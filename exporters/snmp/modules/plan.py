"""A module's metrics, sorted into walks: which columns are read, and which of them share their rows. Pure.

snmp_exporter walks whole subtrees and throws away what no metric wants. Here only the columns that become samples or
labels are read, all columns of a row in one request. What comes out is the same, because a sample depends on nothing
but its own column and those that its lookups name.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from exporters.snmp.columns import Table
from exporters.snmp.modules.model import COMBINED, Index, Lookup, Metric, Module
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value

Tables = dict[Oid, Table]
Rows = tuple[tuple[Index, ...], tuple[Lookup, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read for a module, and where it goes.

    Attributes:
        walks: Subtrees that are walked together, because they have the same rows.
        leaves: Subtrees that may be an instance themselves: asked for by name when nothing is below them.
        wanted: Every column that a metric or a lookup reads.
        flat: Those that are walked as they are: neither they nor their walk are part of another.
    """

    walks: tuple[tuple[Oid, ...], ...]
    leaves: frozenset[Oid]
    wanted: frozenset[Oid]
    flat: frozenset[Oid] = frozenset()


def live(module: Module) -> tuple[Metric, ...]:
    """Returns the metrics that can have samples: of nested OIDs the shorter takes all, of equal ones the last."""
    by_oid = {metric.oid: metric for metric in module.metrics}
    return tuple([metric for metric in by_oid.values() if not _above(metric.oid, by_oid)])


def plan(metrics: Sequence[Metric], walk: Iterable[Oid]) -> Plan:
    """Returns the plan.

    Args:
        metrics: What `live` made of a module.
        walk: The subtrees that its file has walked; a filter makes them fewer.
    """
    wanted = _wanted(metrics)
    roots: dict[Oid, Oid] = {}  # what is walked: the column that it is part of
    for subtree in walk:
        for column in wanted:
            if column[: len(subtree)] == subtree:
                roots[column] = column
            elif subtree[: len(column)] == column:
                roots[subtree] = column
    for root in [root for root in roots if _above(root, roots)]:
        del roots[root]
    keys = _keys(metrics)
    groups: dict[object, list[Oid]] = {}
    for root, column in sorted(roots.items()):
        groups.setdefault(root if root != column else keys.get(column[:-1], column[:-1]), []).append(root)
    named = set(walk)
    leaves = {root for root, column in roots.items() if root in named and (root != column or root[-1] == 0)}
    nested = {outer for column in wanted for outer in _above(column, roots)}
    flat = {root for root in roots if root in wanted and root not in nested and not _above(root, wanted)}
    return Plan(
        tuple([tuple(group) for group in groups.values()]), frozenset(leaves), frozenset(wanted), frozenset(flat)
    )


def sort_in(plan: Plan, walked: Mapping[Oid, Table], got: Mapping[Oid, Value]) -> Tables:
    """Returns the tables that metrics and lookups read, by column, from what walks and gets brought."""
    tables: Tables = {}
    for root, table in walked.items():
        if root in plan.flat:
            tables[root] = table
            continue
        if root in plan.wanted:
            tables[root] = tables[root] | table if root in tables else table
        for column in _above(root, plan.wanted):
            inner = root[len(column) :]
            tables.setdefault(column, {}).update({inner + index: value for index, value in table.items()})
    for column in plan.wanted - plan.flat:
        for outer in _above(column, walked):
            inner = column[len(outer) :]
            tables.setdefault(column, {}).update(
                {index[len(inner) :]: value for index, value in walked[outer].items() if index[: len(inner)] == inner}
            )
    for name, value in got.items():
        for column in (*_above(name, plan.wanted), *([name] if name in plan.wanted else ())):
            tables[column] = {**tables.get(column, {}), name[len(column) :]: value}
    return tables


def before(column: Oid) -> Oid:
    """Returns the object before: it says how a combined type is encoded."""
    return (*column[:-1], column[-1] - 1)


def _above(root: Oid, among: Mapping[Oid, object] | AbstractSet[Oid]) -> list[Oid]:
    return [root[:count] for count in range(2, len(root)) if root[:count] in among]


def _wanted(metrics: Iterable[Metric]) -> set[Oid]:
    found: set[Oid] = set()
    for metric in metrics:
        found.add(metric.oid)
        if metric.type in COMBINED:
            found.add(before(metric.oid))
        for lookup in metric.lookups:
            if lookup.labels:
                found.add(lookup.oid)
                if lookup.type in COMBINED:
                    found.add(before(lookup.oid))
    return found


def _keys(metrics: Iterable[Metric]) -> dict[Oid, object]:
    """By table entry, what its rows are: the same labels mean the same rows (ifTable, ifXTable)."""
    found: dict[Oid, object] = {}
    for metric in metrics:
        found.setdefault(metric.oid[:-1] if metric.indexes else metric.oid, tuple(_shape(metric.indexes)))
    scalars = {metric.oid[:-1]: "scalars" for metric in metrics if not metric.indexes}
    for metric in metrics:
        whole = tuple([index.label for index in metric.indexes])
        for lookup in metric.lookups:
            if lookup.labels == whole and whole:
                found.setdefault(lookup.oid[:-1], tuple(_shape(metric.indexes)))
    return {**scalars, **{entry: key for entry, key in found.items() if key}}


def _shape(indexes: Iterable[Index]) -> Iterable[tuple[str, str, int]]:
    return [(index.label, index.type, index.size) for index in indexes]
