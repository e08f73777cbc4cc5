"""Sums and products of arrays as people write them: numbers multiplied out, what repeats summed."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import prod

from hw2check.formula.shapes import Shape, Shapes, broadcast, folds
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Div,
    Expression,
    MatMul,
    Mul,
    Neg,
    Number,
    Whole,
    number,
)

MAX_LITERAL = 2**40  # numerator and denominator of literals that are multiplied out


class Products(Shapes):
    """Sums, products and repetitions of formulas whose shapes are known."""

    def full(self, cotangent: Expression, shape: Shape) -> Expression:
        """The cotangent written in its whole shape."""
        own = self.shape(cotangent)
        if own == shape:
            return cotangent
        if cotangent == ZERO:
            return Whole("zeros", (), shape)
        if own and prod(own) == prod(shape):
            return Whole("reshape", (cotangent,), shape) if shape else Call("sum", (cotangent,))
        if prod(own) == 1 and own:
            cotangent = Call("sum", (cotangent,))
        return self.times(cotangent, Whole("ones", (), shape))

    def add(self, terms: Iterable[Expression]) -> Expression:
        """The sum of cotangents of one array."""
        kept = [term for term in terms if term != ZERO]
        kept = self._foldable(kept)
        return Add(tuple(kept)) if len(kept) > 1 else kept[0] if kept else ZERO

    def times(self, *factors: Expression) -> Expression:
        """The product entry by entry: literals multiplied out, signs and literals in front, flat."""
        coefficient, above, below = Fraction(1), list[Expression](), list[Expression]()
        waiting = list(reversed(factors))
        while waiting:
            factor = waiting.pop()
            literal = literal_value(factor)
            if literal is not None and is_small(coefficient * literal):
                coefficient *= literal
            elif isinstance(factor, Neg):
                coefficient = -coefficient
                waiting.append(factor.operand)
            elif isinstance(factor, Mul):
                waiting.extend(reversed(factor.factors))
            elif isinstance(factor, Div) and literal_value(factor.numerator):
                waiting.append(factor.numerator)
                below.append(factor.denominator)
            else:
                above.append(factor)
        if not coefficient:
            return ZERO
        above = self._needed(above)
        size = abs(coefficient)
        if size != 1 or not above:
            above = [number(size.numerator) if below and not above else number(size), *above]
            if below and len(above) == 1 and size.denominator != 1:
                below = [number(size.denominator), *below]
        product = _product(self._foldable(above))
        if below:
            product = Div(product, _product(self._foldable(below)))
        return Neg(product) if coefficient < 0 else product

    def _needed(self, factors: list[Expression]) -> list[Expression]:
        """The factors without arrays of ones, but for one that gives the product its shape."""
        ones = [factor for factor in factors if isinstance(factor, Whole) and factor.function == "ones"]
        if not ones:
            return factors
        kept = [factor for factor in factors if factor not in ones]
        whole = broadcast([self.shape(factor) for factor in factors])
        if broadcast([self.shape(factor) for factor in kept]) == whole:
            return kept
        return [*kept, Whole("ones", (), whole)]

    def _foldable(self, parts: list[Expression]) -> list[Expression]:
        """The parts in an order, and if need be in a form, in which they broadcast one by one."""
        if len(parts) < 2:
            return parts
        shapes = [self.shape(part) for part in parts]
        if folds(shapes):
            return parts
        order = sorted(range(len(parts)), key=lambda i: (-len(shapes[i]), -prod(shapes[i])))
        if folds([shapes[i] for i in order]):
            return [parts[i] for i in order]
        return [
            Whole("reshape", (part,), (1, shape[0])) if len(shape) == 1 else part
            for part, shape in zip(parts, shapes, strict=True)
        ]

    def _summed(self, cotangent: Expression, value: Shape, operand: Shape) -> Expression:
        """The cotangent of an operand that was broadcast to `value`: summed where it was repeated."""
        if value == operand:
            return cotangent
        own = self.shape(cotangent)
        padded = (1,) * (len(value) - len(own)) + own
        wanted = (1,) * (len(value) - len(operand)) + operand
        repeated = [axis for axis, length in enumerate(value) if wanted[axis] == 1 < length]
        count = prod(value[axis] for axis in repeated if padded[axis] == 1)
        axes = [axis for axis in repeated if padded[axis] > 1]
        left = prod(length for axis, length in enumerate(padded) if axis not in axes)
        if own and left == 1 and (not operand or len(own) < len(operand)):
            cotangent = Call("sum", (cotangent,))
        elif len(own) > len(operand):
            cotangent = Call("sum", (cotangent,), 0)
        elif axes:
            cotangent = Call("sum", (cotangent,), None if len(axes) == len(own) else axes[0], keepdims=True)
        return self.times(number(count), cotangent)


def matrix_product(left: Expression, right: Expression) -> Expression:
    """The product of two matrices, signs in front."""
    negative = False
    if isinstance(left, Neg):
        left, negative = left.operand, not negative
    if isinstance(right, Neg):
        right, negative = right.operand, not negative
    return Neg(MatMul(left, right)) if negative else MatMul(left, right)


def _product(factors: list[Expression]) -> Expression:
    return Mul(tuple(factors)) if len(factors) > 1 else factors[0] if factors else ONE


def literal_value(expression: Expression) -> Fraction | None:
    """The value of a literal, or of a quotient of two."""
    match expression:
        case Number(numeral):
            value = Fraction(numeral.value)
            return value if is_small(value) else None
        case Neg(operand):
            inner = literal_value(operand)
            return None if inner is None else -inner
        case Div(Number() as top, Number() as bottom):
            above, below = literal_value(top), literal_value(bottom)
            return above / below if above is not None and below else None
    return None


def is_small(value: Fraction) -> bool:
    return abs(value.numerator) < MAX_LITERAL and value.denominator < MAX_LITERAL
