"""What was found out about a file, as plain values: the renderers import nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from hw2check.functions import Array

# The verdicts that leave exit code 0; `close` does so unless judged strictly.
PASSING = ("correct", "close")


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer, judged."""

    name: str  # the quantity
    verdict: str  # correct, close, coarse, carried, wrong, missing, unreadable or undecided
    reason: str  # why, empty where the verdict says all
    text: str  # the answer as written, in one line
    formula: str  # the formula as written, empty if none was
    formula_verdict: str  # its verdict where a formula was written
    entries: tuple[str, ...]  # the value's digits as written, row by row
    entry_verdicts: tuple[str, ...]  # their verdicts
    shape: tuple[int, ...]  # of the written value
    file: str
    line: int  # 0 for a missing answer
    column: int


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity: what hw2check computed, beside what was written."""

    name: str  # as people write it: x5, dx6/dx2, dLoss/da, a_new
    kind: str  # "value", "partial", "gradient" or "update"
    formula: str  # as computed, empty for a given
    chain: str  # a gradient by the chain rule in terms of local partials
    value: Array  # as computed
    finding: Finding | None  # None where nothing is expected


@dataclass(frozen=True, slots=True)
class Report:
    """One file, judged."""

    file: str
    submission: str  # the file with the answers, empty where they stand in the problem file
    title: str
    rows: tuple[Row, ...]
    stray: tuple[Finding, ...]  # answers to quantities that do not exist
    left_out: int  # answers that this command does not judge
    strict: bool

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All answers judged, in the order of the rows."""
        return (*(row.finding for row in self.rows if row.finding), *self.stray)

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The answers that are not right."""
        passing = PASSING[:1] if self.strict else PASSING
        return tuple(finding for finding in self.findings if finding.verdict not in passing)


def count_verdicts(report: Report) -> dict[str, int]:
    """How many answers got each verdict, in the order in which verdicts first occur."""
    counts: dict[str, int] = {}
    for finding in report.findings:
        counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
    return counts
