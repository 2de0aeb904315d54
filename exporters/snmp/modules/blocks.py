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
