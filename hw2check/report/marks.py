"""How verdicts, numbers and shapes look in text: signs, colours, digits."""

from __future__ import annotations

from fractions import Fraction

from rich.text import Text

from hw2check.check.findings import Finding, show_points

MARKS = {
    "correct": ("✓", "ok", "green"),
    "close": ("≈", "~=", "green"),
    "coarse": ("~", "~", "yellow"),
    "carried": ("↳", "->", "yellow"),
    "wrong": ("✗", "X", "bold red"),
    "missing": ("–", "-", "magenta"),
    "unreadable": ("!", "!", "magenta"),
    "undecided": ("?", "?", "cyan"),
}


class Style:
    """What is shown, and how marks are drawn: the characters depend on what the stream can show."""

    def __init__(self, *, ascii_only: bool, verbose: bool, show: str) -> None:
        self.ascii_only = ascii_only
        self.verbose = verbose
        self.show = show
        self.computed = show == "computed"

    def mark(self, verdict: str, word: bool = False) -> Text:
        """The sign of a verdict, in its colour, with its word where asked."""
        sign, letters, colour = MARKS[verdict]
        text = letters if self.ascii_only else sign
        return Text(f"{text} {verdict}" if word else text, style=colour)


def show_credit(finding: Finding | None) -> str:
    """Points earned of all that there are: 1/2."""
    if finding is None or finding.full_points is None:
        return ""
    return f"{show_points(finding.points or Fraction(0))}/{show_points(finding.full_points)}"
