"""Tables with measured columns: numbers are never cut or broken, formulas fold to the width that is left.

Rich would measure every cell several times over; here each column's width is known before Rich draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich.box import Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 2  # blanks between columns


class Column(NamedTuple):
    """One column of a table."""

    header: str
    justify: Literal["left", "right"] = "left"
    least: int = 0  # set: may be folded down to this width where the terminal is narrow


def print_table(
    console: Console, title: Text | None, columns: Sequence[Column], rows: Sequence[Sequence[Text]], box: Box
) -> None:
    """Prints a table as wide as its numbers need, and no wider than the terminal if it can be helped."""
    natural = [max(len(column.header), *(_width(row[i]) for row in rows)) for i, column in enumerate(columns)]
    widths = _fitted(natural, columns, console.width)
    table = Table(box=box, pad_edge=False, padding=0, title=title, title_justify="left")
    spaced = _spaced(columns)
    for column, width, space in zip(columns, widths, spaced, strict=True):
        table.add_column(column.header, justify=column.justify, width=width + GAP, overflow="fold")
        if space:
            table.add_column("", width=GAP)
    for row in rows:
        cells = [(cell, Text("")) if space else (cell,) for cell, space in zip(row, spaced, strict=True)]
        table.add_row(*(part for cell in cells for part in cell))
    before, console.width = console.width, max(console.width, sum(widths) + _frame(columns))
    console.print(table)
    console.width = before


def _spaced(columns: Sequence[Column]) -> list[bool]:
    """After which columns a blank one keeps right-aligned text off the left-aligned text that follows."""
    following = [column.justify == "left" for column in columns[1:]]
    return [
        column.justify == "right" and left for column, left in zip(columns, [*following, False], strict=True)
    ]


def _frame(columns: Sequence[Column]) -> int:
    """What a table needs beside its columns: gaps, dividers and edges."""
    return (GAP + 1) * (len(columns) + sum(_spaced(columns))) + 1


def _width(cell: Text) -> int:
    return max((line.cell_len for line in cell.split("\n")), default=0)


def _fitted(natural: Sequence[int], columns: Sequence[Column], available: int) -> list[int]:
    """The natural widths, those of folding columns cut to what the terminal has left."""
    widths = list(natural)
    folding = sorted((i for i, column in enumerate(columns) if column.least), key=lambda i: natural[i])
    left = available - _frame(columns) - sum(natural[i] for i in range(len(columns)) if i not in folding)
    for position, index in enumerate(folding):
        share = max(columns[index].least, left // (len(folding) - position))
        widths[index] = min(natural[index], share)
        left -= widths[index]
    return widths
