"""Whether two sides of a step are equal, and to which digits.

The order of checks: literals without names are exact and only a lone result is rounded to the digits it
shows; sides with names must agree at random points that are consistent with the graph; a side without names
stands for the given values, and a decimal in it may stand for a rounded part of the other side only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from random import Random
from typing import NamedTuple

import numpy as np

from hw2check.calculus.agreement import ENOUGH, EXACT, SAME, compared
from hw2check.calculus.values import evaluate, last_bits, quietly, show_shape
from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral
from hw2check.formula.tree import (
    Add,
    Call,
    Compare,
    Expression,
    MatMul,
    Matrix,
    Name,
    Number,
    names,
    walk,
)
from hw2check.judge.numbers import judge_value
from hw2check.judge.verdicts import Judgement, worst
from hw2check.proofread.literals import is_list
from hw2check.proofread.points import POINTS, Points
from hw2check.reading.written import Written

REMEMBERED = 5000  # values of sides that are kept
DISTURBED = 2  # repetitions with disturbed rounding
SAFETY = 16.0


HOLDS, ROUNDED, CLOSE, WRONG, UNKNOWN = "holds", "rounded", "close", "wrong", "unchecked"
DOUBTFUL = "doubtful"  # it fails under the likeliest reading of its names, and may be right under another


class Outcome(NamedTuple):
    """What comparing two sides gave."""

    verdict: str  # HOLDS, ROUNDED, CLOSE, WRONG or UNKNOWN
    reason: str = ""
    misfit: bool = False  # WRONG since the shapes do not go together
    near: bool = False  # WRONG, and off by less than a hundredth


EQUAL = Outcome(HOLDS)


def at_points(expression: Expression, points: Points) -> Array:
    """The value at every point: shape (POINTS, ...), vectors as columns; remembered for each tree."""
    known = points.trees.get(id(expression))
    if known is None:
        if len(points.trees) > REMEMBERED:
            points.trees.clear()
            points.parts.clear()
        known = points.trees[id(expression)] = expression, _at_points(expression, points)
    return known[1]


def _at_points(expression: Expression, points: Points) -> Array:
    value = np.asarray(quietly(expression, points, 1, points.parts))
    if value.ndim == 2:
        value = value[..., np.newaxis]  # a vector written as a list
    if value.shape == (POINTS,) and np.count_nonzero(value) == POINTS:
        return value
    if not value.all() and _vanishes(expression):
        value = np.where(value == 0, np.nan, value)
    if value.ndim == 0 or value.shape[0] != POINTS:
        value = np.broadcast_to(value, (POINTS, *value.shape[1:]))
    return value[:, 0, 0] if value.shape[1:] == (1, 1) else value


def _vanishes(expression: Expression) -> bool:
    """Whether a zero only comes from numbers too small for float64: a closed product without a zero in it."""
    parts = list(walk(expression))
    return not any(
        isinstance(part, Add | Name | Matrix | Compare | MatMul)
        or (isinstance(part, Number) and not part.numeral.value)
        or (isinstance(part, Call) and part.function != "exp")
        for part in parts
    )


def given_value(expression: Expression, points: Points) -> Array:
    """The value at the given point: shape () or (m, n)."""
    return np.asarray(at_points(expression, points)[0])


def same_shapes(left: Array, right: Array, lists: bool) -> bool:
    """Whether two values may be equal; a vector written as a list has no orientation, and [3] may be 3."""
    if left.shape == right.shape or left.size == right.size == 1:
        return True
    flat = {1} <= {*left.shape} and {1} <= {*right.shape} and left.size == right.size
    return lists and left.ndim == right.ndim == 2 and flat


def judged(written: Written, truth: Array, start: Array | None = None) -> Outcome:
    """Digits as written against a value; a value that the digits could show exactly must be shown exactly."""
    if not np.isfinite(truth).all() or not np.isfinite(written.array).all():
        return Outcome(UNKNOWN, "no finite value")
    if start is None and written.array.shape == truth.shape and (written.array == truth).all():
        return EQUAL
    entries = judge_value(written, truth, start=start)
    parts = list(entries.each) or [entries.whole]
    flat = truth.reshape(-1)
    for position, part in enumerate(parts):
        if part.verdict == "close" and _is_shown_exactly(written.numerals[position], float(flat[position])):
            parts[position] = Judgement("wrong")
    found = worst([*parts, entries.whole])
    if found.verdict == "correct":
        exact = all(
            abs(numeral.value - Fraction(float(value))) <= Fraction(EXACT) * abs(numeral.value)
            for numeral, value in zip(written.numerals, flat, strict=True)
        )
        return EQUAL if exact else Outcome(ROUNDED)
    if found.verdict in {"close", "coarse"}:
        return Outcome(CLOSE, found.reason)
    return Outcome(WRONG, found.reason)


def _is_shown_exactly(numeral: Numeral, truth: float) -> bool:
    if numeral.unit is None:
        return True
    steps = Fraction(truth) / numeral.unit
    return abs(steps - round(steps)) * numeral.unit <= Fraction(EXACT) * abs(Fraction(truth))


def agree(
    left: Array, right: Array, noise: Callable[[], Array] | None = None, *, enough: int = ENOUGH
) -> Outcome:
    """Two values at points, the first axis; what is not finite decides nothing.

    noise   the rounding error at each point, asked for only where the values differ
    enough  points at which both must be finite
    """
    found = compared(left, right, noise, tolerance=SAME if enough > 1 else EXACT, enough=enough)
    if found.equal:
        return EQUAL
    if found.equal is False:
        return Outcome(WRONG)
    if found.drowned:
        return Outcome(UNKNOWN, "rounding errors drown the two sides")
    return Outcome(UNKNOWN, "a side has no finite value at too many of the points tried")


def rounding_noise(expressions: Iterable[Expression], points: Points) -> Array:
    """A bound on the float64 rounding error of expressions together, at each point."""
    total: Array | None = None
    rng = Random(1)  # noqa: S311
    for expression in expressions:
        exact = at_points(expression, points)
        spread = np.zeros_like(exact)
        for _ in range(DISTURBED):
            values = {
                name: points[name] * (1 + last_bits(rng, points[name].shape) * np.finfo(np.float64).eps)
                for name in names(expression)
            }
            value = np.asarray(evaluate(expression, values, lead=1, rng=rng))
            with np.errstate(all="ignore"):
                spread = np.maximum(
                    spread, np.abs(np.broadcast_to(value.reshape(_like(value, exact)), exact.shape) - exact)
                )
        total = spread if total is None else total + spread
    return SAFETY * total if total is not None else np.zeros(POINTS)


def _like(value: Array, exact: Array) -> tuple[int, ...]:
    """The shape of a value as `at_points` gives it."""
    lead = value.shape[0] if value.ndim else 1
    return (lead, *exact.shape[1:])


def equal_at_points(left: Expression, right: Expression, points: Points, *, careful: bool = True) -> Outcome:
    """Two sides with names as an identity.

    careful  False: a difference is not compared with the rounding error
    """
    a, b = at_points(left, points), at_points(right, points)
    lists = is_list(left) or is_list(right)
    if not same_shapes(a[0], b[0], lists):
        return Outcome(WRONG, f"{shape_text(a[0])} is not {shape_text(b[0])}", misfit=True)
    b = b.reshape(a.shape)
    return agree(a, b, (lambda: _both_noises(left, right, points, a.shape)) if careful else None)


def _both_noises(left: Expression, right: Expression, points: Points, shape: tuple[int, ...]) -> Array:
    first = rounding_noise((left,), points).reshape(shape)
    return first + rounding_noise((right,), points).reshape(shape)


def equal_at_given(left: Expression, right: Expression, points: Points, *, careful: bool = True) -> Outcome:
    """Two sides at the given values alone, digits not considered; `careful` as in `equal_at_points`."""
    a, b = given_value(left, points), given_value(right, points)
    if not same_shapes(a, b, is_list(left) or is_list(right)):
        return Outcome(WRONG, f"{shape_text(a)} is not {shape_text(b)}", misfit=True)
    a, b = a.reshape(1, *a.shape), b.reshape(1, *a.shape)
    shape = (POINTS, *a.shape[1:])
    return agree(a, b, (lambda: _both_noises(left, right, points, shape)[:1]) if careful else None, enough=1)


def shape_text(value: Array) -> str:
    """A shape in words."""
    return "a number" if not value.shape else show_shape(value.shape)


def terms_of(expression: Expression) -> tuple[Expression, ...]:
    """The terms of a sum; the expression itself otherwise."""
    return expression.terms if isinstance(expression, Add) else (expression,)


def show_value(value: Array) -> str:
    """A number or a small matrix, in one line."""
    if not value.shape:
        return f"{float(value) + 0.0:.7g}"
    if value.size > 12:
        return f"a {shape_text(value)}" + (" matrix" if value.ndim > 1 else "")
    rows = (", ".join(f"{float(entry) + 0.0:.6g}" for entry in np.atleast_1d(row)) for row in value)
    return "[" + ", ".join(f"[{row}]" for row in rows) + "]"
