"""Arrays whose entries are arranged anew: concat, reshape, outer, places in an array."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from hw2check.formula.functions import Array
from hw2check.formula.tree import (
    Index,
    Whole,
)

if TYPE_CHECKING:
    pass

from hw2check.calculus.running import (
    Run,
    ShapeError,
    brief,
    check_size,
    counted,
    disturbed,
    mismatch,
    padded,
    with_article,
)


def places_of(expression: Index, shape: tuple[int, ...], run: Run) -> tuple[Any, ...]:
    """The index of NumPy for an operand of that shape behind the sample axes."""
    if len(expression.positions) > len(shape):
        axes = ("no axis", "1 axis", "2 axes")[len(shape)]
        raise ShapeError(
            f"{brief(expression)}: {brief(expression.operand)} is {with_article(shape)} and has {axes}"
        )
    places: list[int | slice] = [slice(None)] * run.lead
    for position, length in zip(expression.positions, shape, strict=False):
        chosen = slice(*position) if isinstance(position, tuple) else position
        inside = range(length)[chosen] if isinstance(chosen, slice) else range(-length, length)
        if not inside or (isinstance(chosen, int) and chosen not in inside):
            raise ShapeError(
                f"{brief(expression)}: {brief(expression.operand)} is {with_article(shape)}, "
                f"and places are counted from 0, here to {length - 1}"
            )
        places.append(chosen)
    return tuple(places)


def _filled(expression: Whole, _: list[Array], run: Run) -> Array:
    check_size(expression.sizes, expression)
    shape, entry = (1,) * run.lead + expression.sizes, int(expression.function == "ones")
    if run.arithmetic is not None:
        return np.broadcast_to(run.arithmetic.number(Fraction(entry)).reshape((1,) * len(shape)), shape)
    return np.full(shape, float(entry))


def _eye(expression: Whole, _: list[Array], run: Run) -> Array:
    ones = _filled(Whole("ones", (), expression.sizes), [], run)
    places = np.eye(*expression.sizes, dtype=np.bool_)
    return np.where(places, ones, _filled(Whole("zeros", (), expression.sizes), [], run))


def _reshape(expression: Whole, operands: list[Array], run: Run) -> Array:
    (operand,) = operands
    lead, shape = operand.shape[: run.lead], operand.shape[run.lead :]
    entries, known = math.prod(shape), math.prod(size for size in expression.sizes if size >= 0)
    fits = entries % known == 0 if -1 in expression.sizes else entries == known
    if not fits:
        raise ShapeError(
            f"{brief(expression)}: {brief(expression.arguments[0])} is {with_article(shape)} "
            f"and has {counted(entries, 'entry')}"
        )
    return operand.reshape(lead + tuple(entries // known if size < 0 else size for size in expression.sizes))


def _concat(expression: Whole, operands: list[Array], run: Run) -> Array:
    operands = _together(operands, run.lead)
    (axis,) = expression.sizes
    shapes = [operand.shape[run.lead :] for operand in operands]
    for position, shape in enumerate(shapes):
        if axis >= len(shape):
            raise ShapeError(
                f"{brief(expression)}: {brief(expression.arguments[position])} is {with_article(shape)} "
                f"and has no axis {axis}"
            )
        first = shapes[0]
        if len(shape) != len(first) or shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            parts = (expression.arguments[0], expression.arguments[position])
            raise mismatch(parts, 1, (first, shape))
    return np.concatenate(operands, axis=axis + run.lead)


def _together(operands: list[Array], lead: int) -> list[Array]:
    """The arrays, each with as many sample points as any other."""
    points = np.broadcast_shapes(*(operand.shape[:lead] for operand in operands))
    return [np.broadcast_to(operand, points + operand.shape[lead:]) for operand in operands]


def _outer(expression: Whole, operands: list[Array], run: Run) -> Array:
    left, right = _together(operands, run.lead)
    lead = left.shape[: run.lead]
    tall, wide = left.reshape((*lead, -1, 1)), right.reshape((*lead, 1, -1))
    check_size((*lead, tall.shape[-2], wide.shape[-1]), expression)
    return disturbed(tall * wide, run, tall, wide)


def _place(expression: Whole, operands: list[Array], run: Run) -> Array:
    """Zeros in the shape of X, with the first argument at the entries X[...]."""
    source, target = expression.arguments
    if not isinstance(target, Index):
        raise ShapeError(f"{brief(expression)}: the second argument of place is an entry, row or column X[0]")
    moved, into = _together(operands, run.lead)
    result = np.zeros_like(into)
    places = places_of(target, into.shape[run.lead :], run)
    own, there = moved.shape[run.lead :], result[places].shape[run.lead :]
    if own not in {there, ()}:
        raise mismatch((source, target), 1, (own, there))
    result[places] = moved if own else padded(moved, len(there), run.lead)
    return result


ARRANGED: Mapping[str, Callable[[Whole, list[Array], Run], Array]] = {
    "concat": _concat,
    "reshape": _reshape,
    "outer": _outer,
    "ones": _filled,
    "zeros": _filled,
    "eye": _eye,
    "place": _place,
}
