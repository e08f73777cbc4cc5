"""Arithmetic without names: exact where it can be, else to the digits shown.

A result may show fewer digits than it has; a decimal that was the rounding of something earlier in the
document may stand for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from hw2check.calculus.values import evaluate
from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral, read_numeral
from hw2check.formula.tree import Add, Div, Expression, Mul, Neg, Number, Pow, is_closed, walk
from hw2check.proofread.literals import constant, lone_value
from hw2check.proofread.points import Points
from hw2check.proofread.put_in import COMBINATIONS, replaced, with_exact_parts
from hw2check.proofread.sameness import (
    CLOSE,
    HOLDS,
    ROUNDED,
    WRONG,
    Outcome,
    equal_at_given,
    given_value,
    judged,
    same_shapes,
)
from hw2check.proofread.slips import hidden_slip, told_slip
from hw2check.reading.written import Written

MAX_BITS = 1024  # of an exact value
MAX_EXPONENT = 4096

Rounded = Mapping[str, Sequence[float]]  # digits shown earlier in the document -> what they were rounded from


def compare_closed(
    left: Expression, right: Expression, relation: str, points: Points, rounded: Rounded
) -> Outcome:
    """Two sides without names.

    relation  "=" or "~": what is only nearly equal may be rounded to any digit
    """
    if any(_divides_by_zero(side) and lone_value(other) for side, other in ((left, right), (right, left))):
        return Outcome(WRONG, "a division by zero has no value")
    whole = _as_whole_numbers(left, right)
    if whole is not None and (whole.verdict == HOLDS or relation == "="):
        return whole
    outcome = _plainly(left, right, relation, points)
    if outcome.verdict not in {WRONG, CLOSE} or outcome.misfit:
        return outcome
    if relation == "~" and (_approximates(left, right, points) or _is_order(left, right, points)):
        return Outcome(ROUNDED)
    right_then = {HOLDS, ROUNDED, CLOSE} if outcome.verdict == WRONG else {HOLDS, ROUNDED}
    for again in _unrounded(right, rounded):
        found = _plainly(left, again, relation, points)
        if found.verdict in right_then:
            return Outcome(ROUNDED, "with the numbers before they were rounded")
    for again in _unrounded(left, rounded):
        found = _plainly(again, right, relation, points)
        if found.verdict in right_then:
            return Outcome(ROUNDED, "with the numbers before they were rounded")
    return outcome._replace(near=is_near(left, right, points))


def _divides_by_zero(side: Expression) -> bool:
    """Whether a closed side has a denominator that is exactly zero, such as 1 - e^0."""
    below = [part.denominator for part in walk(side) if isinstance(part, Div)]
    return any(_is_nothing(part) for part in below if is_closed(part))


def _is_nothing(part: Expression) -> bool:
    try:
        value = np.asarray(evaluate(part, {}))
    except ValueError:
        return False
    return not value.shape and float(value) == 0.0


def is_near(left: Expression, right: Expression, points: Points) -> bool:
    ours, theirs = given_value(left, points), given_value(right, points)
    with np.errstate(all="ignore"):
        return ours.shape == theirs.shape and bool(np.all(np.abs(ours - theirs) <= 0.01 * np.abs(ours)))


def _plainly(left: Expression, right: Expression, relation: str, points: Points) -> Outcome:
    ours, theirs = lone_value(left), lone_value(right)
    if theirs is not None or ours is not None:
        if theirs is None or (ours is not None and _may_round(ours, theirs, relation)):
            left, right, theirs = right, left, ours
        value = given_value(left, points)
        if theirs is not None and same_shapes(value, theirs.array, lists=True):
            return judged(theirs, value.reshape(theirs.array.shape))
    outcome = equal_at_given(left, right, points)
    if outcome.verdict == WRONG and not outcome.reason:
        for whole, part in ((left, right), (right, left)):
            if with_exact_parts(given_value(whole, points), whole, part, points):
                return Outcome(ROUNDED, "with rounded values put in")
    if outcome.verdict == HOLDS:
        return told_slip(hidden_slip(left, right, points), points) or outcome
    return outcome


def _may_round(ours: Written, theirs: Written, relation: str) -> bool:
    """Whether ours shows fewer decimals, so that it is the rounding of theirs; a whole number is exact."""
    units = [
        max((numeral.unit or 0) for numeral in written.numerals) if written.numerals else 0
        for written in (ours, theirs)
    ]
    is_whole = any(numeral.whole for numeral in ours.numerals)
    return units[0] > units[1] and (relation == "~" or not is_whole)


def _as_whole_numbers(left: Expression, right: Expression) -> Outcome | None:
    """The exact answer where both sides are whole numbers, however large; None for all others."""
    if isinstance(left, Number) and isinstance(right, Number):
        return None
    ours, theirs = exact_value(left), exact_value(right)
    if ours is None or theirs is None or ours.denominator != 1 or theirs.denominator != 1:
        return None
    return Outcome(HOLDS if ours == theirs else WRONG)


def exact_value(expression: Expression) -> Fraction | None:
    """The exact value of arithmetic with whole numbers; None where there are others, or it is too large."""
    try:
        return _exact(expression)
    except (OverflowError, ZeroDivisionError, RecursionError):
        return None


def _exact(expression: Expression) -> Fraction | None:
    match expression:
        case Number(numeral):
            return numeral.value if numeral.whole else None
        case Neg(operand):
            value = _exact(operand)
            return None if value is None else -value
        case Add(terms) | Mul(terms):
            values = [_exact(term) for term in terms]
            known = [value for value in values if value is not None]
            if len(known) < len(values):
                return None
            total = known[0]
            for value in known[1:]:
                total = _bounded(total + value if isinstance(expression, Add) else total * value)
            return total
        case Div(top, bottom):
            above, below = _exact(top), _exact(bottom)
            return None if above is None or below is None else _bounded(above / below)
        case Pow(base, exponent):
            under, power = _exact(base), _exact(exponent)
            if under is None or power is None or power.denominator != 1 or abs(power) > MAX_EXPONENT:
                return None
            if abs(power) * max(under.numerator.bit_length(), under.denominator.bit_length()) > MAX_BITS:
                return None
            return under ** int(power)
    return None


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise OverflowError
    return value


def _approximates(left: Expression, right: Expression, points: Points) -> bool:
    """Whether the right side is the left one to the significant digits that it shows: 12345.6 ~ 12300."""
    written = lone_value(right)
    value = given_value(left, points)
    if written is None or written.array.shape or value.shape or len(written.numerals) != 1:
        return False
    return approximates(float(value), written.numerals[0])


def _is_order(left: Expression, right: Expression, points: Points) -> bool:
    """Whether the right side is a power of ten, and the left one less than ten times it or a tenth."""
    if not isinstance(right, Pow) or right.base != Number(read_numeral("10")):
        return False
    ours, theirs = given_value(left, points), given_value(right, points)
    return not ours.shape and not theirs.shape and bool(0.1 < ours / theirs < 10)


def approximates(value: float, shown: Numeral) -> bool:
    """Whether a numeral is a value rounded to its significant digits, zeros at the end not counted."""
    if not np.isfinite(value) or not shown.value or shown.value.denominator != 1:
        return False
    unit = Fraction(1)
    while (shown.value / (unit * 10)).denominator == 1:
        unit *= 10
    return abs(Fraction(value) - shown.value) <= unit / 2


def _unrounded(side: Expression, rounded: Rounded) -> list[Expression]:
    """The side with numbers from earlier in the document for the decimals that they were rounded to."""
    if not rounded or lone_value(side) is not None:
        return []
    literals = [part for part in walk(side) if isinstance(part, Number) and part.numeral.text in rounded]
    if not literals or len(literals) > 40:
        return []
    choices = [[None, *rounded[part.numeral.text][-2:]] for part in literals]
    found = []
    for combination in itertools.islice(itertools.product(*choices), 1, COMBINATIONS):
        new = {id(old): constant(v) for old, v in zip(literals, combination, strict=True) if v is not None}
        found.append(replaced(side, new))
    return found


def shown_rounding(value: Array, right: Expression) -> tuple[str, float] | None:
    """The digits that a side shows of a value, and the value, where digits were rounded away."""
    written = lone_value(right)
    if written is None or written.array.shape or value.shape or len(written.numerals) != 1:
        return None
    numeral = written.numerals[0]
    if numeral.unit is None or numeral.unit >= 1 or float(numeral.value) == float(value):
        return None
    return numeral.text.lstrip("-"), abs(float(value))
