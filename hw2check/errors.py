"""The one exception of hw2check: what is wrong, where, and what would be right."""

from __future__ import annotations

import re
from typing import NamedTuple

SHOWN_WIDTH = 100  # characters of a source line shown around the caret


class Place(NamedTuple):
    """A position in a text that a person wrote."""

    file: str  # as the user named it, "-" for standard input
    line: int  # from 1
    column: int  # from 1, in characters
    text: str  # the whole source line, without its line break

    def __str__(self) -> str:
        return f"{plain(self.file)}:{self.line}:{self.column}"

    def excerpt(self) -> str:
        """The source line and a caret under the column, both shortened to SHOWN_WIDTH."""
        start = max(0, self.column - 1 - SHOWN_WIDTH // 2)
        window = self.text[start : start + SHOWN_WIDTH]
        lead = "..." if start else ""
        shown = lead + plain(window)
        return f"  {shown}\n  {' ' * (len(lead) + self.column - 1 - start)}^"


class HW2CheckError(Exception):
    """Something given to hw2check that it cannot work with (exit code 2).

    message  one line: what is wrong
    place    where, if it can be said
    hint     what would be right, if it can be said
    """

    def __init__(self, message: str, place: Place | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = plain(message)
        self.place = place
        self.hint = plain(hint)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        lines = [f"{where}{self.message}"]
        if self.place and self.place.text:
            lines.append(self.place.excerpt())
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, str | int | None]:
        """The parts, for machine formats."""
        place = self.place
        return {
            "message": self.message,
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "hint": self.hint or None,
        }


def plain(text: str) -> str:
    """Text that neither a terminal nor a CI runner acts on: control characters made visible, marks broken.

    Runners obey `::` at the start of a line, and `##[` and `##vso[` anywhere in it.
    """
    if "::" in text:
        text = re.sub(":(?=:)", ": ", text)
    if "##" in text:
        text = re.sub(r"##(?=\[|vso\[)", "## ", text)
    if text.isprintable():
        return text
    return "".join(
        " " if character == "\t" else character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
