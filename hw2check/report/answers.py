"""A report as tables for a terminal: expected beside computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.text import Text

from hw2check.check.findings import (
    CheckedGradient,
    Finding,
    Report,
    Row,
    count_verdicts,
    show_points,
    visible_hints,
    visible_reason,
)
from hw2check.errors import plain
from hw2check.formula.functions import Array
from hw2check.report.partials import print_partials
from hw2check.report.tables import Column, print_table

if TYPE_CHECKING:
    from hw2check.mistakes.catalogue import Hint

MARKS = {
    "correct": ("✓", "ok", "green"),
    "close": ("≈", "~=", "green"),
    "coarse": ("~", "~", "yellow"),
    "carried": ("↳", "->", "yellow"),
    "wrong": ("✗", "X", "bold red"),
    "missing": ("–", "-", "magenta"),
    "unreadable": ("!", "!", "magenta"),
    "undecided": ("?", "?", "cyan"),
}
SHOWN_ENTRIES = 200  # of one matrix; a larger one is summed up
SHOWN_MISMATCHES = 8
SHOWN_ROWS = 200  # of one table; of a longer one those with answers, and the first ones
LEGEND = "expected: as written in the answer; computed: by hw2check"
TITLES = {
    "value": "Values",
    "partial": "Local partial derivatives",
    "gradient": "Gradients",
    "update": "Updated parameters",
}


class Style:
    """What is shown, and how marks are drawn: the characters depend on what the stream can show."""

    def __init__(self, *, ascii_only: bool, verbose: bool, show: str) -> None:
        self.ascii_only = ascii_only
        self.verbose = verbose
        self.show = show
        self.computed = show == "computed"

    def mark(self, verdict: str, word: bool = False) -> Text:
        """The sign of a verdict, in its colour, with its word where asked."""
        sign, letters, colour = MARKS[verdict]
        text = letters if self.ascii_only else sign
        return Text(f"{text} {verdict}" if word else text, style=colour)


def print_report(report: Report, console: Console, *, verbose: bool = False, quiet: bool = False) -> None:
    """The whole report: what is not right, then a table for each kind of quantity and for each matrix."""
    style = _style(report, console, verbose=verbose)
    if report.title and not quiet:
        _print(console, Text(plain(report.title), style="bold"))
    for finding in report.findings:
        if finding.verdict != "correct":
            _print(console, finding_line(finding, report, style))
    if not quiet:
        if report.findings and style.computed:
            _print(console, Text(LEGEND, style="dim"))
        _print(console, Text(""))
        _print_all_tables(report, console, style)
    _print(console, verdict_line(report, style))


def _print_all_tables(report: Report, console: Console, style: Style) -> None:
    for kind in TITLES:
        rows = [row for row in report.rows if row.kind == kind]
        _print_tables(kind, rows, console, style)
        if kind == "partial":
            print_partials(report.local_partials, console, style.verbose, style.ascii_only)
    if report.losses and style.computed:
        _print_losses(report.losses, console, style)


def _style(report: Report, console: Console, *, verbose: bool = False) -> Style:
    return Style(ascii_only=_ascii_only(console), verbose=verbose, show=report.show)


def _ascii_only(console: Console) -> bool:
    try:
        "".join(sign for sign, _, _ in MARKS.values()).encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def _print(console: Console, text: Text) -> None:
    console.print(text, highlight=False, soft_wrap=True)


def _print_tables(kind: str, rows: Sequence[Row], console: Console, style: Style) -> None:
    scalars = [row for row in rows if not row.value.shape]
    if scalars:
        _print_scalars(kind, scalars, console, style)
    elif rows and kind != "value":
        _print(console, Text(TITLES[kind], style="bold"))
    for row in rows:
        if row.value.shape:
            _print_matrix(row, console, style)


def _print_losses(losses: Sequence[float], console: Console, style: Style) -> None:
    """The loss before each update; of many steps the first and the last."""
    shown = list(enumerate(losses, 1))
    if len(shown) > SHOWN_ROWS and not style.verbose:
        shown = [*shown[: SHOWN_ROWS // 2], *shown[-SHOWN_ROWS // 2 :]]
    columns = [Column("step", "right"), Column("loss", "right")]
    cells = [[Text(str(step)), Text(show_number(loss))] for step, loss in shown]
    print_table(console, Text("Loss by step", style="bold"), columns, cells, ascii_only=style.ascii_only)


def _print_scalars(kind: str, rows: Sequence[Row], console: Console, style: Style) -> None:
    judged = any(row.finding for row in rows)
    hidden = 0
    if len(rows) > SHOWN_ROWS and not style.verbose:
        kept = [row for index, row in enumerate(rows) if row.finding or index < SHOWN_ROWS // 2]
        hidden, rows = len(rows) - len(kept), kept
    columns = [Column("quantity")]
    if style.computed:
        columns.append(Column("formula", least=16, below=True))
    if judged:
        columns.append(Column("expected", "right", least=_least_expected(rows)))
    if style.computed:
        columns.append(Column("computed", "right"))
    if judged:
        columns.append(Column("verdict"))
    points = any(row.finding and row.finding.full_points is not None for row in rows)
    if points:
        columns.append(Column("points"))
    cells = [list(_scalar_cells(row, style, judged=judged, points=points)) for row in rows]
    if judged or style.computed:
        print_table(console, Text(TITLES[kind], style="bold"), columns, cells, ascii_only=style.ascii_only)
    if hidden:
        _print(console, Text(f" and {hidden} more that nothing is expected for: -v shows them\n"))


def _least_expected(rows: Sequence[Row]) -> int:
    """How far written formulas may be folded: not below the longest number; 0 where there are none."""
    findings = [row.finding for row in rows if row.finding]
    if not any(finding.formula for finding in findings):
        return 0
    numbers = [entry for finding in findings for entry in finding.entries]
    return max(16, *map(len, numbers)) if numbers else 16


def _scalar_cells(row: Row, style: Style, *, judged: bool, points: bool) -> Iterable[Text]:
    finding = row.finding
    yield Text(row.name)
    if style.computed:
        yield Text(row.formula)
    if judged:
        yield _expected(finding)
    if style.computed:
        yield Text(show_number(row.value))
    if judged:
        yield style.mark(finding.verdict, word=True) if finding else Text("")
    if points:
        yield Text(_points(finding))


def _points(finding: Finding | None) -> str:
    if finding is None or finding.full_points is None:
        return ""
    return f"{show_points(finding.points or Fraction(0))}/{show_points(finding.full_points)}"


def _expected(finding: Finding | None) -> Text:
    if finding is None:
        return Text("")
    value = finding.entries[0] if finding.entries and not finding.shape else ""
    if finding.formula and finding.formula_verdict in {"", "correct"}:
        return Text("\n".join(part for part in ("equivalent", value) if part))
    return Text(plain("\n".join(part for part in (finding.formula, value) if part) or finding.text))


def _print_matrix(row: Row, console: Console, style: Style) -> None:
    finding = row.finding
    head = Text(f"{row.name}  {show_shape(row.value.shape)}", style="bold")
    if row.formula and style.computed:
        head.append(f"  = {row.formula}", style="not bold dim")
    if finding:
        head.append("  ").append_text(style.mark(finding.verdict, word=True))
        if finding.full_points is not None:
            head.append(f"  {_points(finding)} points", style="not bold")
    _print(console, head)
    if finding and finding.formula and finding.formula_verdict != "correct":
        _print(console, Text(f"  written: {plain(finding.formula)}", style="not bold"))
    if row.value.size > SHOWN_ENTRIES and not style.verbose:
        _print(console, _large(row, style).append("\n"))
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


def _large(row: Row, style: Style) -> Text:
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


def place(position: Iterable[object]) -> str:
    """The place of an entry, counted from 1: [3, 4]."""
    return f"[{', '.join(str(int(str(i)) + 1) for i in position)}]"


def _grid(array: Array) -> list[list[Text]]:
    rows = array.reshape(1, -1) if array.ndim == 1 else array
    return [[Text(show_number(entry)) for entry in row] for row in rows]


def show_number(value: object) -> str:
    """A computed number: ten significant digits, no negative zero."""
    return f"{float(np.asarray(value)) + 0.0:.10g}"


def show_shape(shape: tuple[int, ...]) -> str:
    """4 x 2; a vector's length."""
    return " x ".join(map(str, shape)) if len(shape) > 1 else f"vector of {shape[0]}"


