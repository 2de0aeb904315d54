"""Compiles a definition into closures, once, and maps what was read of a device to samples. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from exporters.kit.exposition import escape_label
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value
from exporters.snmp.profiles.definition import Definition, Fact, Rule
from exporters.snmp.profiles.document import Place
from exporters.snmp.profiles.expressions import ExpressionError, Scope, compile_number, primary
from exporters.snmp.profiles.families import Sample
from exporters.snmp.profiles.neighbors import NEIGHBOR_OBJECTS, neighbors
from exporters.snmp.profiles.paths import Condition, compile_conditions, compile_template, objects_in
from exporters.snmp.profiles.rules import CompiledRule, Row, check, in_order, uniquely_named
from exporters.snmp.profiles.values import Column, Columns, Index, Number, Text, text_of

MOST = 2000  # rows of one device: more than any chassis has sensors, and a bound for one that lies
OPTIONAL = ("bgp", "ospf")
FACTS = ("hardware", "software", "serial")
SYSTEM = {"sysDescr": (1, 3, 6, 1, 2, 1, 1, 1, 0), "sysName": (1, 3, 6, 1, 2, 1, 1, 5, 0)}
_ENTITY = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1)  # entPhysicalEntry: what there is, not how it does
_NOTHING: Column = {}
_T = TypeVar("_T")


class _Derived(NamedTuple):
    """A sum over the rows of `rows`, or (where there is a pattern) a part of each row's text."""

    slot: int
    rows: int
    value: Number
    condition: Condition | None
    pattern: re.Pattern[str] | None

    def of(self, columns: Columns) -> Column:
        """Returns it as a column."""
        if self.pattern is not None:
            found = {index: self.pattern.search(text_of(value)) for index, value in columns[self.rows].items()}
            return {index: match[1].encode() for index, match in found.items() if match}
        total: float = 0
        for index in columns[self.rows]:
            if self.condition is None or self.condition(columns, index):
                total += self.value(columns, index) or 0
        return {(): total}


class _Source(NamedTuple):
    """A fact's source, compiled: `rows` is the slot whose rows are gone through, None for one instance."""

    text: Text
    rows: int | None
    condition: Condition | None
    pattern: re.Pattern[str] | None


class Profile:
    """What to read of a device, and what it means.

    Attributes:
        name: Its file's, without the suffix.
        vendor: Whose devices.
        columns: Subtrees to walk.
        scalars: Instances to get; they end in 0.
        static: Of both, what only names things, and ENTITY-MIB: it changes when hardware or configuration does.
    """

    def __init__(self, definition: Definition, modules: Iterable[str] = ()) -> None:
        self._definition = definition
        self.name = definition.name
        self.vendor = definition.vendor
        scope = Scope({**SYSTEM, **definition.objects}, definition.enums)
        self._derived = [_derived(rule, scope) for rule in definition.derived.values() if rule is not None]
        derived = {name: rule.texts for name, rule in definition.derived.items() if rule is not None}
        parts = {name: primary(texts.get("sum") or texts["part"], scope)[0] for name, texts in derived.items()}
        sources = {**definition.objects, **{name: definition.objects.get(of, ()) for name, of in parts.items()}}
        wanted = {name for name, rule in definition.rules.items() if rule and _is_wanted(rule, frozenset(modules))}
        self._rules = [_rule(rule, scope, sources) for rule in in_order(definition.rules) if rule.name in wanted]
        uptime = definition.uptime
        self._uptime = _compiled(definition.place, lambda: compile_number(uptime, scope)) if uptime else None
        scope.naming = True
        self._facts = {name: [_source(fact, scope) for fact in definition.facts.get(name, ())] for name in FACTS}
        self._name = scope.slot("sysName")
        self._protocols = definition.neighbors or ()
        self._places = [
            (slot, definition.objects.get(name) or SYSTEM[name], scope.is_scalar(name))
            for name, slot in scope.slots.items()
            if name not in scope.derived
        ]
        self._width = len(scope.slots)
        oids = {oid for _, oid, _ in self._places}
        for protocol in self._protocols:
            oids.update(NEIGHBOR_OBJECTS[protocol])
        self.columns: tuple[Oid, ...] = tuple(sorted(oid for oid in oids if oid[-1]))
        self.scalars: tuple[Oid, ...] = tuple(sorted(oid for oid in oids if not oid[-1]))
        objects = {**SYSTEM, **definition.objects}
        self.static = frozenset(
            objects[name]
            for name in scope.slots.keys() - scope.derived.keys()
            if name not in scope.dynamic or objects[name][:-1] == _ENTITY
        )

    def select(self, modules: Iterable[str]) -> "Profile":
        """Returns it with the optional modules that are named: bgp, ospf."""
        return Profile(self._definition, modules)

    def samples(self, tables: Mapping[Oid, Mapping[Index, Value]], *, canonical: bool = False) -> Iterator[Sample]:
        """Yields the samples of what was read: by column or scalar, index to value (a scalar's index is () or (0,))."""
        columns = self._load(tables)
        yield from self._about(columns)
        answered: set[str] = set()
        rows: list[Row] = []
        for rule in self._rules:
            if answered.isdisjoint(rule.unless):
                count = len(rows)
                rows.extend(rule.rows(columns))
                if len(rows) > count:
                    answered.add(rule.name)
        yield from uniquely_named(rows[:MOST])
        if len(rows) > MOST:
            yield Sample("device_samples_dropped", "", len(rows) - MOST, None)
        if self._protocols:
            yield from neighbors(self._protocols, tables, canonical=canonical)

    def _load(self, tables: Mapping[Oid, Mapping[Index, Value]]) -> Columns:
        columns: Columns = [_NOTHING] * self._width
        for slot, oid, scalar in self._places:
            table = tables.get(oid)
            if scalar:
                value = instance(tables, oid)
                if value is not None:
                    columns[slot] = {(): value}
            elif table is not None:
                columns[slot] = table
        for derived in self._derived:
            columns[derived.slot] = derived.of(columns)
        return columns

    def _about(self, columns: Columns) -> Iterator[Sample]:
        facts = {name: _fact(sources, columns) for name, sources in self._facts.items()}
        facts["sys_name"] = text_of(columns[self._name].get(()))
        if any(facts.values()):
            labels = ",".join([f'{name}="{escape_label(value)}"' for name, value in facts.items()])
            yield Sample("device_info", labels, 1, None)
        if self._uptime is not None:
            seconds = self._uptime(columns, ())
            if seconds is not None:
                yield Sample("device_uptime_seconds", "", seconds, None)


