"""Vector-Jacobian products as formulas: reverse-mode differentiation of expression trees of arrays.

The cotangent of an array is the derivative of a scalar by each of its entries, in its shape. Each rule turns
the cotangent of an operation into those of its operands (A. Griewank, A. Walther, Evaluating Derivatives,
2008, chapter 3; for matrices M. Giles, Collected matrix derivative results, 2008).

A cotangent may be written with fewer entries than it has, where they repeat: it is then spread by
broadcasting, and written out only where its shape matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import islice
from math import prod
from typing import ClassVar

from hw2check.calculus.products import Products, is_small, literal_value, matrix_product
from hw2check.calculus.rules import slope_of
from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.shapes import Shape
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Compare,
    Div,
    Expression,
    Index,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Pow,
    Transpose,
    Whole,
    children,
    number,
    rebuild,
    walk,
)

Share = tuple[Expression, Expression]  # an operand, and its cotangent

MAX_DERIVED = 100_000  # parts of one derivative
SURELY_SMALL = 16  # parts of a formula whose derivatives cannot have as many


class NoRuleError(ValueError):
    """A formula that has no derivative here; the message says why."""


class Rules(Products):
    """The rules for one graph: the shapes of its names, and what relu'(0) is."""

    def __init__(self, shapes: Mapping[str, Shape], relu_at_zero: Expression | None = None) -> None:
        super().__init__(shapes)
        self.at_zero = relu_at_zero or ZERO

    def pull(self, name: str, formula: Expression, cotangent: Expression) -> dict[str, Expression]:
        """The cotangent of each input of a node, from that of the node.

        name  of the node: where its whole formula occurs in a derivative, its name is put
        Each result broadcasts to the shape of its input. Raises NoRuleError for what has no derivative, and
        for one of more than MAX_DERIVED parts.
        """
        found: dict[str, list[Expression]] = {}
        self._to(formula, cotangent, found)
        totals = {used: self.add(terms) for used, terms in found.items()}
        if _exceeds(formula, SURELY_SMALL) and any(_exceeds(total, MAX_DERIVED) for total in totals.values()):
            raise NoRuleError(f"a derivative would have more than {MAX_DERIVED:,} parts")
        if not isinstance(formula, Call):
            return totals
        return {used: _replaced(total, formula, Name(name)) for used, total in totals.items()}

    def _to(self, operand: Expression, cotangent: Expression, found: dict[str, list[Expression]]) -> None:
        """Adds the cotangents of all names in the operand."""
        if cotangent == ZERO or self.is_closed(operand):
            return
        if isinstance(operand, Name):
            found.setdefault(operand.name, []).append(cotangent)
            return
        for inner, own in self._rules[type(operand)](self, operand, cotangent):
            self._to(inner, own, found)

    def _broadcasting(self, operation: Expression, shares: Iterable[Share]) -> Iterable[Share]:
        value = self.shape(operation)
        for operand, cotangent in shares:
            if not self.is_closed(operand):
                yield operand, self._summed(cotangent, value, self.shape(operand))

    def _add(self, expression: Add, cotangent: Expression) -> Iterable[Share]:
        return self._broadcasting(expression, ((term, cotangent) for term in expression.terms))

    def _neg(self, expression: Neg, cotangent: Expression) -> Iterable[Share]:
        return [(expression.operand, self.times(Neg(ONE), cotangent))]

    def _mul(self, expression: Mul, cotangent: Expression) -> Iterable[Share]:
        factors = expression.factors
        return self._broadcasting(
            expression,
            (
                (factor, self.times(cotangent, *factors[:i], *factors[i + 1 :]))
                for i, factor in enumerate(factors)
                if not self.is_closed(factor)
            ),
        )

    def _div(self, expression: Div, cotangent: Expression) -> Iterable[Share]:
        top, bottom = expression.numerator, expression.denominator
        literal = literal_value(bottom)
        inverse = number(1 / literal) if literal and is_small(1 / literal) else Div(ONE, bottom)
        shares = [(top, self.times(cotangent, inverse))]
        if not self.is_closed(bottom):
            shares.append((bottom, self.times(Neg(cotangent), top, Div(ONE, Pow(bottom, number(2))))))
        return self._broadcasting(expression, shares)

    def _pow(self, expression: Pow, cotangent: Expression) -> Iterable[Share]:
        base, exponent = expression.base, expression.exponent
        shares = [(base, self.times(cotangent, exponent, _lowered(base, exponent)))]
        if not self.is_closed(exponent):
            shares.append((exponent, self.times(cotangent, expression, Call("log", (base,)))))
        return self._broadcasting(expression, shares)

    def _matmul(self, expression: MatMul, cotangent: Expression) -> Iterable[Share]:
        left, right = expression.left, expression.right
        a, b = self.shape(left), self.shape(right)
        above = self.full(cotangent, self.shape(expression))
        if len(a) == len(b) == 1:
            return [(left, self.times(above, right)), (right, self.times(above, left))]
        if len(a) == 1:
            return [(left, matrix_product(right, above)), (right, Whole("outer", (left, above)))]
        to_right = matrix_product(self.turned(left), above)
        if len(b) == 1:
            return [(left, Whole("outer", (above, right))), (right, to_right)]
        return [(left, matrix_product(above, self.turned(right))), (right, to_right)]

    def turned(self, expression: Expression) -> Expression:
        """The transposed matrix, transpositions drawn inside where that is shorter."""
        if len(self.shape(expression)) < 2:
            return expression
        match expression:
            case Transpose(operand):
                return operand
            case Neg(operand):
                return Neg(self.turned(operand))
            case MatMul(left, right) if len(self.shape(left)) == len(self.shape(right)) == 2:
                return MatMul(self.turned(right), self.turned(left))
        return Transpose(expression)

    def _transpose(self, expression: Transpose, cotangent: Expression) -> Iterable[Share]:
        if not self.shape(cotangent):
            return [(expression.operand, cotangent)]
        return [(expression.operand, self.turned(self.full(cotangent, self.shape(expression))))]

    def _matrix(self, expression: Matrix, cotangent: Expression) -> Iterable[Share]:
        shape = self.shape(expression)
        above = self.full(cotangent, shape) if self.shape(cotangent) else None
        for i, row in enumerate(expression.rows):
            for j, entry in enumerate(row):
                place = (j,) if expression.flat else (i, j)
                yield entry, cotangent if above is None else Index(above, place)

    def _index(self, expression: Index, cotangent: Expression) -> Iterable[Share]:
        moved = cotangent if not self.shape(cotangent) else self.full(cotangent, self.shape(expression))
        return [(expression.operand, Whole("place", (moved, expression)))]

    def _whole(self, expression: Whole, cotangent: Expression) -> Iterable[Share]:
        arguments = expression.arguments
        above = self.full(cotangent, self.shape(expression))
        match expression.function:
            case "concat":
                return self._parts(expression, above)
            case "reshape":
                return [(arguments[0], self.full(above, self.shape(arguments[0])))]
            case "place" if isinstance(arguments[1], Index):
                moved = Index(above, arguments[1].positions)
                source = self.shape(arguments[0])
                return [(arguments[0], moved if self.shape(moved) == source else Call("sum", (moved,)))]
            case "outer":
                left, right = (self._flat(argument) for argument in arguments)
                shapes = [self.shape(argument) for argument in arguments]
                return [
                    (arguments[0], self.full(MatMul(above, right), shapes[0])),
                    (arguments[1], self.full(MatMul(left, above), shapes[1])),
                ]
        return []

    def _flat(self, expression: Expression) -> Expression:
        shape = self.shape(expression)
        return expression if len(shape) == 1 else Whole("reshape", (expression,), (prod(shape),))

    def _parts(self, expression: Whole, above: Expression) -> Iterable[Share]:
        (axis,) = expression.sizes
        start = 0
        for argument in expression.arguments:
            stop = start + self.shape(argument)[axis]
            yield argument, Index(above, ((None, None),) * axis + ((start, stop),))
            start = stop

    def _call(self, expression: Call, cotangent: Expression) -> Iterable[Share]:
        function, arguments = expression.function, expression.arguments
        if FUNCTIONS[function].square:
            return [(arguments[0], self._square(expression, cotangent, self.shape(arguments[0])))]
        if FUNCTIONS[function].along:
            operand = self.shape(arguments[0])
            if FUNCTIONS[function].along == "reduce":
                return [(arguments[0], self._spread(expression, cotangent, operand))]
            if not operand or function.endswith("'"):  # constant
                return []
            return [(arguments[0], self._softmax(expression, cotangent, operand))]
        return self._broadcasting(
            expression,
            (
                (argument, self.times(cotangent, self._slope(expression, position)))
                for position, argument in enumerate(arguments)
                if not self.is_closed(argument)
            ),
        )

    def _square(self, call: Call, cotangent: Expression, shape: Shape) -> Expression:
        """The cotangent of a square matrix, from that of its trace, determinant or inverse."""
        if call.function == "trace":
            return self.times(cotangent, Whole("eye", (), shape))
        if call.function == "det":
            return self.times(cotangent, call, Transpose(Call("inverse", call.arguments)))
        turned = Transpose(call)
        above = matrix_product(turned, self.full(cotangent, shape))
        return self.times(Neg(matrix_product(above, turned)))

    def _slope(self, call: Call, argument: int) -> Expression:
        """The derivative of an elementwise function by one of its arguments."""
        try:
            return slope_of(call, argument, self.at_zero)
        except KeyError:
            raise NoRuleError(f"the derivative of {call.function} is not known") from None

    def _spread(self, expression: Call, cotangent: Expression, operand: Shape) -> Expression:
        """The cotangent of what was reduced."""
        axis, argument = expression.axis, expression.arguments[0]
        above = cotangent
        if axis is not None and operand and not expression.keepdims and self.shape(cotangent):
            above = self.full(cotangent, self.shape(expression))
            if axis == 1:
                above = Whole("reshape", (above,), (operand[0], 1))
        if not operand or expression.function == "sum":
            return above
        if expression.function == "mean":
            count = prod(operand) if axis is None else operand[axis]
            return self.times(above, number(Fraction(1, count)))
        return self.times(above, Call(f"{expression.function}'", (argument,), axis))

    def _softmax(self, expression: Call, cotangent: Expression, operand: Shape) -> Expression:
        axis = min(expression.axis or 0, len(operand) - 1)
        if expression.function == "softmax":
            weighted = Call("sum", (self.times(cotangent, expression),), axis, keepdims=True)
            return self.times(expression, Add((cotangent, Neg(weighted))))
        above = self.full(cotangent, operand)
        total = Call("sum", (above,), axis, keepdims=True)
        softmax = Call("softmax", expression.arguments, expression.axis)
        return Add((above, Neg(self.times(softmax, total))))

    _rules: ClassVar[Mapping[type, Callable[..., Iterable[Share]]]] = {
        Add: _add,
        Neg: _neg,
        Mul: _mul,
        Div: _div,
        Pow: _pow,
        MatMul: _matmul,
        Transpose: _transpose,
        Compare: lambda *_: (),
        Call: _call,
        Matrix: _matrix,
        Index: _index,
        Whole: _whole,
    }


def _lowered(base: Expression, exponent: Expression) -> Expression:
    """base^(exponent - 1)"""
    literal = literal_value(exponent)
    if literal is None or not is_small(literal - 1):
        return Pow(base, Add((exponent, Neg(ONE))))
    return ONE if literal == 1 else base if literal == 2 else Pow(base, number(literal - 1))


def _exceeds(expression: Expression, parts: int) -> bool:
    return sum(1 for _ in islice(walk(expression), parts + 1)) > parts


def _replaced(expression: Expression, old: Expression, new: Expression) -> Expression:
    if expression == old:
        return new
    operands = children(expression)
    if not operands:
        return expression
    changed = tuple(_replaced(operand, old, new) for operand in operands)
    return expression if changed == operands else rebuild(expression, changed)
