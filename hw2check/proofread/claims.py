"""Everything in a document that claims something: chains of mathematics and of plain text, in order."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from operator import itemgetter
from typing import NamedTuple

from hw2check.errors import Place
from hw2check.formula.notation import Token
from hw2check.proofread.document import Document, Formula, Passage
from hw2check.proofread.plain.equations import Equation, equations, readings, says_another
from hw2check.proofread.plain.items import Found
from hw2check.proofread.plain.pieces import Piece, pieces
from hw2check.proofread.steps import Chain, Side, chains, may_claim

MAX_PASSAGE = 10_000  # characters of a line of plain text
MAX_RELATIONS = 15_000  # in plain text
LONE = "a number that is said to be another"


class Claims(NamedTuple):
    """What one formula or passage of plain text claims."""

    place: Formula | Passage
    chains: tuple[Chain, ...]
    unread: tuple[Place, ...] = ()  # of equations that could not be read


def claims(document: Document) -> Iterator[Claims]:
    """The claims of each formula and passage, in the order of the document."""
    order = {id(part): number for number, part in enumerate(document.parts)}
    formulas = ((order[id(formula.part)], formula.start, formula) for formula in document.formulas)
    plain = ((order[id(made.place.part)], made.place.start, made) for made in _plain(document))
    found: Iterator[tuple[int, int, Formula | Claims]] = merge(formulas, plain, key=itemgetter(0, 1))
    for _, _, place in found:
        if isinstance(place, Claims):
            yield place
        else:
            yield Claims(place, tuple(chains(place)) if may_claim(place) else ())


def _plain(document: Document) -> Iterator[Claims]:
    """Each equation in plain text, as far as there is time for them."""
    relations = 0
    for passage in document.passages:
        is_long = passage.end - passage.start > MAX_PASSAGE
        if is_long or relations > MAX_RELATIONS:
            yield Claims(passage, (), (passage.part.place(passage.start),))
        else:
            relations += passage.part.text.count("=", passage.start, passage.end)
            yield from _equations(passage)


def _equations(passage: Passage) -> Iterator[Claims]:
    part = passage.part
    read = pieces(part.text, passage.start, passage.end, passage.opaque)
    found, missed = equations(read)
    unread = tuple(part.place(piece.start) for piece in missed)
    if unread:
        yield Claims(passage, (), unread)
    for equation in found:
        chain = plain_chain(passage, read, equation)
        yield Claims(chain.sides[0].formula, (chain,))


def plain_chain(passage: Passage, read: list[Piece], equation: Equation) -> Chain:
    """The chain of an equation in plain text, its sides with their other readings."""
    start = read[equation.sides[0].start].start
    end = read[equation.sides[-1].stop - 1].end
    formula = Formula(
        passage.part,
        start,
        passage.part.text[start:end],
        False,
        passage.paragraph,
        setting=passage.setting,
        opening=passage.opening,
        notation="plain",
    )
    ways, doubt = readings(equation.sides)
    sides = []
    for number, found in enumerate(equation.sides):
        first, *others = [_shifted(way(found.items), start) for way in ways]
        at, to = read[found.start].start - start, read[found.stop - 1].end - start
        lone = LONE if number == 0 and says_another(*equation.sides[:2]) else ""
        side = Side(formula, first, at, to, tuple(others), found.doubt or doubt or lone or _named(found))
        sides.append(side._replace(lead=first[:1]) if number and _goes_on(found) else side)
    return Chain(tuple(sides), equation.relations)


def _goes_on(found: Found) -> bool:
    """Whether a side can go on from the result before it, which is its first number."""
    return len(found.items) > 2 and found.items[0].kind == "number" and found.items[1].kind in "+-*/"


def _named(found: Found) -> str:
    return "a letter in plain text may stand for anything" if found.has_names else ""


def _shifted(tokens: list[Token], start: int) -> tuple[Token, ...]:
    return tuple(token._replace(offset=token.offset - start) for token in tokens)
