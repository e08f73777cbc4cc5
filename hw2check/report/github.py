"""GitHub workflow commands: annotations on the line of each finding.

Source: GitHub's "Workflow commands", and @actions/core `command.ts` for the escaping. The runner shows 10
annotations of a level and step, and 50 of a job, so more are counted in one last notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hw2check.check.findings import Report
from hw2check.errors import Place, plain

SHOWN = 10  # annotations of a level


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
        file = start.file.partition(" cell ")[0]
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
    """The commands, a line each: at most SHOWN of a level, and how many more there are."""
    lines, counts = [], {"error": 0, "warning": 0, "notice": 0}
    for level, command in found:
        counts[level] += 1
        if counts[level] <= SHOWN:
            lines.append(command)
    more = sum(max(0, count - SHOWN) for count in counts.values())
    if more:
        lines.append(annotation("notice", "hw2check", f"{more} more findings are not shown here", None)[1])
    return "".join(line + "\n" for line in lines)


def render_github(reports: Sequence[Report], errors: Sequence[dict[str, str | int | None]] = ()) -> str:
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
    for error in errors:
        line, column = error.get("line"), error.get("column")
        where: Place | None = None
        if error.get("file"):
            where = Place(str(error["file"]), int(line or 1), int(column or 1), "")
        found.append(annotation("error", "could not judge", str(error.get("message") or ""), where))
    return joined(found)
