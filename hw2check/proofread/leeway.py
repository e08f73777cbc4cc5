"""What else a failing step may mean, so that it is not certain that it is a mistake.

Decimals in arrays are mostly rounded themselves; a result by "about" may stand for a method or for numbers
rounded to whole ones; e may be a name, and the second derivative one of another f.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from hw2check.calculus.values import ShapeError
from hw2check.formula.functions import Array
from hw2check.formula.tree import (
    Call,
    Div,
    Expression,
    MatMul,
    Matrix,
    Name,
    Neg,
    Number,
    Pow,
    children,
    is_closed,
    names,
    walk,
)
from hw2check.latex.powers import EULER
from hw2check.latex.scope import UnclearError
from hw2check.proofread.bindings import Bindings
from hw2check.proofread.definitions import Read
from hw2check.proofread.literals import constant, lone_value
from hw2check.proofread.points import Points
from hw2check.proofread.put_in import replaced
from hw2check.proofread.sameness import given_value
from hw2check.proofread.steps import Chain

MAX_LITERALS = 200  # of a side, whose rounding is followed

Sides = tuple[Expression | None, Expression | None]

_BROKEN = re.compile(r"\d[.,][^\S\n]*\n[^\S\n]*\Z")  # a number goes on in the next line


def closed_leeway(chain: Chain, index: int, sides: Sides, points: Points | None) -> bool:
    """Whether a failing step without names may be right as the writer means it.

    points  None where a problem is declared, whose numbers are exact
    """
    left, right = sides
    if left is None or right is None:
        return False
    first = chain.sides[index].formula
    if first.notation == "plain" and _BROKEN.search(first.part.text[: first.start]):
        return True
    if _is_nothing_by_nothing(left) or _is_nothing_by_nothing(right):
        return True
    lone = _is_stated(left) or _is_stated(right)
    by_method = chain.relations[index] == "~" and not lone
    arrays = any(isinstance(part, MatMul) for tree in sides if tree is not None for part in walk(tree))
    if points is None or not (by_method or arrays):
        return False
    return within_rounding(left, right, points, whole=by_method)


def open_leeway(chain: Chain, index: int, reads: Sequence[Read], bindings: Bindings) -> bool:
    """Whether a failing step with names that no problem declares may be right with other meanings of them."""
    left, right = reads[index], reads[index + 1]
    trees = [read.expression for read in (left, right) if read.expression is not None]
    changing = any(bindings.may_change(name) for tree in trees for name in names(tree))
    if changing or any(map(_has_bare_e, trees)):
        return True
    called = (*left.functions, *right.functions)
    if not called:
        return False
    primes = any("'" in token.text for read in (left, right) for token in read.side.tokens)
    if primes and not all(map(bindings.is_of_section, called)):
        return True
    lone = len(chain.sides) == 2
    is_value = right.expression is not None and is_closed(right.expression)
    return is_value and lone and (chain.relations[index] == "~" or bindings.mood.gives)


def within_rounding(left: Expression, right: Expression, points: Points, *, whole: bool) -> bool:
    """Whether two sides are equal as far as the decimals in them are exact.

    whole  whole numbers may have been rounded to ones, too
    """
    try:
        ours, theirs = given_value(left, points), given_value(right, points)
        if ours.shape != theirs.shape:
            return False
        room = _slack(left, points, whole=whole) + _slack(right, points, whole=whole)
    except (ShapeError, UnclearError, ValueError, KeyError):
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(ours - theirs) <= room * (1 + 1e-9)))


def _slack(expression: Expression, points: Points, *, whole: bool) -> Array:
    """How far a value may be off as its literals are rounded, to first order; each literal on its own."""
    total = np.zeros_like(given_value(expression, points))
    literals = list(_rounded_literals(expression, whole=whole))
    if len(literals) > MAX_LITERALS:
        return total
    for literal in literals:
        size, half = float(literal.numeral.value), float(literal.numeral.unit or 1) / 2
        ends = [
            given_value(replaced(expression, {id(literal): constant(end)}), points)
            for end in (size - half, size + half)
        ]
        total = total + np.abs(ends[1] - ends[0]) / 2
    return total


def _rounded_literals(expression: Expression, *, whole: bool) -> Iterator[Number]:
    if isinstance(expression, Number):
        if whole or not expression.numeral.whole:
            yield expression
        return
    parts: Iterable[Expression] = children(expression)
    if isinstance(expression, Pow):
        parts = (expression.base,)
    for part in parts:
        yield from _rounded_literals(part, whole=whole and not isinstance(expression, Call))


def _is_stated(side: Expression) -> bool:
    """A number or an array of numbers, a fraction not among them."""
    number = side.operand if isinstance(side, Neg) else side
    return isinstance(number, Number) or (isinstance(number, Matrix) and lone_value(number) is not None)


def _is_nothing_by_nothing(side: Expression) -> bool:
    """0/0, which has the value that somebody agrees upon."""
    if not isinstance(side, Div):
        return False
    return all(
        isinstance(part, Number) and not part.numeral.value for part in (side.numerator, side.denominator)
    )


def _has_bare_e(tree: Expression) -> bool:
    """Whether e stands alone, as a name would: in the powers of e it is the constant."""
    is_names = any(isinstance(part, Name) for part in walk(tree))
    return is_names and any(isinstance(part, Call) and part == EULER for part in walk(tree))
