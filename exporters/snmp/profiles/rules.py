"""Compiles a profile's rules into closures, and gives unique names to what they yield. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from exporters.kit.exposition import escape_label
from exporters.snmp.oid import Oid
from exporters.snmp.oid import text as oid_text
from exporters.snmp.profiles.definition import EXPRESSIONS, Rule
from exporters.snmp.profiles.expressions import ExpressionError, Scope, compile_number, lookup, primary
from exporters.snmp.profiles.families import FAMILIES, SENSOR, TYPES, UNITS, Family, Sample
from exporters.snmp.profiles.paths import compile_conditions, compile_template
from exporters.snmp.profiles.values import Columns, Index, Number, Text, as_text, text_of

_SCALAR: tuple[Index, ...] = ((),)
_BLANKS = " -:/,"


class Row(NamedTuple):
    """What one rule says of one row, before names are made unique.

    Attributes:
        label: The label that has the name.
        more: The labels behind it, escaped, each with a comma in front.
        values: Metrics and their values.
        rule: The rule's name: the last resort against two of a name.
    """

    label: str
    name: str
    more: str
    values: list[tuple[str, float]]
    source: tuple[Oid, Index]
    rule: str


class _Output(NamedTuple):
    """A type, compiled: its family, and the labels and units that it adds."""

    family: Family
    more: str


class CompiledRule:
    """A rule that reads rows. `unless`: the rules that make it superfluous."""

    def __init__(self, rule: Rule, scope: Scope, oids: Mapping[str, Oid]) -> None:
        self.name = rule.name
        self.unless = rule.lists.get("unless", ())
        texts = rule.texts
        self._where = compile_conditions(rule.conditions.get("where", {}), scope, wanted=True)
        self._skip = compile_conditions(rule.conditions.get("skip", {}), scope, wanted=False)
        self._outputs, self._key = _outputs(texts, scope)
        expressions = {key: texts[key] for key in EXPRESSIONS if key in texts}
        first = expressions.get("ratio") or next(iter(expressions.values()))
        numbers = {key: compile_number(text, scope) for key, text in expressions.items()}
        names = primary(first, scope)
        self._row_slots = [scope.slot(name) for name in names if not scope.is_scalar(name)]
        self._sources = [(scope.slot(name), oids.get(name, ())) for name in names]
        self._numbers = _memory(numbers) if texts["type"] == "memory" else numbers
        self._ok = frozenset(map(int, rule.lists.get("ok", ())))
        self._absent = frozenset(map(int, rule.lists.get("absent", ())))
        self._state = f',type="state",unit="{escape_label(texts.get("state", ""))}"'
        self._labels = {key: compile_template(texts[key], scope) for key in ("remote_as", "vrf") if key in texts}
        scope.naming = True
        self._name = _named_by(texts.get("name"), rule, scope)
        scope.naming = False

    def rows(self, columns: Columns) -> Iterator[Row]:
        """Yields what the device has of it."""
        where, skip, key = self._where, self._skip, self._key
        for index in self._indexes(columns):
            if (where and not where(columns, index)) or (skip and not skip(columns, index)):
                continue
            output = self._outputs.get(key(columns, index) if key else "")
            if output is None:
                continue
            if output.family.ok:
                yield from self._ok_rows(columns, index, output.family)
                continue
            values = []
            for metric, name_of in output.family.metrics:
                number = self._numbers.get(name_of)
                value = None if number is None else number(columns, index)
                if value is not None:
                    values.append((metric, value))
            if values:
                more = output.more
                for label, text in self._labels.items():
                    said = text(columns, index)
                    more += f',{label}="{escape_label(as_text(said) if label == "remote_as" else said)}"'
                name, source = self._name(columns, index), self._source(columns, index)
                yield Row(output.family.label, name, more, values, source, self.name)

    def _ok_rows(self, columns: Columns, index: Index, family: Family) -> Iterator[Row]:
        value = self._numbers["value"](columns, index)
        if value is None:
            return
        name, source = self._name(columns, index), self._source(columns, index)
        if value not in self._absent:
            ok: list[tuple[str, float]] = [(family.metrics[0][0], int(value in self._ok))]
            yield Row(family.label, name, "", ok, source, self.name)
        yield Row("sensor", name, self._state, [(SENSOR, value)], source, self.name)

    def _source(self, columns: Columns, index: Index) -> tuple[Oid, Index]:
        """Returns the instance that gave the value: of several objects, the first that has the row."""
        if len(self._sources) > 1:
            for slot, oid in self._sources:
                if index in columns[slot]:
                    return oid, index
        return self._sources[0][1] if self._sources else (), index

    def _indexes(self, columns: Columns) -> Iterable[Index]:
        if not self._row_slots:
            return _SCALAR
        if len(self._row_slots) == 1:
            return columns[self._row_slots[0]]
        return sorted({index for slot in self._row_slots for index in columns[slot]})


def in_order(rules: Mapping[str, Rule | None]) -> list[Rule]:
    """Returns the rules, each behind those that it names under `unless`.

    Raises:
        ProfileError: It names none that there is, or itself in a circle.
    """
    done: dict[str, Rule] = {}

    def add(rule: Rule, above: tuple[str, ...]) -> None:
        for name in rule.lists.get("unless", ()):
            if name not in rules:
                raise rule.place.error(f'unless: no rule is called "{name}"')
            other = rules[name]
            if name in (*above, rule.name):
                raise rule.place.error(f'unless: "{name}" waits for "{rule.name}" and the other way round')
            if other is not None and name not in done:
                add(other, (*above, rule.name))
        done.setdefault(rule.name, rule)

    for rule in rules.values():
        if rule is not None:
            add(rule, ())
    return list(done.values())


def check(rule: Rule) -> None:
    """Refuses a rule that lacks what its type takes, or has what it doesn't.

    Raises:
        ProfileError: With the rule's place.
    """
    kind = rule.texts.get("type", "")
    wanted = {key for _, key in FAMILIES[kind].metrics} if kind in FAMILIES else {"value"}
    if not kind:
        raise rule.place.error(f'"type" is missing; there are {", ".join(TYPES)}')
    if "[" not in kind and kind not in TYPES:
        raise rule.place.error(f'"{kind}" is no type; there are {", ".join(TYPES)}, and Table[object]')
    if kind == "memory":
        wanted.add("free")
    for key in EXPRESSIONS:
        if key in rule.texts and key not in wanted:
            raise rule.place.error(f'"{key}" is nothing for type {kind}; it takes {", ".join(sorted(wanted))}')
    if not wanted & rule.texts.keys():
        raise rule.place.error(f"what to read is missing: {', '.join(sorted(wanted))}")
    if kind in FAMILIES and FAMILIES[kind].ok and "ok" not in rule.lists:
        raise rule.place.error('"ok" is missing: the values that mean it works, as `ok: [1]`')
    for key in ("ok", "absent"):
        if not all(text.lstrip("-").isdigit() for text in rule.lists.get(key, ())):
            raise rule.place.error(f'"{key}" takes whole numbers')


def uniquely_named(rows: Sequence[Row]) -> Iterator[Sample]:
    """Yields the samples of rows; where two of a metric have one name, each gets its index too."""
    count = Counter([(row.values[0][0], row.name, row.more) for row in rows])
    taken = set()
    for label, name, more, values, source, rule in rows:
        unique = name
        if count[values[0][0], name, more] > 1:
            unique = f"{name} {oid_text(source[1]) or rule}"
            if (values[0][0], unique, more) in taken:
                unique = f"{unique} {rule}"
            taken.add((values[0][0], unique, more))
        labels = f'{label}="{escape_label(unique)}"{more}'
        for metric, value in values:
            yield Sample(metric, labels, value, source)


def _outputs(
    texts: Mapping[str, str], scope: Scope
) -> tuple[dict[str, _Output], Callable[[Columns, Index], str] | None]:
    """Returns what each of the type's words becomes, by the key's text ("" where the type is constant)."""
    kind = texts["type"]
    if "[" not in kind:
        return {"": _output(kind, texts)}, None
    found = lookup(kind, scope)
    if found is None:
        raise ExpressionError(f'"{kind}" is no type, nor Table[object]')
    table, key = found
    return {text: _output(str(word), texts) for text, word in table.items()}, key


def _output(kind: str, texts: Mapping[str, str]) -> _Output:
    if kind in FAMILIES:
        return _Output(FAMILIES[kind], "")
    if kind not in UNITS:
        raise ExpressionError(f'"{kind}" is no type; there are {", ".join(TYPES)}')
    unit = texts.get("state" if kind == "state" else "unit", UNITS[kind])
    more = f',type="{kind}",unit="{escape_label(unit)}"'
    return _Output(Family("sensor", ((SENSOR, "value"),)), more)


def _memory(given: Mapping[str, Number]) -> dict[str, Number]:
    """Returns used and size, from any two of used, free, size and ratio; the ratio alone where no size is known."""
    used, free, size, ratio = (given.get(key) for key in ("used", "free", "size", "ratio"))

    def both(one: Number, two: Number, act: Callable[[float, float], float]) -> Number:
        def run(columns: Columns, index: Index) -> float | None:
            left, right = one(columns, index), two(columns, index)
            return None if left is None or right is None else act(left, right)

        return run

    if used and free and not size:
        size = both(used, free, lambda a, b: a + b)
    if size and free and not used:
        used = both(size, free, lambda a, b: a - b)
    if size and ratio and not used:
        used = both(size, ratio, lambda a, b: round(a * b))
    if size and used:
        told = {"used": _of_a_pool(used, used, size), "size": _of_a_pool(size, used, size)}
        return told | {"ratio": _without(size, ratio)} if ratio else told
    if ratio is None:
        raise ExpressionError("memory takes two of used, free, size and ratio, or ratio alone")
    return {"ratio": ratio}


def _of_a_pool(number: Number, used: Number, size: Number) -> Number:
    """Nothing where there is no pool: its size is 0, or what is used of it isn't told, or isn't possible."""

    def run(columns: Columns, index: Index) -> float | None:
        whole, part = size(columns, index), used(columns, index)
        return number(columns, index) if whole and part is not None and part >= 0 else None

    return run


def _without(size: Number, ratio: Number) -> Number:
    """The ratio where no size is told."""
    return lambda columns, index: None if size(columns, index) else ratio(columns, index)


def _named_by(template: str | None, rule: Rule, scope: Scope) -> Text:
    read = compile_template(template, scope) if template else None
    drop = re.compile(rule.texts["drop"]) if "drop" in rule.texts else None
    fallback = rule.name

    def name(columns: Columns, index: Index) -> str:
        found = read(columns, index) if read else ""
        if drop is not None:
            found = drop.sub("", found).strip(_BLANKS)
        return found or text_of(index) or fallback

    return name
