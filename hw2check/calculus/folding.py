"""Literals in products, quotients and sums multiplied out and added up: 2*x/2 is x, 3*2*x is 6*x."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from hw2check.formula.tree import (
    ONE,
    Add,
    Div,
    Expression,
    Mul,
    Neg,
    Number,
    add,
    children,
    mul,
    number,
    rebuild,
)

MAX_BITS = 100  # of a literal that comes out; what would be longer stays as it is


def folded(expression: Expression) -> Expression:
    """The same formula, with literals multiplied out and in front."""
    operands = children(expression)
    if not operands:
        return expression
    parts = tuple(map(folded, operands))
    if isinstance(expression, Mul | Div | Neg):
        return _product(rebuild(expression, parts))
    if isinstance(expression, Add):
        return _sum(parts)
    return rebuild(expression, parts)


def _sum(terms: tuple[Expression, ...]) -> Expression:
    literals = [value for term in terms if (value := _literal(term)) is not None]
    if len(literals) < 2 or not _is_short(sum(literals)):
        return Add(terms)
    others = [term for term in terms if _literal(term) is None]
    return add(*others, number(sum(literals, Fraction())))


def _product(expression: Expression) -> Expression:
    above: list[Expression] = []
    below: list[Expression] = []
    _collect(expression, above, below)
    literals = [[v for f in side if (v := _literal(f)) is not None] for side in (above, below)]
    if 0 in literals[1] or not _is_short(prod(literals[0]) / Fraction(prod(literals[1]))):
        return expression
    coefficient = Fraction(prod(literals[0])) / prod(literals[1])
    top, bottom = ([f for f in side if _literal(f) is None] for side in (above, below))
    decimal = any(isinstance(f, Number) and not f.numeral.whole for f in (*above, *below))
    size = abs(coefficient)
    if decimal and isinstance(number(size), Number):
        top.insert(0, number(size))
    else:
        top.insert(0, number(size.numerator))
        bottom.insert(0, number(size.denominator))
    numerator, denominator = mul(*top), mul(*bottom)
    whole = numerator if denominator == ONE else Div(numerator, denominator)
    return Neg(whole) if coefficient < 0 else whole


def _collect(expression: Expression, above: list[Expression], below: list[Expression]) -> None:
    if isinstance(expression, Mul):
        for factor in expression.factors:
            _collect(factor, above, below)
    elif isinstance(expression, Div):
        _collect(expression.numerator, above, below)
        _collect(expression.denominator, below, above)
    elif isinstance(expression, Neg):
        above.append(Neg(ONE))
        _collect(expression.operand, above, below)
    else:
        above.append(expression)


def _literal(expression: Expression) -> Fraction | None:
    match expression:
        case Number(numeral):
            return numeral.value
        case Neg(operand):
            inner = _literal(operand)
            return None if inner is None else -inner
        case Div(Number() as top, Number() as bottom) if bottom.numeral.value:
            return top.numeral.value / bottom.numeral.value
    return None


def _is_short(value: Fraction | int) -> bool:
    value = Fraction(value)
    return max(value.numerator.bit_length(), value.denominator.bit_length()) <= MAX_BITS
