"""What mistake a wrong step looks like: the one edit of a side that would make it right."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from hw2check.calculus.values import ShapeError
from hw2check.formula.quantity import shown_text
from hw2check.formula.tree import (
    Add,
    Call,
    Div,
    Expression,
    MatMul,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    add,
    children,
    is_closed,
    mul,
    names,
    number,
    rebuild,
    substitute,
    walk,
)
from hw2check.latex.scope import UnclearError
from hw2check.proofread.literals import lone_value
from hw2check.proofread.sameness import HOLDS, ROUNDED, equal_at_given, equal_at_points, given_value, judged
from hw2check.proofread.world import World

MAX_EDITS = 400  # of one side
MAX_PARTS = 400  # of a side that is edited


@dataclass(frozen=True, slots=True)
class Hint:
    """A mistake that a wrong step looks like."""

    code: str  # in the catalogue of mistakes
    text: str


def hint(left: Expression, right: Expression, world: World) -> Hint | None:
    """The one edit of a side after which the step holds, right side first; None where there is none."""
    if any(sum(1 for _ in walk(side)) > MAX_PARTS for side in (left, right)):
        return None
    with np.errstate(all="ignore"):
        for side, other in ((right, left), (left, right)):
            for code, text, edited in itertools.islice(_edits(side, world), MAX_EDITS):
                if _holds(edited, other, world):
                    return Hint(code, text)
    return None


def _holds(edited: Expression, other: Expression, world: World) -> bool:
    try:
        if is_closed(edited) or is_closed(other):
            whole, closed = (edited, other) if is_closed(other) else (other, edited)
            written = lone_value(closed)
            truth = given_value(whole, world.points)
            if written is not None and written.array.shape == truth.shape:
                return judged(written, truth).verdict in {HOLDS, ROUNDED}
            return equal_at_given(edited, other, world.points, careful=False).verdict == HOLDS
        return equal_at_points(edited, other, world.points, careful=False).verdict == HOLDS
    except (ShapeError, UnclearError, KeyError, ValueError):
        return False


Edit = tuple[str, str, Expression]  # code, explanation, the edited tree


def _edits(expression: Expression, world: World) -> Iterator[Edit]:
    """Every single edit of the tree, the most telling kinds first."""
    spots = [part for part in walk(expression) if not isinstance(part, Number)][:120]
    yield from _renamed(expression, world)
    for rule in (_exp_of_sum, _signs, _names, _factors, _reciprocals, _transposed):
        for spot in spots:
            for code, text, new in rule(spot, world):
                yield code, text, _put(expression, spot, new)
    for literal in walk(expression):
        if isinstance(literal, Number):
            for code, text, new in _digits(literal):
                yield code, text, _put(expression, literal, new)


def _put(tree: Expression, spot: Expression, new: Expression) -> Expression:
    if tree is spot:
        return new
    operands = children(tree)
    if not operands:
        return tree
    return rebuild(tree, tuple(_put(operand, spot, new) for operand in operands))


def _exp_of_sum(spot: Expression, _: World) -> Iterator[Edit]:
    """exp(a) + exp(b) where exp(a + b) is meant, and the reverse."""
    match spot:
        case Add(terms) if all(isinstance(term, Call) and term.function == "exp" for term in terms):
            inner = add(*(term.arguments[0] for term in terms if isinstance(term, Call)))
            yield (
                "exp-of-sum",
                f"{_brief(spot)} stands where exp of the sum, {_brief(Call('exp', (inner,)))}, is meant",
                Call("exp", (inner,)),
            )
        case Call("exp", (Add(terms),)):
            split = Add(tuple(Call("exp", (term,)) for term in terms))
            yield "exp-of-sum", f"{_brief(spot)} stands where {_brief(split)} is meant", split


def _signs(spot: Expression, _: World) -> Iterator[Edit]:
    if isinstance(spot, Neg):
        yield "sign", f"a minus too many before {_brief(spot.operand)}", spot.operand
    elif isinstance(spot, Add):
        for position, term in enumerate(spot.terms):
            flipped = term.operand if isinstance(term, Neg) else Neg(term)
            terms = (*spot.terms[:position], flipped, *spot.terms[position + 1 :])
            yield "sign-of-term", f"the sign of {_brief(term)}", Add(terms)
    else:
        yield "sign", f"a minus is missing before {_brief(spot)}", Neg(spot)


def _names(spot: Expression, world: World) -> Iterator[Edit]:
    if not isinstance(spot, Name):
        return
    for other in _alternatives(spot.name, world):
        yield "wrong-name", f"{spot.name} stands where {other} is meant", Name(other)


def _renamed(expression: Expression, world: World) -> Iterator[Edit]:
    """One variable taken for another in every derivative by it."""
    used = [name for name in names(expression) if name in world.derivatives]
    for by in dict.fromkeys(world.derivatives[name].by for name in used):
        for other in [*world.given, *world.nodes][:60]:
            new = {
                name: Name(changed)
                for name in used
                if world.derivatives[name].by == by
                and (changed := world.derivative(world.derivatives[name].of, other)) is not None
            }
            if other != by and new:
                yield "wrong-name", f"d{by} stands where d{other} is meant", substitute(expression, new)


def _alternatives(name: str, world: World) -> Iterable[str]:
    derivative = world.derivatives.get(name)
    known = [*world.given, *world.nodes][:60]
    if derivative is None:
        return [other for other in known if other != name and world.shape(other) == world.shape(name)]
    of = [world.derivative(derivative.of, other) for other in known if other != derivative.by]
    by = [world.derivative(other, derivative.by) for other in world.nodes if other != derivative.of]
    return [other for other in (*of, *by) if other is not None]


def _factors(spot: Expression, _: World) -> Iterator[Edit]:
    if isinstance(spot, Mul):
        for position, factor in enumerate(spot.factors):
            rest = spot.factors[:position] + spot.factors[position + 1 :]
            yield "extra-factor", f"the factor {_brief(factor)} is too many", mul(*rest)
    for value in (2, 3):
        yield "missing-factor", f"a factor {value} is missing", Mul((number(value), spot))
        yield "missing-factor", f"a factor 1/{value} is missing", Div(spot, number(value))
        if not isinstance(spot, Pow):
            yield (
                "exponent-missing",
                f"{_brief(spot)} to the power {value} is meant",
                Pow(spot, number(value)),
            )
    if isinstance(spot, Pow):
        yield "extra-power", f"a power too many at {_brief(spot.base)}", spot.base


def _reciprocals(spot: Expression, _: World) -> Iterator[Edit]:
    if isinstance(spot, Div):
        yield "reciprocal", "the fraction is upside down", Div(spot.denominator, spot.numerator)
        yield (
            "quotient-for-product",
            "a division where a product is meant",
            Mul((spot.numerator, spot.denominator)),
        )
    elif isinstance(spot, Mul) and len(spot.factors) == 2:
        yield "product-for-sum", "a product where a sum is meant", Add(spot.factors)
        yield "product-for-quotient", "a product where a division is meant", Div(*spot.factors)
    elif isinstance(spot, Add) and len(spot.terms) == 2:
        yield "sum-for-product", "a sum where a product is meant", Mul(spot.terms)


def _transposed(spot: Expression, world: World) -> Iterator[Edit]:
    if isinstance(spot, Transpose):
        yield "transposed-factor", f"{_brief(spot.operand)} must not be transposed", spot.operand
    elif isinstance(spot, Name) and world.shape(spot.name):
        yield "transpose-missing", f"{spot.name} must be transposed", Transpose(spot)
    elif isinstance(spot, MatMul):
        yield (
            "factors-swapped",
            "the matrices are multiplied in the wrong order",
            MatMul(spot.right, spot.left),
        )


def _digits(spot: Number) -> Iterator[Edit]:
    value = spot.numeral.value
    for power in (10, 100, 1000):
        for moved in (value * power, value / power):
            yield "power-of-ten", f"the decimal point of {spot.numeral.text}", number(moved)


def _brief(expression: Expression) -> str:
    text = shown_text(expression)
    return text if len(text) <= 50 else text[:47] + "..."
