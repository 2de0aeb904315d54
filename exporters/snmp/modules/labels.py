"""A row's labels: built once for all columns of a table. Source: `collector.go`, `indexesToLabels`."""

from collections.abc import Collection, Iterable, Mapping
from typing import cast

from exporters.kit.exposition import escape_label
from exporters.snmp.columns import Table
from exporters.snmp.modules.model import COMBINED, Index, Lookup
from exporters.snmp.modules.naming import interface_names
from exporters.snmp.modules.plan import Tables, before
from exporters.snmp.modules.text import index_text, valid, value_text
from exporters.snmp.oid import Oid
from exporters.snmp.pdu import Value

_EMPTY: Table = {}
_NUMBERS = frozenset({"gauge", "Integer32", "Integer", "counter"})
_SIGN = 1 << 63
_IF_NAME, _IF_DESCR = "ifName", "ifDescr"


class Rows:
    """How the rows of some tables are labelled.

    Attributes:
        names: The labels' names.
        columns: What is looked up: with a row's index all that its labels depend on.
    """

    def __init__(self, indexes: tuple[Index, ...], lookups: tuple[Lookup, ...], *, canonical: bool = False) -> None:
        """Compiles it.

        Args:
            indexes: The labels that a row's index becomes.
            lookups: Those that other columns say.
            canonical: Whether the label `ifName` has the inventory's spelling; else the device's own.
        """
        self._indexes = indexes
        self._lookups = lookups
        names = dict.fromkeys([index.label for index in indexes])
        for lookup in lookups:
            if lookup.labels:
                names[lookup.label] = None
            else:
                names.pop(lookup.label, None)
        self.names = tuple(names)
        looked_up = [lookup for lookup in lookups if lookup.labels]
        kinds = [before(lookup.oid) for lookup in looked_up if lookup.type in COMBINED]
        self.columns = tuple(dict.fromkeys([*[lookup.oid for lookup in looked_up], *kinds]))
        self._simple = self._is_simple()
        self._canonical = canonical and any(each.labels and each.label == _IF_NAME for each in lookups)

    def parts(self, rows: Iterable[Oid], tables: Tables, missing: Collection[Oid] = ()) -> dict[Oid, str]:
        """Returns what stands between a metric's name and its value: `{ifIndex="1",ifName="Gi1/0/1"} `, by row.

        Args:
            rows: The rows.
            tables: What was read.
            missing: Columns that weren't read to their end. A row that looks up a value which may be in the rest is
                left out: with an empty label it would be another series.
        """
        if not self.names:
            return dict.fromkeys(rows, " ")
        incomplete = [lookup for lookup in self._lookups if lookup.oid in missing]
        if self._simple and not incomplete:
            return self._quick(rows, tables)
        interfaces = self._interfaces(tables)
        texts = {row: self._text(row, tables, incomplete, interfaces) for row in rows}
        return {row: f"{{{text}}} " for row, text in texts.items() if text is not None}

    def _is_simple(self) -> bool:
        """Whether one number is the index, and every lookup is by it: what most tables are."""
        return (
            len(self._indexes) == 1
            and self._indexes[0].type in _NUMBERS
            and all(
                lookup.labels == (self._indexes[0].label,)
                and lookup.type in {"DisplayString", "OctetString", "PhysAddress48", "gauge"}
                for lookup in self._lookups
            )
            and len(self.names) == 1 + len(self._lookups)
        )

    def _quick(self, rows: Iterable[Oid], tables: Tables) -> dict[Oid, str]:
        first = f'{{{self._indexes[0].label}="'
        texts = {lookup.label: _texts(tables.get(lookup.oid, _EMPTY), lookup) for lookup in self._lookups}
        if self._canonical:
            texts[_IF_NAME] = interface_names(texts[_IF_NAME], texts.get(_IF_DESCR, {}))
        columns = [(f'",{label}="', values) for label, values in texts.items()]
        found = {}
        for row in rows:
            key = row if len(row) == 1 else (row[:1] or (0,))
            text = f"{first}{key[0]}"
            for label, values in columns:
                text += label + values.get(key, "")
            found[row] = text + '"} '
        return found

    def _interfaces(self, tables: Tables) -> dict[Oid, str]:
        """Returns the interfaces' names in the inventory's spelling, nothing where the device's own is wanted."""
        if not self._canonical:
            return {}
        texts = {
            each.label: {
                row: value_text(value, each.type, each.hint) for row, value in tables.get(each.oid, {}).items()
            }
            for each in self._lookups
            if each.label in {_IF_NAME, _IF_DESCR}
        }
        return interface_names(texts[_IF_NAME], texts.get(_IF_DESCR, {}))

    def _text(
        self, row: Oid, tables: Tables, incomplete: Collection[Lookup], interfaces: Mapping[Oid, str]
    ) -> str | None:
        labels: dict[str, str] = {}
        arcs: dict[str, Oid] = {}
        left = row
        for index in self._indexes:
            text, used, left = index_text(left, index)
            labels[index.label] = valid(text)
            arcs[index.label] = used
        for lookup in self._lookups:
            if not lookup.labels:
                labels.pop(lookup.label, None)
                continue
            key = _key(lookup, arcs)
            value = tables.get(lookup.oid, _EMPTY).get(key) if key else None
            if value is None:
                if lookup in incomplete:
                    return None
                labels[lookup.label] = interfaces.get(key, "") if lookup.label == _IF_NAME else ""
                continue
            named = interfaces.get(key) if lookup.label == _IF_NAME else None
            labels[lookup.label] = _looked_up(lookup, key, value, tables) if named is None else named
            arcs[lookup.label] = (_whole(value),)
        return ",".join([f'{name}="{escape_label(text)}"' for name, text in labels.items()])


def _texts(table: Table, lookup: Lookup) -> dict[Oid, str]:
    """A whole column as label values."""
    kind, hint = lookup.type, lookup.hint
    if kind == "DisplayString" and set(map(type, table.values())) == {bytes}:
        octets = cast("dict[Oid, bytes]", table)
        try:
            texts = {key: value.decode() for key, value in octets.items()}
        except UnicodeDecodeError:
            pass
        else:
            together = "".join(texts.values())
            if escape_label(together) == together:  # one look at all of them: hardly ever is there anything to escape
                return texts
    return {key: escape_label(value_text(value, kind, hint)) for key, value in table.items()}


def _key(lookup: Lookup, arcs: dict[str, Oid]) -> Oid:
    parts = [arcs.get(label, ()) for label in lookup.labels]
    return tuple([arc for part in parts for arc in part]) if all(parts) else ()


def _looked_up(lookup: Lookup, key: Oid, value: Value, tables: Tables) -> str:
    kind = lookup.type
    if kind in COMBINED:
        said = tables.get(before(lookup.oid), _EMPTY).get(key)
        kind = COMBINED[kind].get(_whole(said), kind)
    if kind == "EnumAsInfo" and lookup.enum:
        number = _whole(value)
        return lookup.enum.get(number, str(number))
    return value_text(value, kind, lookup.hint)


def _whole(value: Value) -> int:
    """The value as an index: what is no number counts as 0."""
    return (value + _SIGN) % (2 * _SIGN) - _SIGN if isinstance(value, int) else 0
