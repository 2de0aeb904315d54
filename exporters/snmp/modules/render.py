"""Tables to samples in the text format: every type that snmp.yml knows. The hot way is `blocks.Writer`.

Source: `collector.go`, `pduToSamples`. Where snmp_exporter gives up the whole scrape (two samples of the same name and
labels, octets that are none), the sample is left out here.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

from exporters.kit.exposition import escape_label, header, value_text
from exporters.snmp.columns import Table
from exporters.snmp.modules import hints, regex, text
from exporters.snmp.modules.blocks import Kept, Labels
from exporters.snmp.modules.labels import Rows
from exporters.snmp.modules.model import COMBINED, Metric
from exporters.snmp.modules.plan import Tables, before
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value

WRAP = 2**53  # a Counter64 wraps where a float could no longer tell the next number (--snmp.wrap-large-counters)

_INTS = frozenset({int})
Parts = Mapping[Oid, str]


@dataclass(slots=True)
class Family:
    """A metric's text.

    Attributes:
        header: HELP and TYPE.
        text: Samples, each line ended.
    """

    header: str
    text: str = ""

    @property
    def lines(self) -> list[str]:
        """The samples one by one, each line ended."""
        return [line + "\n" for line in self.text.split("\n")[:-1]]


class Renderer:
    """Renders a module's metrics."""

    def __init__(self, metrics: Iterable[Metric], *, canonical: bool = False) -> None:
        """Compiles them; `canonical`: the label `ifName` has the inventory's spelling (labels.Rows)."""
        self._metrics = tuple(metrics)
        shared: dict[tuple[object, object], Rows] = {}
        self._rows = []
        for metric in self._metrics:
            key = (metric.indexes, metric.lookups)
            if key not in shared:
                shared[key] = Rows(*key, canonical=canonical)
            self._rows.append(shared[key])
        names = [name for metric in self._metrics for name in families(metric)]
        self._twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
        self._headers = [self._plain_header(metric) for metric in self._metrics]

    def render(self, tables: Tables, missing: Collection[Oid] = (), kept: Kept | None = None) -> dict[str, Family]:
        """Returns the samples, by metric.

        Args:
            tables: What was read, by column.
            missing: Columns of which a part is missing.
            kept: What is kept of the device between its polls; changed.
        """
        labels = Labels(tables, missing, kept or {})
        found: dict[str, Family] = {}
        for metric, rows, head in zip(self._metrics, self._rows, self._headers, strict=True):
            table = tables.get(metric.oid)
            if not table:
                continue
            writer = labels.writer(rows, table) if head else None
            if writer and _plain(table):
                found[metric.name] = Family(head, writer.numbers(metric.name, cast("Iterable[int]", table.values())))
                continue
            parts, unique = labels.parts(rows, table)
            if missing:
                table = {row: value for row, value in table.items() if row in parts}
            lines = _LINES.get(metric.type, _strings)
            for name, kind, help_text, made in lines(metric, table, parts, tables, rows.names):
                if not made:
                    continue
                family = found.get(name)
                if family is None:
                    family = found[name] = Family(header(name, kind, help_text))
                again = not unique or name in self._twice
                family.text += "".join(first_ones(family.lines, made) if again else made)
        if kept is not None and not missing:
            kept.clear()
            kept.update(labels.kept())
        return found

    def _plain_header(self, metric: Metric) -> str:
        """The header of a metric whose values are rendered as they are, once and by this metric alone; else nothing."""
        line = _LINES.get(metric.type)
        if not isinstance(line, partial) or metric.scale or metric.offset or metric.name in self._twice:
            return ""
        return header(metric.name, line.keywords["kind"], metric.help)


def families(metric: Metric) -> list[str]:
    """Returns the names of the families that a metric may give."""
    if metric.type == "EnumAsInfo":
        return [f"{metric.name}_info"]
    if metric.extracts and metric.type not in _LINES:
        return [metric.name + suffix for suffix, _ in metric.extracts]
    return [metric.name]


def first_ones(have: Iterable[str], lines: Iterable[str]) -> list[str]:
    """Leaves out lines whose name and labels are there already."""
    seen = {line.rpartition(" ")[0] for line in have}
    kept = []
    for line in lines:
        series = line.rpartition(" ")[0]
        if series not in seen:
            seen.add(series)
            kept.append(line)
    return kept


Lines = list[str]
Made = Iterable[tuple[str, str, str, Lines]]  # name, type, help, lines


def _numbers(metric: Metric, table: Table, parts: Parts, _: Tables, __: tuple[str, ...], *, kind: str) -> Made:
    name = metric.name
    plain = not metric.scale and not metric.offset
    if plain and _plain(table):
        return [(name, kind, metric.help, [f"{name}{parts[row]}{value!r}\n" for row, value in table.items()])]
    lines = []
    for row, value in table.items():
        number = as_number(value)
        if not plain:
            number = _scaled(metric, float(number))
        lines.append(f"{name}{parts[row]}{value_text(number)}\n")
    return [(name, kind, metric.help, lines)]


def _plain(table: Table) -> bool:
    """Whether a column holds whole numbers only, none of them to be wrapped."""
    return set(map(type, table.values())) == _INTS and max(cast("Iterable[int]", table.values())) < WRAP


