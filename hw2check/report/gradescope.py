"""Gradescope's results.json: a test for each answer, with its points.

An answer of a problem that gives no points is worth one, as is a document without a mistake. Source:
Gradescope, "Autograder Specifications".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hw2check.check.findings import Report
from hw2check.errors import HW2CheckError, plain
from hw2check.report.cases import (
    FAILED,
    MAX_SHOWN,
    PASSED,
    SKIPPED,
    Case,
    Judged,
    of_answers,
    of_class,
    of_steps,
)
from hw2check.report.formats import PLAIN, View
from hw2check.report.json import defused
from hw2check.report.steps import is_failed, short

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded
    from hw2check.proofread.proof import Proof

MOST_LINES = 50  # findings of a document that are told
ONE = Fraction(1)


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), _: View = PLAIN) -> str:
    """A test for each answer; a file that could not be judged is a test without points."""
    judged = list(of_answers(reports, errors))
    several = len(judged) > 1
    return _results([_answer(file, case, several=several) for file in judged for case in file.cases])


def steps(proofs: Sequence[Proof], view: View = PLAIN) -> str:
    """A test for each document, with what is not right in it."""
    return _results([_document(proof, view) for proof in proofs])


def grades(graded: Iterable[Graded], view: View = PLAIN) -> str:
    """The tests of one submission; its score is what is left of the points where it is late.

    Raises HW2CheckError for several: Gradescope runs its grader on each by itself.
    """
    found = list(graded)
    if not found:
        return _results([])
    if len(found) > 1:
        raise HW2CheckError(
            f"-f gradescope is for one submission, and here are {len(found)}",
            hint="--for gradescope makes a table of a class",
        )
    (one,) = found
    (judged,) = of_class(found, view.show)
    tests = [_answer(judged, case, several=False) for case in judged.cases]
    notes = [plain(note) for note in one.result.notes]
    if one.lost:
        notes.insert(0, f"Late: {float(one.lost * 100):g} % of the points are lost.")
    return _results(tests, float(one.total), "\n".join(notes))


def _results(tests: list[dict[str, Any]], score: float | None = None, output: str = "") -> str:
    data: dict[str, Any] = {"score": score} if score is not None else {}
    if score is None and not any("score" in test for test in tests):
        data["score"] = 0.0  # Gradescope wants one where no test has one
    if output:
        data |= {"output": output, "output_format": "text"}
    data |= {"visibility": "visible", "tests": tests}
    return defused(json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False)) + "\n"


def _answer(judged: Judged, case: Case, *, several: bool) -> dict[str, Any]:
    name = "Not judged" if case.kind == "file" else plain(case.name)
    given = any(other.full is not None for other in judged.cases)
    full = case.full if case.full is not None else Fraction(0) if given or case.kind == "file" else ONE
    earned = case.points if case.points is not None else full * (case.outcome == PASSED)
    test = {
        "name": f"{plain(judged.file)}: {name}" if several else name,
        "score": float(earned),
        "max_score": float(full),
        "status": "passed" if case.outcome == PASSED or earned == full > 0 else "failed",
        "output": _told(case),
        "output_format": "text",
        "visibility": "visible",
    }
    if not full:
        del test["score"], test["max_score"]
    return test


def _told(case: Case) -> str:
    lines = [case.verdict]
    lines += [f"written: {case.shown}"] if case.written else []
    lines += [f"right: {case.computed}"] if case.computed and case.is_remarkable else []
    lines += [short(case.reason, MAX_SHOWN)] if case.reason else []
    lines += [f"looks like {case.code}: {case.hint}"] if case.code else []
    return "\n".join(map(plain, lines))


def _document(proof: Proof, view: View) -> dict[str, Any]:
    (judged,) = of_steps([proof], strict=view.strict)
    found = [case for case in judged.cases if case.outcome in {FAILED, SKIPPED} and case.is_remarkable]
    lines = [plain(_step_line(case)) for case in found[:MOST_LINES]]
    if len(found) > MOST_LINES:
        lines.append(f"and {len(found) - MOST_LINES} more")
    right = not is_failed(proof, strict=view.strict) and not proof.is_blind
    return {
        "name": plain(proof.file),
        "score": 1.0 if right else 0.0,
        "max_score": 1.0,
        "status": "passed" if right else "failed",
        "output": "\n".join(lines) or "no mistake found",
        "output_format": "text",
        "visibility": "visible",
    }


def _step_line(case: Case) -> str:
    where = f"{case.where}: " if case.place else ""
    written = f": {case.shown}" if case.written else ""
    return f"{where}{case.verdict} {case.kind}{written}" + (
        f" ({case.explanation})" if case.explanation else ""
    )
