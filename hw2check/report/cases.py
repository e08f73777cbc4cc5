"""What was judged, one case after the other: the formats that are lists of results are made of these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from hw2check.check.findings import Finding, Report, Row, visible_hints, visible_reason
from hw2check.errors import HW2CheckError, Place
from hw2check.judge.verdicts import PASSING
from hw2check.report.digits import place as entry_place
from hw2check.report.digits import show_number
from hw2check.report.steps import SHOWN, message, relation, short

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded, Mark
    from hw2check.proofread.proof import Link, Proof

PASSED, FAILED, SKIPPED, ERROR = "passed", "failed", "skipped", "error"
OUTCOMES = {"carried": SKIPPED, "unreadable": ERROR, "undecided": ERROR}  # of an answer that is not right
MAX_SHOWN = 1000  # characters of an answer, a step or a reason, in formats that people read
MAX_ENTRIES = 3  # wrong entries of a matrix that are named


@dataclass(frozen=True, slots=True)
class Case:
    """One answer, step, question or file, and what was found."""

    kind: str  # "answer", "step", "question", "equation" (not read) or "file" (not judged)
    name: str  # the quantity; a step's, where it has one
    verdict: str
    outcome: str  # what a test runner would call it: PASSED, FAILED, SKIPPED or ERROR
    written: str = ""
    computed: str = ""  # what is right, as far as a reader may see it
    reason: str = ""
    code: str = ""  # of the mistake that it looks like
    hint: str = ""  # what that is
    place: Place | None = None
    end: Place | None = None
    points: Fraction | None = None
    full: Fraction | None = None

    @property
    def where(self) -> str:
        """Its line, in a notebook the cell too; empty where it has no place."""
        if self.place is None:
            return ""
        _, _, cell = self.place.file.partition(" cell ")
        return f"cell {cell}, line {self.place.line}" if cell else f"line {self.place.line}"

    @property
    def shown(self) -> str:
        """What was written, as far as people read it."""
        return short(self.written, MAX_SHOWN)

    @property
    def is_remarkable(self) -> bool:
        """Whether anything is to be said: not of what is right, nor of a step that was not checked."""
        if self.outcome == PASSED:
            return self.verdict in {"close", "doubtful"}
        return self.verdict != "unchecked"

    @property
    def level(self) -> str:
        """How much it matters: "error" or "warning"."""
        return "error" if self.outcome in {FAILED, ERROR} and self.kind != "question" else "warning"

    @property
    def explanation(self) -> str:
        """What was written, what is right, why, and what it looks like, in one line."""
        parts = [f"written {self.shown}"] if self.written and self.kind == "answer" else []
        parts += [f"right is {self.computed}"] if self.computed and self.is_remarkable else []
        parts += [short(self.reason, MAX_SHOWN)] if self.reason else []
        parts += [f"looks like {self.code}: {self.hint}"] if self.code else []
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Judged:
    """A file, and each case in it."""

    file: str  # with the answers or steps
    problem: str  # the file of the problem, where that is another
    cases: tuple[Case, ...]


def of_answers(reports: Iterable[Report], errors: Iterable[HW2CheckError]) -> Iterator[Judged]:
    """The answers of each file, and the files that could not be judged."""
    for report in reports:
        cases = tuple(_answers(report))
        if report.submission:
            yield Judged(report.submission, report.file, cases)
        else:
            yield Judged(report.file, "", cases)
    for error in errors:
        file = error.place.file if error.place else ""
        reason = f"{error.message}; {error.hint}" if error.hint else error.message
        case = Case("file", file, "not judged", ERROR, reason=reason, place=error.place)
        yield Judged(file or "hw2check", "", (case,))


def _answers(report: Report) -> Iterator[Case]:
    failed = {id(finding) for finding in report.failed}
    rows = {id(row.finding): row for row in report.rows if row.finding}
    for finding in report.findings:
        file = finding.file or report.submission or report.file
        hints = visible_hints(finding, report.show)
        outcome = OUTCOMES.get(finding.verdict, FAILED) if id(finding) in failed else PASSED
        row = rows.get(id(finding))
        yield Case(
            "answer",
            finding.name,
            finding.verdict,
            outcome,
            finding.text,
            _computed(row, finding) if row is not None and report.show == "computed" else "",
            visible_reason(finding, report.show),
            hints[0].code if hints else "",
            hints[0].title if hints else "",
            Place(file, finding.line or 1, finding.column or 1, ""),
            None,
            finding.points,
            finding.full_points,
        )


def _computed(row: Row, finding: Finding) -> str:
    """The right value; of a matrix the entries that are not right; the formula where one is asked."""
    if finding.formula and not finding.entries:
        return row.formula
    if not row.value.shape:
        return show_number(row.value)
    bad = [i for i, verdict in enumerate(finding.entry_verdicts) if verdict != "correct"]
    if not bad or len(finding.entry_verdicts) != row.value.size:
        return ""
    flat = row.value.reshape(-1)
    places = (entry_place(np.unravel_index(i, row.value.shape)) for i in bad[:MAX_ENTRIES])
    named = [f"{where} {show_number(flat[i])}" for where, i in zip(places, bad, strict=False)]
    return ", ".join(named) + (f" and {len(bad) - MAX_ENTRIES} more" if len(bad) > MAX_ENTRIES else "")


def of_steps(proofs: Iterable[Proof], *, strict: bool = False) -> Iterator[Judged]:
    """The steps of each document, its open questions, and what could not be read."""
    for proof in proofs:
        cases = [_step(link, strict=strict) for link in proof.links]
        unread = ERROR if proof.is_blind else SKIPPED
        reason = "this equation could not be read"
        cases += [Case("equation", "", "not read", unread, reason=reason, place=p) for p in proof.unread]
        cases += [
            Case("equation", "", "not closed", unread, reason=f"{mark} is not closed", place=place)
            for mark, place in proof.unclosed
        ]
        cases += [
            Case("question", q.label, "open", FAILED, q.text, reason="no answer", place=q.place)
            for q in proof.questions
        ]
        yield Judged(proof.file, "", tuple(cases))


def _step(link: Link, *, strict: bool) -> Case:
    outcome = {"wrong": FAILED, "carried": SKIPPED, "unchecked": SKIPPED}.get(link.verdict, PASSED)
    if strict and link.verdict in {"close", "doubtful"}:
        outcome = FAILED
    return Case(
        "step",
        link.quantity,
        link.verdict,
        outcome,
        f"{link.left.text} {relation(link)} {link.right.text}",
        "",
        message(link) if link.verdict in SHOWN else link.reason,
        link.code,
        link.hint,
        link.right.place,
        link.right.end_place,
    )


def of_class(graded: Iterable[Graded], show: str = "computed") -> Iterator[Judged]:
    """The answers of each submission of a class."""
    for result, _, _ in graded:
        if result.trouble:
            case = Case("file", result.id, "not judged", ERROR, reason=result.trouble)
            yield Judged(result.id, "", (case,))
        else:
            yield Judged(result.id, "", tuple(_mark(mark, show) for mark in result.marks))


def _mark(mark: Mark, show: str) -> Case:
    passed = mark.verdict in PASSING
    file, _, line = mark.place.rpartition(":")
    return Case(
        "answer",
        mark.column,
        mark.verdict,
        PASSED if passed else OUTCOMES.get(mark.verdict, FAILED),
        mark.written,
        "",
        visible_reason(mark, show),
        mark.codes[0] if mark.codes and show != "none" else "",
        mark.hint if show != "none" else "",
        Place(file, int(line), 1, "") if line.isdigit() else None,
        None,
        mark.earned,
        mark.full,
    )


def remarkable(files: Iterable[Judged]) -> list[tuple[Judged, Case]]:
    """The cases of which something is to be said, with their file."""
    return [(judged, case) for judged in files for case in judged.cases if case.is_remarkable]


def numbers_of(cases: Sequence[Case]) -> dict[str, int]:
    """How many cases have each outcome."""
    return {name: sum(case.outcome == name for case in cases) for name in (PASSED, FAILED, SKIPPED, ERROR)}
