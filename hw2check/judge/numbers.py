"""Numbers and arrays of numbers, judged by the digits that are written."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from hw2check.calculus.values import show_shape
from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral
from hw2check.judge.verdicts import CORRECT, Judgement, worst
from hw2check.problem.marking import PLAIN, Rules
from hw2check.reading.written import Written
from hw2check.truth.derived import same_shape

SLACK = Fraction(1, 10**12)  # relative float error that is granted to every computed value
DROWNED = 1e-6  # relative rounding error above which a point tells nothing
FLOAT64 = sys.float_info.epsilon
ROUNDING = "rounding errors leave its value open"


def judge_number(
    written: Numeral,
    truth: float,
    *,
    error: float = 0.0,
    start: float | None = None,
    rules: Rules = PLAIN,
    alone: bool = True,
) -> Judgement:
    """A number as a careful marker judges it: right when rounding the truth gives the digits written.

    error  bound on the float error of the truth: `undecided` unless every truth within gives the same verdict
    start  the parameter before the update, where the truth is an updated parameter
    alone  False for an entry of a matrix: whether it shows enough digits is judged on the whole
    """
    if not (math.isfinite(truth) and math.isfinite(error)):
        return Judgement("undecided", "the computed value is not finite")
    exact = Fraction(truth)
    judgement = _judged(written, exact, start, rules, alone)
    if Fraction(error) <= SLACK * abs(exact):
        return judgement
    low, high = exact - Fraction(error), exact + Fraction(error)
    nearest = min(max(written.value, low), high)
    whole = min(max(Fraction(round(exact)), low), high)
    for other in (low, high, nearest, whole, min(max(Fraction(0), low), high)):
        if _judged(written, other, start, rules, alone).verdict != judgement.verdict:
            return Judgement("undecided", ROUNDING)
    return judgement


def _judged(written: Numeral, exact: Fraction, start: float | None, rules: Rules, alone: bool) -> Judgement:
    if rules.rtol is not None or rules.atol is not None:
        return _within_tolerance(written, exact, rules)
    slack = SLACK * abs(exact)
    if written.unit is None:
        return CORRECT if abs(written.value - exact) <= slack else Judgement("wrong")
    if written.whole and abs(exact - round(exact)) <= slack and written.value != round(exact):
        return Judgement("wrong", "a whole number is exact")
    return _by_digits(written, exact, slack, None if start is None else Fraction(start), rules, alone)


def _within_tolerance(written: Numeral, truth: Fraction, rules: Rules) -> Judgement:
    allowed = (rules.atol or 0.0) + (rules.rtol or 0.0) * abs(float(truth))
    distance = abs(float(written.value - truth))
    if distance <= allowed:
        return CORRECT
    return Judgement("wrong", f"off by {distance:.3g}, more than the {allowed:.3g} allowed")


def _by_digits(
    written: Numeral, exact: Fraction, slack: Fraction, start: Fraction | None, rules: Rules, alone: bool
) -> Judgement:
    unit = written.unit or Fraction(1)
    distance = abs(written.value - exact)
    right = distance <= unit / 2 + slack
    truncated = abs(written.value) <= abs(exact) and distance < unit + slack and written.value * exact >= 0
    if alone and (right or truncated):
        coarse = _coarse(written, exact, start, right)
        if coarse:
            return Judgement("coarse", coarse)
    close = distance <= unit + slack and _shows_two_digits(written, exact, start, truncated)
    if not right and not close:
        return Judgement("wrong")
    asked = "" if distance <= slack else _lacks_digits(written, rules)
    if asked:
        return Judgement("coarse", asked)
    if right:
        return CORRECT
    how = "truncated, not rounded" if truncated else "off by less than one unit of the last digit"
    return Judgement("close", how)


def _coarse(written: Numeral, exact: Fraction, start: Fraction | None, right: bool) -> str:
    unit = written.unit or Fraction(1)
    if start is not None and exact != start and abs(written.value - start) <= unit / 2:
        return "too few digits to show the update"
    if right and exact and (not written.value or unit > _leading_place(exact)):
        return "too few digits to show the value"
    return ""


def _leading_place(value: Fraction) -> Fraction:
    """The place value of the first digit once the value is rounded to one significant digit."""
    magnitude = abs(value)
    exponent = math.floor(math.log10(magnitude.numerator) - math.log10(magnitude.denominator))
    place = Fraction(10) ** exponent
    while place * 10 <= magnitude:
        place *= 10
    while place > magnitude:
        place /= 10
    return place * 10 if magnitude >= place * Fraction(19, 2) else place


def significant_digits(written: Numeral, start: float | Fraction | None = None) -> int | None:
    """Significant digits written, for an updated parameter those of its change; None for a fraction."""
    if written.unit is None:
        return None
    if start is None:
        return written.digits
    change = round(abs(written.value - Fraction(start)) / written.unit)
    return len(str(change)) if change else 0


def _shows_two_digits(written: Numeral, exact: Fraction, start: Fraction | None, truncated: bool) -> bool:
    """Whether a number that is off in its last digit still shows two digits of the truth."""
    unit = written.unit or Fraction(1)
    if written.digits < 2 or abs(exact) < 10 * unit:  # 10 for 9.4: the second digit comes from the carry
        return False
    return truncated or start is None or (significant_digits(written, start) or 0) >= 2


def _lacks_digits(written: Numeral, rules: Rules) -> str:
    """What a problem asks of a rounded number that it does not show."""
    unit = written.unit or Fraction(1)
    if rules.decimals is not None and unit > Fraction(1, 10**rules.decimals):
        return f"{rules.decimals} decimals are asked"
    if rules.significant is not None and written.digits < rules.significant:
        return f"{rules.significant} significant digits are asked"
    return ""


class Entries(NamedTuple):
    """A matrix judged: the verdict on the whole and on each entry, row by row."""

    whole: Judgement
    each: tuple[Judgement, ...] = ()


def judge_value(
    written: Written,
    truth: Array,
    *,
    error: Array | None = None,
    start: Array | None = None,
    rules: Rules = PLAIN,
) -> Entries:
    """A scalar, vector or matrix: the shape first, then entry by entry.

    Axes of length 1 may be added or left out, but no row stands for a column. Whether enough digits are
    shown is judged on the whole: on the largest entry, and for an updated parameter on the largest change.
    """
    if not same_shape(written.shape, truth.shape):
        return Entries(
            Judgement("wrong", f"its shape is {show_shape(written.shape)}, not {show_shape(truth.shape)}")
        )
    flat = truth.reshape(-1)
    errors = np.zeros_like(flat) if error is None else error.reshape(-1)
    if not written.numerals:
        return _judge_array(written, flat, errors, rules)
    starts = None if start is None else start.reshape(-1)
    alone = flat.size == 1
    each = tuple(
        judge_number(
            numeral,
            float(flat[i]),
            error=float(errors[i]),
            start=None if starts is None else float(starts[i]),
            rules=rules,
            alone=alone,
        )
        for i, numeral in enumerate(written.numerals)
    )
    overall = worst(list(each))
    if overall.verdict in {"correct", "close"} and not alone:
        largest = int(np.argmax(np.abs(flat if starts is None else flat - starts)))
        shown = judge_number(
            written.numerals[largest],
            float(flat[largest]),
            error=float(errors[largest]),
            start=None if starts is None else float(starts[largest]),
            rules=rules,
        )
        overall = worst([overall, shown])
    return Entries(overall, each)


def _judge_array(written: Written, truth: Array, errors: Array, rules: Rules) -> Entries:
    """Numbers from a binary file have the precision of its type, not digits."""
    if not np.all(np.isfinite(truth)):
        return Entries(Judgement("undecided", "the computed value is not finite"))
    array = written.array.reshape(-1)
    distance, lost = np.abs(array - truth), np.zeros(truth.shape, dtype=np.bool_)
    if rules.rtol is not None or rules.atol is not None:
        right = distance <= (rules.atol or 0.0) + (rules.rtol or 0.0) * np.abs(truth)
    else:
        coarser = 16 * max(written.precision / FLOAT64, 1.0)
        right = distance <= coarser * FLOAT64 * np.abs(truth)
        within = ~right & (distance <= coarser * (errors + FLOAT64 * np.abs(truth)))
        lost = within & (coarser * errors > DROWNED * np.max(np.abs(truth), initial=0.0))
        right |= within
    each = tuple(
        Judgement("undecided", ROUNDING) if open_ else CORRECT if ok else Judgement("wrong")
        for ok, open_ in zip(right, lost, strict=True)
    )
    return Entries(worst(list(each)), each)
