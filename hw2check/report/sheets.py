"""A judged file as a page shows it: plain text, and formulas and pictures that are markup already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from hw2check.check.findings import Finding, Report, Row, visible_hints, visible_reason
from hw2check.draw.building import MOST_BOXES, draw
from hw2check.draw.svg import svg
from hw2check.errors import HW2CheckError
from hw2check.formula.shapes import Shape
from hw2check.latex.mathml import to_mathml
from hw2check.report.answers import TITLES
from hw2check.report.digits import show_number, show_shape
from hw2check.report.formats import View
from hw2check.report.marks import Style, show_credit
from hw2check.report.matrices import SHOWN_ENTRIES, large_summary
from hw2check.report.plots import line_plot
from hw2check.report.verdict_lines import hint_text, verdict_line

DRAWN = 60  # boxes of a graph that a page draws
SHORT = 30  # characters of a formula that stands in the heading of a matrix
LONGEST = 400  # characters of a formula that is set; a longer one is shown as text


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """An answer that is not right."""

    name: str
    verdict: str
    anchor: str  # of its row; empty where it has none
    written: str
    computed: str
    line: int
    reason: str
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A quantity without axes."""

    anchor: str
    name: str
    formula: str | Markup
    expected: str
    number: str
    verdict: str
    points: str


@dataclass(frozen=True, slots=True)
class ShownMatrix:
    """A quantity with axes."""

    anchor: str
    name: str
    shape: str
    formula: str | Markup
    is_long: bool  # the formula has a line of its own
    verdict: str
    points: str
    summary: str  # of a large one
    expected: list[list[str]]
    verdicts: tuple[str, ...]
    computed: list[list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """The quantities of one kind."""

    title: str
    rows: tuple[ShownRow, ...]
    matrices: tuple[ShownMatrix, ...]
    judged: bool
    points: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file."""

    title: str
    name: str
    failed: bool
    result: str
    judged: bool
    computed: bool  # whether a reader may see what is right
    findings: tuple[ShownFinding, ...]
    tables: tuple[Table, ...]
    picture: Markup | None
    losses: Markup | None


def sheet(report: Report, number: int, view: View) -> Sheet:
    """The page's part about one file.

    number  of the file on the page, for anchors
    """
    style = Style(ascii_only=False, verbose=view.verbose, show=report.show)
    anchors = {row.name: f"q{number}-{position}" for position, row in enumerate(report.rows)}
    return Sheet(
        report.title or report.file,
        f"{report.submission} ({report.file})" if report.submission else report.file,
        bool(report.failed),
        verdict_line(report, style).plain,
        bool(report.findings),
        style.computed,
        tuple(_findings(report, anchors, style)),
        () if view.quiet else tuple(_tables(report, anchors, style)),
        None if view.quiet or not style.computed else _picture(report),
        line_plot(report.losses, "loss") if report.losses and style.computed else None,
    )


def _findings(report: Report, anchors: Mapping[str, str], style: Style) -> Iterator[ShownFinding]:
    rows = {id(row.finding): row for row in report.rows if row.finding}
    for finding in report.findings:
        if finding.verdict != "correct":
            row = rows.get(id(finding))
            hints = (hint_text(hint, finding) for hint in visible_hints(finding, style.show))
            yield ShownFinding(
                finding.name,
                finding.verdict,
                anchors.get(finding.name, ""),
                finding.text,
                show_number(row.value) if row and not row.value.shape and style.computed else "",
                finding.line,
                visible_reason(finding, style.show),
                tuple(hints),
            )


def _tables(report: Report, anchors: Mapping[str, str], style: Style) -> Iterator[Table]:
    shapes = {row.name: row.value.shape for row in report.rows}
    if report.problem is not None:
        shapes.update({name: value.shape for name, value in report.problem.given.items()})
    for kind, title in TITLES.items():
        rows = [row for row in report.rows if row.kind == kind and (style.computed or row.finding)]
        if not rows:
            continue
        yield Table(
            title,
            tuple(_row(row, anchors, shapes, style) for row in rows if not row.value.shape),
            tuple(_matrix(row, anchors, shapes, style) for row in rows if row.value.shape),
            any(row.finding for row in rows),
            any(row.finding and row.finding.full_points is not None for row in rows),
        )


def _formula(row: Row, shapes: Mapping[str, Shape], style: Style) -> str | Markup:
    if row.tree is None or not style.computed:
        return ""
    if len(row.formula) > LONGEST:
        return row.formula
    return Markup(to_mathml(row.tree, shapes))  # noqa: S704  # names in it are escaped


def _row(row: Row, anchors: Mapping[str, str], shapes: Mapping[str, Shape], style: Style) -> ShownRow:
    finding = row.finding
    return ShownRow(
        anchors[row.name],
        row.name,
        _formula(row, shapes, style),
        _expected(finding),
        show_number(row.value) if style.computed else "",
        finding.verdict if finding else "",
        show_credit(finding),
    )


def _expected(finding: Finding | None) -> str:
    if finding is None:
        return ""
    value = finding.entries[0] if finding.entries and not finding.shape else ""
    if finding.formula and finding.formula_verdict in {"", "correct"}:
        return f"equivalent, {value}" if value else "equivalent"
    return finding.text


def _matrix(row: Row, anchors: Mapping[str, str], shapes: Mapping[str, Shape], style: Style) -> ShownMatrix:
    finding = row.finding
    is_large = row.value.size > SHOWN_ENTRIES and not style.verbose
    written: list[list[str]] = []
    if finding and finding.entries and not is_large:
        width = finding.shape[-1] if finding.shape else 1
        entries = finding.entries
        written = [list(entries[start : start + width]) for start in range(0, len(entries), width)]
    rows = row.value.reshape(1, -1) if row.value.ndim == 1 else row.value
    return ShownMatrix(
        anchors[row.name],
        row.name,
        show_shape(row.value.shape),
        _formula(row, shapes, style),
        len(row.formula) > SHORT,
        finding.verdict if finding else "",
        show_credit(finding),
        large_summary(row, style).plain.strip() if is_large else "",
        written,
        finding.entry_verdicts if finding else (),
        [[show_number(entry) for entry in each] for each in rows] if style.computed and not is_large else [],
    )


def _picture(report: Report) -> Markup | None:
    """The graph, where it is small enough to be looked at."""
    problem = report.problem
    if problem is None or len(problem.graph.by_name) > min(DRAWN, MOST_BOXES):
        return None
    values = {row.name for row in report.rows if row.kind == "value"}
    if not values.issuperset(problem.graph.by_name):
        return None  # a report of some quantities alone
    try:
        drawing = draw(problem, report)
        return Markup(svg(drawing, vertical=drawing.is_deep, style=False))  # noqa: S704  # text in it is escaped
    except HW2CheckError:
        return None  # without pygraphviz
