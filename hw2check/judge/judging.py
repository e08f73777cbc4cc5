"""One answer against the truth: is it right, to the digits that are written?"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw2check.calculus.values import ShapeError, TooLargeError, evaluate, show_shape
from hw2check.formula.expression import ZERO, Expression, Neg, Number, is_closed, names, to_text, walk
from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral, read_numeral
from hw2check.problem.marking import PLAIN, Rules
from hw2check.reading.written import Written
from hw2check.truth.derived import Truth, same_shape, shaped

# From best to worst; the verdict on several parts is the worst of theirs.
VERDICTS = ("correct", "close", "coarse", "carried", "undecided", "missing", "unreadable", "wrong")

PASSING = ("correct", "close")  # leave exit code 0; `close` does not where judged strictly

SLACK = Fraction(1, 10**12)  # relative float error that is granted to every computed value
SAME = 1e-9  # relative difference below which two values agree
TIGHT = (
    1e-14  # relative difference below which two formulas agree at a point without a look at rounding errors
)
FLAT = 1e-6  # a quantity that varies less than this over the sample points may hide what it depends on
DROWNED = 1e-6  # relative rounding error above which a point tells nothing
PUT_IN = "with given values put in"
CANNOT_TELL = "right for the given values, but it cannot be told whether they are meant"
UNDEFINED = "the formula has no finite value at too many of the points tried"
MAX_HELD = 64  # choices of givens that are tried as put in
ROUNDING = "rounding errors leave its value open"
DROWNS = "rounding errors drown the formula at all the points tried"
MAX_HELD_ENTRIES = 1000  # of a given that may be put in
MAX_AT_ONCE = 8_000_000  # entries of all quantities that are computed at once for such choices
ENOUGH = 4  # sample points at which both formulas must be defined
FLOAT64 = sys.float_info.epsilon


class Judgement(NamedTuple):
    """A verdict and why."""

    verdict: str  # one of VERDICTS
    reason: str = ""


CORRECT = Judgement("correct")


def worst(judgements: list[Judgement]) -> Judgement:
    """The judgement with the worst verdict, the first of these."""
    return max(judgements, key=lambda judgement: VERDICTS.index(judgement.verdict))


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


def judge_formula(written: Expression, key: str, truth: Truth, *, elsewhere: bool = False) -> Judgement:
    """A formula against the derived one: equal wherever both are defined.

    Inputs and parameters are drawn at seeded random points of both signs, every quantity is computed along
    the graph, and the written formula is evaluated with these values. Where it differs, it may still
    be right with given values put in: then only the givens that it depends on are varied.

    elsewhere  leaves out the given point itself
    """
    try:
        values = truth.samples
        if elsewhere:
            values = {
                name: array[1:] if array.ndim and len(array) > 1 else array for name, array in values.items()
            }
        found = compare(written, key, values, truth)
        if found.verdict != "wrong" or elsewhere:
            return found
        bare = written.operand if isinstance(written, Neg) else written
        if isinstance(bare, Number):
            return _bare_number(written, key, truth) or found
        written_values = shaped(evaluate(written, values, lead=1), values[key], lead=1)
        hidden = equal_where_defined(written_values, values[key])
        put_in = None if hidden else _put_in(written, key, truth)
        if put_in is not None:
            return put_in
    except TooLargeError as error:
        return Judgement("undecided", str(error))
    except ShapeError as error:
        return Judgement("wrong", str(error))
    return found


def _put_in(written: Expression, key: str, truth: Truth) -> Judgement | None:
    """What to say of a formula that is right once some givens that it does not name keep their value.

    Every quantity that it names must still vary: what holds for the given values alone is not right. It is
    surely meant so only where a number in it can stand for these values, and where no node that it names
    depends on them.
    """
    mentioned = names(written)
    if not mentioned:
        value = shaped(evaluate(written, truth.values), truth.values[key])
        equal = equal_where_defined(value, truth.values[key], 1, float(SLACK))
        return Judgement("correct", PUT_IN) if equal else None
    held = _held(written, key, truth)
    if held is None:
        return None
    numbers = any(isinstance(part, Number) for part in walk(written))
    nodes = [name for name in mentioned if name in truth.problem.graph.by_name]
    if not numbers or any(truth.givens_behind(name) & held for name in nodes):
        return Judgement("undecided", CANNOT_TELL)
    return Judgement("correct", PUT_IN)


def _held(written: Expression, key: str, truth: Truth) -> frozenset[str] | None:
    """The first choice of givens that make the formula right when they keep their value."""
    mentioned = names(written)
    given = truth.problem.given
    free = [name for name in given if name not in mentioned and given[name].size <= MAX_HELD_ENTRIES]
    behind = {name: truth.givens_behind(name) for name in mentioned if name not in truth.problem.given}
    own = [name for name in truth.named_in_full(key) if name in free]
    sets = [frozenset(choice) for size in (1, 2) for choice in combinations(free, size)]
    choices = [
        choice
        for choice in dict.fromkeys([frozenset(own), *sets, frozenset(free)])
        if choice and not any(givens and givens <= choice for givens in behind.values())
    ][:MAX_HELD]
    if not choices:
        return None
    at_once = max(1, MAX_AT_ONCE // sum(array.size for array in truth.samples.values()))
    for start in range(0, len(choices), at_once):
        held = _held_among(choices[start : start + at_once], written, key, truth)
        if held is not None:
            return held
    return None


def _held_among(
    choices: list[frozenset[str]], written: Expression, key: str, truth: Truth
) -> frozenset[str] | None:
    values = truth.samples_holding(choices)
    expected = values[key]
    found = shaped(evaluate(written, values, lead=1), expected, lead=1)
    points = len(next(iter(values.values()))) // len(choices)
    shape = (len(choices) * points, *expected.shape[1:])
    if found.shape[1:] != expected.shape[1:]:
        return None
    found, expected = np.broadcast_to(found, shape), np.broadcast_to(expected, shape)
    for choice, start in zip(choices, range(0, shape[0], points), strict=True):
        part = slice(start, start + points)
        if np.count_nonzero(expected[part]) >= ENOUGH and equal_where_defined(found[part], expected[part]):
            return choice
    return None


def equal_where_defined(found: Array, expected: Array, least: int = ENOUGH, tolerance: float = SAME) -> bool:
    """Whether two arrays agree to a relative tolerance wherever both are finite, at `least` points."""
    if found.shape != expected.shape:
        return False
    with np.errstate(all="ignore"):
        defined = np.isfinite(found) & np.isfinite(expected)
        same = np.abs(found - expected) <= tolerance * np.maximum(np.abs(found), np.abs(expected))
    return bool(np.count_nonzero(defined) >= least and np.all(same[defined]))


def _bare_number(written: Expression, key: str, truth: Truth) -> Judgement | None:
    value = truth.values[key]
    numeral = read_numeral(to_text(written))
    if value.shape or judge_number(numeral, float(value)).verdict not in PASSING:
        return None
    return Judgement("undecided", "this is its value at the given numbers, not its formula")


def compare(written: Expression, key: str, values: Mapping[str, Array], truth: Truth) -> Judgement:
    """The written formula and a quantity, at sample points with one leading axis."""
    expected = values[key]
    found = shaped(evaluate(written, values, lead=1), expected, lead=1)
    if found.shape[1:] != expected.shape[1:]:
        shapes = show_shape(found.shape[1:]), show_shape(expected.shape[1:])
        return Judgement("wrong", f"its shape is {shapes[0]}, not {shapes[1]}")
    found, expected = (np.atleast_1d(a) for a in np.broadcast_arrays(found, expected))
    with np.errstate(all="ignore"):
        defined = np.isfinite(found) & np.isfinite(expected)
        scale = np.maximum(np.abs(found), np.abs(expected))
        distance = np.abs(found - expected)
        differs = defined & ~(distance <= TIGHT * scale)
    points = np.flatnonzero(_per_point(defined, np.all))
    needed = 1 if is_closed(written) else min(ENOUGH, found.shape[0])
    if len(points) < needed:
        return Judgement("undecided", UNDEFINED)
    if np.any(differs):  # outside the quantity's domain formulas may say what they like
        inside = truth.inside(key, values)
        inside = np.broadcast_to(inside if len(found) > 1 else inside.any(), found.shape[:1])
        if not np.all(inside):
            defined[~inside] = differs[~inside] = False
            points = np.flatnonzero(_per_point(defined, np.all))
            if not np.any(differs) and len(points) < needed:
                return Judgement("undecided", UNDEFINED)
    if np.any(differs):
        noise = truth.noise(written, key, values)
        beyond = differs & (distance > noise)
        drowned = np.all((noise > DROWNED * scale)[defined]) and truth.formula(key) != ZERO
        if np.any(beyond) and not truth.overflows(written, key, values):
            point = int(np.argmax(_per_point(beyond, np.any)))
            return Judgement("wrong", _where(values, point, found, expected, written, key, truth))
        if np.any(beyond) or drowned:
            return _to_many_digits(written, key, values, truth, points, needed)
    if _may_hide(written, key, truth, expected[points]):
        return _to_many_digits(written, key, values, truth, points, needed)
    return CORRECT


def _may_hide(written: Expression, key: str, truth: Truth, expected: Array) -> bool:
    """Whether a quantity is so nearly constant that float64 could hide what it depends on: x + 1e16."""
    derived = truth.formula(key)
    if is_closed(written) and (derived is None or is_closed(derived)):
        return False
    largest = float(np.max(np.abs(expected), initial=0.0))
    extreme = any(_is_extreme(part) for part in walk(written)) or largest > 1 / FLAT
    return extreme and float(np.max(np.ptp(expected, axis=0), initial=0.0)) < FLAT * largest


def _is_extreme(part: Expression) -> bool:
    return (
        isinstance(part, Number) and part.numeral.value != 0 and not FLAT < abs(part.numeral.value) < 1 / FLAT
    )


def _to_many_digits(
    written: Expression,
    key: str,
    values: Mapping[str, Array],
    truth: Truth,
    points: NDArray[np.intp],
    needed: int,
) -> Judgement:
    """The formula and the quantity at points at which float64 cannot tell whether they agree."""
    agreed = 0
    for point in points:
        agrees = truth.agrees(written, key, values, int(point))
        if agrees is False:
            at = "at the given values" if point == 0 else _point(values, int(point), written, key, truth)
            return Judgement("wrong", f"differs {at}")
        agreed += agrees is True
        if agreed >= max(needed, 2 * ENOUGH):
            break
    return CORRECT if agreed >= needed else Judgement("undecided", DROWNS)


def _per_point(array: Any, combine: Callable[..., Any]) -> Any:
    return np.asarray(combine(array.reshape(array.shape[0], -1), axis=1))


def _where(
    values: Mapping[str, Array],
    point: int,
    found: Array,
    expected: Array,
    written: Expression,
    key: str,
    truth: Truth,
) -> str:
    at = "at the given values" if point == 0 else _point(values, point, written, key, truth)
    if found.ndim > 1:
        return f"differs {at}"
    gives, right = float(found[point]), float(expected[point])
    digits = 6 if f"{gives:.6g}" != f"{right:.6g}" else 17
    return f"{at} it gives {gives:.{digits}g}, not {right:.{digits}g}"


def _point(values: Mapping[str, Array], point: int, written: Expression, key: str, truth: Truth) -> str:
    formula = truth.formula(key)
    used = [*names(written), *(names(formula) if formula else ())]
    shown = [name for name in dict.fromkeys(used) if values[name].ndim == 1 and values[name].shape[0] > point]
    return (
        "at " + ", ".join(f"{name} = {float(values[name][point]):.3g}" for name in shown[:4]) if shown else ""
    )
