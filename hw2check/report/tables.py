"""Tables with measured columns: numbers are never cut or broken, formulas fold to the width that is left.

Where a formula would be left with too little width it stands in a line of its own below its row, so that a
table is readable from 60 columns on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from rich.console import Console
from rich.text import Text

GAP = 2  # blanks between columns
READABLE = 30  # characters of a formula in a column; with less it stands below its row


class Column(NamedTuple):
    """One column of a table."""

    header: str
    justify: Literal["left", "right"] = "left"
    least: int = 0  # set: may be folded down to this width where the terminal is narrow
    below: bool = False  # may stand in lines below the row
    brief: bool = False  # its first word is enough where all else is still too wide


def print_table(
    console: Console,
    title: Text | None,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Text]],
    *,
    ascii_only: bool,
) -> None:
    """Prints a table as wide as its numbers need, and no wider than the terminal if it can be helped."""
    if title is not None:
        print_line(console, title)
    widths, below = _fitted(columns, rows, console.width)
    if _total(widths, below) > console.width and any(column.brief for column in columns):
        columns, rows = _in_brief(columns, rows)
        widths, below = _fitted(columns, rows, console.width)
    kept = [i for i in range(len(columns)) if i != below]
    header = [Text(columns[i].header) for i in kept]
    for line in _lines(header, [columns[i] for i in kept], [widths[i] for i in kept]):
        print_line(console, line)
    rule = ("-" if ascii_only else "─") * (_total(widths, below) - 1)
    print_line(console, Text(f" {rule}", style="dim"))
    for row in rows:
        for line in _lines([row[i] for i in kept], [columns[i] for i in kept], [widths[i] for i in kept]):
            print_line(console, line)
        if below is not None and row[below]:
            for number, part in enumerate(folded(row[below], console.width - 7)):
                print_line(console, Text("     " if number else "   = ").append_text(part))
    print_line(console, Text(""))


def print_line(console: Console, text: Text) -> None:
    """Prints text as it is, without blanks at its end; a long line is the terminal's to break."""
    text.rstrip()
    console.print(text, highlight=False, soft_wrap=True)


def _total(widths: Sequence[int], below: int | None) -> int:
    """The width of the whole table, with the blank before it."""
    gaps = len(widths) - 1 - (below is not None)
    return 1 + sum(widths) + GAP * gaps


def _in_brief(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]]
) -> tuple[list[Column], list[list[Text]]]:
    shorter = [column._replace(header="") if column.brief else column for column in columns]
    cells = [
        [cell.split(" ")[0] if column.brief else cell for cell, column in zip(row, columns, strict=True)]
        for row in rows
    ]
    return shorter, cells


def _fitted(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], available: int
) -> tuple[list[int], int | None]:
    """The width of each column, and the one that stands below its row."""
    natural = [max(len(column.header), *(_width(row[i]) for row in rows)) for i, column in enumerate(columns)]
    room = available - 1 - GAP * (len(columns) - 1)
    widths = _shared(natural, columns, room)
    for index, column in enumerate(columns):
        if column.below and (widths[index] < min(natural[index], READABLE) or sum(widths) > room):
            others = [*columns[:index], *columns[index + 1 :]]
            shared = _shared([*natural[:index], *natural[index + 1 :]], others, room + GAP)
            return [*shared[:index], 0, *shared[index:]], index
    return widths, None


def _shared(natural: Sequence[int], columns: Sequence[Column], available: int) -> list[int]:
    """The natural widths, those of folding columns cut to what the terminal has left."""
    widths = list(natural)
    folding = sorted((i for i, column in enumerate(columns) if column.least), key=lambda i: natural[i])
    left = available - sum(natural[i] for i in range(len(columns)) if i not in folding)
    for position, index in enumerate(folding):
        share = max(columns[index].least, left // (len(folding) - position))
        widths[index] = min(natural[index], share)
        left -= widths[index]
    return widths


def _width(cell: Text) -> int:
    return max((line.cell_len for line in cell.split("\n")), default=0)


def _lines(cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int]) -> Iterator[Text]:
    """A row, folded where a cell needs it."""
    blocks = [
        [part for line in cell.split("\n") for part in folded(line, width)]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for number in range(max(map(len, blocks))):
        line = Text(" ")
        for position, (block, column, width) in enumerate(zip(blocks, columns, widths, strict=True)):
            part = block[number] if number < len(block) else Text("")
            space = " " * (width - part.cell_len)
            line.append(" " * GAP if position else "")
            line.append_text(Text(space) + part if column.justify == "right" else part + Text(space))
        yield line


def folded(text: Text, width: int) -> list[Text]:
    """The text in lines of that width: broken at blanks, and what is still too long at the signs in it.

    Names and numbers are never broken, even where they are longer than a line.
    """
    if text.cell_len <= width:
        return [text]
    words = [0, *(match.end() for match in _BLANKS.finditer(text.plain)), len(text)]
    places = []
    for here, following in pairwise(words):
        signs = _SIGNS.finditer(text.plain, here, following) if following - here > width else ()
        places += [here, *(match.end() for match in signs)]
    ends = [0]
    for here, following in pairwise([*places, len(text)]):
        if following - ends[-1] > width and here > ends[-1]:
            ends.append(here)
    parts = list(text.divide(ends[1:]))
    for part in parts:
        part.rstrip()
    return parts


_BLANKS = re.compile(r"\s+")
_SIGNS = re.compile(r"[*/(,+-](?=[\w(])")
