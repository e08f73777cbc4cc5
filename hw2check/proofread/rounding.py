"""What rounding on the way may do to a calculation that is written with rounded numbers.

Two ways are known of people who work by hand: each term of a sum is rounded to the digits that the result
has, and the entries of matrices are rounded ones of which more digits were used.
"""

from __future__ import annotations

import numpy as np

from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.tree import Add, Expression, MatMul, Matrix, Neg, Number, Transpose

Spread = tuple[Array, Array]  # a value, and how far it may be off


def rounding_of(tree: Expression) -> Spread | None:
    """The value of a calculation with matrices, and how far it is off where each decimal in it was rounded.

    None for one number: of single numbers people use what they have written.
    """
    try:
        found = _spread(tree)
    except ShapeError:
        return None
    return found if found is not None and found[0].shape else None


def _spread(tree: Expression) -> Spread | None:
    match tree:
        case Neg(operand):
            inner = _spread(operand)
            return None if inner is None else (-inner[0], inner[1])
        case Transpose(operand):
            inner = _spread(operand)
            return None if inner is None else (inner[0].T, inner[1].T)
        case Add(terms):
            parts = [part for term in terms if (part := _spread(term)) is not None]
            if len(parts) < len(terms):
                return None
            return np.asarray(sum(value for value, _ in parts)), np.asarray(sum(error for _, error in parts))
        case MatMul(left, right):
            first, second = _spread(left), _spread(right)
            if first is None or second is None or first[0].shape[-1] != second[0].shape[0]:
                return None
            error = np.abs(first[0]) @ second[1] + first[1] @ np.abs(second[0]) + first[1] @ second[1]
            return first[0] @ second[0], error
    value = np.asarray(evaluate(tree, {}))
    return value, _half_units(tree, value)


def _half_units(tree: Expression, value: Array) -> Array:
    """Half a unit of the last digit of each decimal of a matrix; nothing for other parts."""
    if isinstance(tree, Matrix) and value.ndim == 2:
        return np.array([[_half(entry) for entry in row] for row in tree.rows], dtype=np.float64).reshape(
            value.shape
        )
    return np.zeros_like(value)


def _half(entry: Expression) -> float:
    bare = entry.operand if isinstance(entry, Neg) else entry
    if isinstance(bare, Number) and not bare.numeral.whole:
        return float(bare.numeral.unit or 0) / 2
    return 0.0


def by_rounded_terms(tree: Expression, decimals: int) -> float | None:
    """A sum of single numbers, each term rounded to so many decimals; None for what is no sum."""
    if not isinstance(tree, Add):
        return None
    terms = [np.asarray(evaluate(term, {})) for term in tree.terms]
    if any(term.shape for term in terms):
        return None
    return float(sum(round(float(term), decimals) for term in terms))
