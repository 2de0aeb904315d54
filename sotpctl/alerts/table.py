"""Columns for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

_GAP = "  "


def table(rows: Sequence[Sequence[str]], width: int, widest: int = 24) -> list[str]:
    """Return the lines of a table whose last column takes what is left of the width, cut with `…` where it must be.

    Args:
        rows: Equally long rows of cells, the header among them.
        width: Of the terminal, in characters.
        widest: What a column but the last may take.
    """
    if not rows:
        return []
    last = len(rows[0]) - 1
    widths = [min(widest, max(len(row[number]) for row in rows)) for number in range(last)]
    left = max(1, width - sum(widths) - len(_GAP) * last)
    lines = []
    for row in rows:
        cells = [f"{cut(cell, size):<{size}}" for cell, size in zip(row, widths, strict=False)]
        lines.append(_GAP.join([*cells, cut(row[last], left)]).rstrip())
    return lines


def cut(text: str, most: int) -> str:
    """Return a text that is no longer than `most`."""
    return text if len(text) <= most else text[: most - 1] + "…"
