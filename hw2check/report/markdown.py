"""Reports as Markdown, for a comment on a pull request or a summary of a workflow.

Source: GitHub Flavored Markdown Spec, "Tables (extension)" and "Backslash escapes".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from hw2check.check.findings import (
    Finding,
    Report,
    count_verdicts,
    show_points,
    visible_hints,
    visible_reason,
)
from hw2check.errors import HW2CheckError, plain
from hw2check.report.formats import PLAIN, View
from hw2check.report.partials import shown_partials
from hw2check.report.steps import SHOWN, message, relation, short, summary

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded
    from hw2check.proofread.proof import Proof

_MEANING = re.compile(r"([\\`*_{}\[\]<>#|~$&!@])")  # characters that Markdown may act on
SHOWN_TEXT = 200  # characters of an answer


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), view: View = PLAIN) -> str:
    """For each file its counts, and a table of the answers that are not right."""
    blocks: list[str] = []
    for report in reports:
        if not view.quiet or report.failed:
            blocks += _report(report)
    if errors:
        blocks.append("## Not judged")
        blocks.append("\n".join(f"- {_text(_located(error))}" for error in errors))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _located(error: HW2CheckError) -> str:
    return f"{error.place}: {error.message}" if error.place else error.message


def _report(report: Report) -> Iterator[str]:
    name = f"{report.submission} ({report.file})" if report.submission else report.file
    yield f"## {_text(name)}: {'not all correct' if report.failed else 'all correct'}"
    counts = ", ".join(f"{count} {verdict}" for verdict, count in count_verdicts(report).items())
    yield f"{counts or 'no answers'}."
    rows = [_row(finding, report) for finding in report.findings if finding.verdict != "correct"]
    if rows:
        yield _table(("quantity", "verdict", "written", "line", "why"), rows)
    if report.local_partials:
        shown, more = shown_partials(report.local_partials)
        yield _table(("local partial", "formula", "meaning"), shown)
        if more:
            yield f"and {more} more."


def _row(finding: Finding, report: Report) -> tuple[str, ...]:
    hints = (f"looks like {hint.code}: {hint.title}" for hint in visible_hints(finding, report.show))
    why = "; ".join(part for part in (visible_reason(finding, report.show), *hints) if part)
    line = str(finding.line) if finding.line else ""
    written = finding.text if len(finding.text) <= SHOWN_TEXT else finding.text[: SHOWN_TEXT - 3] + "..."
    return finding.name, finding.verdict, written, line, why


def steps(proofs: Sequence[Proof], view: View = PLAIN) -> str:
    """For each document a table of its faults, of all steps where asked, and its open questions."""
    blocks: list[str] = []
    for proof in proofs:
        blocks += _document(proof, view)
    return "\n\n".join(blocks) + "\n" if blocks else ""


def grades(graded: Iterable[Graded], _: View = PLAIN) -> str:
    """A table with a row for each submission."""
    rows = [_grade(one) for one in graded]
    return _table(("submission", "student", "points", "answers"), rows) + "\n"


def _grade(graded: Graded) -> tuple[str, ...]:
    result = graded.result
    counts: dict[str, int] = {}
    for mark in result.marks:
        counts[mark.verdict] = counts.get(mark.verdict, 0) + 1
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    full = sum((mark.full for mark in result.marks), Fraction(0))
    points = f"{show_points(graded.total)} of {show_points(full)}" if result.marks else "0"
    return result.id, result.student, points, f"not judged: {result.trouble}" if result.trouble else said


def _document(proof: Proof, view: View) -> Iterator[str]:
    yield f"## {_text(proof.file)}"
    yield "\n".join(f"- {_text(line)}" for line in summary(proof))
    rows = []
    for link in proof.links:
        if view.every or (link.verdict in SHOWN and not (view.quiet and link.verdict == "close")):
            step = f"{short(link.left.text)} {relation(link)} {short(link.right.text)}"
            hint = f"looks like {link.code}: {link.hint}" if link.hint else ""
            said = message(link) if link.verdict in SHOWN else link.reason
            why = "; ".join(part for part in (said, hint) if part)
            rows.append((_where(str(link.right.place)), link.verdict, step, why))
    if rows:
        yield _table(("place", "verdict", "step", "why"), rows)
    if proof.questions:
        yield "\n".join(f"- no answer: {_text(f'{q.label}: {q.text}')}" for q in proof.questions)


def _where(place: str) -> str:
    """Line and column; the file stands in the heading."""
    return ":".join(place.rsplit(":", 2)[1:])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(text: str) -> str:
    """Text on one line that Markdown shows as it is: neither marks, HTML, mentions nor mathematics."""
    return _MEANING.sub(r"\\\1", plain(text)).replace(r"\@", "@<!-- -->")
