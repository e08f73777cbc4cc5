"""Numbers and arrays of numbers, judged by the digits that are written."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw2check.calculus.agreement import DROWNED, as_floats, same_shape
from hw2check.calculus.values import show_shape
from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral
from hw2check.judge.verdicts import CORRECT, Judgement, worst
from hw2check.problem.marking import PLAIN, Rules
from hw2check.reading.written import Written, is_worked

SLACK = Fraction(1, 10**12)  # relative float error that is granted to every computed value
OF_UNIT = Fraction(1, 100)  # of the last digit written: no more is granted
SETTLED = Fraction(1, 10**45)  # relative error of a value that is known to many digits
FLOAT64 = sys.float_info.epsilon
MANY = 11  # significant digits beyond which a value must be known to more than float64 vouches for
ROUNDING = "rounding errors leave its value open"
NOT_WHOLE = "a whole number, but the value is not whole"


def judge_number(
    written: Numeral,
    truth: float | Fraction | None,
    *,
    error: float = 0.0,
    start: float | Fraction | None = None,
    rules: Rules = PLAIN,
    alone: bool = True,
) -> Judgement:
    """A number as a careful marker judges it: right when rounding the truth gives the digits written.

    truth  a Fraction where it is known to many digits; None, or not finite, where it has no value
    error  bound on the float error of the truth: `undecided` unless every truth within gives the same verdict
    start  the parameter before the update, where the truth is an updated parameter
    alone  False for an entry of a matrix: whether it shows enough digits is judged on the whole
    """
    if truth is None or not (math.isfinite(error) and (isinstance(truth, Fraction) or math.isfinite(truth))):
        return Judgement("undecided", "the computed value is not finite")
    exact = Fraction(truth)
    slack = _slack(written, exact, rules, settled=isinstance(truth, Fraction))
    judgement = _judged(written, exact, slack, start, rules, alone)
    if Fraction(error) <= slack:
        return judgement
    low, high = exact - Fraction(error), exact + Fraction(error)
    nearest = min(max(written.value, low), high)
    whole = min(max(Fraction(round(exact)), low), high)
    for other in (low, high, nearest, whole, min(max(Fraction(0), low), high)):
        if _judged(written, other, slack, start, rules, alone).verdict != judgement.verdict:
            return Judgement("undecided", ROUNDING)
    return judgement


def _slack(written: Numeral, exact: Fraction, rules: Rules, *, settled: bool) -> Fraction:
    """The error that is granted to a computed value: that of float64, and no more than the digits leave."""
    if settled and not is_worked(written):
        return SETTLED * abs(exact)
    if rules.rtol is not None or rules.atol is not None:
        return Fraction(4 * FLOAT64) * abs(exact)
    slack = SLACK * abs(exact)
    return slack if written.unit is None else min(slack, OF_UNIT * written.unit)


def _judged(
    written: Numeral,
    exact: Fraction,
    slack: Fraction,
    start: float | Fraction | None,
    rules: Rules,
    alone: bool,
) -> Judgement:
    if rules.rtol is not None or rules.atol is not None:
        return _within_tolerance(written, exact, slack, rules)
    if written.unit is None:
        return CORRECT if abs(written.value - exact) <= slack else Judgement("wrong")
    if written.whole and abs(exact - round(exact)) <= slack and written.value != round(exact):
        return Judgement("wrong", "a whole number is exact")
    return _by_digits(written, exact, slack, None if start is None else Fraction(start), rules, alone)


def _within_tolerance(written: Numeral, truth: Fraction, slack: Fraction, rules: Rules) -> Judgement:
    allowed = Fraction(rules.atol or 0.0) + Fraction(rules.rtol or 0.0) * abs(truth)
    distance = abs(written.value - truth)
    if distance <= allowed + slack:
        return CORRECT
    return Judgement("wrong", f"off by {float(distance):.3g}, more than the {float(allowed):.3g} allowed")


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
    shows = right or (truncated and written.digits > 1)
    if written.whole and distance > slack and not _is_asked_whole(written, rules):
        return Judgement("coarse", NOT_WHOLE) if shows else Judgement("wrong")
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


def _is_asked_whole(written: Numeral, rules: Rules) -> bool:
    """Whether a problem asks for no more than a whole number shows."""
    return rules.decimals == 0 or (rules.significant is not None and written.digits >= rules.significant)


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
    truth: NDArray[Any],
    *,
    error: Array | None = None,
    start: Array | None = None,
    rules: Rules = PLAIN,
) -> Entries:
    """A scalar, vector or matrix: the shape first, then entry by entry.

    Axes of length 1 may be added or left out, but no row stands for a column. Whether enough digits are
    shown is judged on the whole: on the largest entry, and for an updated parameter on the largest change.

    truth  float64, or where it is known to many digits an array of Fraction and, for no value, None
    """
    if not same_shape(written.shape, truth.shape):
        return Entries(
            Judgement("wrong", f"its shape is {show_shape(written.shape)}, not {show_shape(truth.shape)}")
        )
    flat = truth.reshape(-1)
    errors = np.zeros(flat.shape) if error is None else error.reshape(-1)
    if not written.numerals:
        return _judge_array(written, as_floats(flat), errors, rules)
    starts = None if start is None else start.reshape(-1)
    alone = flat.size == 1
    numerals = written.numerals if alone else _with_decimals(written.numerals, flat)
    entries = _Row(numerals, flat, errors, starts, rules)
    each = tuple(entries.judged(i, alone=alone) for i in range(flat.size))
    overall = worst(list(each))
    if overall.verdict in {"correct", "close"} and not alone:
        overall = worst([overall, entries.judged(_largest(flat, starts), alone=True)])
    return Entries(overall, each)


class _Row(NamedTuple):
    """All entries of an array in a row, as written and as they should be."""

    numerals: tuple[Numeral, ...]
    truth: NDArray[Any]
    errors: Array
    starts: Array | None
    rules: Rules

    def judged(self, position: int, *, alone: bool) -> Judgement:
        """One entry, by its own digits where it stands alone."""
        entry = self.truth[position]
        return judge_number(
            self.numerals[position],
            entry if entry is None or isinstance(entry, Fraction) else float(entry),
            error=float(self.errors[position]),
            start=None if self.starts is None else self.starts[position],
            rules=self.rules,
            alone=alone,
        )


def _largest(flat: NDArray[Any], starts: NDArray[Any] | None) -> int:
    """Which entry has most digits to show: the largest, or the one that was changed most."""
    sizes = as_floats(flat) - (0.0 if starts is None else as_floats(starts))
    return int(np.argmax(np.abs(sizes)))


def _with_decimals(numerals: tuple[Numeral, ...], truth: NDArray[Any]) -> tuple[Numeral, ...]:
    """Entries as written; a whole number among decimals has as many of them: 1 beside 0.51 is 1.00.

    Where the truth of such an entry is whole, it is judged as it stands.
    """
    units = [numeral.unit for numeral in numerals if numeral.unit is not None and not numeral.whole]
    unit = max(units, default=None)
    if unit is None or unit >= 1:
        return numerals
    return tuple(
        numeral._replace(unit=unit, whole=False, digits=len(str(abs(numeral.value / unit).numerator)))
        if numeral.whole and not _is_whole(entry)
        else numeral
        for numeral, entry in zip(numerals, truth, strict=True)
    )


def _is_whole(truth: Any) -> bool:
    if truth is None or not (isinstance(truth, Fraction) or math.isfinite(truth)):
        return False
    exact = Fraction(truth)
    return abs(exact - round(exact)) <= SLACK * abs(exact)


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
