"""Tables in Markdown and LaTeX: rows, their cells, and which columns have formulas and which values."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MAX_ROW = 5000  # characters of a row that is read as one

_DELIMITER = re.compile(r"^[ >\t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$", re.MULTILINE)
_TABULAR = re.compile(r"\\begin\{(tabular[xy]?\*?|longtable|array)\}")
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|cline\{[^}\n]*\}|cmidrule(?:\([^)\n]*\))?\{[^}\n]*\})|\s+"
)
_MARKUP = re.compile(r"\\[a-z]+\{|[*_`{}$\\]")
_VALUES = re.compile(
    r"(?:numeric(?:al)?|final|computed)?\s*(?:values?|results?|answers?|outcomes?|totals?|amounts?|=|≈)"
    r"(?:\s*\([^)]*\))?\Z"
)
_FORMULAS = re.compile(
    r".*\b(?:formulas?|formulae|expressions?|equations?|calculations?|computations?|workings?|operations?|numbers"
    r"|substitut\w+|plug\w*|derivations?|arithmetic|evaluat\w+)\b"
)


class Row(NamedTuple):
    """A row: its cells as spans of the part's text, and what stands in their columns."""

    start: int
    end: int
    cells: tuple[tuple[int, int], ...]
    kinds: tuple[str, ...]  # for each cell "formula", "value" or "" for another column


def tables(text: str, formulas: Sequence[tuple[int, int]]) -> Iterator[Row]:
    """The rows below a head that says where values are, in order.

    formulas  spans of mathematics, in order: what stands in them parts no cells
    """
    if "|" in text:
        yield from _markdown(text, formulas)
    if "\\begin{" in text:
        yield from _latex(text, formulas)


def _markdown(text: str, formulas: Sequence[tuple[int, int]]) -> Iterator[Row]:
    for match in _DELIMITER.finditer(text):
        if "|" not in match[0] or not match.start():
            continue
        head = text.rfind("\n", 0, match.start() - 1) + 1
        kinds = _kinds(text, _cells(text, head, match.start() - 1, "|", formulas))
        start = match.end() + 1
        while "value" in kinds and start < len(text):
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            cells = _cells(text, start, end, "|", formulas)
            if len(cells) < 2:
                break
            if end - start <= MAX_ROW and len(cells) == len(kinds):
                yield Row(start, end, tuple(cells), kinds)
            start = end + 1


def _latex(text: str, formulas: Sequence[tuple[int, int]]) -> Iterator[Row]:
    position = 0
    while (match := _TABULAR.search(text, position)) is not None:
        end = text.find(f"\\end{{{match[1]}}}", match.end())
        position = match.end()
        if end < 0:
            continue
        position = end
        kinds: tuple[str, ...] = ()
        start = text.find("}", match.end()) + 1 or match.end()
        while start < end:
            stop = text.find("\\\\", start, end)
            stop = end if stop < 0 else stop
            while (rule := _RULES.match(text, start, stop)) is not None:
                start = rule.end()
            cells = _cells(text, start, stop, "&", formulas)
            if not kinds:
                kinds = _kinds(text, cells)
                if "value" not in kinds:
                    break
            elif stop - start <= MAX_ROW and len(cells) == len(kinds):
                yield Row(start, stop, tuple(cells), kinds)
            start = stop + 2


def _cells(
    text: str, start: int, end: int, mark: str, formulas: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The spans between the marks of a line, without the empty ones at its ends."""
    if mark == "|":
        while start < end and text[start] in " \t>":
            start += 1
    found: list[tuple[int, int]] = []
    first = at = start
    index = bisect_left(formulas, (start, 0))
    while (at := text.find(mark, at, end)) >= 0:
        while index < len(formulas) and formulas[index][1] <= at:
            index += 1
        if index < len(formulas) and formulas[index][0] <= at:
            at = formulas[index][1]
            continue
        if text[at - 1 : at] != "\\":
            found.append((first, at))
            first = at + 1
        at += 1
    found.append((first, end))
    if mark == "|" and found and not text[slice(*found[0])].strip():
        found = found[1:]
    if mark == "|" and found and not text[slice(*found[-1])].strip():
        found = found[:-1]
    return found


def _kinds(text: str, cells: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """What the head says; a table with two columns of values says nothing about which is whose."""
    names = [" ".join(_MARKUP.sub(" ", text[start:end]).lower().split()) for start, end in cells]
    kinds = tuple("value" if _VALUES.match(n) else "formula" if _FORMULAS.match(n) else "" for n in names)
    return kinds if kinds.count("value") == 1 else ("",) * len(kinds)
