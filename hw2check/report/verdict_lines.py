"""What is said of one answer, and of one file, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from hw2check.check.findings import (
    Finding,
    Report,
    Row,
    count_verdicts,
    show_points,
    visible_hints,
    visible_reason,
)
from hw2check.errors import plain
from hw2check.report.digits import place, show_number
from hw2check.report.marks import Style

if TYPE_CHECKING:
    from hw2check.mistakes.mistake import Hint


def finding_line(finding: Finding, report: Report, style: Style) -> Text:
    """mark, place, name and reason of one answer, hints below."""
    text = Text().append_text(style.mark(finding.verdict, word=True))
    where = f" {plain(finding.file)}:{finding.line}:{finding.column}" if finding.line else ""
    text.append(f"{where}  {plain(finding.name)}", style="default")
    row = next((row for row in report.rows if row.finding is finding), None)
    if row is not None:
        text.append(_beside(finding, row, style), style="default")
    reason = visible_reason(finding, style.show)
    if reason:
        text.append(f"  ({plain(reason)})", style="dim")
    for hint in visible_hints(finding, style.show):
        text.append(f"\n    {hint_text(hint, finding)}", style="italic")
    return text


def _beside(finding: Finding, row: Row, style: Style) -> str:
    """What was written, and what was computed."""
    if row.value.shape:
        return f": {_which_entries(finding, row, style)}" if finding.entry_verdicts else ""
    if not finding.text or finding.verdict not in {"wrong", "close", "coarse", "carried", "undecided"}:
        return ""
    computed = style.computed and (finding.entries or not finding.formula)
    return f" = {plain(finding.text)}" + (f", computed {show_number(row.value)}" if computed else "")


def hint_text(hint: Hint, finding: Finding) -> str:
    """Looks like exp-of-sum (exp of a sum is taken term by term) in dx8/dx7"""
    weak = ", a weak guess: few digits are written" if hint.weak else ""
    where = f" in {hint.where}" if hint.where != finding.name else ""
    return f"looks like {hint.code}: {hint.title}{where}{weak}"


def _which_entries(finding: Finding, row: Row, style: Style) -> str:
    bad = [i for i, verdict in enumerate(finding.entry_verdicts) if verdict != "correct"]
    if not bad:
        return "as a whole"
    shape = row.value.shape
    entry = f"entry {place(np.unravel_index(bad[0], shape))} is {plain(finding.entries[bad[0]])}"
    if style.computed:
        entry += f", computed {show_number(row.value.reshape(-1)[bad[0]])}"
    return entry if len(bad) == 1 else f"{len(bad)} of {row.value.size} entries; {entry}"


def verdict_line(report: Report, style: Style) -> Text:
    """The one-line result of a file."""
    findings, failed = report.findings, report.failed
    if not findings:
        return Text("Nothing is expected: computed values only.")
    if not failed:
        text = (
            Text()
            .append_text(style.mark("correct"))
            .append(f" {_count(len(findings))} correct", style="default")
        )
        close = count_verdicts(report).get("close", 0)
        if close:
            text.append(f" ({close} close)", style="default")
    else:
        parts = [f"{count} {verdict}" for verdict, count in count_verdicts(report).items()]
        text = (
            Text()
            .append_text(style.mark("wrong"))
            .append(f" {_count(len(findings))}: {', '.join(parts)}", style="default")
        )
    if report.points:
        earned, full = report.points
        text.append(f"; {show_points(earned)} of {show_points(full)} points", style="default")
    if report.left_out:
        text.append(f"; {report.left_out} more for hw2check backprop", style="dim")
    return text


def _count(number: int) -> str:
    return f"{number} answer{'' if number == 1 else 's'}"
