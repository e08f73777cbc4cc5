"""A graded class on a terminal, and what each student is told."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from hw2check.check.findings import show_points, visible_reason
from hw2check.errors import plain
from hw2check.grade.marks import Result
from hw2check.grade.tally import Tally

if TYPE_CHECKING:
    from rich.console import Console

BAR = 30  # characters of the longest bar
GROUPS = 10  # of the points, in the distribution
MOST = 10  # mistakes and clusters that are listed


def print_tally(tally: Tally, console: Console) -> None:
    """The distribution of points, each quantity's verdicts, the most frequent mistakes and clusters."""
    full = sum(tally.full.values(), Fraction(0))
    counted = f"{tally.graded} graded"
    if tally.troubled:
        counted += f", {tally.troubled} could not be judged: the gradebook says why"
    console.print(Text(counted), soft_wrap=True)
    if not tally.graded:
        return
    mean = sum((total * number for total, number in tally.totals.items()), Fraction(0)) / tally.graded
    console.print(Text(f"mean {show_points(mean)} of {show_points(full)} points"), soft_wrap=True)
    console.print()
    _print_distribution(tally, full, console)
    _print_quantities(tally, console)
    _print_mistakes(tally, console)
    _print_clusters(tally, console)


def distribution(totals: Mapping[Fraction, int], full: Fraction) -> list[tuple[Fraction, Fraction, int]]:
    """How many totals lie from one number of points to another, in GROUPS groups."""
    width = max(full, Fraction(1)) / GROUPS
    counts = [0] * GROUPS
    for total, number in totals.items():
        counts[min(int(total / width), GROUPS - 1)] += number
    return [(width * n, width * (n + 1), count) for n, count in enumerate(counts)]


def _print_distribution(tally: Tally, full: Fraction, console: Console) -> None:
    groups = distribution(tally.totals, full)
    most = max(count for _, _, count in groups)
    table = Table(title="Points", title_justify="left", box=None, padding=(0, 1))
    table.add_column("from", justify="right")
    table.add_column("to", justify="right")
    table.add_column("submissions", justify="right")
    table.add_column("")
    for low, high, count in groups:
        bar = "#" * max(round(BAR * count / most), 1 if count else 0)
        table.add_row(show_points(low), show_points(high), str(count), bar)
    console.print(table)
    console.print()


def _print_quantities(tally: Tally, console: Console) -> None:
    table = Table(title="Answers", title_justify="left", box=None, padding=(0, 1))
    table.add_column("quantity", overflow="fold")
    for title in ("correct", "carried", "wrong", "other"):
        table.add_column(title, justify="right")
    for column in tally.full:
        right, carried, wrong = (
            tally.share(column, *verdicts) for verdicts in (("correct", "close"), ("carried",), ("wrong",))
        )
        shares = (right, carried, wrong, 1 - right - carried - wrong)
        table.add_row(Text(plain(column)), *(f"{float(share):.0%}" for share in shares))
    console.print(table)
    console.print()


def _print_mistakes(tally: Tally, console: Console) -> None:
    if not tally.codes:
        return
    console.print(Text("The most frequent mistakes", "italic"))
    ranked = sorted(tally.codes.items(), key=lambda item: (-item[1], item[0]))
    for (code, column), number in ranked[:MOST]:
        line = f"  {number} of {tally.graded}: {code} in {plain(column)}"
        console.print(Text(line), soft_wrap=True)
    console.print()


def _print_clusters(tally: Tally, console: Console) -> None:
    largest = tally.largest
    if not largest:
        return
    console.print(Text("The same answer, not right, from several", "italic"))
    for cluster in largest[:MOST]:
        line = f"  {cluster.number} x {plain(cluster.column)} = {plain(cluster.written)}"
        console.print(Text(f"{line}  ({cluster.verdict}, cluster {cluster.id})"), soft_wrap=True)
    if len(largest) > MOST:
        console.print(Text(f"  and {len(largest) - MOST} more in clusters.csv"), soft_wrap=True)


def render_feedback(result: Result, total: Fraction, full: Fraction, *, title: str, show: str) -> str:
    """What one student may see, in Markdown.

    show  "none": verdicts and points, "hint": also what a mistake looks like, "computed": also the reasons
    """
    heading = f"# {_escaped(title)}\n\n" if title else ""
    if result.trouble:
        return f"{heading}This submission could not be judged: {_escaped(result.trouble)}\n"
    lines = [f"{heading}**{show_points(total)} of {show_points(full)} points**\n"]
    if total != result.earned:
        lines.append(f"{show_points(result.earned)} were earned; the rest is lost for being late.\n")
    lines += ["| quantity | your answer | verdict | points |", "|---|---|---|---|"]
    for mark in result.marks:
        points = f"{show_points(mark.earned)} of {show_points(mark.full)}"
        answer = f"`{_code(mark.written)}`" if mark.written else ""
        lines.append(f"| {_escaped(mark.column)} | {answer} | {mark.verdict} | {points} |")
    told = [(mark, visible_reason(mark, show), mark.hint if show != "none" else "") for mark in result.marks]
    notes = []
    for mark, reason, hint in told:
        if mark.verdict == "correct":
            continue
        parts = [_escaped(reason)] if reason else []
        if hint:
            parts.append(f"it looks like this: {_escaped(hint)} ({mark.codes[0]})")
        if parts:
            notes.append(f"- **{_escaped(mark.column)}**: {'; '.join(parts)}")
    if notes:
        lines += ["", *notes]
    lines += [f"\n{_escaped(note)}" for note in result.notes]
    return "\n".join(lines) + "\n"


_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#+!|~"})


def _escaped(text: str) -> str:
    return plain(text).translate(_SPECIAL)


def _code(text: str) -> str:
    """Text between backticks in a cell of a table."""
    return plain(text).replace("`", "'").replace("|", "\\|")
