"""What a document asks in comments: `<!-- hw2check: off -->`, `on`, and `ignore` for what comes next.

In LaTeX `% hw2check: off`. What is ignored is not read at all: it has no verdict and defines nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hw2check.errors import HW2CheckError
from hw2check.proofread.parts import Part

_DIRECTIVE = re.compile(r"(?:<!--|%)[ \t]*hw2check:[ \t]*([^\s>]*?)[ \t]*(?:-->|\n|\Z)")
WORDS = ("off", "on", "ignore")


class Directive(NamedTuple):
    """off, on or ignore, at a place in a part."""

    start: int
    word: str


def directives(part: Part, comments: Iterable[tuple[int, int]]) -> Iterator[Directive]:
    """The directives among the comments of a part; raises HW2CheckError for one that is not known."""
    for start, _ in comments:
        match = _DIRECTIVE.match(part.text, start)
        if match is None:
            continue
        if match[1] not in WORDS:
            hint = "off, on or ignore"
            raise HW2CheckError(
                f"hw2check: {match[1] or 'nothing'} is no directive", part.place(start), hint=hint
            )
        yield Directive(start, match[1])


class Silence:
    """Which places of a document are to be passed over; `off` lasts into the parts that follow."""

    def __init__(self) -> None:
        self.is_off = False

    def silenced(self, found: Sequence[Directive], places: Sequence[tuple[int, int]]) -> set[int]:
        """The indices of the places, spans in order, that are off or to be ignored."""
        silent: set[int] = set()
        since = 0
        for directive in found:
            at = bisect_left(places, (directive.start, 0))
            if self.is_off:
                silent.update(range(since, at))
            since = at
            if directive.word == "ignore":
                silent.update(_within(places, at))
            else:
                self.is_off = directive.word == "off"
        if self.is_off:
            silent.update(range(since, len(places)))
        return silent


def _within(places: Sequence[tuple[int, int]], at: int) -> Iterator[int]:
    """A place, and those that begin in it: the formulas in a row or a line."""
    if at < len(places):
        end = places[at][1]
        while at < len(places) and places[at][0] < end:
            yield at
            at += 1
