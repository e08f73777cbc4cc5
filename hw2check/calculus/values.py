"""The value of an expression, by NumPy, in float64.

Values may carry leading axes of sample points (`lead`): a scalar then has shape (K,), a matrix
(K, m, n), and one call evaluates the expression at all K points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from hw2check.formula.functions import FUNCTIONS, Array
from hw2check.formula.tree import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expression,
    Index,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    Whole,
)

if TYPE_CHECKING:
    from random import Random

from hw2check.calculus.arranging import ARRANGED, places_of
from hw2check.calculus.running import (
    MAX_ENTRIES,
    MAX_MULTIPLY_ADDS,
    Arithmetic,
    Parts,
    Run,
    ShapeError,
    TooLargeError,
    Values,
    brief,
    check_size,
    counted,
    disturbed,
    dyadic,
    last_bits,
    mismatch,
    padded,
    show_shape,
    too_large,
    with_article,
)

__all__ = [
    "MAX_ENTRIES",
    "MAX_MULTIPLY_ADDS",
    "Arithmetic",
    "Parts",
    "ShapeError",
    "TooLargeError",
    "Values",
    "counted",
    "evaluate",
    "evaluate_with",
    "last_bits",
    "quietly",
    "show_shape",
    "with_article",
]


def evaluate(
    expression: Expression,
    values: Values,
    *,
    lead: int = 0,
    rng: Random | None = None,
    on_trouble: Callable[[str, int], None] | None = None,
) -> Array:
    """The value: shape (), (n,) or (m, n), behind `lead` axes of sample points.

    With `rng`, every result that float64 had to round is disturbed by up to one unit in its last place, so
    that the spread over several points measures the rounding error (stochastic arithmetic, J. Vignes 1974).
    Overflow and undefined operations give inf and nan, and call `on_trouble` where it is set. Raises
    ShapeError, and KeyError for a name without a value.
    """
    if on_trouble is not None:
        with np.errstate(all="call", call=on_trouble):
            return _value(expression, Run(values, lead, rng))
    with np.errstate(all="ignore"):
        return _value(expression, Run(values, lead, rng))


def evaluate_with(arithmetic: Arithmetic, expression: Expression, values: Values) -> Array:
    """The value in another arithmetic, behind one axis of sample points."""
    return _value(expression, Run(values, 1, None, arithmetic))


def quietly(expression: Expression, values: Values, lead: int, parts: Parts | None = None) -> Array:
    """As `evaluate`, for callers that ignore floating-point errors already.

    parts  values of subtrees with these `values`, looked up and added to by identity
    """
    return _value(expression, Run(values, lead, None, None, parts))


def _value(expression: Expression, run: Run) -> Array:
    kind = type(expression)
    if run.parts is None or kind not in _SHARED:
        return _RULES[kind](expression, run)
    known = run.parts.get(id(expression))
    if known is None:
        known = run.parts[id(expression)] = expression, _RULES[kind](expression, run)
    return known[1]


_SHARED = frozenset({Div, Pow, Call, MatMul})  # worth remembering


def _number(expression: Number, run: Run) -> Array:
    if run.arithmetic is not None:
        return run.arithmetic.number(expression.numeral.value)
    try:
        value = np.float64(expression.numeral.value)
    except OverflowError:
        value = np.float64(np.inf)
    return value if run.rng is None else disturbed(np.asarray(value), run, np.asarray(value))  # type: ignore[return-value]


def _constant(expression: Constant, run: Run) -> Array:
    if run.arithmetic is not None:
        return run.arithmetic.constants[expression.name]
    return np.float64({"pi": np.pi}[expression.name])  # type: ignore[return-value]


def _name(expression: Name, run: Run) -> Array:
    return run.values[expression.name]


def _neg(expression: Neg, run: Run) -> Array:
    return np.negative(_value(expression.operand, run))


def _fold(operation: Callable[[Array, Array], Array], parts: tuple[Expression, ...], run: Run) -> Array:
    result = _value(parts[0], run)
    for position, part in enumerate(parts[1:], 1):
        operand = _value(part, run)
        if result.shape == operand.shape or not operand.shape or not result.shape:
            left, right = result, operand
        else:
            left, right = _aligned(result, operand, parts, position, run)
        result = operation(left, right)
        if run.rng is not None:
            result = disturbed(result, run, left, right)
    return result


def _sum(expression: Add, run: Run) -> Array:
    """The terms added one by one, a negated one subtracted."""
    terms = expression.terms
    if run.arithmetic is not None:  # which adds and negates
        return _fold(np.add, terms, run)
    result = _value(terms[0], run)
    for position, term in enumerate(terms[1:], 1):
        negated = isinstance(term, Neg)
        operand = _value(term.operand if isinstance(term, Neg) else term, run)
        left, right = result, operand
        if result.shape != operand.shape and operand.shape and result.shape:
            left, right = _aligned(result, operand, terms, position, run)
        if negated and run.arithmetic is None:
            result = np.subtract(left, right)
        else:  # other numbers may know how to add to each other only
            result = np.add(left, np.negative(right) if negated else right)
        if run.rng is not None:
            result = disturbed(result, run, left, right)
    return result


def _aligned(
    left: Array, right: Array, parts: tuple[Expression, ...], position: int, run: Run
) -> tuple[Array, Array]:
    """Both operands with axes inserted behind the sample axes, so that NumPy broadcasts as without them."""
    lead = run.lead
    ranks = (max(left.ndim - lead, 0), max(right.ndim - lead, 0))
    shapes = (left.shape[lead:], right.shape[lead:])
    if sorted(ranks) == [1, 2] and (shapes[0][-1] != shapes[1][-1]):
        raise mismatch(parts, position, shapes)
    rank = max(ranks)
    left, right = padded(left, rank, lead), padded(right, rank, lead)
    entries = 1
    for above, below in zip_longest(reversed(left.shape), reversed(right.shape), fillvalue=1):
        if above != below and above != 1 and below != 1:
            raise mismatch(parts, position, shapes)
        entries *= above if below == 1 else below
    if entries > MAX_ENTRIES:
        raise too_large(Add(parts[: position + 1]))
    return left, right


def _div(expression: Div, run: Run) -> Array:
    divide = np.divide if run.arithmetic is None else run.arithmetic.divide
    return _fold(divide, (expression.numerator, expression.denominator), run)


def _pow(expression: Pow, run: Run) -> Array:
    if run.arithmetic is None and run.rng is None and _is_two(expression.exponent):
        return np.square(_value(expression.base, run))
    power = np.float_power if run.arithmetic is None else run.arithmetic.power
    return _fold(power, (expression.base, expression.exponent), run)


def _is_two(exponent: Expression) -> bool:
    return isinstance(exponent, Number) and exponent.numeral.value == 2


def _matmul(expression: MatMul, run: Run) -> Array:
    left, right = _value(expression.left, run), _value(expression.right, run)
    lead = run.lead
    a, b = left.shape[lead:], right.shape[lead:]
    if not a or not b:
        raise ShapeError(
            f"@ is the matrix product, but {brief(expression.left if not a else expression.right)} "
            "is a scalar: use *"
        )
    inner = b[0] if len(b) == 1 else b[-2]
    if a[-1] != inner:
        raise mismatch((expression.left, expression.right), 1, (a, b))
    outer = a[:-1] + b[1:]
    check_size(left.shape[:lead] + outer, expression)
    if math.prod(left.shape[:lead] + outer) * inner > MAX_MULTIPLY_ADDS:
        raise TooLargeError(f"{brief(expression)} is too large a matrix product")
    product = _product(left, right, len(a), len(b))
    if run.rng is None:
        return product
    return disturbed(product, run, np.asarray(0.0 if np.all(dyadic(left)) and np.all(dyadic(right)) else 0.1))


def _product(left: Array, right: Array, left_rank: int, right_rank: int) -> Array:
    wide = left[..., np.newaxis, :] if left_rank == 1 else left
    tall = right[..., np.newaxis] if right_rank == 1 else right
    result = np.matmul(wide, tall)
    if right_rank == 1:
        result = result[..., 0]
    if left_rank == 1:
        result = result[..., 0, :] if right_rank == 2 else result[..., 0]
    return np.asarray(result)


def _transpose(expression: Transpose, run: Run) -> Array:
    operand = _value(expression.operand, run)
    return operand if operand.ndim - run.lead < 2 else np.swapaxes(operand, -1, -2)


_COMPARISONS: Mapping[str, Callable[[Array, Array], Array]] = {
    ">": lambda a, b: np.greater(a, b).astype(np.float64),
    "<": lambda a, b: np.less(a, b).astype(np.float64),
    ">=": lambda a, b: np.greater_equal(a, b).astype(np.float64),
    "<=": lambda a, b: np.less_equal(a, b).astype(np.float64),
}


def _compare(expression: Compare, run: Run) -> Array:
    comparisons = _COMPARISONS if run.arithmetic is None else run.arithmetic.comparisons
    return _fold(comparisons[expression.operator], (expression.left, expression.right), run)


def _function(name: str, run: Run) -> Callable[..., Array]:
    return FUNCTIONS[name].value if run.arithmetic is None else run.arithmetic.functions[name]


def _call(expression: Call, run: Run) -> Array:
    function, value = FUNCTIONS[expression.function], _function(expression.function, run)
    if function.along:
        result = np.asarray(_along(expression, run))
        return disturbed(result, run) if function.rounded else result
    if len(expression.arguments) == 1:
        argument = _value(expression.arguments[0], run)
        result = np.asarray(value(argument))
        return disturbed(result, run) if function.rounded else result
    operands = [_value(argument, run) for argument in expression.arguments]
    if len({operand.shape for operand in operands if operand.shape}) > 1:
        together = operands[0]
        for position, operand in enumerate(operands[1:], 1):
            if together.shape and operand.shape:
                left, right = _aligned(together, operand, expression.arguments, position, run)
                together = np.broadcast_to(left, np.broadcast_shapes(left.shape, right.shape))
            elif operand.shape:
                together = operand
        rank = together.ndim - run.lead
        operands = [padded(operand, rank, run.lead) for operand in operands]
    result = np.asarray(value(*operands))
    return disturbed(result, run) if function.rounded else result


def _along(expression: Call, run: Run) -> Array:
    function, value = FUNCTIONS[expression.function], _function(expression.function, run)
    operand = _value(expression.arguments[0], run)
    rank = operand.ndim - run.lead
    if function.square:
        _check_square(expression, operand.shape[run.lead :], operand.size)
        return value(operand if run.rng is None else disturbed(operand, run))
    if rank <= 0:  # a scalar, or a literal without sample axes
        return (
            operand if function.along == "reduce" else np.asarray(value(operand[..., np.newaxis], -1)[..., 0])
        )
    keep = {"keepdims": True} if expression.keepdims else {}
    if expression.axis is None:
        return np.asarray(value(operand, axis=tuple(range(run.lead, operand.ndim)), **keep))
    if function.along == "keep":
        return value(operand, min(expression.axis, rank - 1) + run.lead)
    if expression.axis >= rank:
        raise ShapeError(
            f"{brief(expression)}: a {show_shape(operand.shape[run.lead :])} has no axis {expression.axis}"
        )
    return np.asarray(value(operand, axis=expression.axis + run.lead, **keep))


def _check_square(expression: Call, shape: tuple[int, ...], entries: int) -> None:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(
            f"{brief(expression)}: {brief(expression.arguments[0])} is {with_article(shape)}, "
            f"and {expression.function} takes a square matrix"
        )
    if entries * shape[0] > MAX_MULTIPLY_ADDS:
        raise TooLargeError(f"{brief(expression)} is of too large a matrix")


def _matrix(expression: Matrix, run: Run) -> Array:
    entries = [_value(entry, run) for row in expression.rows for entry in row]
    if any(entry.ndim > run.lead for entry in entries):
        raise ShapeError("a matrix cannot stand inside a matrix")
    stacked = np.stack(np.broadcast_arrays(*entries), axis=-1)
    if run.lead and stacked.ndim == 1:
        stacked = stacked[np.newaxis]
    if expression.flat:
        return stacked
    return stacked.reshape(*stacked.shape[:-1], len(expression.rows), len(expression.rows[0]))


def _index(expression: Index, run: Run) -> Array:
    operand = _value(expression.operand, run)
    return np.asarray(operand[places_of(expression, operand.shape[run.lead :], run)])


def _whole(expression: Whole, run: Run) -> Array:
    arguments = expression.arguments
    if expression.function == "place" and isinstance(arguments[1], Index):
        arguments = (arguments[0], arguments[1].operand)
    return ARRANGED[expression.function](expression, [_value(argument, run) for argument in arguments], run)


_RULES: Mapping[type, Callable[..., Array]] = {
    Number: _number,
    Constant: _constant,
    Name: _name,
    Neg: _neg,
    Add: _sum,
    Mul: lambda e, run: _fold(np.multiply, e.factors, run),
    Div: _div,
    MatMul: _matmul,
    Pow: _pow,
    Transpose: _transpose,
    Compare: _compare,
    Call: _call,
    Matrix: _matrix,
    Index: _index,
    Whole: _whole,
}
