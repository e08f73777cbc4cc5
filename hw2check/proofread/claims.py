"""Everything in a document that claims something: mathematics, rows of tables and plain text, in order."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import NamedTuple

from hw2check.errors import Place
from hw2check.latex.tokens import tokens as tex_tokens
from hw2check.proofread.document import Document
from hw2check.proofread.parts import Part
from hw2check.proofread.plain.equations import Equation, equations
from hw2check.proofread.plain.pieces import pieces
from hw2check.proofread.regions import Formula, Passage
from hw2check.proofread.rows import row_chain
from hw2check.proofread.sentences import plain_chain
from hw2check.proofread.steps import Chain, Side, chains, may_claim

MAX_PASSAGE = 10_000  # characters of a line of plain text
MAX_RELATIONS = 10_000  # in plain text
MAX_GAP = 200  # characters between two formulas of one chain

_EQUATION = re.compile(r"\d[ \t]*=[ \t]*[-$]?\d")
_GAP = re.compile(r"(?:[\s$.,;>&]|\\[()\[\]]|\\\\[()\[\]])*")


class Claims(NamedTuple):
    """What one formula, row or passage of plain text claims."""

    part: Part
    start: int
    chains: tuple[Chain, ...]
    unread: tuple[Place, ...] = ()  # of equations that could not be read


def claims(document: Document, *, with_names: bool = True) -> Iterator[Claims]:
    """The claims of a document, in its order.

    with_names  whether letters in plain text have a meaning where the document has mathematics too: else
                `lr = 0.1` in a sentence says nothing of what lr is in a formula
    """
    order = {id(part): number for number, part in enumerate(document.parts)}
    rows, taken = _rows(document)
    formulas = [formula for formula in document.formulas if (id(formula.part), formula.start) not in taken]
    named = with_names or not any(may_claim(formula) for formula in document.formulas)
    plain = _plain(document, rows, named=named)
    streams = (((order[id(c.part)], c.start, c) for c in made) for made in (_joined(formulas), rows, plain))
    for _, _, found in merge(*streams, key=itemgetter(0, 1)):
        yield found


def _rows(document: Document) -> tuple[list[Claims], set[tuple[int, int]]]:
    """The rows that are chains, and the places of the formulas in them."""
    found: list[Claims] = []
    taken: set[tuple[int, int]] = set()
    starts: dict[int, list[Formula]] = {}
    for formula in document.formulas if document.rows else ():
        starts.setdefault(id(formula.part), []).append(formula)
    for row in document.rows:
        part = row.passage.part
        own = starts.get(id(part), [])
        first = bisect_left(own, row.passage.start, key=_start)
        inside = own[first : bisect_left(own, row.passage.end, first, key=_start)]
        chain = row_chain(row, inside)
        if chain is not None:
            found.append(Claims(part, row.passage.start, (chain,)))
            used = {id(side.formula) for side in chain.sides}
            taken |= {(id(part), formula.start) for formula in inside if id(formula) in used}
    return found, taken


def _start(formula: Formula) -> int:
    return formula.start


def _joined(formulas: Sequence[Formula]) -> Iterator[Claims]:
    """The chains of mathematics; one that begins with a relation goes on with what stands just before it."""
    held: list[Chain] = []
    last: Formula | None = None
    for formula in formulas:
        found = list(chains(formula)) if may_claim(formula) else []
        goes_on = bool(found) and not found[0].sides[0].tokens and not found[0].unclear
        if goes_on and last is not None and _follows(last, formula):
            before = held.pop() if held else None
            first = before.sides if before is not None else (_whole(last),)
            relations = before.relations if before is not None else ()
            found[0] = Chain(
                (*first, *found[0].sides[1:]),
                (*relations, *found[0].relations),
                before.unclear if before else "",
            )
        if last is not None:
            yield Claims(last.part, last.start, tuple(held))
        held, last = found, formula
    if last is not None:
        yield Claims(last.part, last.start, tuple(held))


def _follows(before: Formula, formula: Formula) -> bool:
    """Whether nothing but marks and blanks stands between two formulas."""
    end = before.start + len(before.text)
    is_near = before.part is formula.part and 0 <= formula.start - end <= MAX_GAP
    return is_near and _GAP.fullmatch(before.part.text, end, formula.start) is not None


def _whole(formula: Formula) -> Side:
    tokens = tex_tokens(formula.text, formula.macros)
    while tokens and tokens[-1].kind in {",", "stop", ";"}:
        tokens.pop()
    return Side(formula, tuple(tokens), tokens[0].offset if tokens else 0, len(formula.text.rstrip(" \n.,;")))


def _plain(document: Document, rows: Sequence[Claims], *, named: bool) -> Iterator[Claims]:
    """Each equation in plain text that stands in no row of a table, as far as there is time for them."""
    relations = 0
    lines = {(id(row.part), row.start) for row in rows}
    for passage in document.passages:
        is_long = passage.end - passage.start > MAX_PASSAGE
        if (id(passage.part), passage.start) in lines:
            continue
        if is_long or relations > MAX_RELATIONS:
            equation = _EQUATION.search(passage.part.text, passage.start, passage.end)
            if equation is not None:
                yield Claims(passage.part, passage.start, (), (passage.part.place(equation.start()),))
        else:
            relations += passage.part.text.count("=", passage.start, passage.end)
            yield from _equations(passage, named=named)


def _equations(passage: Passage, *, named: bool) -> Iterator[Claims]:
    part = passage.part
    read = pieces(part.text, passage.start, passage.end, passage.opaque)
    found, missed = equations(read)
    unread = tuple(part.place(piece.start) for piece in missed)
    if unread:
        yield Claims(part, passage.start, (), unread)
    for equation in found:
        kept = equation if named else _without_names(equation)
        if kept is not None:
            chain = plain_chain(passage, read, kept)
            yield Claims(part, chain.sides[0].formula.start, (chain,))


def _without_names(equation: Equation) -> Equation | None:
    """The part of an equation that is arithmetic alone, if there is one."""
    first, last = 0, len(equation.sides)
    while first < last and equation.sides[first].has_names:
        first += 1
    while last > first and equation.sides[last - 1].has_names:
        last -= 1
    if last - first < 2:
        return None
    return Equation(equation.sides[first:last], equation.relations[first : last - 1])
