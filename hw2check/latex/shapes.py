"""Shapes of written mathematics: which product is meant, and which operands do not go together.

Every array is a matrix here, a vector a column; () is a number.
"""

from __future__ import annotations

from hw2check.calculus.values import ShapeError, show_shape
from hw2check.formula.shapes import Columns, Shape, broadcast
from hw2check.formula.text import to_text
from hw2check.formula.tree import (
    Add,
    Div,
    Expression,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Transpose,
)
from hw2check.latex.scope import Surroundings


def shape_of(expression: Expression, world: Surroundings) -> Shape:
    """The shape of a value; undeclared names count as numbers. Raises ShapeError."""
    return Columns(world.shape).shape(expression)


def column(expression: Expression) -> Expression:
    """Vectors written as lists, as columns: the whole, with a sign or a factor, or as a term of a sum."""
    match expression:
        case Matrix(rows) if expression.flat:
            return Matrix(tuple((entry,) for entry in rows[0]))
        case Neg(operand):
            return Neg(column(operand))
        case Mul(factors):
            return Mul(tuple(column(factor) for factor in factors))
        case Div(numerator, denominator):
            return Div(column(numerator), denominator)
        case Add(terms):
            return Add(tuple(column(term) for term in terms))
    return expression


def product(left: Expression, right: Expression, world: Surroundings) -> Expression:
    """The product of two operands without a sign, or with one that may mean either product.

    Matrices that fit are multiplied as matrices; two of one shape that do not fit, entry by entry.
    Raises ShapeError where they do neither.
    """
    left, right = column(left), column(right)
    a, b = shape_of(left, world), shape_of(right, world)
    if not a or not b or a == (1, 1) or b == (1, 1):
        return times(left, right)
    if a[1] == b[0]:
        return MatMul(left, right)
    if a == b:
        return times(left, right)
    if isinstance(left, Name) and a[1] == 1 and a[0] == b[0] and _is_list(left.name, world):
        return MatMul(Transpose(left), right)
    raise ShapeError(
        f"{_brief(left)} is {show_shape(a)} and {_brief(right)} is {show_shape(b)}: they cannot be multiplied"
    )


def product_as_written(left: Expression, right: Expression, world: Surroundings) -> Expression:
    """The product of matrices, whether they fit or not."""
    if shape_of(left, world) and shape_of(right, world):
        return MatMul(column(left), column(right))
    return times(column(left), column(right))


def _is_list(name: str, world: Surroundings) -> bool:
    return name in world.given and world.given[name].ndim == 1


def times(left: Expression, right: Expression) -> Expression:
    """The elementwise product, kept flat."""
    first = left.factors if isinstance(left, Mul) else (left,)
    return Mul((*first, right))


def check_sum(expression: Add, world: Surroundings) -> None:
    """Raises ShapeError for terms that matrix algebra cannot add; a column or row may be repeated."""
    kept: Shape = ()
    first = expression.terms[0]
    for term in expression.terms:
        shape = shape_of(term, world)
        if not shape or not kept:
            kept, first = (shape, term) if shape else (kept, first)
            continue
        fits = shape == kept or any(
            small[axis] == 1 and small[1 - axis] == large[1 - axis]
            for small, large in ((shape, kept), (kept, shape))
            for axis in (0, 1)
        )
        if not fits:
            raise ShapeError(
                f"{_brief(first)} is {show_shape(kept)} and {_brief(term)} is {show_shape(shape)}: "
                "they cannot be added"
            )
        kept = broadcast([kept, shape])


def _brief(expression: Expression) -> str:
    text = to_text(expression)
    return text if len(text) <= 40 else text[:37] + "..."
