"""What the rows of a table are labelled with: kept between polls, and put before a whole column's values at once.

A device says the same of its rows from poll to poll, so that their text is kept, as long as every byte that it was made
of is the same. A column of whole numbers is then rendered by a few calls of the interpreter's own, not by a format a
cell.
"""

import hashlib
import marshal
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from exporters.snmp.columns import Table
from exporters.snmp.modules.labels import Rows
from exporters.snmp.modules.plan import Tables
from exporters.snmp.oid import Oid


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows' labels.

    Attributes:
        rows: The rows.
        text: What `Rows.parts` gives for each, a line each: one text takes less than half of what many take.
        unique: Whether no two rows have the same labels.
        made_of: What tells whether it holds for another poll, too: the labels' definition, and a digest of what was
            read for them.
    """

    rows: list[Oid]
    text: str
    unique: bool
    made_of: tuple[Rows, bytes]

    def parts(self) -> dict[Oid, str]:
        """Returns what `Rows.parts` gave."""
        return dict(zip(self.rows, self.text.split("\n"), strict=True))


MOST_KEPT = 1000  # rows whose labels are kept between two polls: some 100 KB

Kept = dict[Rows, Block]


class Writer:
    """Writes columns that have a block's rows."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self._count = len(block.rows)
        self._pieces = [""] * (3 * self._count) + ["\n"]  # name, labels, value
        self._pieces[1:-1:3] = block.text.split("\n")

    def numbers(self, name: str, values: Iterable[int]) -> str:
        """Returns a column's lines from its values, one for each row, in their order."""
        pieces = self._pieces
        pieces[0:-1:3] = ["\n" + name] * self._count
        pieces[0] = name
        pieces[2:-1:3] = map(repr, values)
        return "".join(pieces)


def block(rows: Rows, table: Table, tables: Tables, kept: Block | None) -> Block:
    """Returns the block of a table's rows: the one that was kept where it still holds.

    Args:
        rows: How they are labelled.
        table: Whose rows; there is one at least.
        tables: What was read, to its end.
        kept: The last poll's.
    """
    made_of = (rows, _digest([table, *[tables.get(column, {}).items() for column in rows.columns]]))
    if kept is not None and kept.made_of == made_of:
        return kept
    parts = rows.parts(table, tables)  # a line break in a label is escaped
    return Block(list(table), "\n".join(parts.values()), len(set(parts.values())) == len(parts), made_of)


def _digest(read: Iterable[Collection[object]]) -> bytes:
    whole = marshal.dumps([tuple(each) for each in read], 2)  # of version 2: without regard to which objects are shared
    return hashlib.blake2b(whole, digest_size=16, usedforsecurity=False).digest()


class Labels:
    """The rows' labels in one poll: made once for all columns that have the same."""

    def __init__(self, tables: Tables, missing: Collection[Oid], before: Kept) -> None:
        self._tables = tables
        self._missing = missing
        self._before = before
        self._writers: dict[Rows, Writer] = {}
        self._built: dict[Rows, tuple[dict[Oid, str], bool]] = {}

    def writer(self, rows: Rows, table: Table) -> Writer | None:
        """Returns what writes a table's columns; None where its rows aren't those of the first, or two are alike."""
        if self._missing:
            return None
        writer = self._writers.get(rows)
        if writer is None:
            writer = Writer(block(rows, table, self._tables, self._before.get(rows)))
            self._writers[rows] = writer
        return writer if writer.block.unique and writer.block.rows == list(table) else None

    def parts(self, rows: Rows, table: Table) -> tuple[dict[Oid, str], bool]:
        """Returns the labels of a table's rows, and of others, and whether no two are alike."""
        parts, unique = self._built.get(rows) or ({}, True)
        if not parts and rows in self._writers:
            mine = self._writers[rows].block
            parts, unique = self._built[rows] = (mine.parts(), mine.unique)
        more = [row for row in table if row not in parts] if parts else table
        if more:
            made = rows.parts(more, self._tables, self._missing)
            parts = parts | made if parts else made
            unique = len(set(parts.values())) == len(parts)
            self._built[rows] = (parts, unique)
        return parts, unique

    def kept(self) -> Kept:
        """Returns what the next poll may use."""
        blocks = {rows: writer.block for rows, writer in self._writers.items()}
        return {rows: each for rows, each in blocks.items() if len(each.rows) <= MOST_KEPT}
