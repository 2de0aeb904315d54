"""What a terminal needs: safe text, colours that may be missing, widths of what people read, a line of progress."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import click

from sotpctl.inventory.problems import printable

__all__ = ["aligned", "coloured", "columns", "fit", "printable", "starts", "styled", "width", "working"]

_CLEAR = "\r\x1b[2K"
_UNCUT = 100_000


def coloured(stream: IO[str]) -> bool:
    """Whether colours may go to a stream: it is a terminal, and nobody set NO_COLOR (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, colour: str | None, *, bold: bool = False) -> str:
    """Return the text in a colour where stdout takes one."""
    return click.style(text, fg=colour, bold=bold or None) if coloured(sys.stdout) else text


def columns() -> int:
    """Return how wide a line of stdout may be: off a terminal so wide that nothing is cut, for grep.

    COLUMNS in the environment says otherwise in both cases.
    """
    return shutil.get_terminal_size((_UNCUT, 24)).columns


def width(text: str) -> int:
    """Return how many columns a printable text takes (Unicode Standard Annex #11)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def fit(text: str, columns: int) -> str:
    """Return the text made printable and cut to a width; an ellipsis says that there was more."""
    text = printable(text)
    if width(text) <= columns:
        return text
    left, kept = columns - 1, []
    for one in text:
        left -= _columns(one)
        if left < 0:
            break
        kept.append(one)
    return "".join(kept).rstrip() + "…"


def aligned(rows: Sequence[Sequence[str]], most: Sequence[int], columns: int) -> list[str]:
    """Return rows as aligned lines; a column is as wide as its widest cell, the last has what is left, cut to it.

    Args:
        rows: Cells, as many in each row.
        most: The greatest width of every column but the last; a wider cell is cut.
        columns: The width of a line.
    """
    return [fit(f"{start}{row[-1]}", columns).rstrip() for row, start in zip(rows, starts(rows, most), strict=True)]


def starts(rows: Sequence[Sequence[str]], most: Sequence[int]) -> list[str]:
    """Return the aligned beginnings of rows: all but their last cells, each as wide as the others."""
    cut = [[fit(cell, limit) for cell, limit in zip(row, most, strict=False)] for row in rows]
    widths = [max(map(width, column)) for column in zip(*cut, strict=True)]
    return ["".join(map(_padded, row, widths)) for row in cut]


@contextmanager
def working(text: str) -> Iterator[None]:
    """Say on the terminal what is being done for as long as it is; off a terminal nothing is said."""
    shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    if shown:
        click.echo(fit(f"{text} …", 79), err=True, nl=False)
    try:
        yield
    finally:
        if shown:
            click.echo(_CLEAR, err=True, nl=False)


def _padded(cell: str, columns: int) -> str:
    return cell + " " * (columns - width(cell) + 2)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
