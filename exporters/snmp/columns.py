"""A table's answer, decoded straight into its columns. The hot loop: most of what polling costs is spent here.

An answer to a request for columns a, b, c holds a.1 b.1 c.1 a.2 b.2 c.2 …: rows. While the columns have the same
indexes, which tables mostly have, a row's first OID says all its others. A pattern matches such rows whole
(`_read_rows`); where there is none, each OID is compared as bytes, and its value read in place (`_read_aligned`).
Anything unusual, such as a hole, a column's end or a long length, goes on binding by binding (`_read_each`), which is
the definition of what is right.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from exporters.snmp import ber, oid, pdu
from exporters.snmp.errors import MalformedError
from exporters.snmp.oid import Oid
from exporters.snmp.patterns import STRING, Patterns, classes
from exporters.snmp.pdu import Value

Table = dict[Oid, Value]

# By tag the most bytes of an unsigned number, with the zero that keeps it positive; negative: what else it is.
_OTHER = -1
_NO_VALUE = -2
_BYTES = [_OTHER] * 256
for _tag, _count in ((pdu.COUNTER32, 5), (pdu.GAUGE32, 5), (pdu.TIME_TICKS, 5), (pdu.COUNTER64, 9)):
    _BYTES[_tag] = _count
for _tag in (*pdu.EXCEPTIONS, ber.NULL):
    _BYTES[_tag] = _NO_VALUE


_LEAST_ROWS = 3  # of an answer for which a pattern pays
_LEAST_BYTES = 8  # of a binding, but for its column's OID
_PATTERNS = Patterns()


class LoopError(MalformedError):
    """An agent whose OIDs don't increase: following them never ends."""


class Column:
    """A subtree that is walked: a table's column, or anything else below one OID.

    Attributes:
        oid: The subtree's root.
        prefix: Its bytes.
        table: What was found: index (the arcs behind the root) to value.
        tags: Likewise to the value's tag; None where nobody wants to know.
        last: The last index that was read, () before the first.
        done: Whether its end was seen.
    """

    __slots__ = ("done", "last", "oid", "prefix", "table", "tags")

    def __init__(self, root: Oid, *, typed: bool = False) -> None:
        self.oid = root
        self.prefix = oid.encode(root)
        self.table: Table = {}
        self.tags: dict[Oid, int] | None = {} if typed else None
        self.last: Oid = ()
        self.done = False