def finding_line(finding: Finding, report: Report, style: Style) -> Text:
    """mark, place, name and reason of one answer, hints below."""
    text = style.mark(finding.verdict, word=True)
    where = f" {plain(finding.file)}:{finding.line}:{finding.column}" if finding.line else ""
    text.append(f"{where}  {plain(finding.name)}", style="default")
    row = next((row for row in report.rows if row.finding is finding), None)
    if row is not None:
        text.append(_beside(finding, row, style), style="default")
    reason = visible_reason(finding, style.show)
    if reason:
        text.append(f"  ({plain(reason)})", style="dim")
    for hint in visible_hints(finding, style.show):
        text.append(f"\n    {hint_text(hint, finding)}", style="italic")
    return text


def _beside(finding: Finding, row: Row, style: Style) -> str:
    """What was written, and what was computed."""
    if row.value.shape:
        return f": {_which_entries(finding, row, style)}" if finding.entry_verdicts else ""
    if not finding.text or finding.verdict not in {"wrong", "close", "coarse", "carried", "undecided"}:
        return ""
    computed = style.computed and (finding.entries or not finding.formula)
    return f" = {plain(finding.text)}" + (f", computed {show_number(row.value)}" if computed else "")


def hint_text(hint: Hint, finding: Finding) -> str:
    """Looks like exp-of-sum (exp of a sum is taken term by term) in dx8/dx7"""
    weak = ", a weak guess: few digits are written" if hint.weak else ""
    where = f" in {hint.where}" if hint.where != finding.name else ""
    return f"looks like {hint.code}: {hint.title}{where}{weak}"


