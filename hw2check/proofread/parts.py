"""The texts that a document consists of, and places in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from hw2check.errors import Place


@dataclass(frozen=True)
class Part:
    """A text of its own: a whole file, or one cell of a notebook."""

    file: str  # as the user named it
    text: str  # with line breaks as \n
    cell: int = 0  # from 1 in a notebook; 0 in other documents
    code: bool = False  # a notebook's code cell: only read as an answer

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, offset: int) -> Place:
        """Line and column of a character; the file's name says the cell."""
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        end = self.text.find("\n", start)
        text = self.text[start : end if end >= 0 else len(self.text)]
        name = f"{self.file} cell {self.cell}" if self.cell else self.file
        return Place(name, line, offset - start + 1, text)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question with no answer below it."""

    label: str  # "3.1 question 2"
    text: str  # the question as written
    place: Place
