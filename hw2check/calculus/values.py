"""The value of an expression, by NumPy, in float64.

Values may carry leading axes of sample points (`lead`): a scalar then has shape (K,), a matrix
(K, m, n), and one call evaluates the expression at all K points.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw2check.formula.functions import FUNCTIONS, Array
from hw2check.formula.text import to_text
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

Values = Mapping[str, Array]
Parts = dict[int, tuple[Expression, Array]]  # id of a tree -> the tree, which is kept, and its value

MAX_ENTRIES = 20_000_000  # of one value, sample points included
MAX_MULTIPLY_ADDS = 20_000_000_000  # of one matrix product

_EXACT = 2.0**20  # a multiple of 1/_EXACT below 2^32 carries no rounding error


class ShapeError(ValueError):
    """Operands whose shapes do not go together; the message names both with their shapes."""


class TooLargeError(ShapeError):
    """A value with more entries than can be computed."""


class Arithmetic(NamedTuple):
    """Numbers other than float64 to compute with, in arrays of objects that have at least one axis."""

    number: Callable[[Fraction], Array]
    constants: Mapping[str, Array]
    divide: Callable[[Array, Array], Array]
    power: Callable[[Array, Array], Array]
    comparisons: Mapping[str, Callable[[Array, Array], Array]]
    functions: Mapping[str, Callable[..., Array]]  # as Function.value


class _Run(NamedTuple):
    values: Values
    lead: int
    rng: Random | None  # set: each rounded result is disturbed in its last bit
    arithmetic: Arithmetic | None = None  # None: float64
    parts: Parts | None = None  # values of subtrees that are found again


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
            return _value(expression, _Run(values, lead, rng))
    with np.errstate(all="ignore"):
        return _value(expression, _Run(values, lead, rng))


def evaluate_with(arithmetic: Arithmetic, expression: Expression, values: Values) -> Array:
    """The value in another arithmetic, behind one axis of sample points."""
    return _value(expression, _Run(values, 1, None, arithmetic))


def quietly(expression: Expression, values: Values, lead: int, parts: Parts | None = None) -> Array:
    """As `evaluate`, for callers that ignore floating-point errors already.

    parts  values of subtrees with these `values`, looked up and added to by identity
    """
    return _value(expression, _Run(values, lead, None, None, parts))


def show_shape(shape: tuple[int, ...]) -> str:
    """A shape in words: scalar, vector of 3, 4 x 5."""
    if not shape:
        return "scalar"
    return f"vector of {shape[0]}" if len(shape) == 1 else " x ".join(map(str, shape))


def with_article(shape: tuple[int, ...]) -> str:
    """A shape as it stands in a sentence: a scalar, a vector of 3, 4 x 5."""
    return show_shape(shape) if len(shape) > 1 else f"a {show_shape(shape)}"


def counted(number: int, thing: str) -> str:
    """1 row, 2 rows, 1 entry, 2 entries."""
    return (
        f"{number} {thing}"
        if number == 1
        else f"{number} {thing.removesuffix('y') + 'ies' if thing.endswith('y') else thing + 's'}"
    )


def _value(expression: Expression, run: _Run) -> Array:
    kind = type(expression)
    if run.parts is None or kind not in _SHARED:
        return _RULES[kind](expression, run)
    known = run.parts.get(id(expression))
    if known is None:
        known = run.parts[id(expression)] = expression, _RULES[kind](expression, run)
    return known[1]


_SHARED = frozenset({Div, Pow, Call, MatMul})  # worth remembering


def _dyadic(array: Array) -> NDArray[np.bool_]:
    """Where float64 holds a value with bits to spare: sums and products of such values are exact."""
    scaled = array * _EXACT
    return np.asarray((np.rint(scaled) == scaled) & (np.abs(array) < 2.0**32), dtype=np.bool_)


def _disturbed(result: Array, run: _Run, *operands: Array) -> Array:
    """The result, disturbed in its last bit where rounding may have touched it; no operands: everywhere."""
    if run.rng is None:
        return result
    disturbed = result * (1 + last_bits(run.rng, np.shape(result)))
    if not operands:
        return disturbed
    exact = _dyadic(result)
    for operand in operands:
        exact = exact & _dyadic(operand)
    return np.where(exact, result, disturbed)


def last_bits(rng: Random, shape: tuple[int, ...]) -> Array:
    """Relative disturbances of one unit in the last place, up, down or none."""
    draws = np.frombuffer(rng.randbytes(math.prod(shape)), np.uint8) % 3
    return np.asarray((draws.reshape(shape) - 1.0) * sys.float_info.epsilon, dtype=np.float64)


def _number(expression: Number, run: _Run) -> Array:
    if run.arithmetic is not None:
        return run.arithmetic.number(expression.numeral.value)
    try:
        value = np.float64(expression.numeral.value)
    except OverflowError:
        value = np.float64(np.inf)
    return value if run.rng is None else _disturbed(np.asarray(value), run, np.asarray(value))  # type: ignore[return-value]


def _constant(expression: Constant, run: _Run) -> Array:
    if run.arithmetic is not None:
        return run.arithmetic.constants[expression.name]
    return np.float64({"pi": np.pi}[expression.name])  # type: ignore[return-value]


def _name(expression: Name, run: _Run) -> Array:
    return run.values[expression.name]


def _neg(expression: Neg, run: _Run) -> Array:
    return np.negative(_value(expression.operand, run))


def _fold(operation: Callable[[Array, Array], Array], parts: tuple[Expression, ...], run: _Run) -> Array:
    result = _value(parts[0], run)
    for position, part in enumerate(parts[1:], 1):
        operand = _value(part, run)
        if result.shape == operand.shape or not operand.shape or not result.shape:
            left, right = result, operand
        else:
            left, right = _aligned(result, operand, parts, position, run)
        result = operation(left, right)
        if run.rng is not None:
            result = _disturbed(result, run, left, right)
    return result


def _sum(expression: Add, run: _Run) -> Array:
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
            result = _disturbed(result, run, left, right)
    return result


def _aligned(
    left: Array, right: Array, parts: tuple[Expression, ...], position: int, run: _Run
) -> tuple[Array, Array]:
    """Both operands with axes inserted behind the sample axes, so that NumPy broadcasts as without them."""
    lead = run.lead
    ranks = (max(left.ndim - lead, 0), max(right.ndim - lead, 0))
    shapes = (left.shape[lead:], right.shape[lead:])
    if sorted(ranks) == [1, 2] and (shapes[0][-1] != shapes[1][-1]):
        raise _mismatch(parts, position, shapes)
    rank = max(ranks)
    left, right = _padded(left, rank, lead), _padded(right, rank, lead)
    entries = 1
    for above, below in zip_longest(reversed(left.shape), reversed(right.shape), fillvalue=1):
        if above != below and above != 1 and below != 1:
            raise _mismatch(parts, position, shapes)
        entries *= above if below == 1 else below
    if entries > MAX_ENTRIES:
        raise _too_large(Add(parts[: position + 1]))
    return left, right


def _padded(array: Array, rank: int, lead: int) -> Array:
    missing = rank + lead - array.ndim
    if missing <= 0 or array.ndim < lead:
        return array
    return array.reshape(array.shape[:lead] + (1,) * missing + array.shape[lead:])


def _mismatch(
    parts: tuple[Expression, ...], position: int, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> ShapeError:
    before = (
        " and ".join(_brief(part) for part in parts[:position]) if position == 1 else "what stands before"
    )
    return ShapeError(
        f"the shapes of {before} ({show_shape(shapes[0])}) and {_brief(parts[position])} "
        f"({show_shape(shapes[1])}) do not go together"
    )


def _brief(expression: Expression) -> str:
    text = to_text(expression.operand if isinstance(expression, Neg) else expression)
    return text if len(text) <= 40 else text[:37] + "..."


def _check_size(shape: tuple[int, ...], expression: Expression) -> None:
    if math.prod(shape) > MAX_ENTRIES:
        raise _too_large(expression)


def _too_large(expression: Expression) -> TooLargeError:
    return TooLargeError(f"{_brief(expression)} would have more than {MAX_ENTRIES:,} entries")


def _div(expression: Div, run: _Run) -> Array:
    divide = np.divide if run.arithmetic is None else run.arithmetic.divide
    return _fold(divide, (expression.numerator, expression.denominator), run)


def _pow(expression: Pow, run: _Run) -> Array:
    if run.arithmetic is None and run.rng is None and _is_two(expression.exponent):
        return np.square(_value(expression.base, run))
    power = np.float_power if run.arithmetic is None else run.arithmetic.power
    return _fold(power, (expression.base, expression.exponent), run)


def _is_two(exponent: Expression) -> bool:
    return isinstance(exponent, Number) and exponent.numeral.value == 2


def _matmul(expression: MatMul, run: _Run) -> Array:
    left, right = _value(expression.left, run), _value(expression.right, run)
    lead = run.lead
    a, b = left.shape[lead:], right.shape[lead:]
    if not a or not b:
        raise ShapeError(
            f"@ is the matrix product, but {_brief(expression.left if not a else expression.right)} "
            "is a scalar: use *"
        )
    inner = b[0] if len(b) == 1 else b[-2]
    if a[-1] != inner:
        raise _mismatch((expression.left, expression.right), 1, (a, b))
    outer = a[:-1] + b[1:]
    _check_size(left.shape[:lead] + outer, expression)
    if math.prod(left.shape[:lead] + outer) * inner > MAX_MULTIPLY_ADDS:
        raise TooLargeError(f"{_brief(expression)} is too large a matrix product")
    product = _product(left, right, len(a), len(b))
    if run.rng is None:
        return product
    return _disturbed(
        product, run, np.asarray(0.0 if np.all(_dyadic(left)) and np.all(_dyadic(right)) else 0.1)
    )


def _product(left: Array, right: Array, left_rank: int, right_rank: int) -> Array:
    wide = left[..., np.newaxis, :] if left_rank == 1 else left
    tall = right[..., np.newaxis] if right_rank == 1 else right
    result = np.matmul(wide, tall)
    if right_rank == 1:
        result = result[..., 0]
    if left_rank == 1:
        result = result[..., 0, :] if right_rank == 2 else result[..., 0]
    return np.asarray(result)


def _transpose(expression: Transpose, run: _Run) -> Array:
    operand = _value(expression.operand, run)
    return operand if operand.ndim - run.lead < 2 else np.swapaxes(operand, -1, -2)


_COMPARISONS: Mapping[str, Callable[[Array, Array], Array]] = {
    ">": lambda a, b: np.greater(a, b).astype(np.float64),
    "<": lambda a, b: np.less(a, b).astype(np.float64),
    ">=": lambda a, b: np.greater_equal(a, b).astype(np.float64),
    "<=": lambda a, b: np.less_equal(a, b).astype(np.float64),
}


def _compare(expression: Compare, run: _Run) -> Array:
    comparisons = _COMPARISONS if run.arithmetic is None else run.arithmetic.comparisons
    return _fold(comparisons[expression.operator], (expression.left, expression.right), run)


def _function(name: str, run: _Run) -> Callable[..., Array]:
    return FUNCTIONS[name].value if run.arithmetic is None else run.arithmetic.functions[name]


def _call(expression: Call, run: _Run) -> Array:
    function, value = FUNCTIONS[expression.function], _function(expression.function, run)
    if function.along:
        result = np.asarray(_along(expression, run))
        return _disturbed(result, run) if function.rounded else result
    if len(expression.arguments) == 1:
        argument = _value(expression.arguments[0], run)
        result = np.asarray(value(argument))
        return _disturbed(result, run) if function.rounded else result
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
        operands = [_padded(operand, rank, run.lead) for operand in operands]
    result = np.asarray(value(*operands))
    return _disturbed(result, run) if function.rounded else result


def _along(expression: Call, run: _Run) -> Array:
    function, value = FUNCTIONS[expression.function], _function(expression.function, run)
    operand = _value(expression.arguments[0], run)
    rank = operand.ndim - run.lead
    if function.square:
        _check_square(expression, operand.shape[run.lead :], operand.size)
        return value(operand if run.rng is None else _disturbed(operand, run))
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
            f"{_brief(expression)}: a {show_shape(operand.shape[run.lead :])} has no axis {expression.axis}"
        )
    return np.asarray(value(operand, axis=expression.axis + run.lead, **keep))


def _check_square(expression: Call, shape: tuple[int, ...], entries: int) -> None:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(
            f"{_brief(expression)}: {_brief(expression.arguments[0])} is {with_article(shape)}, "
            f"and {expression.function} takes a square matrix"
        )
    if entries * shape[0] > MAX_MULTIPLY_ADDS:
        raise TooLargeError(f"{_brief(expression)} is of too large a matrix")


def _matrix(expression: Matrix, run: _Run) -> Array:
    entries = [_value(entry, run) for row in expression.rows for entry in row]
    if any(entry.ndim > run.lead for entry in entries):
        raise ShapeError("a matrix cannot stand inside a matrix")
    stacked = np.stack(np.broadcast_arrays(*entries), axis=-1)
    if run.lead and stacked.ndim == 1:
        stacked = stacked[np.newaxis]
    if expression.flat:
        return stacked
    return stacked.reshape(*stacked.shape[:-1], len(expression.rows), len(expression.rows[0]))


def _index(expression: Index, run: _Run) -> Array:
    operand = _value(expression.operand, run)
    return np.asarray(operand[_places(expression, operand.shape[run.lead :], run)])


def _places(expression: Index, shape: tuple[int, ...], run: _Run) -> tuple[Any, ...]:
    """The index of NumPy for an operand of that shape behind the sample axes."""
    if len(expression.positions) > len(shape):
        axes = ("no axis", "1 axis", "2 axes")[len(shape)]
        raise ShapeError(
            f"{_brief(expression)}: {_brief(expression.operand)} is {with_article(shape)} and has {axes}"
        )
    places: list[int | slice] = [slice(None)] * run.lead
    for position, length in zip(expression.positions, shape, strict=False):
        chosen = slice(*position) if isinstance(position, tuple) else position
        inside = range(length)[chosen] if isinstance(chosen, slice) else range(-length, length)
        if not inside or (isinstance(chosen, int) and chosen not in inside):
            raise ShapeError(
                f"{_brief(expression)}: {_brief(expression.operand)} is {with_article(shape)}, "
                f"and places are counted from 0, here to {length - 1}"
            )
        places.append(chosen)
    return tuple(places)


def _whole(expression: Whole, run: _Run) -> Array:
    return _WHOLE[expression.function](expression, run)


def _filled(expression: Whole, run: _Run) -> Array:
    _check_size(expression.sizes, expression)
    shape, entry = (1,) * run.lead + expression.sizes, int(expression.function == "ones")
    if run.arithmetic is not None:
        return np.broadcast_to(run.arithmetic.number(Fraction(entry)).reshape((1,) * len(shape)), shape)
    return np.full(shape, float(entry))


def _eye(expression: Whole, run: _Run) -> Array:
    ones = _filled(Whole("ones", (), expression.sizes), run)
    places = np.eye(*expression.sizes, dtype=np.bool_)
    return np.where(places, ones, _filled(Whole("zeros", (), expression.sizes), run))


def _reshape(expression: Whole, run: _Run) -> Array:
    operand = _value(expression.arguments[0], run)
    lead, shape = operand.shape[: run.lead], operand.shape[run.lead :]
    entries, known = math.prod(shape), math.prod(size for size in expression.sizes if size >= 0)
    fits = entries % known == 0 if -1 in expression.sizes else entries == known
    if not fits:
        raise ShapeError(
            f"{_brief(expression)}: {_brief(expression.arguments[0])} is {with_article(shape)} "
            f"and has {counted(entries, 'entry')}"
        )
    return operand.reshape(lead + tuple(entries // known if size < 0 else size for size in expression.sizes))


def _concat(expression: Whole, run: _Run) -> Array:
    operands = _together([_value(argument, run) for argument in expression.arguments], run.lead)
    (axis,) = expression.sizes
    shapes = [operand.shape[run.lead :] for operand in operands]
    for position, shape in enumerate(shapes):
        if axis >= len(shape):
            raise ShapeError(
                f"{_brief(expression)}: {_brief(expression.arguments[position])} is {with_article(shape)} "
                f"and has no axis {axis}"
            )
        first = shapes[0]
        if len(shape) != len(first) or shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            parts = (expression.arguments[0], expression.arguments[position])
            raise _mismatch(parts, 1, (first, shape))
    return np.concatenate(operands, axis=axis + run.lead)


def _together(operands: list[Array], lead: int) -> list[Array]:
    """The arrays, each with as many sample points as any other."""
    points = np.broadcast_shapes(*(operand.shape[:lead] for operand in operands))
    return [np.broadcast_to(operand, points + operand.shape[lead:]) for operand in operands]


def _outer(expression: Whole, run: _Run) -> Array:
    left, right = _together([_value(argument, run) for argument in expression.arguments], run.lead)
    lead = left.shape[: run.lead]
    tall, wide = left.reshape((*lead, -1, 1)), right.reshape((*lead, 1, -1))
    _check_size((*lead, tall.shape[-2], wide.shape[-1]), expression)
    return _disturbed(tall * wide, run, tall, wide)


def _place(expression: Whole, run: _Run) -> Array:
    """Zeros in the shape of X, with the first argument at the entries X[...]."""
    source, target = expression.arguments
    if not isinstance(target, Index):
        raise ShapeError(
            f"{_brief(expression)}: the second argument of place is an entry, row or column X[0]"
        )
    moved, into = _together([_value(source, run), _value(target.operand, run)], run.lead)
    result = np.zeros_like(into)
    places = _places(target, into.shape[run.lead :], run)
    own, there = moved.shape[run.lead :], result[places].shape[run.lead :]
    if own not in {there, ()}:
        raise _mismatch((source, target), 1, (own, there))
    result[places] = moved if own else _padded(moved, len(there), run.lead)
    return result


_WHOLE: Mapping[str, Callable[[Whole, _Run], Array]] = {
    "concat": _concat,
    "reshape": _reshape,
    "outer": _outer,
    "ones": _filled,
    "zeros": _filled,
    "eye": _eye,
    "place": _place,
}

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
