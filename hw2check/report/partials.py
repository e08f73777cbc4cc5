"""The local partials of nodes of arrays, as a table: what each does to the gradient that arrives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from hw2check.report.tables import Column, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from hw2check.check.findings import LocalPartial

SHOWN_PARTIALS = 100  # of one report
SHOWN_FORMULA = 240  # characters of one formula
MEANINGS = {
    "entrywise": "entry by entry",
    "pullback": "of the gradient ·",
    "whole": "entry by entry, of a scalar",
}


def shown_partials(
    partials: Sequence[LocalPartial], *, every: bool = False
) -> tuple[list[tuple[str, str, str]], int]:
    """Name, formula and meaning of each that is shown, and how many more there are.

    every  leave nothing out
    """
    kept = partials if every else partials[:SHOWN_PARTIALS]
    rows = [(name, _short(formula, every), MEANINGS[acts]) for name, formula, acts in kept]
    return rows, len(partials) - len(kept)


def _short(formula: str, every: bool) -> str:
    return formula if every or len(formula) <= SHOWN_FORMULA else f"{formula[: SHOWN_FORMULA - 4]} ..."


def print_partials(partials: Sequence[LocalPartial], console: Console, every: bool, ascii_only: bool) -> None:
    """The table on a terminal; nothing where there are none.

    ascii_only  write (.) for the gradient that arrives
    """
    if not partials:
        return
    rows, more = shown_partials(partials, every=every)
    columns = [Column("partial"), Column("formula", least=16, below=True), Column("meaning")]
    cells = [[Text(cell.replace("·", "(.)") if ascii_only else cell) for cell in row] for row in rows]
    print_table(
        console, Text("Local partials of matrices", style="bold"), columns, cells, ascii_only=ascii_only
    )
    if more:
        console.print(Text(f" and {more} more: -v shows them\n"), highlight=False, soft_wrap=True)