class Reader:
    """Reads the answers of one walk.

    Attributes:
        strict: Whether an index that is not above the one before is a loop; else only one that was there already is.
        patterns: Of rows; those of all devices, because most have the same.
    """

    def __init__(self, *, strict: bool, typed: bool, patterns: Patterns = _PATTERNS) -> None:
        self.strict = strict
        self.patterns = patterns
        self._by_row = strict and not typed

    def read(self, data: bytes, at: int, end: int, columns: Sequence[Column]) -> int:
        """Reads an answer's bindings into the columns that were asked for, in that order.

        Args:
            data: The message.
            at: Where the first binding starts.
            end: Where the last one ends.
            columns: None of them done.

        Returns:
            How many bindings there were.

        Raises:
            LoopError: OIDs don't increase.
            MalformedError: Anything else that isn't as it should be. What was read before it stays.
        """
        last = columns[0].last
        count = 0
        if self._by_row and all([column.last == last for column in columns]):  # noqa: C419  # faster than a generator
            at, count = self._read_rows(data, at, end, columns)
            if at < end:
                at, more = self._read_aligned(data, at, end, columns)
                count += more
        if at < end:
            count += self._read_each(data, at, end, columns, count)
        return count

    def _read_rows(self, data: bytes, at: int, end: int, columns: Sequence[Column]) -> tuple[int, int]:
        """Reads whole rows by a pattern; returns where it matches no more, and how many bindings it read."""
        width = len(columns)
        if end - at < _LEAST_ROWS * width * (len(columns[0].prefix) + _LEAST_BYTES):
            return at, 0
        prefixes = tuple([column.prefix for column in columns])
        first = classes(data, at, end, width) if data.startswith(prefixes[0], at + 4) else None
        if first is None or end - at < _LEAST_ROWS * (first[1] - at):
            return at, 0
        size = data[at + 3] - len(prefixes[0])
        pattern = self.patterns.row(prefixes, size, first[0]) if size > 0 else None
        if pattern is None:
            return at, 0
        indexes, rows = [], []
        last, stop = columns[0].last, at
        match = pattern.match
        while found := match(data, stop, end):
            groups = found.groups()
            try:
                index = _index(groups[0])
            except MalformedError:
                break
            if index <= last:
                break
            last = index
            indexes.append(index)
            rows.append(groups)
            stop = found.end()
        if not rows or not _store(columns, first[0], size, indexes, rows):
            return at, 0
        for column in columns:
            column.last = last
        return stop, width * len(rows)

    def _read_aligned(  # noqa: C901, PLR0912, PLR0915  # flat on purpose: a call a binding would double its cost
        self, data: bytes, at: int, end: int, columns: Sequence[Column]
    ) -> tuple[int, int]:
        """Reads whole rows until something unusual comes; returns where that stands, and how many were read before."""
        prefix = columns[0].prefix
        skip = len(prefix) + 4
        index = last = columns[0].last
        limits, number = _BYTES, int.from_bytes
        prefixes = tuple([column.prefix for column in columns])
        tables = [column.table for column in columns]
        width = len(columns)
        count = done = 0
        try:
            while at < end:
                if not data.startswith(prefix, at + 4):
                    break
                suffix = data[at + skip : at + 4 + data[at + 3]]
                try:
                    index = _index(suffix)
                except MalformedError:
                    break  # unless it is the end of a column, and nobody's index
                if index <= last:
                    break
                done = 0
                for (name, size), table in zip(_names(prefixes, suffix), tables, strict=False):
                    value_at = at + size
                    if data[at + 2 : value_at] != name:
                        break
                    tag = data[value_at]
                    length = data[value_at + 1]
                    value_at += 2
                    stop = value_at + length
                    if data[at + 1] != size + length or stop > end:
                        break
                    most = limits[tag]
                    if length <= most:
                        value: Value = number(data[value_at:stop])
                        if not length or (length == most and data[value_at]):
                            value = pdu.decode_value(tag, data[value_at:stop])  # it says what is wrong
                    elif tag == 4:
                        value = data[value_at:stop]
                    elif tag == 2 and length == 1 and data[value_at] < 128:
                        value = data[value_at]
                    elif most == _NO_VALUE:
                        break
                    else:
                        value = pdu.decode_value(tag, data[value_at:stop])
                    table[index] = value
                    at = stop
                    done += 1
                count += done
                if done < width:
                    break
                last = index
        except IndexError:
            raise MalformedError("it ends within a variable binding") from None
        for position, column in enumerate(columns):
            column.last = index if position < done < width else last
        return at, count

    def _read_each(self, data: bytes, at: int, end: int, columns: Sequence[Column], first: int) -> int:
        """Reads binding by binding; `first` is the number of the one at `at`."""
        number = first
        width = len(columns)
        while at < end:
            column = columns[number % width]
            name, tag, body, at = pdu.read_varbind(data, at, end)
            number += 1
            if column.done:
                continue
            if tag in pdu.EXCEPTIONS or not name.startswith(column.prefix):
                column.done = True
                if all([column.done for column in columns]):  # noqa: C419  # the rest is beyond the table
                    break
                continue
            index = oid.decode_arcs(name[len(column.prefix) :])
            if index <= column.last if self.strict else index in column.table or not index:
                raise LoopError(_not_above(column, index))
            column.last = index
            value = pdu.decode_value(tag, body)
            if value is not None:
                column.table[index] = value
                if column.tags is not None:
                    column.tags[index] = tag
        return number - first


def _store(
    columns: Sequence[Column], kinds: bytes, size: int, indexes: list[Oid], rows: list[tuple[bytes, ...]]
) -> bool:
    """Stores what a pattern matched, unless a string's length isn't as it says: then it may be something else."""
    groups = list(zip(*rows, strict=True))
    values: list[Iterable[Value]] = []
    at = 1
    for column, kind in zip(columns, kinds, strict=True):
        if kind == STRING:
            strings = groups[at + 2]
            before = 4 + len(column.prefix) + size
            lengths = list(map(len, strings))
            if b"".join(groups[at + 1]) != bytes(lengths):
                return False
            if b"".join(groups[at]) != bytes([before + length & 0xFF for length in lengths]):
                return False
            values.append(strings)
            at += 3
        else:
            values.append(list(map(int.from_bytes, groups[at])))  # the first byte is the highest
            at += 1
    for column, each in zip(columns, values, strict=True):
        column.table.update(zip(indexes, each, strict=True))
    return True


# Devices have the same columns and indexes as they had in the last poll, and mostly as others of their kind have.
_index = lru_cache(maxsize=16384)(oid.decode_arcs)


@lru_cache(maxsize=4096)
def _names(prefixes: tuple[bytes, ...], suffix: bytes) -> tuple[tuple[bytes, int], ...]:
    """A row's OIDs as they stand in an answer, and how far behind its start they end; none where one is long."""
    if max(map(len, prefixes)) + len(suffix) + 4 >= 0x80:
        return ()
    names = [b"\x06%c%b%b" % (len(prefix) + len(suffix), prefix, suffix) for prefix in prefixes]
    return tuple([(name, 2 + len(name)) for name in names])


def _not_above(column: Column, index: Oid) -> str:
    before = oid.text(column.oid + column.last)
    return f"the agent follows {before} with {oid.text(column.oid + index)}, which is not above it"
