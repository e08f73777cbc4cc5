"""JUnit XML, as CI servers read it: a suite for each file, a test case for each answer.

What is wrong is a failure, what could not be judged an error; what is carried from another mistake, or could
not be checked, is skipped. Times are not measured: they are 0, because some readers need one.

Source: the schema junit-10.xsd of Jenkins' xUnit plugin; XML 1.0, section 2.2, for the characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from hw2check.check.findings import Report
from hw2check.errors import HW2CheckError, plain
from hw2check.report.cases import (
    ERROR,
    FAILED,
    MAX_SHOWN,
    SKIPPED,
    Case,
    Judged,
    numbers_of,
    of_answers,
    of_class,
    of_steps,
)
from hw2check.report.formats import PLAIN, View
from hw2check.report.steps import short

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded
    from hw2check.proofread.proof import Proof

ELEMENTS = {FAILED: "failure", ERROR: "error", SKIPPED: "skipped"}


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), _: View = PLAIN) -> str:
    """A test case for each answer, and for each file that could not be judged."""
    return _document(of_answers(reports, errors))


def steps(proofs: Sequence[Proof], view: View = PLAIN) -> str:
    """A test case for each step, each open question, and each equation that could not be read."""
    return _document(of_steps(proofs, strict=view.strict))


def grades(graded: Iterable[Graded], view: View = PLAIN) -> str:
    """A test case for each answer of each submission."""
    return _document(of_class(graded, view.show))


def _document(files: Iterable[Judged]) -> str:
    root = ElementTree.Element("testsuites", name="hw2check")
    sums = {"tests": 0, "failures": 0, "errors": 0}
    for judged in files:
        suite = _suite(judged)
        sums = {key: number + int(suite.get(key, "0")) for key, number in sums.items()}
        root.append(suite)
    root.attrib |= {key: str(number) for key, number in sums.items()} | {"time": "0"}
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(judged: Judged) -> ElementTree.Element:
    counts = numbers_of(judged.cases)
    suite = ElementTree.Element(
        "testsuite",
        name=plain(judged.file),
        tests=str(len(judged.cases)),
        failures=str(counts[FAILED]),
        errors=str(counts[ERROR]),
        skipped=str(counts[SKIPPED]),
        time="0",
    )
    for case in judged.cases:
        suite.append(_case(judged, case))
    return suite


def _case(judged: Judged, case: Case) -> ElementTree.Element:
    element = ElementTree.Element("testcase", name=_name(case), classname=plain(judged.file), time="0")
    if case.outcome in ELEMENTS:
        said = plain(case.explanation)
        result = ElementTree.SubElement(element, ELEMENTS[case.outcome])
        if case.outcome != SKIPPED:
            result.set("type", case.verdict)
        result.set("message", f"{case.verdict}: {said}" if said else case.verdict)
        result.text = "\n".join(_lines(case)) or None
    return element


def _name(case: Case) -> str:
    """The quantity; of a step its line and what it says: readers compare runs by names."""
    if case.kind == "answer":
        return plain(case.name)
    if case.kind == "file":
        return "could not be judged"
    where = f"{case.where}: " if case.place else ""
    return where + plain(case.shown or case.reason)


def _lines(case: Case) -> Iterable[str]:
    """Where it stands, and what was found, a line each."""
    if case.place:
        yield str(case.place)
    named = {"written": case.shown, "right": case.computed, "why": short(case.reason, MAX_SHOWN)}
    yield from (f"{name}: {plain(text)}" for name, text in named.items() if text)
    if case.code:
        yield f"looks like {case.code}: {plain(case.hint)}"
