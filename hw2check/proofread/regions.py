"""The pieces of a document that are read: mathematics, lines of plain text, rows of tables."""

from __future__ import annotations

from typing import NamedTuple

from hw2check.errors import Place
from hw2check.latex.macros import NO_MACROS, Macros
from hw2check.proofread.outline import NOWHERE, SHOWN_BEFORE, Setting
from hw2check.proofread.parts import Part


class Formula(NamedTuple):
    """A piece of mathematics: text[start:end] of its part, with quote marks of Markdown blanked."""

    part: Part
    start: int
    text: str
    display: bool  # set apart, not within a line of prose
    paragraph: int  # equal for formulas of one paragraph
    macros: Macros = NO_MACROS  # the document's own commands
    setting: Setting = NOWHERE  # the heading and the list item that it stands under
    opening: int = 0  # offset in the part at which its paragraph begins
    notation: str = "latex"  # or "plain": of sentences, where names are never certain

    @property
    def before(self) -> str:
        """What stands before it in its paragraph; of a long one the end."""
        return self.part.text[max(self.opening, self.start - SHOWN_BEFORE) : self.start]


class Passage(NamedTuple):
    """Lines of plain text that may have equations: text[start:end] of its part."""

    part: Part
    start: int
    end: int
    opaque: tuple[tuple[int, int], ...]  # spans in it that are mathematics or code, in order
    paragraph: int
    setting: Setting = NOWHERE
    opening: int = 0


class TableRow(NamedTuple):
    """A row of a table with a column of values."""

    passage: Passage
    cells: tuple[tuple[int, int], ...]  # spans in the part
    kinds: tuple[str, ...]  # for each cell "formula", "value" or "" for another column


class Unclosed(NamedTuple):
    """A mark that opens mathematics, and that nothing closes."""

    mark: str
    place: Place
