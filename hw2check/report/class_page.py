"""A graded class as HTML: a page with the distribution and every submission, and a page for each student."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from markupsafe import Markup

from hw2check.check.findings import show_points, visible_reason
from hw2check.grade.gradebook import file_name, replacing
from hw2check.grade.marks import Mark, Result
from hw2check.grade.tally import Tally
from hw2check.report.classroom import MOST, distribution
from hw2check.report.html import page
from hw2check.report.plots import bar

SORT = """\
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button"; button.textContent = head.textContent; head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = row => row.cells[column].dataset.key ?? row.cells[column].textContent.trim();
      const rows = [...body.rows].sort((a, b) => {
        const x = key(a), y = key(b), m = Number(x), n = Number(y);
        return x !== "" && y !== "" && !Number.isNaN(m) && !Number.isNaN(n) ? m - n : x.localeCompare(y);
      });
      body.append(...(down ? rows.reverse() : rows));
    });
  });
}
"""
GROUPS = (("correct", "good"), ("carried", "follows"), ("wrong", "bad"), ("other", "else"))
_GROUP = {"correct": "correct", "close": "correct", "carried": "carried", "wrong": "wrong"}


@dataclass(frozen=True, slots=True)
class Line:
    """One submission in the table of a class."""

    id: str
    student: str
    href: str
    total: str
    points: float
    counts: tuple[int, ...]  # by GROUPS
    late: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ShownMark:
    """One answer on a student's page."""

    column: str
    verdict: str
    written: str
    points: str
    reason: str
    hint: str


class ClassPages:
    """Collects the lines of a class page, and writes each student's page meanwhile."""

    def __init__(self, target: str, title: str, show: str) -> None:
        """The class page goes to `target`, the students' into the folder beside it, without its suffix."""
        self.target = Path(target)
        self.folder = self.target.with_suffix("") if self.target.suffix else Path(f"{target}-students")
        self.title = title or "The class"
        self.show = show
        self.lines: list[Line] = []

    def add(self, result: Result, total: Fraction) -> None:
        """Takes a result as decided, and its total; raises HW2CheckError where its page cannot be written."""
        name = f"{file_name(result.id)}.html"
        counts = Counter(_GROUP.get(mark.verdict, "other") for mark in result.marks)
        self.lines.append(
            Line(
                result.id,
                result.student,
                f"{self.folder.name}/{name}",
                show_points(total),
                float(total),
                tuple(counts[group] for group, _ in GROUPS),
                result.late,
                result.trouble or "; ".join(result.notes),
            )
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self.folder / name) as stream:
            stream.write(self._student(result, total))

    def _student(self, result: Result, total: Fraction) -> str:
        return page(
            "student",
            title=f"{self.title}: {result.student or result.id}",
            back=f"../{self.target.name}",
            trouble=result.trouble,
            total=show_points(total),
            full=show_points(sum((mark.full for mark in result.marks), Fraction(0))),
            lost=show_points(result.earned) if total != result.earned else "",
            marks=[_shown(mark, self.show) for mark in result.marks],
            notes=result.notes,
        )

    def write(self, tally: Tally) -> None:
        """Writes the class page."""
        with replacing(self.target) as stream:
            stream.write(self._class(tally))

    def _class(self, tally: Tally) -> str:
        full = sum(tally.full.values(), Fraction(0))
        mean = sum((t * n for t, n in tally.totals.items()), Fraction(0)) / max(tally.graded, 1)
        ranked = sorted(tally.codes.items(), key=lambda item: (-item[1], item[0]))[:MOST]
        return page(
            "class",
            SORT,
            title=self.title,
            tally=tally,
            mean=show_points(mean),
            full=show_points(full),
            groups=list(_points(tally, full)),
            quantities=list(_quantities(tally)),
            mistakes=[(number, code, column) for (code, column), number in ranked],
            clusters=tally.largest[:MOST],
            lines=self.lines,
            heads=[group for group, _ in GROUPS],
        )


def _shown(mark: Mark, show: str) -> ShownMark:
    hint = f"it looks like this: {mark.hint} ({mark.codes[0]})" if mark.hint and show != "none" else ""
    points = f"{show_points(mark.earned)} of {show_points(mark.full)}"
    reason = visible_reason(mark, show) if mark.verdict != "correct" else ""
    return ShownMark(mark.column, mark.verdict, mark.written, points, reason, hint)


def _points(tally: Tally, full: Fraction) -> Iterator[tuple[str, int, Markup]]:
    groups = distribution(tally.totals, full)
    most = max((count for _, _, count in groups), default=0)
    for low, high, count in groups:
        said = f"{show_points(low)} to {show_points(high)}"
        yield said, count, bar((("count", count),), most, f"{count} submissions with {said} points")


def _quantities(tally: Tally) -> Iterator[tuple[str, tuple[int, ...], Markup]]:
    for column in tally.full:
        verdicts = tally.verdicts.get(column, Counter())
        counts = Counter({group: 0 for group, _ in GROUPS})
        for verdict, number in verdicts.items():
            counts[_GROUP.get(verdict, "other")] += number
        numbers = tuple(counts[group] for group, _ in GROUPS)
        said = ", ".join(f"{number} {group}" for (group, _), number in zip(GROUPS, numbers, strict=True))
        parts = [(kind, number) for (_, kind), number in zip(GROUPS, numbers, strict=True)]
        yield column, numbers, bar(parts, sum(numbers), f"{column}: {said}")
