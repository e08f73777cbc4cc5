"""Reports as JSON, in the stable form that `hw2check schema report` describes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hw2check import __version__
from hw2check.check.findings import (
    CheckedGradient,
    Finding,
    Report,
    Row,
    count_verdicts,
    visible_hints,
    visible_reason,
)
from hw2check.errors import HW2CheckError, Place, plain
from hw2check.formula.functions import Array
from hw2check.mistakes.mistake import Hint
from hw2check.report.formats import PLAIN, View
from hw2check.report.steps import SHOWN, count_links, is_failed

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded
    from hw2check.proofread.proof import Link, Proof

FORMAT_VERSION = 1  # grows when a key changes its meaning or goes; new keys may come at any time


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), _: View = PLAIN) -> str:
    """One JSON document for all files, numbers finite or null."""
    document = {
        "format": "hw2check-report",
        "version": FORMAT_VERSION,
        "hw2check": __version__,
        "ok": not errors and not any(report.failed for report in reports),
        "files": [file_as_json(report) for report in reports],
        "errors": [error.as_json() for error in errors],
    }
    return _dumped(document)


def steps(proofs: Sequence[Proof], view: View = PLAIN) -> str:
    """One JSON document; every step where asked, else the findings alone."""
    document = {
        "format": "hw2check-proofread",
        "version": FORMAT_VERSION,
        "hw2check": __version__,
        "ok": not any(is_failed(proof, strict=view.strict) for proof in proofs),
        "documents": [document_as_json(proof, every=view.every) for proof in proofs],
    }
    return _dumped(document)


def grades(graded: Iterable[Graded], _: View = PLAIN) -> str:
    """One JSON document for all submissions of a class."""
    document = {
        "format": "hw2check-grades",
        "version": FORMAT_VERSION,
        "hw2check": __version__,
        "submissions": [grade_as_json(one) for one in graded],
    }
    return _dumped(document)


def grade_as_json(graded: Graded) -> dict[str, Any]:
    """A graded submission; points are exact, as text: "7/2"."""
    from hw2check.grade.marks import result_as_json

    return result_as_json(graded.result) | {"lost": str(graded.lost), "total": str(graded.total)}


def _dumped(document: dict[str, Any]) -> str:
    return defused(json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)) + "\n"


def defused(text: str) -> str:
    """The same JSON, but no command to a runner: ##[error]."""
    return text.replace("##", r"#\u0023")


def file_as_json(report: Report) -> dict[str, Any]:
    """A file and its answers, as `definitions/file` of the schema describes it."""
    points = report.points
    return {
        "file": report.file,
        "submission": report.submission or None,
        "title": report.title,
        "ok": not report.failed,
        "strict": report.strict,
        "counts": count_verdicts(report),
        "first_wrong": next((f.name for f in report.failed), None),
        "points": float(points[0]) if points else None,
        "max_points": float(points[1]) if points else None,
        "quantities": [_quantity(row, report.show) for row in report.rows],
        "local_partials": [
            {"name": name, "formula": formula, "acts": acts} for name, formula, acts in report.local_partials
        ],
        "unknown": [_finding(finding, report.show) for finding in report.stray],
        "not_judged": report.left_out,
        "losses": [_finite(loss) for loss in report.losses] if report.show == "computed" else [],
        "self_check": [_three_numbers(row) for row in report.self_check],
    }


def _three_numbers(row: CheckedGradient) -> dict[str, Any]:
    return {
        "name": row.name,
        "symbolic": _finite(row.symbolic),
        "reverse": _finite(row.reverse),
        "differences": _finite(row.differences),
        "agree": row.agree,
        "symbolic_by": row.symbolic_by,
    }


def _quantity(row: Row, show: str) -> dict[str, Any]:
    open_ = show == "computed"
    return {
        "name": row.name,
        "kind": row.kind,
        "formula": (row.formula or None) if open_ else None,
        "latex": (row.latex or None) if open_ else None,
        "chain_rule": (row.chain or None) if open_ else None,
        "shape": list(row.value.shape),
        "computed": _number(row.value) if open_ else None,
        "answer": _finding(row.finding, show) if row.finding else None,
    }


def _finding(finding: Finding, show: str) -> dict[str, Any]:
    return {
        "name": finding.name,
        "verdict": finding.verdict,
        "reason": visible_reason(finding, show) or None,
        "expected": finding.text,
        "formula_verdict": finding.formula_verdict or None,
        "entry_verdicts": list(finding.entry_verdicts) or None,
        "greatest_difference": _off(finding) if show == "computed" else None,
        "carried_from": list(finding.carried_from),
        "hints": [_hint(hint) for hint in visible_hints(finding, show)],
        "points": None if finding.points is None else float(finding.points),
        "max_points": None if finding.full_points is None else float(finding.full_points),
        "file": finding.file or None,
        "line": finding.line or None,
        "column": finding.column or None,
    }


def _off(finding: Finding) -> dict[str, Any] | None:
    if finding.off is None:
        return None
    return {"by": finding.off[0], "entry": [place + 1 for place in finding.off[1]]}


def _hint(hint: Hint) -> dict[str, Any]:
    return {"code": hint.code, "title": hint.title, "in": hint.where, "weak": hint.weak}


def _number(array: Array) -> Any:
    if array.ndim:
        return [_number(part) for part in array]
    return _finite(float(np.asarray(array)))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def document_as_json(proof: Proof, *, every: bool) -> dict[str, Any]:
    """A document and its steps, as `definitions/document` of the schema describes it."""
    shown = [link for link in proof.links if every or link.verdict in SHOWN]
    return {
        "file": proof.file,
        "links": len(proof.links),
        "coverage": round(proof.coverage, 1),
        "counts": count_links(proof),
        "findings": [_step(link) for link in shown],
        "open_questions": [{"question": q.label, "text": q.text, **_place(q.place)} for q in proof.questions],
        "unread": [_place(place) for place in proof.unread],
        "unclosed": [{"mark": mark, **_place(place)} for mark, place in proof.unclosed],
        "apart": list(proof.apart),
        "ignored": proof.ignored,
        "known": len(proof.known),
    }


def _step(link: Link) -> dict[str, Any]:
    end = link.right.end_place
    return {
        "verdict": link.verdict,
        "reason": link.reason or None,
        "quantity": link.quantity or None,
        **_place(link.right.place),
        "end_line": end.line,
        "end_column": end.column,
        "left": plain(link.left.text),
        "relation": link.relation,
        "right": plain(link.right.text),
        "left_value": link.values[0] or None,
        "right_value": link.values[1] or None,
        "ends": link.end or None,
        "hint": link.hint or None,
        "code": link.code or None,
    }


def _place(place: Place) -> dict[str, Any]:
    file, _, cell = place.file.partition(" cell ")
    return {
        "file": file,
        "cell": int(cell) if cell.isdigit() else None,
        "line": place.line,
        "column": place.column,
    }
