"""Matrices on a terminal: expected beside computed, or a summary of a large one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.text import Text

from hw2check.check.findings import (
    Finding,
    Row,
)
from hw2check.errors import plain
from hw2check.formula.functions import Array
from hw2check.report.digits import place, show_number, show_shape
from hw2check.report.marks import Style, show_credit
from hw2check.report.tables import Column, folded, print_line, print_table

SHOWN_ENTRIES = 200  # of one matrix; a larger one is summed up


SHOWN_MISMATCHES = 8


def print_matrix(row: Row, console: Console, style: Style) -> None:
    finding = row.finding
    head = Text(f"{row.name}  {show_shape(row.value.shape)}", style="bold")
    formula = Text(f"= {row.formula}", style="not bold dim") if row.formula and style.computed else Text("")
    verdict = Text("")
    if finding:
        verdict.append("  ").append_text(style.mark(finding.verdict, word=True))
        if finding.full_points is not None:
            verdict.append(f"  {show_credit(finding)} points", style="not bold")
    if head.cell_len + 2 + formula.cell_len + verdict.cell_len <= console.width:
        between = Text("  ") if formula else Text("")
        print_line(console, head + between + formula + verdict)
    else:
        print_line(console, head + verdict)
        for number, part in enumerate(folded(formula, console.width - 5)):
            print_line(console, Text("     " if number else "   ") + part)
    if finding and finding.formula and finding.formula_verdict != "correct":
        print_line(console, Text(f"  written: {plain(finding.formula)}", style="not bold"))
    if row.value.size > SHOWN_ENTRIES and not style.verbose:
        print_line(console, large_summary(row, style).append("\n"))
        return
    grids = []
    if finding and finding.entries:
        grids.append(("expected", _marked(finding, style)))
    if style.computed:
        grids.append(("computed", _grid(row.value)))
    _print_grids(grids, console, style)


def _print_grids(grids: Sequence[tuple[str, list[list[Text]]]], console: Console, style: Style) -> None:
    """Matrices side by side, or one below the other, a few columns at a time, where that is too wide."""
    blocks = [_block(grid) for _, grid in grids]
    widths = [len(block.plain.partition("\n")[0]) for block in blocks]
    if grids and sum(widths) + 2 * len(widths) <= console.width:
        columns = [Column(title) for title, _ in grids]
        print_table(console, None, columns, [blocks], ascii_only=style.ascii_only)
        return
    for (title, grid), width in zip(grids, widths, strict=True):
        count = max(map(len, grid))
        most = max(1, count * (console.width - 2) // width)
        for start in range(0, count, most):
            end = min(start + most, count)
            part = [row[start:end] for row in grid]
            head = title if most >= count else f"{title}, columns {start + 1} to {end}"
            print_table(console, None, [Column(head)], [[_block(part)]], ascii_only=style.ascii_only)


def _block(grid: list[list[Text]]) -> Text:
    """A matrix as one text, its columns aligned to the right."""
    width = max(len(row) for row in grid)
    widths = [max(row[i].cell_len for row in grid if i < len(row)) for i in range(width)]
    lines = []
    for row in grid:
        line = Text()
        for entry, space in zip(row, widths, strict=False):
            line.append(" " * (space - entry.cell_len + 2)).append_text(entry)
        lines.append(line)
    return Text("\n").join(lines)


def _marked(finding: Finding, style: Style) -> list[list[Text]]:
    """The entries as written, those that are not right with the sign of their verdict."""
    cells = []
    for position, entry in enumerate(finding.entries):
        verdict = finding.entry_verdicts[position] if finding.entry_verdicts else "wrong"
        text = Text(plain(entry))
        if verdict not in {"correct", "coarse"}:
            text = style.mark(verdict).append(f" {plain(entry)}")
        cells.append(text)
    width = finding.shape[-1] if finding.shape else 1
    return [cells[start : start + width] for start in range(0, len(cells), width)]


def large_summary(row: Row, style: Style) -> Text:
    """A matrix that is too large to show: how much of it differs, and where first."""
    finding = row.finding
    flat = row.value.reshape(-1)
    text = Text(f"  {flat.size} entries")
    if style.computed:
        text.append(f" from {show_number(flat.min())} to {show_number(flat.max())}")
    if finding is None or not finding.entry_verdicts:
        return text
    wrong = [i for i, verdict in enumerate(finding.entry_verdicts) if verdict not in {"correct", "close"}]
    text.append(f"; {len(wrong)} differ" if wrong else "; all agree")
    if finding.off is not None and style.computed and finding.off[0]:
        text.append(f", at most by {finding.off[0]:.3g} in entry {place(finding.off[1])}")
    for position in wrong[:SHOWN_MISMATCHES]:
        where = place(np.unravel_index(position, row.value.shape))
        text.append(f"\n  {where} expected {plain(finding.entries[position])}")
        if style.computed:
            text.append(f", computed {show_number(flat[position])}")
    if len(wrong) > SHOWN_MISMATCHES:
        text.append(f"\n  and {len(wrong) - SHOWN_MISMATCHES} more: -v shows the whole matrix")
    return text


def _grid(array: Array) -> list[list[Text]]:
    rows = array.reshape(1, -1) if array.ndim == 1 else array
    return [[Text(show_number(entry)) for entry in row] for row in rows]
