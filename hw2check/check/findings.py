"""What was found out about a file, as plain values: the renderers import nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

from hw2check.formula.functions import Array
from hw2check.judge.verdicts import PASSING

if TYPE_CHECKING:
    from hw2check.formula.tree import Expression
    from hw2check.mistakes.mistake import Hint
    from hw2check.problem.model import Problem


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
    carried_from: tuple[str, ...] = ()  # the wrong answers that it follows from
    hints: tuple[Hint, ...] = ()  # what the mistake looks like
    points: Fraction | None = None  # earned, where the problem gives points for it
    full_points: Fraction | None = None
    off: tuple[float, tuple[int, ...]] | None = (
        None  # a matrix: the greatest difference, and its place from 0
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity: what hw2check computed, beside what was written."""

    name: str  # as people write it: x5, dx6/dx2, dLoss/da, a_new
    kind: str  # "value", "partial", "gradient" or "update"
    formula: str  # as computed, empty for a given
    chain: str  # a gradient by the chain rule in terms of local partials
    value: Array  # as computed
    finding: Finding | None  # None where nothing is expected
    latex: str = ""  # the formula in LaTeX, where it is asked for
    tree: Expression | None = field(default=None, repr=False)  # the formula


class LocalPartial(NamedTuple):
    """The partial of a node of arrays by one of its inputs: shown, not asked."""

    name: str  # dZ1/dW1
    formula: str  # · @ A_in.T, where · is the gradient that arrives; relu'(Z1)
    acts: str  # "entrywise": times the gradient; "pullback": with · in it; "whole": of a scalar node


class CheckedGradient(NamedTuple):
    """One gradient as three derivations give it."""

    name: str
    symbolic: float
    reverse: float
    differences: float
    agree: bool
    symbolic_by: str = "sympy"  # or "rules": those of matrix calculus, where its entries are too many


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
    self_check: tuple[CheckedGradient, ...] = ()
    show: str = "computed"  # what a reader may see: "none" verdicts, "hint" also hints, "computed" everything
    losses: tuple[float, ...] = ()  # the loss at each step, where there are several
    local_partials: tuple[LocalPartial, ...] = ()  # of nodes of arrays
    problem: Problem | None = field(
        default=None, repr=False, compare=False
    )  # that was judged: its graph is drawn

    @property
    def points(self) -> tuple[Fraction, Fraction] | None:
        """Earned, and all that there are; None where the problem gives none."""
        given = [f for f in self.findings if f.full_points is not None]
        if not given:
            return None
        earned = sum((f.points or Fraction(0) for f in given), Fraction(0))
        return earned, sum((f.full_points or Fraction(0) for f in given), Fraction(0))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All answers judged, in the order of the rows."""
        return (*(row.finding for row in self.rows if row.finding), *self.stray)

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The answers that are not right."""
        passing = PASSING[:1] if self.strict else PASSING
        return tuple(finding for finding in self.findings if finding.verdict not in passing)


# Verdicts whose reason speaks of the writer's own work, not of the right answer.
_OWN_REASONS = ("unreadable", "missing", "coarse", "close", "carried")


class Judged(Protocol):
    """An answer with its verdict."""

    @property
    def verdict(self) -> str:
        """One of VERDICTS."""

    @property
    def reason(self) -> str:
        """Why; empty where the verdict says all."""


def visible_reason(finding: Judged, show: str) -> str:
    """The reason, as far as a reader may see it."""
    allowed = show == "computed" or finding.verdict in {"unreadable", "missing"}
    return finding.reason if allowed or (show == "hint" and finding.verdict in _OWN_REASONS) else ""


def visible_hints(finding: Finding, show: str) -> tuple[Hint, ...]:
    """The hints, as far as a reader may see them."""
    return finding.hints if show != "none" else ()


def show_points(points: Fraction) -> str:
    """Points as people write them: 2, 0.5, 1.33."""
    return f"{float(points):.2f}".rstrip("0").rstrip(".")


def count_verdicts(report: Report) -> dict[str, int]:
    """How many answers got each verdict, in the order in which verdicts first occur."""
    counts: dict[str, int] = {}
    for finding in report.findings:
        counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
    return counts