def instance(tables: Mapping[Oid, Mapping[Index, Value]], oid: Oid) -> Value | None:
    """Returns a scalar's value, however it was read: at its instance's OID, or as row 0 of its object's."""
    table = tables.get(oid)
    if table:
        return next(iter(table.values()))
    table = tables.get(oid[:-1])
    return None if table is None else table.get((0,))


def _is_wanted(rule: Rule, modules: frozenset[str]) -> bool:
    module = rule.texts.get("module")
    if module is not None and module not in OPTIONAL:
        raise rule.place.error(f'"{module}" is no optional module; there are {", ".join(OPTIONAL)}')
    return module is None or module in modules


def _compiled(place: Place, make: Callable[[], _T]) -> _T:
    """Returns what `make` does, a mistake in it with its place."""
    try:
        return make()
    except ExpressionError as error:
        raise place.error(str(error)) from None


def _rule(rule: Rule, scope: Scope, objects: Mapping[str, Oid]) -> CompiledRule:
    check(rule)
    return _compiled(rule.place, lambda: CompiledRule(rule, scope, objects))


def _derived(rule: Rule, scope: Scope) -> _Derived:
    def make() -> _Derived:
        if ("sum" in rule.texts) == ("part" in rule.texts) or ("part" in rule.texts) != ("match" in rule.texts):
            raise ExpressionError('it takes "sum", or "part" and "match"')
        text = rule.texts.get("sum") or rule.texts["part"]
        value = compile_number(text, scope)
        names = primary(text, scope)
        if not names:
            raise ExpressionError(f'"{text}" names no object')
        is_sum = "sum" in rule.texts
        condition = compile_conditions(rule.conditions.get("where", {}), scope, wanted=True)
        rows = scope.slot(names[0])
        scope.derived[rule.name] = is_sum or scope.is_scalar(names[0])
        return _Derived(
            scope.slot(rule.name), rows, value, condition, None if is_sum else _pattern(rule.texts["match"])
        )

    return _compiled(rule.place, make)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ExpressionError(f"{text!r} is no regular expression: {error.msg}") from None
    if not pattern.groups:
        raise ExpressionError("a group is missing: what stands in ( ) is taken")
    return pattern


def _source(fact: Fact, scope: Scope) -> _Source:
    def make() -> _Source:
        columns = [name for name in objects_in(fact.template) if not scope.is_scalar(name)]
        return _Source(
            compile_template(fact.template, scope),
            scope.slot(columns[0]) if columns else None,
            compile_conditions(fact.where, scope, wanted=True),
            fact.pattern,
        )

    return _compiled(fact.place, make)


def _fact(sources: list[_Source], columns: Columns) -> str:
    for source in sources:
        for index in ((),) if source.rows is None else sorted(columns[source.rows]):
            if source.condition is not None and not source.condition(columns, index):
                continue
            text = source.text(columns, index)
            if source.pattern is not None:
                found = source.pattern.search(text)
                text = " ".join((next((part for part in found.groups() if part), "") if found else "").split())
            if text:
                return text
    return ""
