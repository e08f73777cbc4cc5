"""One evaluation: its arithmetic, its bounds, the errors of shapes, and rounding that is disturbed."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw2check.formula.functions import Array
from hw2check.formula.text import to_text
from hw2check.formula.tree import (
    Expression,
    Neg,
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


class Run(NamedTuple):
    values: Values
    lead: int
    rng: Random | None  # set: each rounded result is disturbed in its last bit
    arithmetic: Arithmetic | None = None  # None: float64
    parts: Parts | None = None  # values of subtrees that are found again


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


def dyadic(array: Array) -> NDArray[np.bool_]:
    """Where float64 holds a value with bits to spare: sums and products of such values are exact."""
    scaled = array * _EXACT
    return np.asarray((np.rint(scaled) == scaled) & (np.abs(array) < 2.0**32), dtype=np.bool_)


def disturbed(result: Array, run: Run, *operands: Array) -> Array:
    """The result, disturbed in its last bit where rounding may have touched it; no operands: everywhere."""
    if run.rng is None:
        return result
    disturbed = result * (1 + last_bits(run.rng, np.shape(result)))
    if not operands:
        return disturbed
    exact = dyadic(result)
    for operand in operands:
        exact = exact & dyadic(operand)
    return np.where(exact, result, disturbed)


def last_bits(rng: Random, shape: tuple[int, ...]) -> Array:
    """Relative disturbances of one unit in the last place, up, down or none."""
    draws = np.frombuffer(rng.randbytes(math.prod(shape)), np.uint8) % 3
    return np.asarray((draws.reshape(shape) - 1.0) * sys.float_info.epsilon, dtype=np.float64)


def padded(array: Array, rank: int, lead: int) -> Array:
    missing = rank + lead - array.ndim
    if missing <= 0 or array.ndim < lead:
        return array
    return array.reshape(array.shape[:lead] + (1,) * missing + array.shape[lead:])


def mismatch(
    parts: tuple[Expression, ...], position: int, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> ShapeError:
    before = " and ".join(brief(part) for part in parts[:position]) if position == 1 else "what stands before"
    return ShapeError(
        f"the shapes of {before} ({show_shape(shapes[0])}) and {brief(parts[position])} "
        f"({show_shape(shapes[1])}) do not go together"
    )


def brief(expression: Expression) -> str:
    text = to_text(expression.operand if isinstance(expression, Neg) else expression)
    return text if len(text) <= 40 else text[:37] + "..."


def check_size(shape: tuple[int, ...], expression: Expression) -> None:
    if math.prod(shape) > MAX_ENTRIES:
        raise too_large(expression)


def too_large(expression: Expression) -> TooLargeError:
    return TooLargeError(f"{brief(expression)} would have more than {MAX_ENTRIES:,} entries")
