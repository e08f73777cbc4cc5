"""Chains of equations in plain text: what was read becomes sides with tokens, as mathematics has them."""

from __future__ import annotations

from collections.abc import Sequence

from hw2check.formula.notation import Token
from hw2check.proofread.plain.equations import Equation, Render, readings, says_another
from hw2check.proofread.plain.items import Found
from hw2check.proofread.plain.pieces import Piece
from hw2check.proofread.regions import Formula, Passage
from hw2check.proofread.steps import Chain, Side

LONE = "a number that is said to be another"
NAMED = "a letter in plain text may stand for anything"


def plain_chain(passage: Passage, read: Sequence[Piece], equation: Equation) -> Chain:
    """The chain of an equation, its sides with their other readings."""
    ways, doubt = readings(equation.sides)
    sides = []
    for number, found in enumerate(equation.sides):
        lone = LONE if number == 0 and says_another(*equation.sides[:2]) else ""
        side = plain_side(passage, read, found, ways, doubt or lone)
        sides.append(side._replace(lead=side.tokens[:1]) if number and _goes_on(found) else side)
    return Chain(tuple(sides), equation.relations)


def plain_side(
    passage: Passage, read: Sequence[Piece], found: Found, ways: Sequence[Render], doubt: str
) -> Side:
    """A side, with a formula of its own for its place; the first of the ways is the likeliest."""
    start, end = read[found.start].start, read[found.stop - 1].end
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
    first, *others = [_shifted(way(found.items), start) for way in ways]
    named = NAMED if found.has_names else ""
    return Side(formula, first, 0, end - start, tuple(others), found.doubt or doubt or named)


def _goes_on(found: Found) -> bool:
    """Whether a side can go on from the result before it, which is its first number."""
    return len(found.items) > 2 and found.items[0].kind == "number" and found.items[1].kind in "+-*/"


def _shifted(tokens: list[Token], start: int) -> tuple[Token, ...]:
    return tuple(token._replace(offset=token.offset - start) for token in tokens)
