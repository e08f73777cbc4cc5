"""SARIF 2.1.0, as code scanning and editors read it: a result for each finding, a rule for each kind of one.

A file that could not be judged is a notification of the run. Source: OASIS, "Static Analysis Results
Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hw2check import __version__
from hw2check.check.findings import Report
from hw2check.errors import HW2CheckError, Place, plain
from hw2check.mistakes.catalogue import MISTAKES
from hw2check.report.cases import Case, Judged, of_answers, of_class, of_steps, remarkable
from hw2check.report.formats import PLAIN, View
from hw2check.report.github import from_root
from hw2check.report.json import defused

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded
    from hw2check.proofread.proof import Proof

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RULES = {  # what a finding is, where no mistake is named
    "wrong": "The answer, or the step, is not right.",
    "carried": "It follows from an earlier mistake.",
    "close": "The last digit written is not the right rounding.",
    "coarse": "Too few digits are written to show the value.",
    "doubtful": "It fails under the likeliest reading of its names, not under each.",
    "missing": "An answer that is asked for is not there.",
    "unreadable": "The answer cannot be read.",
    "undecided": "It cannot be told whether the answer is right.",
    "open": "A question has no answer.",
    "not read": "An equation could not be read.",
    "not closed": "A mark that opens mathematics is not closed.",
}


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), view: View = PLAIN) -> str:
    """A result for each answer that is not right or not quite."""
    return _log(of_answers(reports, errors), view)


def steps(proofs: Sequence[Proof], view: View = PLAIN) -> str:
    """A result for each step that is not right, each open question, each equation that was not read."""
    return _log(of_steps(proofs, strict=view.strict), view)


def grades(graded: Iterable[Graded], view: View = PLAIN) -> str:
    """A result for each answer of a class that is not right or not quite."""
    return _log(of_class(graded, view.show), view)


def _log(files: Iterable[Judged], view: View) -> str:
    found = remarkable(files)
    told = [case for _, case in found if case.kind == "file"]
    found = [(judged, case) for judged, case in found if case.kind != "file"]
    rules = list(dict.fromkeys(_rule(case) for _, case in found))
    driver = {
        "name": "hw2check",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_described(rule) for rule in rules],
    }
    invocation: dict[str, Any] = {"executionSuccessful": not told}
    if told:
        invocation["toolExecutionNotifications"] = [_notification(case, view.root) for case in told]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": [_result(judged, case, rules, view.root) for judged, case in found],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return defused(json.dumps(log, indent=2, ensure_ascii=True, allow_nan=False)) + "\n"


def _rule(case: Case) -> str:
    return case.code or case.verdict.replace(" ", "-")


def _described(rule: str) -> dict[str, Any]:
    mistake = MISTAKES.get(rule)
    if mistake is None:
        return {"id": rule, "shortDescription": {"text": RULES.get(rule.replace("-", " "), rule)}}
    return {
        "id": rule,
        "shortDescription": {"text": mistake.title},
        "fullDescription": {"text": f"{mistake.title}. For example: {mistake.example}"},
    }


def _result(judged: Judged, case: Case, rules: Sequence[str], root: str) -> dict[str, Any]:
    rule = _rule(case)
    about = {"quantity": plain(case.name)} if case.name else {}
    return {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": case.level,
        "message": {"text": plain(_message(case))},
        "locations": [_location(case.place or Place(judged.file, 1, 1, ""), case.end, root)],
        "partialFingerprints": {"hw2check/v1": _fingerprint(judged, case)},
        "properties": {"verdict": case.verdict, "kind": case.kind} | about,
    }


def _message(case: Case) -> str:
    about = case.name if case.name and case.kind == "answer" else ""
    said = f"{about} is {case.verdict}" if about else f"{case.verdict} {case.kind}"
    written = f": {case.shown}" if case.kind in {"step", "question"} else ""
    if case.where.startswith("cell "):  # the lines of a cell are none of the file
        said = f"{case.where}: {said}"
    return f"{said}{written}" + (f"; {case.explanation}" if case.explanation else "")


def _location(start: Place, end: Place | None, root: str) -> dict[str, Any]:
    """A file with its region; the lines of a notebook's cell are no lines of its file."""
    file, _, cell = start.file.partition(" cell ")
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(from_root(file, root))}}
    if not cell:
        end = end or start
        physical["region"] = {"startLine": start.line, "startColumn": start.column, "endLine": end.line}
        if (end.line, end.column) > (start.line, start.column):
            physical["region"]["endColumn"] = end.column + 1  # that of SARIF is behind the last character
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    """A reference as RFC 3986 has it; absolute for an absolute name."""
    path = Path(file)
    name = quote(path.as_posix().encode(errors="surrogateescape"))
    return f"file://{name}" if path.is_absolute() else name


def _fingerprint(judged: Judged, case: Case) -> str:
    """The same in the next run for the same finding, wherever it has moved to."""
    text = "\0".join((judged.file, case.kind, case.name, case.verdict, case.written))
    return blake2b(text.encode(errors="surrogateescape"), digest_size=10).hexdigest()


def _notification(case: Case, root: str) -> dict[str, Any]:
    told: dict[str, Any] = {"level": "error", "message": {"text": plain(case.reason)}}
    if case.place:
        told["locations"] = [_location(case.place, None, root)]
    return told
