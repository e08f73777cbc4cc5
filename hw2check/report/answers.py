"""A report as tables for a terminal: expected beside computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from hw2check.check.findings import (
    CheckedGradient,
    Finding,
    Report,
    Row,
)
from hw2check.errors import plain
from hw2check.report.marks import show_credit
from hw2check.report.partials import print_partials
from hw2check.report.tables import Column, print_line, print_table

if TYPE_CHECKING:
    pass

from hw2check.report.digits import show_number
from hw2check.report.marks import MARKS, Style
from hw2check.report.matrices import print_matrix
from hw2check.report.verdict_lines import finding_line, verdict_line

SHOWN_ROWS = 200  # of one table; of a longer one those with answers, and the first ones


LEGEND = "expected: as written in the answer; computed: by hw2check"


TITLES = {
    "value": "Values",
    "partial": "Local partial derivatives",
    "gradient": "Gradients",
    "update": "Updated parameters",
}


def print_report(report: Report, console: Console, *, verbose: bool = False, quiet: bool = False) -> None:
    """The whole report: what is not right, then a table for each kind of quantity and for each matrix."""
    style = _style(report, console, verbose=verbose)
    if report.title and not quiet:
        print_line(console, Text(plain(report.title), style="bold"))
    for finding in report.findings:
        if finding.verdict != "correct":
            print_line(console, finding_line(finding, report, style))
    if not quiet:
        if report.findings and style.computed:
            print_line(console, Text(LEGEND, style="dim"))
        print_line(console, Text(""))
        _print_all_tables(report, console, style)
    print_line(console, verdict_line(report, style))


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


def _print_tables(kind: str, rows: Sequence[Row], console: Console, style: Style) -> None:
    scalars = [row for row in rows if not row.value.shape]
    if scalars:
        _print_scalars(kind, scalars, console, style)
    elif rows and kind != "value":
        print_line(console, Text(TITLES[kind], style="bold"))
    for row in rows:
        if row.value.shape:
            print_matrix(row, console, style)


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
        columns.append(Column("verdict", brief=True))
    points = any(row.finding and row.finding.full_points is not None for row in rows)
    if points:
        columns.append(Column("points"))
    cells = [list(_scalar_cells(row, style, judged=judged, points=points)) for row in rows]
    if judged or style.computed:
        print_table(console, Text(TITLES[kind], style="bold"), columns, cells, ascii_only=style.ascii_only)
    if hidden:
        print_line(console, Text(f" and {hidden} more that nothing is expected for: -v shows them\n"))


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
        yield Text(show_credit(finding))


def _expected(finding: Finding | None) -> Text:
    if finding is None:
        return Text("")
    value = finding.entries[0] if finding.entries and not finding.shape else ""
    if finding.formula and finding.formula_verdict in {"", "correct"}:
        return Text("\n".join(part for part in ("equivalent", value) if part))
    return Text(plain("\n".join(part for part in (finding.formula, value) if part) or finding.text))


def print_lines(reports: Sequence[Report], console: Console, *, quiet: bool = False) -> None:
    """A line a file, and below it what is not right; `quiet` leaves out the files that pass."""
    for report in reports:
        if quiet and not report.failed:
            continue
        style = _style(report, console)
        line = verdict_line(report, style)
        name = f"{report.submission} ({report.file})" if report.submission else report.file
        print_line(console, Text(f"{plain(name)}: ").append_text(line))
        for finding in report.findings:
            if finding.verdict != "correct":
                print_line(console, Text("  ").append_text(finding_line(finding, report, style)))
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
