"""A table with a row for each answer or step, for spreadsheets and scripts.

Source: RFC 4180, with line ends of one character; OWASP, "CSV Injection": a cell that a spreadsheet would
take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from hw2check.check.findings import Report
from hw2check.errors import HW2CheckError, plain
from hw2check.report.cases import Case, Judged, of_answers, of_class, of_steps
from hw2check.report.formats import PLAIN, View
from hw2check.report.steps import short

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded
    from hw2check.proofread.proof import Proof

COLUMNS = (
    *("file", "problem", "kind", "quantity", "verdict", "written", "computed", "reason", "code", "hint"),
    *("points", "max_points", "line", "column"),
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
MAX_CELL = 32_000  # characters; Excel cuts a cell off at 32,767
_FORMULA = ("=", "+", "-", "@")


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), view: View = PLAIN) -> str:
    """A row for each answer, and for each file that could not be judged."""
    return _table(of_answers(reports, errors), view)


def steps(proofs: Sequence[Proof], view: View = PLAIN) -> str:
    """A row for each step of which something is to be said, or for each one where all are asked for."""
    return _table(of_steps(proofs, strict=view.strict), view if view.every else view._replace(quiet=True))


def grades(graded: Iterable[Graded], view: View = PLAIN) -> str:
    """A row for each answer of each submission."""
    return _table(of_class(graded, view.show), view)


def _table(files: Iterable[Judged], view: View) -> str:
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(COLUMNS)
    for judged in files:
        for case in judged.cases:
            if not view.quiet or case.is_remarkable:
                rows.writerow(map(cell, _row(judged, case)))
    return table.getvalue()


def _row(judged: Judged, case: Case) -> tuple[str, ...]:
    line, column = (str(case.place.line), str(case.place.column)) if case.place else ("", "")
    file = case.place.file if case.place and case.where.startswith("cell ") else judged.file
    return (
        *(file, judged.problem, case.kind, case.name, case.verdict, case.written, case.computed),
        *(case.reason, case.code, case.hint, _points(case.points), _points(case.full), line, column),
    )


def _points(points: Fraction | None) -> str:
    return "" if points is None else f"{float(points):.4f}".rstrip("0").rstrip(".")


def cell(text: str) -> str:
    """Text on one line that no spreadsheet takes for a formula; numbers stay as they are."""
    line = plain(short(" ".join(text.split()), MAX_CELL))
    return f"'{line}" if line.startswith(_FORMULA) and not _NUMBER.fullmatch(line) else line
