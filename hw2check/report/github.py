"""GitHub workflow commands: annotations on the line of each finding.

Source: GitHub's "Workflow commands", and @actions/core `command.ts` for the escaping. The runner shows 10
annotations of a level and step, and 50 of a job: where there are more, the last one lists the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hw2check.check.findings import Report
from hw2check.errors import HW2CheckError, Place, plain
from hw2check.report.cases import Case, Judged, of_answers, of_class, of_steps, remarkable
from hw2check.report.formats import PLAIN, View
from hw2check.report.steps import short

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded
    from hw2check.proofread.proof import Proof

MOST = 10  # annotations of a level
LISTED = 30  # findings that the last one of a level lists


def escape_data(text: str) -> str:
    """A message for a workflow command."""
    lines = (plain(line) for line in text.replace("\r", "\n").split("\n"))
    return "%0A".join(line.replace("%", "%25") for line in lines)


def escape_property(text: str) -> str:
    """A property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def from_root(file: str, root: str) -> str:
    """A file's name from the root of the repository, where that is known and the file lies in it."""
    if not root:
        return file
    try:
        return Path(file).resolve().relative_to(Path(root).resolve()).as_posix()
    except (ValueError, OSError):
        return file


def annotation(
    level: str, title: str, text: str, start: Place | None, end: Place | None = None, root: str = ""
) -> str:
    """A workflow command. level: error, warning or notice; columns only within one line."""
    properties = []
    if start is not None:
        name = start.file.partition(" cell ")[0]
        file = plain(from_root(name, root))
        end = end or start
        properties += [f"file={escape_property(file)}"]
        if " cell " not in start.file:
            properties += [f"line={start.line}", f"endLine={end.line}"]
            if start.line == end.line:
                properties += [f"col={start.column}", f"endColumn={end.column}"]
        else:
            title = f"{title} in{start.file[len(name) :]}, line {start.line}"
    properties.append(f"title={escape_property(title)}")
    return f"::{level} {','.join(properties)}::{escape_data(text)}"


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), view: View = PLAIN) -> str:
    """Annotations for the answers that are not right, and for files that could not be judged."""
    return _annotations(of_answers(reports, errors), view)


def steps(proofs: Sequence[Proof], view: View = PLAIN) -> str:
    """Annotations: errors for wrong steps, warnings for what follows, is close, open or not read."""
    return _annotations(of_steps(proofs, strict=view.strict), view)


def grades(graded: Iterable[Graded], view: View = PLAIN) -> str:
    """Annotations for the answers of a class that are not right; of submissions that could not be judged."""
    return _annotations(of_class(graded, view.show), view)


def _annotations(files: Iterable[Judged], view: View) -> str:
    """The commands, a line each: at most MOST of a level, the last of which lists what has no place left."""
    found: dict[str, list[Case]] = {"error": [], "warning": []}
    for _, case in remarkable(files):
        found[case.level].append(case)
    lines = []
    for level, cases in found.items():
        alone = len(cases) if len(cases) <= MOST else MOST - 1
        lines += [
            annotation(level, _title(case), _text(case), case.place, case.end, view.root)
            for case in cases[:alone]
        ]
        if cases[alone:]:
            lines.append(_rest(level, cases[alone:], view.root))
    return "".join(line + "\n" for line in lines)


def _rest(level: str, cases: Sequence[Case], root: str) -> str:
    told = [f"{_where(case, root)}{_title(case)}" for case in cases[:LISTED]]
    if len(cases) > LISTED:
        told.append(f"and {len(cases) - LISTED} more")
    return annotation(level, f"{len(cases)} more findings", "\n".join(told), cases[0].place, None, root)


def _where(case: Case, root: str) -> str:
    return f"{from_root(case.place.file, root)}:{case.place.line}: " if case.place else ""


def _title(case: Case) -> str:
    """What is found, in a few words."""
    if case.kind == "answer":
        return f"{case.name} is {case.verdict}"
    return {
        "step": f"{case.verdict} step",
        "question": "open question",
        "file": "could not judge",
    }.get(case.kind, case.verdict)


def _text(case: Case) -> str:
    """What was written, what is right and why, and the step that it is about."""
    if case.kind == "question":
        return f"{case.name}: no answer"
    if case.kind == "answer":
        return f"{case.name}: {case.verdict}" + (f"; {case.explanation}" if case.explanation else "")
    step = f"\n{short(case.written)}" if case.written else ""
    return case.explanation + step
