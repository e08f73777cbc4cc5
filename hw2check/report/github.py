"""GitHub workflow commands: annotations on the line of each finding.

Source: GitHub's "Workflow commands", and @actions/core `command.ts` for the escaping. The runner shows 10
annotations of a level and step, and 50 of a job, so more are counted in one last notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hw2check.check.findings import Report
from hw2check.errors import HW2CheckError, Place, plain
from hw2check.report.formats import PLAIN, View
from hw2check.report.steps import SHOWN, message, relation, short

if TYPE_CHECKING:
    from hw2check.proofread.proof import Proof

MOST = 10  # annotations of a level


def escape_data(text: str) -> str:
    """A message for a workflow command."""
    lines = (plain(line) for line in text.replace("\r", "\n").split("\n"))
    return "%0A".join(line.replace("%", "%25") for line in lines)


def escape_property(text: str) -> str:
    """A property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def annotation(
    level: str, title: str, text: str, start: Place | None, end: Place | None = None
) -> tuple[str, str]:
    """(level, workflow command). level: error, warning or notice; columns only within one line."""
    properties = []
    if start is not None:
        file = plain(start.file.partition(" cell ")[0])
        end = end or start
        properties += [f"file={escape_property(file)}"]
        if " cell " not in start.file:
            properties += [f"line={start.line}", f"endLine={end.line}"]
            if start.line == end.line:
                properties += [f"col={start.column}", f"endColumn={end.column}"]
        else:
            title = f"{title} in{start.file[len(file) :]}, line {start.line}"
    properties.append(f"title={escape_property(title)}")
    return level, f"::{level} {','.join(properties)}::{escape_data(text)}"


def joined(found: Iterable[tuple[str, str]]) -> str:
    """The commands, a line each: at most MOST of a level, and how many more there are."""
    lines, counts = [], {"error": 0, "warning": 0, "notice": 0}
    for level, command in found:
        counts[level] += 1
        if counts[level] <= MOST:
            lines.append(command)
    more = sum(max(0, count - MOST) for count in counts.values())
    if more:
        lines.append(annotation("notice", "hw2check", f"{more} more findings are not shown here", None)[1])
    return "".join(line + "\n" for line in lines)


def answers(reports: Sequence[Report], errors: Sequence[HW2CheckError] = (), _: View = PLAIN) -> str:
    """Annotations for the answers that are not right, and for files that could not be judged."""
    found = []
    for report in reports:
        for finding in report.findings:
            if finding.verdict == "correct":
                continue
            level = "warning" if finding not in report.failed or finding.verdict == "carried" else "error"
            file = finding.file or report.submission or report.file
            place = Place(file, finding.line or 1, finding.column or 1, "")
            text = f"{finding.name}: {finding.verdict}" + (f", {finding.reason}" if finding.reason else "")
            found.append(annotation(level, f"{finding.name} is {finding.verdict}", text, place))
    found += [annotation("error", "could not judge", error.message, error.place) for error in errors]
    return joined(found)


def steps(proofs: Sequence[Proof], _: View = PLAIN) -> str:
    """Workflow annotations: an error for each wrong step, a warning for what follows or is close."""
    found = []
    for proof in proofs:
        for link in proof.links:
            if link.verdict in SHOWN:
                level = "error" if link.verdict == "wrong" else "warning"
                text = message(link) + (f" (looks like {link.code}: {link.hint})" if link.hint else "")
                step = f"{short(link.left.text)} {relation(link)} {short(link.right.text)}"
                place, end = link.right.place, link.right.end_place
                found.append(annotation(level, f"{link.verdict} step", f"{text}\n{step}", place, end))
        unread = "this equation could not be read"
        found += [annotation("warning", "not read", unread, place) for place in proof.unread]
        found += [
            annotation("warning", "not closed", f"{m} is not closed", place) for m, place in proof.unclosed
        ]
        for question in proof.questions:
            text = f"{question.label}: no answer"
            found.append(annotation("warning", "open question", text, question.place, question.place))
    return joined(found)
