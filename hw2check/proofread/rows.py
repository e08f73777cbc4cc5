"""A row of a table as a chain: the formula, the numbers put in, the value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from hw2check.formula.notation import Token
from hw2check.latex.tokens import tokens as tex_tokens
from hw2check.proofread.plain.equations import equations, readings
from hw2check.proofread.plain.items import Found
from hw2check.proofread.plain.pieces import pieces
from hw2check.proofread.plain.sides import read_from
from hw2check.proofread.regions import Formula, Passage, TableRow
from hw2check.proofread.sentences import plain_side
from hw2check.proofread.steps import Chain, Side, chains

_NO_CONTENT = re.compile(r"(?:[\s$*_`.,:;]|\\[()\[\]]|\\(?:textbf|textit|emph|mathbf)\{|\})*")
_EQUALITIES = frozenset({"=", "~"})


class _Cell(NamedTuple):
    """sides[0] relations[0] sides[1] ... of a cell, with the relation before them, if one stands there."""

    sides: tuple[Side, ...]
    relations: tuple[str, ...]
    leading: str = ""

    @property
    def ends_in_number(self) -> bool:
        return len(self.sides[-1].tokens) == 1 and self.sides[-1].tokens[0].kind == "number"


def row_chain(row: TableRow, formulas: Sequence[Formula]) -> Chain | None:
    """The chain that a row is, or None if it is none.

    formulas  those that stand in it, in order
    """
    sides: list[Side] = []
    relations: list[str] = []
    for (start, end), kind in zip(row.cells, row.kinds, strict=True):
        cell = _cell(row.passage, start, end, [f for f in formulas if start <= f.start < end])
        if kind == "value":
            return None if cell is None else _with_value(sides, relations, cell)
        if cell is None or not _belongs(cell, kind, is_first=not sides):
            continue
        if len(cell.sides) > 1 and not cell.leading:
            sides, relations = [], []
        relations += [cell.leading or "="] if sides else []
        sides += cell.sides
        relations += cell.relations
    return None


def _belongs(cell: _Cell, kind: str, *, is_first: bool) -> bool:
    """Whether a cell left of the value says what the value is of: not a number of its own, nor an input."""
    if not set(cell.relations) <= _EQUALITIES or (is_first and cell.leading):
        return False
    if cell.ends_in_number:
        return kind == "formula" and len(cell.sides) == 1
    return kind == "formula" or cell.sides[-1].formula.notation == "latex" or len(cell.sides[-1].tokens) > 1


def _with_value(sides: list[Side], relations: list[str], cell: _Cell) -> Chain | None:
    if not sides or len(cell.sides) > 1 or cell.leading not in {"", "=", "~"}:
        return None
    found = (*sides, *cell.sides)
    count = max(len(side.others) for side in found)
    padded = tuple(side._replace(others=_padded(side, count)) for side in found)
    return Chain(padded, (*relations, cell.leading or "="))


def _padded(side: Side, count: int) -> tuple[tuple[Token, ...], ...]:
    return (*side.others, *(side.tokens,) * (count - len(side.others)))


def _cell(passage: Passage, start: int, end: int, inside: Sequence[Formula]) -> _Cell | None:
    text = passage.part.text
    if not inside:
        return _plain_cell(passage, start, end)
    formula = inside[0]
    around = text[start : formula.start] + text[formula.start + len(formula.text) : end]
    if len(inside) > 1 or not _NO_CONTENT.fullmatch(around):
        return None
    found = list(chains(formula))
    if not found:
        tokens = tuple(
            token for token in tex_tokens(formula.text, formula.macros) if token.kind not in {",", "stop"}
        )
        side = Side(formula, tokens, 0, len(formula.text.rstrip()))
        return _Cell((side,), ()) if tokens else None
    if len(found) > 1 or found[0].unclear:
        return None
    chain = found[0]
    if chain.sides[0].tokens:
        return _Cell(chain.sides, chain.relations)
    return _Cell(chain.sides[1:], chain.relations[1:], chain.relations[0])


def _plain_cell(passage: Passage, start: int, end: int) -> _Cell | None:
    read = pieces(passage.part.text, start, end)
    while read and read[-1].kind == "stop":
        read.pop()
    while read and read[0].kind == "stop":
        read.pop(0)
    leading = read[0].text if read and read[0].kind == "rel" else ""
    content = read[1:] if leading else read
    sides: tuple[Found, ...] = ()
    relations: tuple[str, ...] = ()
    if any(piece.kind == "rel" for piece in content):
        found, _ = equations(content)
        if len(found) == 1 and found[0].sides[0].start == 0 and found[0].sides[-1].end == len(content):
            sides, relations = found[0].sides, found[0].relations
    elif (side := read_from(content, 0, len(content))) is not None and side.end == len(content):
        sides = (side,)
    if not sides or any(side.doubt for side in sides):
        return None
    ways, doubt = readings(sides)
    return _Cell(tuple(plain_side(passage, content, side, ways, doubt) for side in sides), relations, leading)
