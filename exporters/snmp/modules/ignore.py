"""Interfaces that the inventory wants no series of: by name, type or state. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from exporters.kit.interfaces import canonical_interface
from exporters.snmp.columns import Table
from exporters.snmp.modules.model import Metric
from exporters.snmp.modules.plan import Plan, Tables
from exporters.snmp.modules.text import value_text
from exporters.snmp.oid import Oid

_IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
_IF_DESCR, _IF_TYPE, _IF_ADMIN_STATUS, _IF_OPER_STATUS = ((*_IF_ENTRY, column) for column in (2, 3, 7, 8))
_IF_NAME: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1)
# Not "down": of an interface that goes down nobody would hear.
STATES: Mapping[str, tuple[Oid, int]] = {"adminDown": (_IF_ADMIN_STATUS, 2), "notPresent": (_IF_OPER_STATUS, 6)}


@dataclass(frozen=True, slots=True)
class Ignore:
    """What is ignored: an interface to which one of these applies.

    Attributes:
        names: Patterns of a shell, for the name in the inventory's spelling or the device's own.
        types: ifType.
        states: Keys of `STATES`.
    """

    names: tuple[str, ...] = ()
    types: tuple[int, ...] = ()
    states: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Oid, ...]:
        """What must be known of each interface."""
        names = (_IF_NAME, _IF_DESCR) if self.names else ()
        types = (_IF_TYPE,) if self.types else ()
        return (*names, *types, *[STATES[state][0] for state in self.states])

    def planned(self, plan: Plan, metrics: Iterable[Metric]) -> Plan:
        """Adds the columns to a plan that reads interfaces: beside the others of their rows, in the same requests."""
        more = [column for column in self.columns if column not in plan.wanted]
        if not more or not any(map(_of_interfaces, metrics)):
            return plan
        beside = [number for number, roots in enumerate(plan.walks) if any(root[:-1] == _IF_ENTRY for root in roots)]
        walks = list(plan.walks)
        if beside:
            walks[beside[0]] = (*walks[beside[0]], *more)
        else:
            walks.append(tuple(more))
        return replace(plan, walks=tuple(walks))

    def applied(
        self, metrics: Iterable[Metric], tables: Tables, walked: Mapping[Oid, Table], missing: set[Oid]
    ) -> Tables:
        """Leaves out the rows of ignored interfaces.

        Args:
            metrics: Of the module.
            tables: By column; those of `metrics` are cut.
            walked: What was walked, by column.
            missing: Columns that weren't read to their end: a row that they lack may be an ignored one.
        """
        known = {column: tables.get(column) or walked.get(column, {}) for column in self.columns}
        cut = [table for column, table in known.items() if column in missing]
        ignored = self._ignored(known)
        found = dict(tables)
        for metric in filter(_of_interfaces, metrics):
            table = tables.get(metric.oid)
            if table:
                found[metric.oid] = {
                    row: value
                    for row, value in table.items()
                    if row[0] not in ignored and all(row[:1] in each for each in cut)
                }
        return found

    def _ignored(self, known: Mapping[Oid, Table]) -> set[int]:
        found = {row[0] for row, value in known.get(_IF_TYPE, {}).items() if value in self.types}
        for state in self.states:
            column, number = STATES[state]
            found |= {row[0] for row, value in known[column].items() if value == number}
        if self.names:
            names = known[_IF_DESCR] | {row: name for row, name in known[_IF_NAME].items() if name}
            found |= {row[0] for row, name in names.items() if self._names(value_text(name, "DisplayString"))}
        return found

    def _names(self, name: str) -> bool:
        spellings = {name, canonical_interface(name)}
        return any(fnmatchcase(spelling, pattern) for pattern in self.names for spelling in spellings)


NOTHING = Ignore()


def _of_interfaces(metric: Metric) -> bool:
    return bool(metric.indexes) and metric.indexes[0].label == "ifIndex"