def as_number(value: Value) -> float:
    """Returns a value as a number: a Counter64 wrapped, what is none as 0."""
    if isinstance(value, int):
        return value % WRAP if value >= WRAP else value
    return value if isinstance(value, float) else 0


def _scaled(metric: Metric, number: float) -> float:
    if metric.scale:
        number *= metric.scale
    return number + metric.offset


def _times(metric: Metric, table: Table, parts: Parts, _: Tables, __: tuple[str, ...]) -> Made:
    lines = []
    for row, value in table.items():
        number = _time(metric, value)
        if number is not None:
            lines.append(f"{metric.name}{parts[row]}{value_text(_scaled(metric, number))}\n")
    return [(metric.name, "gauge", metric.help, lines)]


def _time(metric: Metric, value: Value) -> float | None:
    if metric.type == "ParseDateAndTime":
        return hints.parsed_time(text.value_text(value, "DisplayString"), metric.pattern)
    if not isinstance(value, bytes):
        return None
    return hints.date_and_time(value) if metric.type == "DateAndTime" else hints.ntp_time(value)


def _enum_info(metric: Metric, table: Table, parts: Parts, _: Tables, names: tuple[str, ...]) -> Made:
    if metric.name in names:  # the index says it already
        return
    lines = []
    for row, value in table.items():
        number = int(as_number(value))
        state = metric.enum.get(number, str(number))
        lines.append(f"{metric.name}_info{_with(parts[row], metric.name, state)}1\n")
    yield (f"{metric.name}_info", "gauge", f"{metric.help} (EnumAsInfo)", lines)


def _state_set(metric: Metric, table: Table, parts: Parts, _: Tables, names: tuple[str, ...]) -> Made:
    if metric.name in names:
        return
    lines = []
    for row, value in table.items():
        number = int(as_number(value))
        states = metric.enum if number in metric.enum else {number: str(number), **metric.enum}
        lines += [
            f"{metric.name}{_with(parts[row], metric.name, state)}{int(each == number)}\n"
            for each, state in states.items()
        ]
    yield (metric.name, "gauge", f"{metric.help} (EnumAsStateSet)", lines)


def _bits(metric: Metric, table: Table, parts: Parts, _: Tables, names: tuple[str, ...]) -> Made:
    if metric.name in names:
        return
    lines = []
    for row, value in table.items():
        if not isinstance(value, bytes):
            continue
        for bit, state in metric.enum.items():
            is_set = 0 <= bit < len(value) * 8 and value[bit // 8] & (128 >> bit % 8)
            lines.append(f"{metric.name}{_with(parts[row], metric.name, state)}{int(bool(is_set))}\n")
    yield (metric.name, "gauge", f"{metric.help} (Bits)", lines)


def _strings(metric: Metric, table: Table, parts: Parts, tables: Tables, names: tuple[str, ...]) -> Made:
    texts = {row: _string(metric, row, value, tables) for row, value in table.items()}
    if metric.extracts:
        yield from _extracted(metric, texts, parts)
        return
    one = value_text(_scaled(metric, 1.0)) if metric.scale or metric.offset else "1"
    if metric.name in names:
        lines = [f"{metric.name}{parts[row]}{one}\n" for row in texts]
    else:
        lines = [f"{metric.name}{_with(parts[row], metric.name, value)}{one}\n" for row, value in texts.items()]
    yield (metric.name, "gauge", metric.help, lines)


def _string(metric: Metric, row: Oid, value: Value, tables: Tables) -> str:
    kind = metric.type
    if kind in COMBINED:
        said = tables.get(before(metric.oid), {}).get(row)
        kind = COMBINED[kind].get(int(as_number(said)), "OctetString") if said is not None else "OctetString"
    return text.value_text(value, kind, metric.hint)


def _extracted(metric: Metric, texts: Mapping[Oid, str], parts: Parts) -> Made:
    for suffix, rules in metric.extracts:
        lines = []
        for row, value in texts.items():
            for rule in rules:
                match = rule.regex.search(value)
                number = regex.number(regex.expand(match, rule.parts)) if match else None
                if number is not None:
                    scaled = value_text(_scaled(metric, number))
                    lines.append(f"{metric.name}{suffix}{parts[row]}{scaled}\n")
                    break
        yield (metric.name + suffix, "gauge", f"{metric.help} (regex extracted)", lines)


def _with(part: str, label: str, value: str) -> str:
    """Adds a label to a row's."""
    last = f'{label}="{escape_label(value)}"}} '
    return f"{part[:-2]},{last}" if part != " " else f"{{{last}"


_LINES: Mapping[str, Callable[[Metric, Table, Parts, Tables, tuple[str, ...]], Made]] = {
    "gauge": partial(_numbers, kind="gauge"),
    "counter": partial(_numbers, kind="counter"),
    "Float": partial(_numbers, kind="gauge"),
    "Double": partial(_numbers, kind="gauge"),
    "DateAndTime": _times,
    "ParseDateAndTime": _times,
    "NTPTimeStamp": _times,
    "EnumAsInfo": _enum_info,
    "EnumAsStateSet": _state_set,
    "Bits": _bits,
}