def _which_entries(finding: Finding, row: Row, style: Style) -> str:
    bad = [i for i, verdict in enumerate(finding.entry_verdicts) if verdict != "correct"]
    if not bad:
        return "as a whole"
    shape = row.value.shape
    entry = f"entry {place(np.unravel_index(bad[0], shape))} is {plain(finding.entries[bad[0]])}"
    if style.computed:
        entry += f", computed {show_number(row.value.reshape(-1)[bad[0]])}"
    return entry if len(bad) == 1 else f"{len(bad)} of {row.value.size} entries; {entry}"


def verdict_line(report: Report, style: Style) -> Text:
    """The one-line result of a file."""
    findings, failed = report.findings, report.failed
    if not findings:
        return Text("Nothing is expected: computed values only.")
    if not failed:
        text = style.mark("correct").append(f" {_count(len(findings))} correct", style="default")
        close = count_verdicts(report).get("close", 0)
        if close:
            text.append(f" ({close} close)", style="default")
    else:
        parts = [f"{count} {verdict}" for verdict, count in count_verdicts(report).items()]
        text = style.mark("wrong").append(f" {_count(len(findings))}: {', '.join(parts)}", style="default")
    if report.points:
        earned, full = report.points
        text.append(f"; {show_points(earned)} of {show_points(full)} points", style="default")
    if report.left_out:
        text.append(f"; {report.left_out} more for hw2check backprop", style="dim")
    return text


def _count(number: int) -> str:
    return f"{number} answer{'' if number == 1 else 's'}"


def print_lines(reports: Sequence[Report], console: Console, *, quiet: bool = False) -> None:
    """A line a file, and below it what is not right; `quiet` leaves out the files that pass."""
    for report in reports:
        if quiet and not report.failed:
            continue
        style = _style(report, console)
        line = verdict_line(report, style)
        name = f"{report.submission} ({report.file})" if report.submission else report.file
        _print(console, Text(f"{plain(name)}: ").append_text(line))
        for finding in report.findings:
            if finding.verdict != "correct":
                _print(console, Text("  ").append_text(finding_line(finding, report, style)))
        if report.self_check:
            _print_self_check(report.self_check, console, style)


def _print_self_check(rows: Sequence[CheckedGradient], console: Console, style: Style) -> None:
    """Every gradient three times over, from independent derivations."""
    columns = [
        Column("gradient"),
        *(Column(name, "right") for name in ("symbolic", "reverse pass", "differences")),
    ]
    cells = [
        [
            Text(row.name),
            Text(show_number(row.symbolic) + ("" if row.symbolic_by == "sympy" else " (rules)")),
            *(Text(show_number(value)) for value in (row.reverse, row.differences)),
            style.mark("correct" if row.agree else "undecided").append(
                " agree" if row.agree else " disagree"
            ),
        ]
        for row in rows
    ]
    title = Text("Self-check of the problem", style="bold")
    print_table(console, title, [*columns, Column("")], cells, ascii_only=style.ascii_only)
